# SPDX-License-Identifier: Apache-2.0
"""The firewall of a simulated Windows host: its profiles and rules. Nothing is really blocked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

PROFILES = ("Domain", "Private", "Public")


@dataclass
class FirewallRule:
    """One rule; `any` stands for everything."""

    name: str
    enabled: bool = True
    direction: str = "in"
    action: str = "allow"
    description: str = ""
    protocol: str = "any"
    localport: str = "any"
    remoteport: str = "any"
    localip: str = "any"
    remoteip: str = "any"
    program: str = "any"
    profiles: str = "domain,private,public"


@dataclass
class Firewall:
    """Windows comes with the firewall switched on and its own rules for WinRM."""

    profiles: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(PROFILES, True))
    rules: list[FirewallRule] = field(
        default_factory=lambda: [
            FirewallRule(f"Windows Remote Management ({kind}-In)", protocol="tcp", localport=port)
            for kind, port in (("HTTP", "5985"), ("HTTPS", "5986"))
        ]
    )

    def named(self, name: str) -> list[FirewallRule]:
        return [rule for rule in self.rules if rule.name.lower() == name.lower()]

    def __iter__(self) -> Iterator[FirewallRule]:
        return iter(self.rules)

    def view(self) -> dict[str, Any]:
        return {"profiles": dict(self.profiles), "rules": [asdict(rule) for rule in self.rules]}
