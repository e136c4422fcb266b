# SPDX-License-Identifier: Apache-2.0
"""Task files: step variables, tasks, and what is neither."""

from pathlib import Path

import pytest

from opsconductor.domain.plans import Origin
from opsconductor.playbooks.render import render
from opsconductor.playbooks.taskfile import TaskFileError, read_tasks
from tests.fixtures.plain_run import CATALOGUE, step
from tests.fixtures.renderings import FOLDER, read_case

TASK = "- name: Log in · main\n  ansible.builtin.ping:\n"


def read(folder: Path, text: str) -> tuple[dict[str, str], list[str]]:
    (folder / "file.yml").write_text(text, encoding="utf-8")
    variables, tasks = read_tasks(folder, "file.yml", {"reg": "opsc_r1"})
    return variables, [task["name"] for task in tasks]


def test_step_variables_come_first_and_are_no_task(tmp_path: Path) -> None:
    assert read(tmp_path, TASK) == ({}, ["Log in · main"])
    text = "- vars:\n    [[ reg ]]_path: '{{ x }}'\n" + TASK
    assert read(tmp_path, text) == ({"opsc_r1_path": "{{ x }}"}, ["Log in · main"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- vars:\n    opsc_r1_x: 1\n" + TASK, "not texts followed by tasks"),
        ("- vars: [a]\n" + TASK, "not texts followed by tasks"),
        ("- vars: {opsc_r1_x: a}\n", "not texts followed by tasks"),
        ("- vars: {opsc_r1_x: [[ nothing ]]}\n" + TASK, "is faulty"),
        ("vars: {}\n", "not a list of tasks"),
        ("[]\n", "not a list of tasks"),
    ],
)
def test_what_is_no_task_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TaskFileError, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize("origin", Origin)
def test_only_a_backup_that_the_request_names_must_find_something(origin: Origin) -> None:
    plan, snapshot, _ = read_case(FOLDER / "both_platforms.yml")
    backup = step("file.backup", path="/etc/hosts").model_copy(update={"origin": origin})
    text = render(plan.model_copy(update={"steps": (backup,)}), snapshot, CATALOGUE, {}).playbook
    assert text.count("Make sure that there is something to back up") == (2 if origin is Origin.USER else 0)
