# SPDX-License-Identifier: Apache-2.0
"""The time limit of targets that are this machine itself: each is cut off alone, and nothing of it goes on."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from opsconductor.domain.assets import Become
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import cutting
from tests.fixtures.job_world import STARTS, Task, World, local_target

ACTOR = "local:tester"
#: Time that one target has used up before.
EARLIER = "ansible.builtin.shell: '[ {{ inventory_hostname }} = slow ] && sleep 11 || true'\n"
#: The slow one hangs, with a child in the background and one that has detached; were it not cut off, it would be tried
#: again. `beside` is at the same task, until the other one's hanging has ended.
HANGS = """\
ansible.builtin.shell: |
  case {{ inventory_hostname }} in
  slow)
    echo once >> FOLDER/tries
    setsid --fork sh -c 'echo $$ >> FOLDER/pids; exec sleep 8201'
    sh -c 'echo $$ >> FOLDER/pids; exec sleep 8202' &
    sh -c 'echo $$ >> FOLDER/pids; exec sleep 8203';;
  beside)
    until pgrep -x -f 'sleep 8203'; do sleep 0.1; done
    while pgrep -x -f 'sleep 8203'; do sleep 0.1; done;;
  esac
register: done
until: done is success
retries: 3
delay: 1
"""


def _there() -> set[str]:
    """Which of the sleeps live."""
    found = subprocess.run(["pgrep", "-a", "-x", "sleep"], capture_output=True, text=True, check=False).stdout
    return {line.split()[-1] for line in found.splitlines()} & {"8201", "8202", "8203"}


@pytest.mark.parametrize(*STARTS, indirect=True)
def test_one_local_target_is_cut_off_and_the_others_go_on(world: World, tmp_path: Path) -> None:
    after = f"ansible.builtin.file: {{path: '{tmp_path}/{{{{ inventory_hostname }}}}', state: touch}}"
    texts = (EARLIER, HANGS.replace("FOLDER", str(tmp_path)), after)
    plan = world.plan(
        [Task(step, Role.MAIN, text) for step, text in enumerate(texts, start=1)],
        [local_target("slow"), local_target("beside")],
        options=Options(target_timeout=16),
    )
    try:
        job = world.launching.launch(plan, ACTOR)
        assert world.ended(job.id, 90).status is JobStatus.PARTIALLY_FAILED
        cells = {(r.step, r.target): (r.status, r.message or "") for r in world.following.results(job.id)}
        status, message = cells[2, "slow"]
        assert status is ResultStatus.FAILED
        assert message.startswith("time limit: the tasks on this target took longer than 16 s; ")
        assert "processes ended" in message
        assert "1 process left running: started as a service, or detached" in message
        assert cells[3, "slow"][0] is ResultStatus.NOT_RUN
        assert {cells[step, "beside"][0] for step in (1, 2, 3)} == {ResultStatus.CHANGED}
        assert [(tmp_path / name).exists() for name in ("slow", "beside")] == [False, True]
        assert (tmp_path / "tries").read_text() == "once\n"
        assert _there() == {"8201"}
    finally:
        for pid in (tmp_path / "pids").read_text(encoding="ascii").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def test_what_another_user_does_is_not_ended_by_one_who_is_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    target = local_target("here").model_copy(update={"become": Become(method="sudo")})
    assert cutting.is_ended_here(target)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert not cutting.is_ended_here(target)
    assert cutting.is_ended_here(local_target("here"))
