# SPDX-License-Identifier: Apache-2.0
"""Reads an operator's sentence and drafts a plan: pure functions over a catalogue and an estate view."""
