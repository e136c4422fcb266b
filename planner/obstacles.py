# SPDX-License-Identifier: Apache-2.0
"""What keeps a plan that is understood from running yet: said in the plan, so that nothing is promised."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsconductor.domain.base import Platform
from opsconductor.domain.plans import Options, Origin, Step
from opsconductor.domain.templates import Catalogue, Template
from opsconductor.domain.timing import InvalidTiming, timing_of
from opsconductor.ids import short
from planner.condition_values import failure_wanted
from planner.targets import Reach

_OPTION_NAMES = {
    "batch": "Working in batches",
    "max_fail": "A limit of failures",
    "canary": "Trying a few targets first",
    "pause": "A pause between batches",
    "schedule": "Running at a set time",
    "dry_run": "A dry run",
    "rollback": "Rolling back by itself",
    "job_timeout": "A limit of time for the job",
    "target_timeout": "A limit of time for each target",
    "verify_timeout": "A limit of time for checks",
    "log": "Logging",
}


#: Facts of conditions that nobody has to look at a target for.
_KNOWN_WITHOUT_LOOKING = frozenset({"os_family", "previous_ok"})


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the rest of the product can do with a plan today; all else is planned and said to be not there yet."""

    options: frozenset[str] = frozenset(Options.model_fields)


def obstacles_of(
    steps: tuple[Step, ...], reach: Reach, options: Options, catalogue: Catalogue, able: Abilities
) -> tuple[str, ...]:
    """Why the plan cannot be run yet, one sentence each."""
    found = [*_of_jobs(steps, reach, catalogue), *_tasks(steps, reach, catalogue)]
    for number, step in enumerate(steps, start=1):
        if any(c.fact == "previous_ok" and failure_wanted(c) for c in step.when):
            found.append(f"Step {number} cannot be run yet: a target where a step failed takes no further steps.")
    found += _untimely(options)
    found += [
        f"{_OPTION_NAMES.get(name, name)} is not available yet."
        for name in options.model_dump(exclude_defaults=True)
        if name not in able.options
    ]
    return tuple(dict.fromkeys(found))


def _untimely(options: Options) -> Iterator[str]:
    """What is wrong with the time at which the plan is to run."""
    if options.schedule is not None:
        try:
            timing_of(options.schedule)
        except InvalidTiming as error:
            yield f"{error.message} {error.remedy or ''}".strip()


def _of_jobs(steps: tuple[Step, ...], reach: Reach, catalogue: Catalogue) -> Iterator[str]:
    """What a plan about a finished job needs that is not there yet."""
    for number, step in enumerate(steps, start=1):
        template = catalogue.get(step.intent)
        if step.undo_of is not None:
            yield (
                f"Step {number} cannot be run yet: taking back step {step.undo_of.step} of job "
                f"{short(step.undo_of.job)} is not available yet. "
                "Ask in a request of its own for what shall be done instead."
            )
            continue
        again = reach.among(step, step.done_on)
        if again and template is not None and not template.repeatable:
            some = f"{', '.join(again[:5])}{' …' if len(again) > 5 else ''}"
            yield (
                f"Step {number} cannot be run yet: it was done on {some} "
                "before, and doing it twice may do harm. `opsc retry` goes on with a job behind what it has done."
            )


def _tasks(steps: tuple[Step, ...], reach: Reach, catalogue: Catalogue) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        template = catalogue.get(step.intent)
        if template is None or step.undo_of is not None:
            continue
        yield from _over_telnet(number, step, reach, template)
        concerned = reach.systems(step)
        lacking = [p for p in Platform if p in step.platforms and p in concerned and p not in template.platforms]
        if not template.needs_targets:
            if any(t.needs_targets for s in steps if (t := catalogue.get(s.intent))):
                yield f"Step {number} ({template.title.lower()}) runs nowhere: ask that in a request of its own."
        elif not template.platforms:
            yield f"Step {number} cannot be run yet: its template {template.id} has no task file."
        elif template.needs and all(step.params.get(name) is None for name in template.needs.one_of):
            yield f"Step {number} cannot be run yet: {template.needs.text}"
        elif lacking and step.origin is Origin.USER:
            systems = " and ".join(p.value.capitalize() for p in lacking)
            yield f"Step {number} cannot be run yet: its template {template.id} has no task file for {systems}."


def _over_telnet(number: int, step: Step, reach: Reach, template: Template) -> Iterator[str]:
    """What cannot be done where only telnet leads: no module runs there, and nothing is known of what was before."""
    names = reach.over_telnet(step) if template.needs_targets and Platform.LINUX in step.platforms else ()
    probed = any(condition.fact not in _KNOWN_WITHOUT_LOOKING for condition in step.when)
    if not names or (template.telnet and not probed):
        return
    some = f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
    what = "conditions cannot be checked over telnet" if template.telnet else "it cannot be done over telnet"
    yield (
        f"Step {number} cannot be run on {some}: {what}, and nothing else leads there. Over telnet there are "
        "commands and some checks only: add an ssh connection, or leave these machines out."
    )
