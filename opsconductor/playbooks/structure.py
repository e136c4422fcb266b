# SPDX-License-Identifier: Apache-2.0
"""The last look at a rendered playbook: it is read again, as Ansible reads it, and must keep every rule of the house.

What it finds is a fault of a template or of the renderer, never of a request; nothing that fails here is committed.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from opsconductor.domain.inventory import TELNET
from opsconductor.domain.plans import Plan
from opsconductor.domain.results import Role
from opsconductor.errors import Broken
from opsconductor.playbooks.configuration import group_of
from opsconductor.playbooks.emit import Unsafe, is_text
from opsconductor.playbooks.modules import (
    ALLOWED,
    COMMAND_INPUT,
    COMMANDS,
    END_MODULE,
    KEYWORDS,
    OVER_TELNET,
    READING,
    READING_WITH,
    SCRIPTS,
    SET_FACT,
    TELNET_COMMAND,
)
from opsconductor.playbooks.rendered import ENVIRONMENT, GIVEN_SECRETS, RenderedPlaybook
from opsconductor.playbooks.rescue import ONLY_PREVIEWS

_PLAY_KEYS = {"name", "hosts", "gather_facts", "serial", "environment", "vars", "tasks"}
_BLOCK_KEYS = {"name", "when", "vars", "block"}
_TASK_NAME = re.compile(r"Step (\d+): [^{}]+ · (" + "|".join(Role) + ")")
_BLOCK_NAME = re.compile(r"Step \d+: [^{}·]+")
#: Variables the playbook itself makes, and what Ansible gives it.
_VARIABLE = re.compile(r"opsc_p\d+_\w+")
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
#: What a script says of whether it changed something.
_CHANGED = re.compile(r"\$Ansible\.Changed\s*=\s*\$?(\w+|\S)", re.IGNORECASE)
#: What means something to Ansible or a shell; plain words do no harm.
_TELLING = re.compile(r"[{}'\"`$;|&<>\n]")
#: Choices out of a template's own list: "less than 10%" is written with them.
_COMPARISONS = frozenset({"<", "<=", ">", ">="})


class PlaybookFault(Broken):
    """The rendered playbook breaks a rule."""

    code = "playbook-fault"


class _Loader(yaml.CSafeLoader):
    """Ansible's YAML with `!unsafe` kept apart from everything else."""


def _unsafe(loader: _Loader, node: yaml.Node) -> Unsafe:
    if isinstance(node, yaml.SequenceNode):
        return Unsafe(loader.construct_sequence(node, deep=True))
    return Unsafe(loader.construct_scalar(node))  # type: ignore[arg-type] # a mapping is refused by it


_Loader.add_constructor("!unsafe", _unsafe)


def _inert(value: Any) -> bool:
    """Whether Ansible evaluates nothing in it: `!unsafe`, or a text that without quotes were a number, null, a date."""
    return isinstance(value, Unsafe) or (isinstance(value, str) and not is_text(value))


def check_structure(rendered: RenderedPlaybook, plan: Plan) -> None:
    """Raises PlaybookFault at the first broken rule."""
    if any(step.undo_of is not None for step in plan.steps):
        _fault("a step that takes back what a job did stands in it as if it were to be done again")
    try:
        plays = yaml.load(rendered.playbook, Loader=_Loader)  # noqa: S506 - a safe loader with one more tag
    except yaml.YAMLError as error:
        raise PlaybookFault(f"The rendered playbook is not YAML: {error}.", remedy="Report this.") from error
    values = _telling_values(plan)
    places = []
    for play in plays:
        _check_play(play)
        for block in _parts(play["tasks"]):
            tasks = list(_tasks(block))
            if _named(block.get("vars"), rendered):
                _fault(f"the variables of {block['name']!a} hold a secret")
            _check_variables(block, tasks, values)
            for task in tasks:
                _check_task(task)
                _check_way(task, play["hosts"])
                _check_secrets(task, rendered)
                _check_values(task, values)
                _check_reading(task, plan)
                _check_preview(task, plan)
                places.append(task["name"])
            if "block" in block:
                _check_facts(block, tasks)
            elif not tasks[0]["name"].endswith(f": {ONLY_PREVIEWS} · {Role.GUARD}"):
                _fault(f"{tasks[0]['name']!a} belongs to no step")
    if places != [place.name for place in rendered.places]:
        _fault("the list of its tasks is another one")


def _fault(message: str) -> None:
    raise PlaybookFault(
        f"The rendered playbook breaks a rule: {message}.", remedy="Correct the template, or report this."
    )


def _check_play(play: dict[str, Any]) -> None:
    if unknown := set(play) - _PLAY_KEYS:
        _fault(f"a play has {', '.join(sorted(unknown))}")
    if not re.fullmatch(r"opsc_(linux|windows|telnet)", play["hosts"]) or play["gather_facts"] is not False:
        _fault("a play runs on other hosts, or gathers facts")
    if play.get("environment") not in (None, ENVIRONMENT):
        _fault("a play has an environment of its own")
    for name, value in play.get("vars", {}).items():
        if not _VARIABLE.fullmatch(name) or not _inert(value):
            _fault(f"the variable {name} is not one of a step, or not !unsafe")


def _parts(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries of a play; what a step does where it fails apart from it, one part for each step taken back."""
    for entry in entries:
        rescue = entry.get("rescue", [])
        yield {key: value for key, value in entry.items() if key != "rescue"}
        if "rescue" in entry and (not rescue or END_MODULE not in rescue[-1]):
            _fault(f"{entry['name']!a} lets a target go on where it failed")
        for part in rescue:
            inner = part.get("block", [part])
            section = {"name": entry["name"], **part, "block": [*inner, *part.get("rescue", [])]}
            section = {key: value for key, value in section.items() if key in _BLOCK_KEYS}
            if "block" not in part:
                section = {"name": entry["name"], "block": inner}
            if strange := [t["name"] for t in section["block"] if not str(t.get("name")).endswith(f" · {Role.UNDO}")]:
                _fault(f"{strange[0]!a} does not take back anything, where its step failed")
            yield section


def _tasks(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tasks in a block, in order."""
    if "block" not in entry:
        yield entry
        return
    if not _BLOCK_NAME.fullmatch(entry["name"]) or set(entry) - _BLOCK_KEYS:
        _fault(f"the block {entry['name']!a} is not as it should be")
    for inner in entry["block"]:
        if "block" in inner and "vars" in inner:
            _fault(f"the block {inner['name']!a} has variables, which only a whole step may have")
        yield from _tasks(inner)


def _check_variables(block: dict[str, Any], tasks: list[dict[str, Any]], values: set[str]) -> None:
    """A step's own variables are named after it, stand for nothing that a task registers, and hold no values."""
    match = re.match(r"Step (\d+): ", block["name"])
    variables = block.get("vars", {})
    registered = {task.get("register") for task in tasks}
    for name, value in variables.items():
        if (
            not isinstance(value, str)
            or not match
            or not re.fullmatch(rf"opsc_r{match[1]}_\w+", name)
            or name in registered
        ):
            _fault(f"{block['name']!a} has the variable {name}")
    _check_expressions(block["name"], variables)
    _check_values({"name": block["name"], "vars": variables}, values)


def _check_task(task: dict[str, Any]) -> None:
    name = task.get("name", "")
    if not _TASK_NAME.fullmatch(name):
        _fault(f"the task name {name!a} has no step or no role")
    modules = set(task) - KEYWORDS
    if len(modules) != 1 or not modules <= ALLOWED:
        _fault(f"{name!a} uses {', '.join(sorted(modules)) or 'no module'}, which is not allowed")
    module = modules.pop()
    arguments = task[module]
    if not isinstance(arguments, dict) and arguments is not None:
        _fault(f"{name!a} has free-form arguments")
    if not isinstance(task.get("timeout"), int):
        _fault(f"{name!a} has no timeout")
    _check_expressions(name, task)
    if module in COMMANDS and _without_input(arguments) != {**COMMANDS[module], "argv": arguments.get("argv")}:
        _fault(f"{name!a} runs a command other than by a plain argv")
    if module in SCRIPTS and "{{" in arguments["script"]:
        _fault(f"{name!a} has a script with something filled in")


def _check_way(task: dict[str, Any], hosts: str) -> None:
    """Over telnet go single commands, and nowhere else; there is nothing that a fallback could be for."""
    used = (set(task) - KEYWORDS).pop()
    over = hosts == group_of(TELNET)
    if over and (used not in OVER_TELNET or task["name"].endswith(f" · {Role.FALLBACK}")):
        _fault(f"{task['name']!a} cannot run over telnet")
    if used == TELNET_COMMAND and not over:
        _fault(f"{task['name']!a} runs over telnet only")


def _check_secrets(task: dict[str, Any], rendered: RenderedPlaybook) -> None:
    """A task that is told a secret keeps its result to itself, and tells it to no program as an argument."""
    if not _named(task, rendered):
        return
    if task.get("no_log") is not True:
        _fault(f"{task['name']!a} is told a secret and does not keep its result to itself")
    for module in COMMANDS.keys() & set(task):
        if _named(task[module]["argv"], rendered):
            _fault(f"{task['name']!a} has a secret among the arguments of a program")
    if SET_FACT in task:
        _fault(f"{task['name']!a} makes a fact of a secret")


def _named(part: Any, rendered: RenderedPlaybook) -> bool:
    """Whether a variable that is a secret is named in it."""
    return any(re.search(rf"\b{name}\b", text) for text in _texts(part) for name in (*rendered.secrets, *GIVEN_SECRETS))


def _check_reading(task: dict[str, Any], plan: Plan) -> None:
    """A step that only reads has no task that could change anything: it may run without an approval."""
    name = task["name"]
    step = plan.steps[int(_TASK_NAME.fullmatch(name)[1]) - 1]  # type: ignore[index] # checked before
    if step.read_only and not (_reads(task) or task.get("check_mode") is True):
        _fault(f"{name!a} may change something, in a step that only reads")


def _check_preview(task: dict[str, Any], plan: Plan) -> None:
    """A dry run may run without an approval: what leaves check mode there only reads, or is made for previews."""
    if plan.options.dry_run and task.get("check_mode", True) is not True and not (_reads(task) or _foresees(task)):
        _fault(f"{task['name']!a} leaves check mode and may change something, in a dry run")


def _reads(task: dict[str, Any]) -> bool:
    """Whether the task only looks."""
    module = next(iter(set(task) - KEYWORDS))
    if module in READING or (module in READING_WITH and set(task[module] or {}) <= READING_WITH[module]):
        return True
    # A program or a script may do anything: it is the template's word that it changes nothing, said in the task itself.
    return module in COMMANDS.keys() | SCRIPTS and task.get("changed_when") is False


def _foresees(task: dict[str, Any]) -> bool:
    """Whether a program or a script says of itself that it changes nothing in check mode.

    It stands there for previews alone, its arguments are others then, or the script never reports a change.
    """
    module = next(iter(set(task) - KEYWORDS))
    if module in SCRIPTS:
        said = {value.lower() for value in _CHANGED.findall(task[module]["script"])}
        return said == {"false"} or _only_in_previews(task)
    if module in COMMANDS:
        return "if ansible_check_mode else" in str(task[module].get("argv")) or _only_in_previews(task)
    return False


def _only_in_previews(task: dict[str, Any]) -> bool:
    when = task.get("when")
    return "ansible_check_mode" in (when if isinstance(when, list) else [when])


def _without_input(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in COMMAND_INPUT}


def _check_expressions(name: str, part: dict[str, Any]) -> None:
    """No backslash: Ansible reads it in one way in arguments and in another in conditions."""
    if any("\\" in text for text in _expressions(part)):
        _fault(f"{name!a} has a backslash in an expression")


def _check_facts(block: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
    """The tasks that look, and only look, end in exactly one `opsc_s<N>`."""
    match = re.match(r"Step (\d+): ", block["name"])
    n = match[1] if match else ""
    looking = [t for t in tasks if t["name"].endswith((f" · {Role.GUARD}", f" · {Role.CAPTURE}"))]
    made = [name for t in looking if SET_FACT in t for name in t[SET_FACT]]
    if [name for name in made if not _of_condition(name, n)] not in ([], [f"opsc_s{n}"]):
        _fault(f"the guards of step {n} set {', '.join(made)}")
    if looking and SET_FACT not in looking[-1]:
        _fault(f"the guards of step {n} do not end in what they found")
    for task in tasks:
        for name in task.get(SET_FACT, {}):
            if name not in (f"opsc_s{n}", f"opsc_u{n}") and not _of_condition(name, n):
                _fault(f"step {n} sets {name}")
    # Facts of earlier steps may be read, their registers not: a retry does not bring these back.
    other = re.search(rf"\bopsc_[pr](?!{n}_)\d+_", json.dumps([block.get("vars"), tasks], default=str))
    if other:
        _fault(f"step {n} reads {other[0]}… of another step")


def _of_condition(name: str, n: str) -> bool:
    """Whether a fact is what the step's conditions have found out."""
    return re.fullmatch(rf"opsc_c{n}(_when[0-9]+)?", name) is not None


def _telling_values(plan: Plan) -> set[str]:
    """Texts of the request that may not stand anywhere but in the variables."""
    given = [value for step in plan.steps for value in (*step.params.values(), *(c.subject for c in step.when))]
    return {text for text in _texts(given) if _TELLING.search(text) and text not in _COMPARISONS}


def _check_values(task: dict[str, Any], values: set[str]) -> None:
    """No such value stands in a task: not in its name, its conditions or its arguments."""
    if values and any(value in text for text in _texts(task) for value in values):
        _fault(f"{task['name']!a} holds a value of the request")


def _expressions(part: dict[str, Any]) -> Iterator[str]:
    """What Ansible evaluates: bare conditions, and whatever stands between double braces."""
    for key in ("when", "until", "failed_when", "changed_when"):
        yield from _texts(part.get(key))
    yield from _texts(part.get("ansible.builtin.assert", {}).get("that"))
    for text in _texts(part):
        yield from _BRACES.findall(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _texts(key)
            yield from _texts(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _texts(entry)
