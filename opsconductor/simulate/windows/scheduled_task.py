# SPDX-License-Identifier: Apache-2.0
"""The task scheduler of a simulated Windows host. Its tasks are kept, not run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ScheduledTask:
    """A task as it was asked for: actions and triggers with the options' own names."""

    name: str
    path: str
    actions: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[dict[str, Any]] = field(default_factory=list)
    username: str = ""
    run_level: str = "limited"
    logon_type: str = "interactive_token"
    enabled: bool = True
    description: str = ""
