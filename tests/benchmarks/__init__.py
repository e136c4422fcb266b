# SPDX-License-Identifier: Apache-2.0
"""Benchmarks on real parts: each is a ratio to a goal or to a rival, smaller is better. Run by `make bench`."""
