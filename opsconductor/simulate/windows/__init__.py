# SPDX-License-Identifier: Apache-2.0
"""Simulated Windows hosts: real WinRM for real Ansible, in front of a model of a server.

`SimulatorProcess` starts them, `SimulatorClient` looks at them and arms faults. `SimulatedWindowsLab` is the same
inside an asyncio program.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsconductor.simulate.windows.client import SimulatorClient, SimulatorProcess
    from opsconductor.simulate.windows.lab import SimulatedWindowsLab

__all__ = ["SimulatedWindowsLab", "SimulatorClient", "SimulatorProcess"]


def __getattr__(name: str) -> Any:
    """Clients need none of the server's imports."""
    if name == "SimulatedWindowsLab":
        from opsconductor.simulate.windows.lab import SimulatedWindowsLab

        return SimulatedWindowsLab
    if name in ("SimulatorClient", "SimulatorProcess"):
        from opsconductor.simulate.windows import client

        return getattr(client, name)
    raise AttributeError(name)
