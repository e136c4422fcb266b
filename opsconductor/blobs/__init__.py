# SPDX-License-Identifier: Apache-2.0
"""Blobs: bytes known by their SHA-256, stored once, verified whenever they are read."""
