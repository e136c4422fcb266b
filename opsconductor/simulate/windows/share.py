# SPDX-License-Identifier: Apache-2.0
"""The shared folders of a simulated Windows host."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Share:
    """A shared folder; who may do what: account → Full, Change or Read."""

    name: str
    path: str
    description: str = ""
    access: dict[str, str] = field(default_factory=dict)
