# SPDX-License-Identifier: Apache-2.0
"""Revisions: `NNNN_title.py`, one after the other."""
