# SPDX-License-Identifier: Apache-2.0
"""What only the operator can say: one question per missing value, with answers worth offering."""

import re

from rapidfuzz import fuzz, process

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Choice, Origin, Question, Selector, Step
from opsconductor.domain.templates import Catalogue, Parameter, ParameterType, Template
from planner.selecting import describe
from planner.targets import matching
from planner.values import is_path

#: At most this many offered answers.
MOST = 5


def missing_of(step: Step, template: Template) -> tuple[str, ...]:
    """Required parameters that a step has neither themselves nor by what may stand instead."""
    return tuple(
        name
        for name, parameter in template.parameters.items()
        if parameter.required
        and step.params.get(name) is None
        and (parameter.instead is None or step.params.get(parameter.instead) is None)
    )


def ask_parameters(steps: tuple[Step, ...], catalogue: Catalogue, estate: Estate) -> tuple[Question, ...]:
    """The open questions about parameters of the user's own steps, in order, and about unknown library files."""
    asked = []
    for number, step in enumerate(steps, start=1):
        template = catalogue.get(step.intent)
        if template is None or step.origin is Origin.POLICY or step.undo_of is not None:
            continue
        for name in missing_of(step, template):
            asked.append(_ask(number, name, template, steps, catalogue, estate))
        for name, value in step.params.items():
            if _unknown_file(template.parameters[name], value, estate):
                asked.append(_ask_file(number, name, str(value), estate))
            elif (step.intent, name) == ("archive.extract", "src") and _bare_unknown(value, estate):
                asked.append(_ask_folder(number, name, str(value)))
    return tuple(asked)


def _unknown_file(parameter: Parameter, value: object, estate: Estate) -> bool:
    """Whether a value must name a library file and does not; a script may lie on the target as well."""
    if parameter.type is ParameterType.SCRIPT and is_path(str(value)):
        return False
    return parameter.type in (ParameterType.FILE, ParameterType.SCRIPT) and value not in estate.files


def _bare_unknown(value: object, estate: Estate) -> bool:
    """Whether a value is a name without a folder, and none of the library."""
    return isinstance(value, str) and not re.search(r"[/\\]", value) and value not in estate.files


def _ask_folder(number: int, name: str, value: str) -> Question:
    return Question(
        id=f"step{number}.{name}",
        text=f"In which folder of the target is '{value}'? Name it with its whole path; copy or download it there "
        "first. There is no such file in the file library either.",
        step=number,
        param=name,
    )


def ask_targets(selector: Selector, found: int, estate: Estate, os_alone: int) -> Question | None:
    """The question about where, when nothing or another number of machines is found; None when all is well."""
    if selector == Selector():
        return Question(
            id="targets",
            text="On which machines? Name a group, machines, or say 'all servers'.",
            choices=tuple(_group_choice(g.name, estate) for g in estate.groups[:MOST]),
        )
    if found == 0:
        return _ask_empty(selector, estate, os_alone)
    if selector.count is not None and (
        selector.count < 1 or selector.count > found or (selector.count_from == "all" and selector.count != found)
    ):
        return _ask_count(selector, selector.count, found)
    return None


def _ask_empty(selector: Selector, estate: Estate, os_alone: int) -> Question:
    bare = selector.model_copy(update={"count": None})
    text = f"There is no machine in {describe(bare)}."
    choices: tuple[Choice, ...] = ()
    if selector.os is not None and os_alone:
        other = bare.model_copy(update={"os": None})
        text = f"{text} None of the {os_alone} machines of {describe(other)} runs {selector.os.value.capitalize()}."
        choices = (
            Choice(label=f"Take the {os_alone} machines of {describe(other)}", sets={"os": None, "count": None}),
        )
    elif not estate.assets:
        text = f"{text} The asset database is empty: import machines with `opsc assets import`."
    else:
        text = f"{text} Put machines into it with `opsc assets edit`, or name other machines."
    return Question(id="targets", text=text, choices=choices)


def _ask_count(selector: Selector, asked: int, found: int) -> Question:
    whom = describe(selector.model_copy(update={"count": None, "count_from": "all"}))
    has = f"{found} match: {whom}"
    if len(selector.groups) == 1 and not (selector.exclude or selector.hosts):
        system = selector.os_version or (selector.os.value.capitalize() if selector.os else "")
        noun = f" {system or selector.role} machines" if system or selector.role else ""
        has = f"group '{selector.groups[0]}' has {found}{noun}"
    choices = [Choice(label=f"Go on with the {found}", sets={"count": None, "count_from": "all"})]
    if 0 < asked < found:
        choices.append(Choice(label=f"Take the first {asked}", sets={"count": asked, "count_from": "first"}))
    return Question(id="targets", text=f"{asked} asked, {has}.", choices=tuple(choices))


def _ask(
    number: int, name: str, template: Template, steps: tuple[Step, ...], catalogue: Catalogue, estate: Estate
) -> Question:
    parameter = template.parameters[name]
    choices = (
        *_offered_files(name, parameter, steps, estate),
        *(
            Choice(label=offer.label.replace("{value}", value), sets={offer.fills: value})
            for offer in parameter.offers
            if (value := _nearest_value(offer.from_parameter, number, steps, catalogue)) is not None
        ),
        *(Choice(label=choice, sets={name: choice}) for choice in parameter.choices),
    )
    text = parameter.question or f"{parameter.description}: which?"
    if parameter.type is ParameterType.FILE and not estate.files:
        text = f"{text} The file library is empty: add it with `opsc files add`."
    return Question(
        id=f"step{number}.{name}",
        text=f"Step {number} ({template.title.lower()}): {text}",
        step=number,
        param=name,
        choices=choices,
    )


def _ask_file(number: int, name: str, value: str, estate: Estate) -> Question:
    near = process.extract(value, estate.files, scorer=fuzz.WRatio, limit=3, score_cutoff=60)
    hint = f"Did you mean {' or '.join(repr(n) for n, _, _ in near)}? " if near else ""
    return Question(
        id=f"step{number}.{name}",
        text=f"There is no '{value}' in the file library. {hint}Add it with `opsc files add`, or name another file.",
        step=number,
        param=name,
        choices=tuple(Choice(label=n, sets={name: n}) for n, _, _ in near),
    )


def _nearest_value(wanted: ParameterType, number: int, steps: tuple[Step, ...], catalogue: Catalogue) -> str | None:
    """The value of a type that the nearest earlier step, else a later one, holds."""
    earlier, later = steps[: number - 1], steps[number:]
    for step in (*reversed(earlier), *later):
        template = catalogue.get(step.intent)
        for name, parameter in template.parameters.items() if template else ():
            if parameter.type is wanted and isinstance(step.params.get(name), str):
                return str(step.params[name])
    return None


def _offered_files(name: str, parameter: Parameter, steps: tuple[Step, ...], estate: Estate) -> tuple[Choice, ...]:
    """Library files whose names share a word with what the plan speaks of; all when there are few."""
    if parameter.type is not ParameterType.FILE:
        return ()
    words = {w for s in steps for v in s.params.values() if isinstance(v, str) for w in _words(v)}
    plausible = [f for f in estate.files if any(w in f.casefold() for w in words)]
    if not plausible and len(estate.files) <= MOST:
        plausible = list(estate.files)
    return tuple(Choice(label=file, sets={name: file}) for file in plausible[:MOST])


def _words(value: str) -> set[str]:
    return {w for w in re.split(r"[^\w]+|_", value.casefold()) if len(w) > 3}


def _group_choice(name: str, estate: Estate) -> Choice:
    size = len(matching(Selector(groups=(name,)), estate))
    return Choice(label=f"group '{name}' ({size} {'machine' if size == 1 else 'machines'})", sets={"groups": [name]})
