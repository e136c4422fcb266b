# SPDX-License-Identifier: Apache-2.0
"""A plan as people read it in a terminal."""

from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from opsconductor.domain.lint import LintStatus
from opsconductor.domain.plans import Outcome, Plan, PlanRecord, Question
from opsconductor.domain.risk import RiskLevel
from opsconductor.domain.timing import InvalidTiming, timing_of

RISK_STYLES = {
    RiskLevel.LOW: "green",
    RiskLevel.MEDIUM: "yellow",
    RiskLevel.HIGH: "red",
    RiskLevel.CRITICAL: "bold white on red",
}


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "3 min", "1 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def plan_view(record: PlanRecord) -> RenderableType:
    """The whole plan: explanation, targets, steps with risk, questions, commit and verdict."""
    plan = record.plan
    if plan.outcome is Outcome.REFUSE and plan.refusal:
        parts: list[RenderableType] = [Text(plan.refusal.text)]
        parts += [Text(f"  · {phrase}", style="dim") for phrase in plan.refusal.nearest]
        return Panel(Group(*parts), title=f"Refused ({plan.refusal.reason})", border_style="red", title_align="left")
    parts = [Text(f"From runbook '{plan.runbook.name}', version {plan.runbook.version}", "dim")] if plan.runbook else []
    parts += [Text(f"✗ {x}", "red") if x in plan.obstacles else Text(f"✓ {x}") for x in plan.explanation]
    if plan.targets.resolved:
        parts += [Text(), _targets(plan)]
    if plan.steps:
        parts += [Text(), _steps(plan)]
    parts += _facts(record)
    for question in plan.questions:
        parts += [Text(), question_view(question)]
    style = "yellow" if plan.questions else "green"
    return Panel(
        Group(*parts),
        title=Text(f"{plan.title or plan.text} ({record.plan.id})"),
        border_style=style,
        title_align="left",
    )


def question_view(question: Question) -> RenderableType:
    """A question with its offered choices."""
    lines = [Text.assemble(("? ", "bold yellow"), question.text, (f"  [{question.id}]", "dim"))]
    lines += [Text(f"    {i}. {choice.label}") for i, choice in enumerate(question.choices, 1)]
    return Group(*lines)


def _targets(plan: Plan) -> RenderableType:
    names = plan.targets.names
    shown = ", ".join(names[:6]) + (f", … {names[-1]}" if len(names) > 6 else "")
    return Text.assemble(("Targets  ", "bold"), f"{len(names)}: {shown}")


def _steps(plan: Plan) -> RenderableType:
    made = Table("", "Step", "Risk", "Why", "Undo", box=None, pad_edge=False, header_style="bold")
    for n, step in enumerate(plan.steps, 1):
        risk = step.risk
        added = Text(" (added by policy)", style="dim") if step.origin == "policy" else Text()
        made.add_row(
            str(n),
            Text(step.title or step.intent) + added,
            Text(risk.level, style=RISK_STYLES[risk.level]) if risk else "",
            Text(" ".join(risk.reasons) if risk else "", style="dim"),
            Text(step.undo or (f"no: {step.irreversible}" if step.irreversible else "nothing to undo"), style="dim"),
        )
    return made


def _when(schedule: dict[str, str]) -> str:
    """When it runs, on the clocks of its zone; what is no time as it is, since the plan says that it is none."""
    try:
        return timing_of(schedule).words
    except InvalidTiming:
        return " ".join(schedule.values())


def _option(name: str, value: Any) -> str:
    if name == "schedule":
        return f"schedule: {_when(value)}"
    return name if value is True else f"{name} {value}"


def _facts(record: PlanRecord) -> list[RenderableType]:
    plan = record.plan
    lines: list[RenderableType] = []
    if plan.follows:
        lines += [Text(), Text.assemble(("Follows  ", "bold"), (f"plan {plan.follows}", "dim"))]
    if plan.risk:
        highest = "" if len(plan.steps) == 1 else "  (the highest of its steps)"
        lines += [
            Text(),
            Text.assemble(("Risk     ", "bold"), (plan.risk.level, RISK_STYLES[plan.risk.level]), (highest, "dim")),
        ]
    elif plan.questions:
        lines += [Text(), Text.assemble(("Risk     ", "bold"), ("known when the questions are answered", "dim"))]
    if plan.estimate:
        low, high = duration(plan.estimate.low), duration(plan.estimate.high)
        lines.append(Text.assemble(("Time     ", "bold"), f"{low} to {high}", (f"  ({plan.estimate.basis})", "dim")))
    if set_options := {k: v for k, v in plan.options.model_dump().items() if v is not None and v is not False}:
        lines.append(
            Text.assemble(("Options  ", "bold"), ", ".join(_option(name, value) for name, value in set_options.items()))
        )
    if record.commit:
        style = {LintStatus.GREEN: "green", LintStatus.RED: "red"}.get(record.lint.status, "dim")
        lines += [
            Text.assemble(("Digest   ", "bold"), (record.digest or "", "dim")),
            Text.assemble(("Commit   ", "bold"), (record.commit, "dim"), "  checks ", (record.lint.status, style)),
        ]
        lines += [Text(f"         {finding}", style="red") for finding in record.lint.findings]
    return lines
