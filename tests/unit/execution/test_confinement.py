# SPDX-License-Identifier: Apache-2.0
"""A run is forked only where it would have had the same sandbox, rights, limits and priority."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from opsconductor.execution import warm_profile
from opsconductor.execution.confinement import confinement, difference
from opsconductor.execution.warm_profile import Profile
from opsconductor.warm.request import Refused, Request

#: What a process does to itself, and what it differs in then.
CHANGES = [
    ("pass", None),
    ("os.nice(1)", "nice"),
    ("resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))", "limits"),
    ("ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)", "NoNewPrivs"),
    ("os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])", "Cpus_allowed"),
    ("open('/proc/self/oom_score_adj', 'w').write('500')", "oom_score_adj"),
]


def _other(change: str, look: Callable[[int], None]) -> None:
    """Look at a process that has changed itself."""
    script = f"import ctypes, os, resource\n{change}\nprint(flush=True)\ninput()"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            look(process.pid)
        finally:
            process.stdin.write(b"\n")


@pytest.mark.parametrize(("change", "name"), CHANGES)
def test_what_another_process_may_do_is_told_apart(change: str, name: str | None) -> None:
    if name == "nice" and os.nice(0) == 19:
        change = "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))"
        name = "scheduling policy"
    if name == "Cpus_allowed" and len(os.sched_getaffinity(0)) == 1:
        change, name = "pass", None
    found: list[str | None] = []
    _other(change, lambda pid: found.append(difference(confinement(pid), confinement())))
    assert found == [name]


def test_a_launcher_with_other_limits_is_refused(tmp_path: Path) -> None:
    profile = Profile({}, "")

    def ask(pid: int) -> None:
        request = Request([], str(tmp_path), {}, 0o22, pid, False, (0, 1, 2))
        with pytest.raises(Refused, match="limits of its process differs"):
            request.check(profile)

    _other("resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))", ask)


def test_a_process_that_is_gone_cannot_be_judged(tmp_path: Path) -> None:
    request = Request([], str(tmp_path), {}, 0o22, 0, False, (0, 1, 2))
    with pytest.raises(Refused, match="cannot be read"):
        request.check(Profile({}, ""))


def test_where_more_is_allowed_is_another_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    name = Profile({}, "").name
    monkeypatch.setattr(warm_profile, "confinement", lambda: confinement() | {"cgroup": "0::/user.slice"})
    assert Profile({}, "").name != name
