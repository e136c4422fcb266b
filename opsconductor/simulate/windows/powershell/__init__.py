# SPDX-License-Identifier: Apache-2.0
"""A reader of PowerShell for simulated hosts: enough for administration scripts, loud about everything else."""

from opsconductor.simulate.windows.powershell.script import ScriptOutcome, run_script

__all__ = ["ScriptOutcome", "run_script"]
