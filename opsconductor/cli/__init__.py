# SPDX-License-Identifier: Apache-2.0
"""The command line `opsconductor` (short `opsc`)."""
