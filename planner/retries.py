# SPDX-License-Identifier: Apache-2.0
"""Plans about a finished job: the same once more where it did not end well, and taking back what it changed."""

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Evidence, JobStep, Options, Origin, Plan, Selector, Step
from opsconductor.domain.results import ResultStatus
from opsconductor.domain.templates import Catalogue
from opsconductor.ids import short
from planner.overlay import FOLLOWS, ground, on_hosts, taken, with_selector, with_steps

_BAD = {
    "failed": (ResultStatus.FAILED, ResultStatus.ROLLED_BACK, ResultStatus.UNKNOWN),
    "unreachable": (ResultStatus.UNREACHABLE,),
    "cancelled": (ResultStatus.CANCELLED,),
    "not run": (ResultStatus.NOT_RUN,),
}
#: What the words mean: an unreachable machine failed to whoever says "failed".
_MEANT = {
    "failed": ("failed", "unreachable"),
    "unreachable": ("unreachable",),
    "cancelled": ("cancelled",),
    "not run": ("not run", "cancelled"),
    "": tuple(_BAD),
}


class Impossible(Exception):
    """Why there is nothing to retry or to take back, as a sentence."""


def retry(
    before: Plan, job: JobOutcome | None, which: str, only: frozenset[str] | None, plan_id: str, text: str
) -> Plan:
    """The plan's steps on the targets of its newest job that ended in a way; `only` narrows them further.

    `which` is "failed", "unreachable", "cancelled", "not run", or empty for all of them. Raises Impossible.
    """
    ended = _ended(before, job)
    states = {name: ended.state(name) for name in ended.targets if only is None or name in only}
    wanted = {how: [n for n, s in states.items() if s in _BAD[how]] for how in _MEANT[which]}
    names = tuple(n for n in states if any(n in found for found in wanted.values()))
    if not names:
        raise Impossible(_none(ended, which))
    how = "; ".join(
        f"{', '.join(found[:5])}{' …' if len(found) > 5 else ''} {k}" for k, found in wanted.items() if found
    )
    plan = ground(before, plan_id, text)
    said = Evidence(path="targets.selector.hosts", source="earlier", text=how)
    plan = on_hosts(with_selector(plan, Selector(hosts=names), (said,)), names)
    plan = _done_before(plan, before, ended)
    plan = plan.model_copy(update={"options": plan.options.model_copy(update={"schedule": None})})
    line = taken(before, f"its steps where job …{short(ended.job_id)} did not end well ({how})")
    return plan.model_copy(update={"evidence": (line, *plan.evidence)})


def _done_before(plan: Plan, before: Plan, job: JobOutcome) -> Plan:
    """The steps with the targets on which the job had already done them; numbers are those of the plan before."""
    numbers = {id(s): n for n, s in enumerate(before.steps, start=1)}
    left = iter(before.steps)
    steps = []
    for step in plan.steps:
        original = next(s for s in left if s.intent == step.intent and s.params == step.params)
        steps.append(step.model_copy(update={"done_on": job.done(numbers[id(original)])}))
    return plan.model_copy(update={"steps": tuple(steps)})


def undo(
    before: Plan, job: JobOutcome | None, only: frozenset[str] | None, catalogue: Catalogue, plan_id: str, text: str
) -> Plan:
    """What the newest job of a plan changed, taken back, last step first. Raises Impossible."""
    ended = _ended(before, job)
    steps: list[Step] = []
    never: list[str] = []
    names: set[str] = set()
    for number, step in reversed(list(enumerate(before.steps, start=1))):
        hosts = tuple(n for n in ended.targets if n in ended.changed(number) and (only is None or n in only))
        template = catalogue.get(step.intent)
        if not hosts or template is None or step.undo_of is not None or template.read_only:
            continue
        if template.undo is None:
            never.append(f"step {number} ({step.title}): {template.irreversible or 'nothing takes it back'}")
            continue
        again = Step(intent=step.intent, params=step.params, hosts=hosts, when=(), origin=Origin.USER)
        steps.append(again.model_copy(update={"undo_of": JobStep(job=ended.job_id, step=number)}))
        names.update(hosts)
    lasting = f" What cannot be undone stays: {'; '.join(never)}." if never else ""
    if not steps:
        raise Impossible(lasting.strip() or f"Job …{short(ended.job_id)} changed nothing, so there is nothing to undo.")
    plan = ground(before, plan_id, text)
    selector = Selector(hosts=tuple(n for n in ended.targets if n in names))
    plan = with_steps(with_selector(plan, selector, ()), [(None, s) for s in steps])
    said = [
        Evidence(path="targets.selector.hosts", source="earlier"),
        *(
            Evidence(
                path=f"steps[{at}].{field}", source="earlier", text=f"step {s.undo_of.step}" if s.undo_of else None
            )
            for at, s in enumerate(steps)
            for field in ("intent", *(f"params.{name}" for name in s.params))
        ),
    ]
    lines = [taken(before, f"what job …{short(ended.job_id)} changed is taken back, last step first")]
    if never:
        lines.append(Evidence(path=FOLLOWS, source="earlier", text=lasting.strip()))
    kept = [e for e in plan.evidence if not e.path.startswith("options.")]
    return plan.model_copy(update={"evidence": (*lines, *kept, *said), "options": Options()})


def _ended(before: Plan, job: JobOutcome | None) -> JobOutcome:
    if job is None:
        raise Impossible(
            f"Plan …{short(before.id)} ({before.title}) has not been run, so nothing failed and nothing was changed."
        )
    if not job.ended:
        raise Impossible(f"Job …{short(job.job_id)} is still {job.status}. Say it again when it has ended.")
    return job


def _none(job: JobOutcome, which: str) -> str:
    ended_so = f"No target of job …{short(job.job_id)} ended {which}" if which else ""
    bad = [n for n in job.targets if job.state(n) is not ResultStatus.OK]
    if not bad:
        return f"Nothing failed in job …{short(job.job_id)}: every target ended well."
    shown = ", ".join(f"{n} {job.state(n).value}" for n in bad[:5])
    return f"{ended_so or 'None of these targets ended badly'}. What did not end well: {shown}."
