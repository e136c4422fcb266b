# SPDX-License-Identifier: Apache-2.0
"""Ends on the targets what a step that was cut off has left running there, and says for each what became of it.

Everything a job starts on a Linux target over SSH carries the slice's mark in its environment. So does a service that
a step has started without systemd, and whatever it left running on purpose: those live on. A process is the step's
if it is below the shell that Ansible had started for it, or in the session of that shell, and in the same control
group; a daemon is in neither.

In the fast profile there is no such shell: one Python on the target runs all tasks. There a process is the step's if it
carries the mark of the very task under way, which names session and control group of that Python, and is in both.
"""

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.execution.environment import SOCKET, allowed, ansible_environment
from opsconductor.execution.processes import MARK, TARGET_MARK, TASK_MARK, descendants, end_all
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.logging import get_logger

#: Seconds after which a target that has not answered could not be asked.
PATIENCE = 30
#: Seconds a process has to end by itself, before it is killed.
_GRACE = 5
#: Beginning of the sentence where there was nothing to end.
NOTHING = "nothing left"
_ANSWER = re.compile(r"ended=(\d+) left=(\d+) spared=(\d+)")
_log = get_logger(__name__)

# The mark is put together here: the command line of this very script must not hold it.
_SCRIPT = r"""
mark="$1=$2" grace=$3 task_mark=$4 task=$5
stat_of() {  # parent and session of a process
  read -r line 2>/dev/null < "/proc/$1/stat" || return 1
  set -- ${line##*) }
  [ "$1" != Z ] || return 1
  parent=$2 session=$4
}
sessions=' ' groups='|' known=' '
for path in $(grep -lsF -e "$mark" /proc/[0-9]*/cmdline); do
  pid=${path#/proc/} pid=${pid%/cmdline}
  stat_of "$pid" || continue
  sessions="$sessions$session " known="$known$pid "
  groups="$groups$(cat "/proc/$pid/cgroup" 2>/dev/null)|"
done
ours() {  # whether a process is the step's
  if [ -n "$task" ]; then
    stat_of "$1" || return 1
    groups=$(tr '\n' ' ' 2>/dev/null < "/proc/$1/cgroup")
    grep -qszxF -e "$task_mark=$task $session $groups" "/proc/$1/environ"
    return
  fi
  below "$1" || return 1
  case "$groups" in *"|$(cat "/proc/$1/cgroup" 2>/dev/null)|"*) return 0;; esac
  return 1
}
below() {  # whether a process is the step's: below its shell, or in its session
  pid=$1
  stat_of "$pid" || return 1
  case "$sessions" in *" $session "*) return 0;; esac
  while [ "${pid:-0}" -gt 1 ]; do
    case "$known" in *" $pid "*) return 0;; esac
    stat_of "$pid" || return 1
    pid=$parent
  done
  return 1
}
look() {
  found='' spared=0
  for path in $(grep -lsF -e "$mark" /proc/[0-9]*/environ); do
    one=${path#/proc/} one=${one%/environ}
    if ours "$one"; then found="$found $one"; continue; fi
    stat_of "$one" && spared=$((spared + 1))
  done
}
all=' ' tries=0 signal=TERM
while look; [ -n "$found" ]; do
  for one in $found; do
    case "$all" in *" $one "*) [ $signal = TERM ] && continue;; *) all="$all$one " known="$known$one ";; esac
    kill -$signal "$one" 2>/dev/null
  done
  tries=$((tries + 1))
  [ $tries -lt $((grace * 10)) ] || signal=KILL
  [ $tries -lt $((grace * 20)) ] || break
  sleep 0.1
done
set -- $all; ended=$#
set -- $found; left=$#
echo "ended=$((ended - left)) left=$left spared=$spared"
"""
_TASK = "{{ opsc_tasks[inventory_hostname] | default('') }}"
_PLAY = {
    "name": "End what is left of a step",
    "hosts": "opsc_linux",
    "gather_facts": False,
    "tasks": [
        {
            "name": "end",
            "ansible.builtin.command": {
                "argv": ["sh", "-c", _SCRIPT, "sh", MARK, "{{ opsc_slice }}", str(_GRACE), TASK_MARK, _TASK],
                "expand_argument_vars": False,
            },
            "changed_when": False,
            "check_mode": False,
            "timeout": PATIENCE,
        }
    ],
}


def environment_of(target: BoundTarget, slice_id: str) -> dict[str, Any]:
    """The host variable by which everything a play starts on the target carries the mark."""
    if target.platform is Platform.LINUX and target.kind is ConnectionKind.SSH:
        return {"opsc_environment": {MARK: slice_id}}
    return {}


def end_here(mark: str) -> str:
    """End what the task under way has started on this machine as the target with this mark, as it is done on others;
    what became of it, a sentence."""
    command = ["sh", "-c", _SCRIPT, "sh", TARGET_MARK, mark, str(_GRACE), TASK_MARK, ""]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env={"PATH": os.defpath}, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _told({"msg": str(error)})
    return _told({"stdout": done.stdout, "stderr": done.stderr})


def end_on_targets(
    folder: SliceFolder,
    slice_id: str,
    targets: Sequence[BoundTarget],
    hosts: Mapping[str, str],
    tasks: Mapping[str, str],
) -> dict[str, str]:
    """Target name → what became of what the slice had under way there, a sentence.

    Called while the slice's socket gives out the inventory; `hosts` maps Ansible's host names to targets. `tasks`: in
    the fast profile, target → Ansible's id of the task under way.
    """
    asked = {t.name for t in targets if environment_of(t, slice_id)}
    told = {t.name: _not_asked(t) for t in targets if t.name not in asked}
    if not asked:
        return told
    try:
        running = {host: tasks.get(name, "") for host, name in hosts.items() if name in asked}
        results = _run(folder, slice_id, running)
    except OSError as error:
        _log.warning("the targets could not be asked after their processes", slice=slice_id, error=str(error))
        results = {}
    found = {hosts.get(host, host): _told(result) for host, result in results.items()}
    return told | {name: found.get(name, "its processes could not be asked after: no answer") for name in asked}


def _not_asked(target: BoundTarget) -> str:
    if target.kind is ConnectionKind.LOCAL:
        return NOTHING
    return f"what it had begun there may go on: over {target.kind.value} nothing can be asked after or ended"


def _told(result: Mapping[str, Any]) -> str:
    if match := _ANSWER.search(str(result.get("stdout", ""))):
        ended, left, spared = map(int, match.groups())
        parts = [f"{_processes(ended)} ended"] if ended else []
        parts += [f"{_processes(left)} could not be ended"] if left else []
        parts += [f"{_processes(spared)} left running: started as a service, or detached"] if spared else []
        return ", ".join(parts if ended or left else [NOTHING, *parts])
    reason = str(result.get("msg") or result.get("stderr") or "no answer").strip().splitlines()
    return f"its processes could not be asked after: {reason[0][:200] if reason else 'no answer'}"


def _processes(count: int) -> str:
    return f"{count} process{'es' if count > 1 else ''}"


def _run(folder: SliceFolder, slice_id: str, tasks: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Host → the task's result, of those that answered. `tasks`: host → the task under way."""
    playbook = folder.live / "end.yml"
    playbook.write_text(json.dumps([_PLAY]), encoding="utf-8")
    settings = {
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_SSH_ARGS": "-C -o ControlMaster=no -o ControlPath=none",
        "ANSIBLE_TIMEOUT": "10",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
    }
    environment = ansible_environment(folder, slice_id)
    for gate in (SOCKET, "ANSIBLE_CALLBACKS_ENABLED"):  # it knows the lines of another playbook
        environment.pop(gate, None)
    command = ["ansible-playbook", "-i", str(folder.inventory), "--forks", str(len(tasks))]
    given = json.dumps({"opsc_slice": slice_id, "opsc_tasks": dict(tasks)})
    command += ["--limit", ",".join(tasks), "--extra-vars", given, str(playbook)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=allowed(os.environ) | environment | settings,
        cwd=folder.live,
        start_new_session=True,
    )
    try:
        printed, complained = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        # Not reaping: Ansible may be ending at this moment, and somebody else waits for its exit status.
        end_all(lambda: [process.pid, *descendants(process.pid)] if process.poll() is None else [], reaping=False)
        printed, complained = "", f"no end within {PATIENCE} s"
    with contextlib.suppress(ValueError, KeyError):
        plays = json.loads(printed[printed.index("{") :])["plays"]
        return {host: result for play in plays for task in play["tasks"] for host, result in task["hosts"].items()}
    _log.warning("the targets could not be asked after their processes", slice=slice_id, error=complained[-500:])
    return {}
