# SPDX-License-Identifier: Apache-2.0
"""The conditions of a step with their subjects, and those that are what the step does anyhow."""

from opsconductor.domain.plans import Condition, Evidence
from planner.conditions import Said, opposite, settled
from planner.drafting import DraftStep
from planner.tokens import Kind, Token

#: For every condition of a step its fact; None for one that the step itself sees to: "if it isn't there". None
#: instead of all of them where one speaks of something that the step does not name.
When = tuple[Condition | None, ...] | None

#: What a step is about that no fact tells of, in the words for it: such a step looks itself whether it is there.
_MAKING = {
    "user.create": {"user", "account"},
    "group.create": {"group"},
    "user.add_to_group": {"member"},
    "user.ssh_key": {"key"},
    "file.edit": {"line", "entry", "setting", "option", "directive", "text"},
    "repo.add": {"repo", "repository"},
    "env.path_add": {"entry"},
    "share.create": {"share"},
    "windows_feature.install": {"feature"},
    "kernel_module.load": {"module"},
}
_TAKING = {
    "user.remove": {"user", "account"},
    "group.remove": {"group"},
    "user.remove_from_group": {"member"},
    "cron.remove": {"job", "entry"},
    "windows_feature.remove": {"feature"},
    "registry.remove": {"key"},
}
_FILES = frozenset({"file", "folder", "directory", "path"})
#: Kinds of things that a fact tells of.
_FACTUAL = _FILES | {"package", "software", "application", "program", "service", "daemon", "process", "unit"}
#: Steps about two things, of which a name alone tells too little.
_BETWEEN = frozenset({"user.add_to_group", "user.remove_from_group", "user.ssh_key"})


def when_of(step: DraftStep, conditions: tuple[Said, ...]) -> When:
    """The conditions of a step."""
    values = {
        parameter.type.value: str(step.params[name])
        for name, parameter in step.template.parameters.items()
        if step.params.get(name) is not None and not isinstance(step.params[name], list)
    }
    values = {"path": values["glob"], **values} if "glob" in values else values
    found: list[Condition | None] = []
    for number, flipped in step.conditions:
        said = conditions[number]
        if _of_the_step(said, step, flipped):
            if not _is_done(said, step, flipped):
                return None
            found.append(None)
            continue
        condition = settled(said, values, step.template.id)
        if condition is None:
            return None
        found.append(opposite(condition) if flipped else condition)
    return tuple(found)


def evidence_of(
    text: str, tokens: tuple[list[Token], ...], steps: list[DraftStep], whens: tuple[When, ...]
) -> list[Evidence]:
    """The words of the conditions that a step sees to itself. `tokens`: of every condition its own."""
    found = []
    for at, (step, when) in enumerate(zip(steps, whens, strict=True)):
        for (number, _), condition in zip(step.conditions, when or (), strict=when is not None):
            if condition is None and (own := tokens[number]):
                start, end = own[0].start, own[-1].end
                found.append(
                    Evidence(path=f"steps[{at}].when", source="request", start=start, end=end, text=text[start:end])
                )
    return found


def _of_the_step(said: Said, step: DraftStep, flipped: bool) -> bool:
    """Whether a condition asks whether something is there that no fact tells of: a user, a line, or what its words
    call so."""
    intent = step.template.id
    own = _MAKING.get(intent, set()) | _TAKING.get(intent, set())
    if said.state not in {"here", "needed"} or said.kind in _FACTUAL:
        return False
    token = said.subject
    if not own:
        return said.state == "here" and _is_no_fact(said.kind)
    if said.state == "needed":
        return True
    if token is not None:
        return token.kind is not Kind.PATH
    # "Add the line to /etc/x if it exists" speaks of the file: a line that is there needs no adding.
    return bool(said.kind) or "path" not in step.params or _is_wanted(said, step, flipped)


def _is_no_fact(kind: str) -> bool:
    return any(kind in kinds for kinds in (*_MAKING.values(), *_TAKING.values()))


def _is_wanted(said: Said, step: DraftStep, flipped: bool) -> bool:
    """Whether a step is to run just where it has something to do."""
    absent = said.condition.negate is not flipped
    takes = step.template.id in _TAKING or (step.template.id == "file.edit" and bool(step.params.get("remove")))
    return absent is not takes and "match" not in step.params


def _is_done(said: Said, step: DraftStep, flipped: bool) -> bool:
    """Whether the step itself does what its condition says."""
    intent, token = step.template.id, said.subject
    kinds = _MAKING.get(intent) or _TAKING.get(intent) or set()
    if said.kind and said.kind not in kinds:
        return False
    if said.state == "needed":
        return True
    if token is not None:
        named = {str(v).casefold() for v in step.params.values()}
        if intent in _BETWEEN or token.value.casefold() not in named:
            return False
    return _is_wanted(said, step, flipped)
