# SPDX-License-Identifier: Apache-2.0
"""Secrets at rest and in use: encryption, the master key, the SSH agent of one slice."""
