# SPDX-License-Identifier: Apache-2.0
"""Jobs end to end on this machine: real supervisor, real ansible-runner, local connection."""

import gzip
import json
from pathlib import Path

from opsconductor.db.repositories.results import ResultRepository
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import Result, ResultStatus, Role
from tests.fixtures.job_world import Task, World, local_target


def test_a_failed_target_takes_no_further_steps_and_leaves_the_others_running(world: World) -> None:
    plan = world.plan(
        [
            Task(1, Role.MAIN, 'ansible.builtin.command: {argv: [echo, "hello from {{ inventory_hostname }}"]}'),
            Task(
                2,
                Role.MAIN,
                "ansible.builtin.command: {argv: [sh, -c, 'echo no such luck >&2; exit 3']}\n"
                "when: inventory_hostname == 'two'\nchanged_when: false",
                last=False,
            ),
            Task(2, Role.VERIFY, "ansible.builtin.command: 'true'\nchanged_when: false"),
            Task(3, Role.MAIN, "ansible.builtin.command: 'true'\nchanged_when: false"),
        ],
        [local_target("one"), local_target("two"), local_target("three")],
    )
    job = world.launching.launch(plan, "local:tester")
    ended = world.ended(job.id)
    assert ended.status is JobStatus.PARTIALLY_FAILED
    assert ended.complete
    cells = {(r.step, r.target): r for r in world.following.results(job.id)}
    assert cells[1, "one"].status is ResultStatus.CHANGED
    assert cells[1, "one"].message == "hello from one"
    assert cells[2, "two"].status is ResultStatus.FAILED
    assert "no such luck" in (cells[2, "two"].message or "")
    assert cells[3, "two"].status is ResultStatus.NOT_RUN
    assert cells[3, "two"].reason == "stopped at step 2"
    assert {cells[3, name].status for name in ("one", "three")} == {ResultStatus.OK}


def test_what_a_command_prints_is_kept_whole(world: World) -> None:
    printing = "printf 'caf\\351 \\303\\274\\n'; seq 1 300000; echo more >&2"
    plan = world.plan(
        [Task(1, Role.MAIN, f"ansible.builtin.command: {{argv: [sh, -c, {json.dumps(printing)}]}}")],
        [local_target("one")],
    )
    job = world.launching.launch(plan, "local:tester")
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    [cell] = world.following.results(job.id)
    assert cell.status is ResultStatus.CHANGED
    assert cell.message == "caf\\xe9 ü"
    [event] = [e for e in world.following.events(job.id) if "stdout" in e.data]
    whole = "caf\\xe9 ü\n" + "\n".join(str(n) for n in range(1, 300_001))
    assert world.artifacts.text(event, "stdout") == whole
    assert (event.data["rc"], event.data["stderr"]) == (0, "more")
    assert "stdout_lines" not in event.data
    # The row holds both ends and says that it is not all.
    assert len(event.data["stdout"]) < 10_000
    assert f"of {len(whole.encode())} bytes are not shown here" in event.data["stdout"]
    output, reported = world.artifacts.list(job.id)
    assert (output.place, output.size, output.target, output.step) == ("stdout", len(whole.encode()), "one", 1)
    lines = [json.loads(line) for line in gzip.decompress(b"".join(world.artifacts.read(reported))).splitlines()]
    assert [line["counter"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["event"] == "playbook_on_stats"
    assert reported.size < 20_000  # the output is kept once


def test_what_an_earlier_attempt_found_out_is_given_and_counts(runtime: Path, tmp_path: Path) -> None:
    assert runtime.is_dir()
    world = World(tmp_path / "opsc")
    plan = world.plan(
        [
            Task(
                1,
                Role.CAPTURE,
                "ansible.builtin.set_fact: {opsc_s1: {goal: never}}\nwhen: opsc_s1 is not defined",
                last=False,
            ),
            Task(1, Role.MAIN, "ansible.builtin.command: 'true'", last=False),
            Task(1, Role.VERIFY, "ansible.builtin.assert: {that: opsc_s1.was == 'running'}"),
        ],
        [local_target("one"), local_target("two")],
    )
    job = world.launching.launch(plan, "local:tester")
    found = Result(step=1, target="one", facts={"was": "running", "goal": "stopped"})
    with world.database.session() as session:
        ResultRepository(session).save(job.id, [found])
    world.queue.start()
    try:
        assert world.ended(job.id).status is JobStatus.PARTIALLY_FAILED
        one, two = world.following.results(job.id)
        assert (one.status, one.state, one.facts) == (ResultStatus.CHANGED, "stopped", found.facts)
        assert (two.status, two.state) == (ResultStatus.FAILED, None)
    finally:
        world.close()
