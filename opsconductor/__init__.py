# SPDX-License-Identifier: Apache-2.0
"""OpsConductor: a sentence becomes a reviewed Ansible playbook, runs, and is watched step by step."""

__version__ = "0.1.0"
