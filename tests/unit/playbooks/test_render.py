# SPDX-License-Identifier: Apache-2.0
"""A plan becomes exactly the playbook it must become, or a clear error."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.domain.plans import Condition, JobStep, Options
from opsconductor.domain.results import Role
from opsconductor.errors import OpsConductorError, Unsupported
from opsconductor.playbooks.render import render
from opsconductor.playbooks.structure import check_structure
from tests.fixtures.plain_run import CATALOGUE, step
from tests.fixtures.renderings import FOLDER, cases, golden, read_case, rendering

CASES = [pytest.param(path, id=path.stem) for path in cases()]


@pytest.mark.parametrize("path", CASES)
def test_a_rendering_is_byte_for_byte_the_golden_one(path: Path) -> None:
    plan, rendered = rendering(path)
    assert rendered.playbook == golden(path).read_text(encoding="utf-8")
    assert rendering(path)[1] == rendered
    check_structure(rendered, plan)


@pytest.mark.parametrize("path", CASES)
def test_every_place_is_the_line_of_its_task(path: Path) -> None:
    _, rendered = rendering(path)
    lines = rendered.playbook.splitlines()
    for place in rendered.places:
        assert lines[place.line - 1].strip() == f'- name: "{place.name}"'
        assert place.name.startswith(f"Step {place.step}: ")
        assert place.name.endswith(f" · {place.role}")


@pytest.mark.parametrize("path", CASES)
def test_each_step_has_one_last_task_per_play_and_it_decides_the_cell(path: Path) -> None:
    _, rendered = rendering(path)
    plays = yaml.load(rendered.playbook, Loader=_Lenient)  # noqa: S506
    blocks = sum(len(play["tasks"]) for play in plays)
    assert sum(place.last for place in rendered.places) == blocks
    for before, after in zip(rendered.places, rendered.places[1:], strict=False):
        assert before.last or before.step == after.step


def test_a_step_without_a_main_task_would_always_look_skipped() -> None:
    for path in cases():
        plan, rendered = rendering(path)
        for n in range(1, len(plan.steps) + 1):
            roles = {place.role for place in rendered.places if place.step == n}
            assert not roles or Role.MAIN in roles, (path.stem, n)


def test_steps_say_on_which_targets_they_have_anything_to_do() -> None:
    _, rendered = rendering(FOLDER / "hosts_conditions_batches.yml")
    assert [s.targets for s in rendered.steps] == [
        ("lin02",),
        ("lin01", "lin02", "lin03"),
        ("lin01", "lin02", "lin03", "win01"),
    ]


def test_a_hostile_value_stands_in_the_variables_only() -> None:
    plan, rendered = rendering(FOLDER / "hostile.yml")
    for play in yaml.load(rendered.playbook, Loader=_Lenient):  # noqa: S506
        kept = play.pop("vars")
        assert "touch pwned" not in str(play)
        assert kept["opsc_p1_service"] == plan.steps[0].params["service"]
        assert kept["opsc_p2_command"] == plan.steps[1].params["command"]
        assert kept["opsc_p3_dest"] == plan.steps[2].params["dest"]


def test_a_plan_option_fills_a_parameter_that_the_request_leaves_open() -> None:
    plan, snapshot, _ = read_case(FOLDER / "both_platforms.yml")
    slow = plan.model_copy(update={"options": Options(verify_timeout=7)})
    own = slow.model_copy(update={"steps": (step("service.stop", service="x", timeout=9),)})
    assert "within 7 seconds" in render(slow, snapshot, CATALOGUE, {}).playbook
    assert "within 9 seconds" in render(own, snapshot, CATALOGUE, {}).playbook


def test_host_names_of_the_inventory_are_used_in_conditions() -> None:
    plan, snapshot, _ = read_case(FOLDER / "hosts_conditions_batches.yml")
    text = render(plan, snapshot, CATALOGUE, {}, host_names={"lin02": "opsc_host_1"}).playbook
    assert "- opsc_host_1" in text


@pytest.mark.parametrize("undo", [False, True])
def test_a_step_that_takes_back_another_is_never_rendered(undo: bool) -> None:
    plan, snapshot, files = read_case(FOLDER / "sentence.yml")
    taking_back = plan.steps[-1].model_copy(update={"undo_of": JobStep(job="j1", step=1)})
    with pytest.raises(Unsupported, match="takes back step 1 of job j1"):
        render(plan.model_copy(update={"steps": (*plan.steps, taking_back)}), snapshot, CATALOGUE, files, undo=undo)


def test_an_undo_takes_changing_steps_back_last_one_first() -> None:
    plan, snapshot, files = read_case(FOLDER / "sentence.yml")
    rendered = render(plan, snapshot, CATALOGUE, files, undo=True)
    check_structure(rendered, plan)
    steps = [place.step for place in rendered.places]
    assert list(dict.fromkeys(steps)) == [5, 4, 3, 2]
    assert {place.role for place in rendered.places} == {Role.UNDO}


REFUSED: list[Any] = [
    (step("no.such"), "no template 'no.such'"),
    (step("service.stop", service="x", colour="red"), "no parameter 'colour'"),
    (step("service.stop", service=["x"]), "must be text"),
    (step("service.stop", service="a\0b"), "no text"),
    (step("wait.port", port="80"), "whole number"),
    (step("wait.port", port=True), "whole number"),
    (step("service.status", service="x", expect="'] or true"), "one of running, stopped"),
    (step("file.copy", src="none.txt", dest="/x"), "not in the file library"),
    (step("kernel_module.load", module="overlay"), "cannot run on Windows"),
    (step("host.ping").model_copy(update={"when": (Condition(fact="cpu_pct", op=">"),)}), "cpu_pct"),
    (step("host.ping").model_copy(update={"when": (Condition(fact="no_such_fact"),)}), "no_such_fact"),
    (step("host.ping").model_copy(update={"when": (Condition(fact="changed"),)}), "no step before it"),
    (step("host.ping").model_copy(update={"when": (Condition(fact="previous_ok", negate=True),)}), "previous_ok"),
    (step("host.ping").model_copy(update={"when": (Condition(fact="os_family", value="beos"),)}), "os_family"),
    (step("host.ping").model_copy(update={"hosts": ("elsewhere",)}), "No step of the plan"),
]


@pytest.mark.parametrize(("refused", "message"), REFUSED)
def test_what_cannot_be_rendered_is_an_error_that_says_what_to_do(refused: Any, message: str) -> None:
    plan, snapshot, _ = read_case(FOLDER / "both_platforms.yml")
    with pytest.raises(OpsConductorError, match=message) as caught:
        render(plan.model_copy(update={"steps": (refused,)}), snapshot, CATALOGUE, {})
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("options", "serial"),
    [
        (Options(), None),
        (Options(batch=2), "[2]"),
        (Options(batch="50%"), "[2]"),
        (Options(batch="100%"), None),
        (Options(batch=50), None),
        (Options(canary=1), "[1, 4]"),
        (Options(canary=1, batch=2), "[1, 2]"),
    ],
)
def test_batches_are_written_for_the_reader(options: Options, serial: str | None) -> None:
    plan, snapshot, _ = read_case(FOLDER / "hosts_conditions_batches.yml")
    plan = plan.model_copy(update={"options": options})
    play = yaml.load(render(plan, snapshot, CATALOGUE, {}).playbook, Loader=_Lenient)[0]  # noqa: S506
    assert play.get("serial") == (serial and "{{ opsc_serial | default(" + serial + ") }}")


class _Lenient(yaml.SafeLoader):
    """`!unsafe` values as what they are."""


def _plain(loader: _Lenient, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Lenient.add_constructor("!unsafe", _plain)
