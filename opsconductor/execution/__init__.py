# SPDX-License-Identifier: Apache-2.0
"""Runs approved playbooks with ansible-runner and turns what it reports into stored events."""
