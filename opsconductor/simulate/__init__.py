# SPDX-License-Identifier: Apache-2.0
"""Machines that are not there, for rehearsals, demonstrations and tests."""
