# SPDX-License-Identifier: Apache-2.0
"""Wake-ups between those who change a job and those who follow it."""
