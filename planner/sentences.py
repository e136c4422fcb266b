# SPDX-License-Identifier: Apache-2.0
"""A plan in words: titles of steps, the explanation line by line, undo sentences."""

import re

from opsconductor.domain.plans import Evidence, Options, Origin, Step, Targets
from opsconductor.domain.templates import ParameterType, Template
from opsconductor.domain.timing import InvalidTiming, timing_of
from planner.condition_words import words_of
from planner.selecting import describe
from planner.targets import Reach

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
#: Evidence of a condition that a step sees to itself.
_WHEN = re.compile(r"steps\[(\d+)\]\.when")
#: A place with the blank before it, which goes with it.
_PLACE = re.compile(r"( ?)\{(\w+)\}")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
#: Steps that the title names one by one; of more it names one.
_TOLD = 2


def fill(sentence: str, template: Template, params: dict[str, object]) -> str:
    """A manifest's sentence with the values in it; "(src?)" for a missing one, nothing for one that may be missing."""

    def value(match: re.Match[str]) -> str:
        blank, name = match.groups()
        parameter = template.parameters[name]
        if params.get(name) is not None:
            return blank + _shown(template, name, params[name])
        if parameter.instead and params.get(parameter.instead) is not None:
            return blank + _shown(template, parameter.instead, params[parameter.instead])
        if parameter.default is not None:
            return blank + _shown(template, name, parameter.default)
        return f"{blank}({name}?)" if parameter.required else ""

    return _PLACE.sub(value, sentence)


def period(seconds: int) -> str:
    """Seconds in the largest unit that tells them exactly: "30 days", "90 minutes", "45 seconds"."""
    size, unit = next((s, u) for s, u in _UNITS if seconds % s == 0 and (seconds >= s or s == 1))
    count = seconds // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def step_title(template: Template, params: dict[str, object]) -> str:
    """The step for people, with the optional values that the request gave."""
    mentioned = set(_PLACEHOLDER.findall(template.summary))
    mentioned |= {template.parameters[n].instead or "" for n in mentioned}
    extra = [
        _shown(template, name, value)
        for name, value in params.items()
        if name in template.parameters
        and name not in mentioned
        and template.parameters[name].phrase
        and value is not None
    ]
    return ", ".join([fill(template.summary, template, params), *extra])


def explain(
    steps: tuple[Step, ...], targets: Targets, reach: Reach, options: Options, evidence: tuple[Evidence, ...]
) -> tuple[str, ...]:
    """What the plan will do, line by line."""
    total = len(targets.resolved)
    size = "" if targets.selector.count == total else f" ({_machines(total)})"
    lines = [e.text for e in evidence if e.path == "follows" and e.text]
    lines += [f"Take {describe(targets.selector)}{size}"] if total else []
    lines += [
        f"{e.text!r} was read as {describe(targets.selector)}"
        for e in evidence
        if e.source == "repair" and e.path.startswith("targets.") and e.text
    ]
    for step in steps:
        lines.append(_line(step, reach))
    lines += [
        f"Step {int(match[1]) + 1} looks itself whether it is there: {e.text!r} is no condition of its own"
        for e in evidence
        if (match := _WHEN.fullmatch(e.path)) and e.text
    ]
    if not all(s.read_only for s in steps):
        lines.append("A target where a step fails takes no further steps; the others go on")
    lines += _option_lines(options)
    return tuple(lines)


def plan_title(steps: tuple[Step, ...], targets: Targets, options: Options) -> str:
    """The plan in one line."""
    title = _title(steps, targets)
    return f"Dry run: {_lower(title)}" if title and options.dry_run else title


def _title(steps: tuple[Step, ...], targets: Targets) -> str:
    user = [s for s in steps if s.origin is Origin.USER]
    if not user:
        return ""
    machines = f" on {_machines(len(targets.resolved))}" if targets.resolved else ""
    if len(user) <= _TOLD:
        told = ", ".join([user[0].title, *(_lower(s.title) for s in user[1:])])
        return f"{told}{machines}"
    # What matters most to whoever reads only this line: the riskiest step, the first one of its kind.
    main = max(user, key=lambda s: s.risk.level.rank if s.risk else 0)
    return f"{main.title} and {len(user) - 1} more steps{machines}"


def _shown(template: Template, name: str, value: object) -> str:
    text = " ".join(_argument(str(v)) for v in value) if isinstance(value, list | tuple) else str(value)
    if template.parameters[name].type is ParameterType.SECONDS and isinstance(value, int):
        text = period(value)
    phrase = template.parameters[name].phrase
    return phrase.replace("{value}", text) if phrase else text


def _line(step: Step, reach: Reach) -> str:
    systems = reach.systems(step)
    able = sum(systems[platform] for platform in step.platforms)
    where = ""
    if step.hosts is not None:
        where = f", on {', '.join(step.hosts[:5])}{' …' if len(step.hosts) > 5 else ''}"
    elif 0 < able < systems.total():
        names = " and ".join(p.value.capitalize() for p in step.platforms)
        where = f", on the {able} {names} targets only"
    if step.when:
        where += f", only where {' and '.join(words_of(c) for c in step.when)}"
    added = " (added by policy)" if step.origin is Origin.POLICY else ""
    return f"{step.title}{where}{added}"


def _option_lines(options: Options) -> list[str]:
    lines = []
    if options.batch is not None:
        every = "all at once" if options.batch == "100%" else f"{options.batch} at a time"
        lines.append(f"Work on {every}")
    if options.max_fail is not None and options.max_fail != "100%":
        lines.append(f"Start no further batch when more than {options.max_fail} targets have failed")
    if options.max_fail == "100%":
        lines.append("Go on with the others however many fail")
    if options.job_timeout is not None:
        lines.append(f"End the job after {options.job_timeout} seconds, waits and pauses included")
    if options.target_timeout is not None:
        lines.append(f"End a target whose tasks take longer than {options.target_timeout} seconds, all together")
    if options.verify_timeout is not None:
        lines.append(f"Wait up to {options.verify_timeout} seconds for the effect of a step")
    if options.rollback:
        lines.append("Undo what was done on a target where a step fails")
    if options.dry_run:
        lines.append("Change nothing: only show what would change")
    if options.log:
        lines.append("Log all results")
    lines += _times(options)
    return lines


def _times(options: Options) -> list[str]:
    """When it runs; nothing where that cannot be said, which is an obstacle of its own."""
    try:
        timing = timing_of(options.schedule) if options.schedule is not None else None
    except InvalidTiming:
        return []
    return [f"Run by schedule: {timing.words}"] if timing else []


def _machines(count: int) -> str:
    return f"{count} machine" if count == 1 else f"{count} machines"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _argument(text: str) -> str:
    """An argument as it would be typed: what holds a blank is one argument and shown as one."""
    return f'"{text}"' if not text or any(c.isspace() for c in text) else text
