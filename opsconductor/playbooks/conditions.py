# SPDX-License-Identifier: Apache-2.0
"""A step's `when`: which platforms it is for, and the tasks that find out on each target whether it holds."""

from dataclasses import dataclass, field
from typing import Any

from opsconductor.domain.base import Platform
from opsconductor.domain.plans import Condition
from opsconductor.errors import Unsupported
from opsconductor.playbooks.taskfile import Task

_NO_SERVICE = "Could not find the requested service"
_WINDOWS_PROCESS = "@(Get-Process -Name $Name -ErrorAction SilentlyContinue).Count"


class UnsupportedCondition(Unsupported):
    """A condition that no playbook can be made from."""

    code = "unsupported-condition"


@dataclass
class StepConditions:
    """What the `when` of one step becomes on one platform."""

    tasks: list[Task] = field(default_factory=list)  #: guards; the last one sets `opsc_c<N>`
    variables: dict[str, str] = field(default_factory=dict)  #: play variable → subject, to be written `!unsafe`


def step_conditions(n: int, when: tuple[Condition, ...], platform: Platform) -> StepConditions:
    """The guard tasks of step `n`'s conditions. Raises UnsupportedCondition."""
    made = StepConditions()
    holds: list[str] = []
    for index, condition in enumerate(when, start=1):
        if condition.fact == "os_family":
            continue
        if condition.fact == "previous_ok" and _wanted(n, condition):
            continue  # a target that failed takes no further steps anyway
        probe = _PROBES.get((condition.fact, platform))
        if probe is None or condition.subject is None:
            raise _unsupported(n, condition)
        variable, register = f"opsc_p{n}_when{index}", f"opsc_r{n}_when{index}"
        task, test = probe(variable, register)
        made.variables[variable] = condition.subject
        made.tasks.append({**task, "register": register})
        holds.append(test if _wanted(n, condition) else f"not ({test})")
    if made.tasks:
        value = "{{ " + " and ".join(f"({h})" for h in holds) + " }}"
        made.tasks.append(
            {"name": "Keep whether the conditions hold · guard", "ansible.builtin.set_fact": {f"opsc_c{n}": value}}
        )
    return made


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
    """Whether the fact must be true for the step to run."""
    if condition.op not in ("==", "!=", None) or condition.value not in (True, False, None):
        raise _unsupported(n, condition)
    wanted = condition.value is not False
    if condition.op == "!=":
        wanted = not wanted
    return wanted is not condition.negate


def _unsupported(n: int, condition: Condition) -> UnsupportedCondition:
    return UnsupportedCondition(
        f"Step {n}: the condition on '{condition.fact}' cannot be checked on the targets yet.",
        remedy="Leave the condition out, or make it a step of its own that checks first.",
    )


def _linux_service(variable: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Read the state of the condition's service · guard",
        "ansible.builtin.systemd_service": {"name": f"{{{{ {variable} }}}}", "state": "started"},
        "check_mode": True,
        "changed_when": False,
        # A service that is not there does not run: an answer, no failure.
        "failed_when": f"{register}.failed and '{_NO_SERVICE}' not in ({register}.msg | default(''))",
    }
    running = "['active', 'activating', 'reloading']"
    return task, f"({register}.status | default({{}})).ActiveState | default('') in {running}"


def _windows_service(variable: str, register: str) -> tuple[Task, str]:
    task: Task = {
        "name": "Read the state of the condition's service · guard",
        "ansible.windows.win_service_info": {"name": f"{{{{ {variable} }}}}"},
    }
    return task, f"{register}.services | selectattr('state', 'equalto', 'started') | list | length > 0"


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


_PROBES: dict[tuple[str, Platform], Any] = {
    ("service_running", Platform.LINUX): _linux_service,
    ("service_running", Platform.WINDOWS): _windows_service,
    ("process_running", Platform.LINUX): _linux_process,
    ("process_running", Platform.WINDOWS): _windows_process,
    ("file_exists", Platform.LINUX): _linux_file,
    ("file_exists", Platform.WINDOWS): _windows_file,
}
