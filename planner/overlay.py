# SPDX-License-Identifier: Apache-2.0
"""An earlier plan as the ground that a follow-up is laid over: its values keep their words, marked as taken over."""

import re
from collections.abc import Iterable

from opsconductor.domain.plans import Evidence, Origin, Outcome, Plan, Selector, Step, Targets
from opsconductor.domain.templates import Catalogue
from opsconductor.ids import short
from planner.drafting import DraftStep, Source

#: Evidence with this path is a line of the explanation: what was taken over from which plan.
FOLLOWS = "follows"
_KEPT = ("default:", "option:")
_STEP = re.compile(r"steps\[(\d+)\](.*)")


def ground(before: Plan, plan_id: str, text: str) -> Plan:
    """The earlier plan under a new id, all of its evidence marked "earlier"; to be completed by the caller."""
    return Plan(
        id=plan_id,
        outcome=before.outcome if before.outcome is Outcome.QUERY else Outcome.PLAN,
        text=text,
        targets=Targets(selector=before.targets.selector),
        steps=before.steps,
        options=before.options,
        evidence=tuple(_earlier(before.evidence)),
        provenance=before.provenance,
        follows=before.id,
    )


def _earlier(evidence: Iterable[Evidence]) -> Iterable[Evidence]:
    for item in evidence:
        if item.source.startswith(_KEPT) or item.source == "policy":
            yield item
        elif item.path not in ("text", FOLLOWS):
            yield Evidence(path=item.path, source="earlier", text=item.text)


def taken(before: Plan, what: str) -> Evidence:
    """The line of the explanation that says what was taken over."""
    title = before.title if before.targets.names else before.title.removesuffix(" on 0 machines")
    name = f" ({title})" if title else ""
    return Evidence(path=FOLLOWS, source="earlier", text=f"Like plan …{short(before.id)}{name}: {what}")


def with_steps(plan: Plan, steps: Iterable[tuple[int | None, Step]]) -> Plan:
    """The plan with other steps, each with the number (from 0) that it had or None; evidence moves along."""
    listed = list(steps)
    places = {old: new for new, (old, _) in enumerate(listed) if old is not None}
    evidence = []
    for item in plan.evidence:
        match = _STEP.fullmatch(item.path)
        if match is None:
            evidence.append(item)
        elif int(match[1]) in places:
            evidence.append(item.model_copy(update={"path": f"steps[{places[int(match[1])]}]{match[2]}"}))
    return plan.model_copy(update={"steps": tuple(s for _, s in listed), "evidence": tuple(evidence)})


def with_selector(plan: Plan, selector: Selector, evidence: Iterable[Evidence]) -> Plan:
    """The plan on other machines; `evidence` is what the new words say about them."""
    said = [e for e in evidence if e.path.startswith("targets.")]
    kept = [e for e in plan.evidence if not e.path.startswith("targets.")]
    return plan.model_copy(update={"targets": Targets(selector=selector), "evidence": (*kept, *said)})


def on_hosts(plan: Plan, names: Iterable[str]) -> Plan:
    """The plan's steps without machines that are no targets any more; a step left without any is dropped."""
    left = set(names)
    kept: list[tuple[int | None, Step]] = []
    for at, step in enumerate(plan.steps):
        if step.hosts is None:
            kept.append((at, step))
        elif hosts := tuple(h for h in step.hosts if h in left):
            kept.append((at, step.model_copy(update={"hosts": hosts})))
    return with_steps(plan, kept)


def as_said(before: Plan, catalogue: Catalogue) -> tuple[DraftStep, ...]:
    """The user's steps of an earlier plan as steps said before, so that "it" stands for what they name."""
    made: list[DraftStep] = []
    clause = 0
    last = ""
    for step in before.steps:
        template = catalogue.get(step.intent)
        if template is None or step.origin is not Origin.USER or step.undo_of is not None:
            continue
        clause += step.intent != last  # one verb with several names was one clause
        last = step.intent
        params = {n: v for n, v in step.params.items() if v is not None}
        made.append(
            DraftStep(template, params, dict.fromkeys(params, Source("earlier")), clause=-1000 + clause, span=(0, 0))
        )
    return tuple(made)
