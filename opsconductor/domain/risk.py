# SPDX-License-Identifier: Apache-2.0
"""How much a step can hurt."""

from enum import StrEnum

from opsconductor.domain.base import Frozen


class RiskLevel(StrEnum):
    """Ordered: use `rank` to compare."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(RiskLevel).index(self)

    def raised(self) -> "RiskLevel":
        """One level up, critical at most."""
        return list(RiskLevel)[min(self.rank + 1, 3)]


class Risk(Frozen):
    """A level and the reasons that led to it, as sentences."""

    level: RiskLevel
    reasons: tuple[str, ...] = ()
