# SPDX-License-Identifier: Apache-2.0
"""Trying templates out on a machine of one's own: the cases, and what came of them."""
