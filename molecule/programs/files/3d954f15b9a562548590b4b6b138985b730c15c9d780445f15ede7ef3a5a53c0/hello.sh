#!/bin/sh
echo hello >> /srv/told
