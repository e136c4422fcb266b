# SPDX-License-Identifier: Apache-2.0
"""How much a plan can hurt: each template's own level, raised by where it is done, with the reasons."""

from collections.abc import Sequence

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Question, Step
from opsconductor.domain.risk import Risk, RiskLevel
from opsconductor.domain.templates import Template

#: From this many targets on, a changing step counts one level higher.
MANY_TARGETS = 40


def step_risk(
    template: Template, names: tuple[str, ...], estate: Estate, telnet: tuple[str, ...] = (), grave: str = ""
) -> Risk:
    """The risk of a step on its targets, `telnet` being those that nothing but telnet leads to; `grave`: why its values
    make it critical."""
    level, reasons = template.risk, [template.risk_reason]
    if level in (RiskLevel.MEDIUM, RiskLevel.HIGH):
        raised = _raising(names, estate)
        if raised:
            level, reasons = level.raised(), [*reasons, *raised]
    if grave:
        level, reasons = RiskLevel.CRITICAL, [*reasons, grave]
    if telnet:
        level = max(level, RiskLevel.HIGH, key=lambda one: one.rank)
        reasons.append(f"The user and the password cross the network in clear, over telnet to {_some(telnet)}.")
    return Risk(level=level, reasons=tuple(reasons))


def plan_risk(steps: tuple[Step, ...], questions: tuple[Question, ...]) -> Risk | None:
    """The highest risk among the steps; its reasons name them.

    None while it is not known where or what: an answer could raise it, and no level must be read as "at most".
    """
    risks = [(s.title, s.risk) for s in steps if s.risk is not None]
    if not risks or any(q.param is None for q in questions):
        return None
    top = max((r.level for _, r in risks), key=lambda level: level.rank)
    reasons = [f"{title}: {reason}" for title, r in risks if r.level is top for reason in r.reasons]
    return Risk(level=top, reasons=tuple(dict.fromkeys(reasons)))


def _raising(names: tuple[str, ...], estate: Estate) -> list[str]:
    reasons = []
    critical = [n for n in names if n in estate.critical] if estate.critical else []
    if critical:
        reasons.append(f"It touches machines of a critical group: {_some(critical)}.")
    if len(names) >= MANY_TARGETS:
        reasons.append(f"It touches {len(names)} machines; {MANY_TARGETS} or more count as many.")
    return reasons


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
