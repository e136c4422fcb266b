# SPDX-License-Identifier: Apache-2.0
"""A step's `when`: which platforms it is for, and the tasks that find out on each target whether it holds."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from opsconductor.domain.base import Platform
from opsconductor.domain.conditions import FACTS, Measure
from opsconductor.domain.plans import Condition
from opsconductor.errors import Unsupported
from opsconductor.playbooks.taskfile import Task

_WINDOWS_PROCESS = "@(Get-Process -Name $Name -ErrorAction SilentlyContinue).Count"
_BYTES = 1024 * 1024
_DAY = 86400


class UnsupportedCondition(Unsupported):
    """A condition that no playbook can be made from."""

    code = "unsupported-condition"


class Reading(NamedTuple):
    """What a template that only reads becomes as a part of another step; its tasks end in `opsc_c<N>_<part>`."""

    variables: dict[str, Any]  #: play variable → value, to be written `!unsafe`
    step_variables: dict[str, str]  #: expressions that the tasks use
    tasks: list[Task]


#: intent, parameters, name of the part → its tasks.
ReadTemplate = Callable[[str, dict[str, Any], str], Reading]


@dataclass
class StepConditions:
    """What the `when` of one step becomes on one platform."""

    tasks: list[Task] = field(default_factory=list)  #: guards; the last one sets `opsc_c<N>`
    variables: dict[str, Any] = field(default_factory=dict)  #: play variable → value, to be written `!unsafe`
    step_variables: dict[str, str] = field(default_factory=dict)


def step_conditions(
    n: int, when: tuple[Condition, ...], platform: Platform, read: ReadTemplate, before: int | None
) -> StepConditions:
    """The guard tasks of step `n`'s conditions; `before` is the step that "changed" is about.

    Raises UnsupportedCondition.
    """
    made = StepConditions()
    holds: list[str] = []
    for index, condition in enumerate(when, start=1):
        if condition.fact == "os_family":
            continue
        if condition.fact == "previous_ok" and _wanted(n, condition):
            continue  # a target that failed takes no further steps anyway
        if condition.fact == "changed":
            if before is None:
                raise _unsupported(n, condition, "no step before it changes anything")
            test = f"(opsc_s{before} | default({{}})).changed | default(false)"
        elif probe := _PROBES.get((condition.fact, platform)):
            test = _probed(n, index, condition, probe, made)
        else:
            test = _read(n, index, condition, read, made)
        holds.append(test if _wanted(n, condition) else f"not ({test})")
    if holds:
        value = "{{ " + " and ".join(f"({h})" for h in holds) + " }}"
        made.tasks.append(
            {"name": "Keep whether the conditions hold · guard", "ansible.builtin.set_fact": {f"opsc_c{n}": value}}
        )
    return made


def asks_for_change(when: tuple[Condition, ...]) -> bool:
    """Whether a step depends on what the step before it changed."""
    return any(condition.fact == "changed" for condition in when)


def applies(n: int, when: tuple[Condition, ...], platform: Platform) -> bool:
    """Whether the conditions on the operating system leave anything to do on this platform."""
    for condition in when:
        if condition.fact != "os_family":
            continue
        named = str(condition.value).lower()
        if condition.op not in ("==", "!=", None) or named not in set(Platform):
            raise _unsupported(n, condition)
        equal = named == platform.value
        if (equal if condition.op != "!=" else not equal) is condition.negate:
            return False
    return True


def _wanted(n: int, condition: Condition) -> bool:
    """Whether what is looked at must be true for the step to run."""
    fact = FACTS.get(condition.fact)
    if fact is not None and fact.measure in (Measure.NUMBER, Measure.VERSION):
        if condition.op in (None, "contains") or condition.value is None:
            raise _unsupported(n, condition)
        return not condition.negate
    if condition.op not in ("==", "!=", None) or not isinstance(condition.value, bool | None):
        raise _unsupported(n, condition)
    wanted = condition.value is not False
    if condition.op == "!=":
        wanted = not wanted
    return wanted is not condition.negate


def _unsupported(n: int, condition: Condition, why: str = "") -> UnsupportedCondition:
    return UnsupportedCondition(
        f"Step {n}: the condition on '{condition.fact}' cannot be checked on the targets{why and ': '}{why}.",
        remedy="Leave the condition out, or make it a step of its own that checks first.",
    )


def _probed(n: int, index: int, condition: Condition, probe: Any, made: StepConditions) -> str:
    variable, register = f"opsc_p{n}_when{index}", f"opsc_r{n}_when{index}"
    task, test = probe(variable, register)
    if condition.subject is not None:
        made.variables[variable] = condition.subject
    elif variable in str(task):
        raise _unsupported(n, condition)
    made.tasks.append({**task, "register": register})
    if probe is _linux_reboot:
        made.tasks.append(_dnf_hint(register))
    return str(test)


def _read(n: int, index: int, condition: Condition, read: ReadTemplate, made: StepConditions) -> str:
    """The test on what a template that only reads has found out."""
    fact = FACTS.get(condition.fact)
    if fact is None or fact.template is None:
        raise _unsupported(n, condition)
    params: dict[str, Any] = {}
    if fact.parameter is not None and condition.subject is not None:
        params[fact.parameter] = int(condition.subject) if fact.parameter == "port" else condition.subject
    part = f"when{index}"
    reading = read(fact.template, params, part)
    made.variables |= reading.variables
    made.step_variables |= reading.step_variables
    made.tasks += reading.tasks
    if fact.template == "disk.check":
        made.tasks.append(_some_filesystem(f"opsc_c{n}_{part}"))
    value = f"opsc_p{n}_{part}_value"
    if condition.value is not None:
        made.variables[value] = condition.value
    return _TESTS[condition.fact](f"opsc_c{n}_{part}", condition, value)


def _some_filesystem(found: str) -> Task:
    return {
        "name": "Make sure that there is such a filesystem · guard",
        "ansible.builtin.assert": {
            "that": f"{found}.rows | length > 0",
            "fail_msg": "This target has no such filesystem, so the condition on its space cannot be checked.",
            "quiet": True,
        },
    }


def _number(text: str) -> Callable[[str, Condition, str], str]:
    """Compares the number that `text` gives, `{found}` standing for what was read."""
    return lambda found, condition, value: f"{text.format(found=found)} | float {condition.op} {value} | float"


def _truth(text: str) -> Callable[[str, Condition, str], str]:
    return lambda found, *_: text.format(found=found)


def _version(found: str, condition: Condition, value: str) -> str:
    """Compares versions as they were published: without the epoch and, where none is named, the packager's revision.

    What is equal to a short version is every version that begins so: 1.26.1 is 1.26.
    """
    named = str(condition.value)
    versions = f"{found}.rows | map(attribute='version') | reject('equalto', '') | map('regex_replace', '^[0-9]+:', '')"
    if "-" not in named:
        versions += " | map('regex_replace', '-[^-]*$', '')"
    if condition.op in ("==", "!="):
        equal = f"{versions} | select('match', ({value} | regex_escape) ~ '([.].*)?$') | list"
        return f"{equal} | length {'>' if condition.op == '==' else '=='} 0"
    if re.fullmatch(r"[0-9.]+", named):
        versions += " | map('regex_replace', '[^0-9.].*$', '')"
    return f"{versions} | select('version', {value}, '{condition.op}') | list | length > 0"


_TESTS: dict[str, Callable[[str, Condition, str], str]] = {
    "service_running": _truth("{found}.state == 'running'"),
    "package_installed": _truth("{found}.state == 'installed'"),
    "package_version": _version,
    # What is said of a target holds for its fullest filesystem.
    "disk_free_pct": _number("{found}.rows | map(attribute='free_percent') | min"),
    "disk_used_pct": _number("{found}.rows | map(attribute='used_percent') | max"),
    "mem_free_mb": _number(f"{{found}}.free | float / {_BYTES}"),
    "cpu_pct": _number("{found}.used_percent"),
    "uptime_days": _number(f"{{found}}.seconds | float / {_DAY}"),
    "port_open": _truth("{found}.state == 'open'"),
}


def _linux_process(variable: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Look for the condition's process · guard",
        "ansible.builtin.command": {
            "argv": ["ps", "-o", "pid=", "-C", f"{{{{ {variable} }}}}"],
            "expand_argument_vars": False,
        },
        "changed_when": False,
        "failed_when": f"{register}.rc not in [0, 1]",
        "check_mode": False,
    }
    return task, f"{register}.rc == 0"


def _windows_process(variable: str, register: str) -> tuple[Task, str]:
    name = f"{{{{ {variable} | regex_replace('(?i)[.]exe$', '') }}}}"
    task: Task = {
        "name": "Look for the condition's process · guard",
        "ansible.windows.win_powershell": {
            "script": f"param([string]$Name)\n{_WINDOWS_PROCESS}\n$Ansible.Changed = $false\n",
            "parameters": {"Name": name},
        },
        "check_mode": False,
    }
    return task, f"{register}.output[0] | int > 0"


def _linux_file(variable: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Look for the condition's file · guard",
        "ansible.builtin.stat": {"path": f"{{{{ {variable} }}}}", "get_checksum": False},
    }
    return task, f"{register}.stat.exists"


def _windows_file(variable: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Look for the condition's file · guard",
        "ansible.windows.win_stat": {"path": f"{{{{ {variable} }}}}", "get_checksum": False},
    }
    return task, f"{register}.stat.exists"


def _linux_reboot(_: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Look whether it waits for a restart · guard",
        "ansible.builtin.stat": {"path": "/run/reboot-required", "get_checksum": False},
    }
    return (
        task,
        f"{register}.stat.exists or ({register}_hint.rc == 1 and 'No such command' not in {register}_hint.stderr)",
    )


def _dnf_hint(register: str) -> Task:
    """Asks dnf, which leaves no file; where there is no dnf, the file alone tells."""
    return {
        "name": "Ask dnf whether it waits for a restart · guard",
        "ansible.builtin.command": {
            "argv": ["dnf", "--quiet", "needs-restarting", "--reboothint"],
            "expand_argument_vars": False,
        },
        "environment": {"LC_ALL": "C"},
        "register": f"{register}_hint",
        "changed_when": False,
        "failed_when": f"{register}_hint.rc not in [0, 1, 2]",
        "check_mode": False,
    }


def _windows_reboot(_: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Look whether it waits for a restart · guard",
        "ansible.builtin.setup": {"gather_subset": ["!all", "!min", "platform"]},
    }
    return task, f"{register}.ansible_facts.ansible_reboot_pending | default(false)"


_PROBES: dict[tuple[str, Platform], Any] = {
    ("process_running", Platform.LINUX): _linux_process,
    ("process_running", Platform.WINDOWS): _windows_process,
    ("file_exists", Platform.LINUX): _linux_file,
    ("file_exists", Platform.WINDOWS): _windows_file,
    ("reboot_required", Platform.LINUX): _linux_reboot,
    ("reboot_required", Platform.WINDOWS): _windows_reboot,
}
