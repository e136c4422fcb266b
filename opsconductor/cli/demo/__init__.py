# SPDX-License-Identifier: Apache-2.0
"""The demonstration: the main job end to end on simulated Windows hosts."""
