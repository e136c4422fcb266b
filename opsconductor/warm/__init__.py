# SPDX-License-Identifier: GPL-3.0-or-later
"""The warm process: Ansible, imported once and forked for every slice. Run as `python -m opsconductor.warm`.

It imports Ansible, so it is GPL-3.0-or-later, a process of its own, and imported by nothing else.
"""
