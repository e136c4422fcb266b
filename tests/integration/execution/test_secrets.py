# SPDX-License-Identifier: Apache-2.0
"""A password that a running slice uses is in its memory and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.assets import Become
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Options
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.execution import processes
from opsconductor.services.credentials import CredentialSpec
from tests.fixtures.job_world import STARTS, Task, World, local_target, wait_for

CANARY = "c4nary-of-the-c0al-mine"


def _holding(folder: Path) -> Iterator[str]:
    """Files below the folder that hold the canary."""
    for path in folder.rglob("*"):
        if path.is_file() and CANARY.encode() in path.read_bytes():
            yield str(path)


def _process_texts(slice_id: str) -> Iterator[bytes]:
    for pid in processes.marked(slice_id):
        for name in ("cmdline", "environ"):
            yield Path(f"/proc/{pid}/{name}").read_bytes()


def test_a_parameter_that_is_a_secret_reaches_its_task_and_nothing_else(
    world: World, runtime: Path, tmp_path: Path
) -> None:
    value = f"{{{{ 7 * 7 }}}} {CANARY} 'q'"
    world.credentials.add(
        CredentialSpec(name="Alice's login", kind=CredentialKind.PASSWORD, value=SecretStr(value)), "local:tester"
    )
    told, go, given = tmp_path / "told", tmp_path / "go", "'{{ opsc_p1_password }}'"
    plan = world.plan(
        [
            Task(1, Role.MAIN, f"ansible.builtin.command: {{argv: [dd, of={told}], stdin: {given}}}\nno_log: true"),
            Task(2, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}"),
        ],
        [local_target("one"), local_target("two")],
        secrets={"opsc_p1_password": "Alice's login"},
    )
    job = world.launching.launch(plan, "local:tester")
    wait_for(
        lambda: world.following.results(job.id),
        lambda cells: {cell.status for cell in cells if cell.step == 2} == {ResultStatus.RUNNING},
        60,
    )
    with world.database.reading() as session:
        slice_id = SliceRepository(session).of_job(job.id)[0].id
    texts = wait_for(lambda: list(_process_texts(slice_id)), bool)
    assert all(CANARY.encode() not in text for text in texts)
    assert told.read_text().strip() == value
    assert [*_holding(world.home), *_holding(runtime)] == []
    go.touch()
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    assert [*_holding(world.home), *_holding(runtime)] == []


def test_a_secret_that_is_gone_ends_the_slice_before_anything_runs(world: World, tmp_path: Path) -> None:
    done = tmp_path / "done"
    tasks = [Task(1, Role.MAIN, f"ansible.builtin.file: {{path: {done}, state: touch, mode: '0600'}}")]
    plan = world.plan(tasks, [local_target("one")], secrets={"opsc_p1_password": "gone"})
    job = world.ended(world.launching.launch(plan, "local:tester").id)
    assert job.status is JobStatus.FAILED
    [cell] = world.following.results(job.id)
    assert "gone" in (cell.reason or "")
    assert not done.exists()


@pytest.mark.parametrize(*STARTS, indirect=True)
def test_a_password_is_in_no_file_argument_environment_or_event(world: World, runtime: Path, tmp_path: Path) -> None:
    world.credentials.add(
        CredentialSpec(name="root", kind=CredentialKind.PASSWORD, user="root", value=SecretStr(CANARY)), "local:tester"
    )
    target = local_target("one").model_copy(update={"become": Become(method="sudo", credential="root")})
    go = tmp_path / "go"
    plan = world.plan(
        [
            # A module that gives the password away in its result, once in an event and once kept as a fact.
            Task(1, Role.MAIN, "ansible.builtin.debug: {msg: 'it is {{ ansible_become_password }}'}", last=False),
            Task(
                1,
                Role.VERIFY,
                "ansible.builtin.set_fact: {opsc_s1: {state: known, text: '{{ ansible_become_password }}'}}",
            ),
            Task(2, Role.MAIN, f"ansible.builtin.wait_for: {{path: {go}, timeout: 60}}\nbecome: false"),
        ],
        [target],
    )
    job = world.launching.launch(plan, "local:tester")
    cells = wait_for(lambda: world.following.results(job.id), lambda cells: cells[1].status is ResultStatus.RUNNING, 60)
    with world.database.reading() as session:
        slice_id = SliceRepository(session).of_job(job.id)[0].id
    texts = wait_for(lambda: list(_process_texts(slice_id)), bool)
    assert all(CANARY.encode() not in text for text in texts)
    assert all(b"OPSCONDUCTOR_MASTER_KEY" not in text and b"DATABASE_URL" not in text for text in texts)
    assert list(_holding(world.home)) == []
    assert list(_holding(runtime)) == []
    go.touch()
    assert world.ended(job.id).status is JobStatus.SUCCEEDED
    assert cells[0].state == "known"
    assert cells[0].facts["text"] == "********"
    assert cells[0].message == "it is ********"
    assert list(_holding(world.home)) == []
    assert list(_holding(runtime)) == []


def test_a_dry_run_has_a_random_password_that_is_stored_nowhere(world: World) -> None:
    check = "ansible.builtin.assert: {that: opsc_p1_password | length == 32, quiet: true}"
    plan = world.plan(
        [Task(1, Role.MAIN, check)],
        [local_target("one")],
        options=Options(dry_run=True),
        secrets={"opsc_p1_password": "generated-1"},
    )
    job = world.ended(world.launching.launch(plan, "local:tester").id)
    [cell] = world.following.results(job.id)
    assert job.status is JobStatus.SUCCEEDED, cell.reason
    assert not world.credentials.list()
