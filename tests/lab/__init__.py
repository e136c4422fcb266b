# SPDX-License-Identifier: Apache-2.0
"""Real Debian hosts on one machine: systemd as PID 1, an own network namespace each, reached over real SSH."""
