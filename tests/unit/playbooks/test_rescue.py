# SPDX-License-Identifier: Apache-2.0
"""In which order the steps of a target are taken back, and in which plays they are."""

import re

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import TELNET, BoundTarget, InventorySnapshot
from opsconductor.domain.job_specs import JobSpec
from opsconductor.domain.plans import Options, Step
from opsconductor.playbooks.rescue import undo_order
from opsconductor.services.shaping import job_spec
from tests.fixtures.plain_run import CATALOGUE, plan_of, rendered_of, step

COPY = step("file.copy", src="app.conf", dest="/etc/app.conf")
RESTART = step("service.restart", service="app")
START = step("service.start", service="app")
OTHER = step("service.start", service="other")
FAILS = step("command.run", command=["false"])
FILES = {"app.conf": b"new"}


def target(name: str, kind: ConnectionKind = ConnectionKind.SSH, platform: Platform = Platform.LINUX) -> BoundTarget:
    return BoundTarget(asset_id=name, name=name, platform=platform, kind=kind, address="192.0.2.1", port=22)


def taken_back(*steps: Step, platform: Platform = Platform.LINUX) -> list[str]:
    """What the rescue of the last step does, in order, without the reasons that are kept."""
    rendered = rendered_of(
        plan_of(steps, [target("a", platform=platform)], Options(rollback=True)),
        [target("a", platform=platform)],
        FILES,
    )
    names = [place.name for place in rendered.places if place.rescue]
    start = len(names) - next(i for i, name in enumerate(names[-2::-1], start=1) if "End here" in name)
    return [re.sub(r"^Step | · undo$", "", name) for name in names[start:-1] if "Keep why" not in name]


@pytest.mark.parametrize("platform", list(Platform))
def test_a_restarted_service_is_restarted_after_what_it_reads_is_put_back(platform: Platform) -> None:
    names = taken_back(COPY, RESTART, FAILS, platform=platform)
    restarts = [i for i, name in enumerate(names) if name == "2: Restart it where it was running"]
    assert len(restarts) == 1
    assert names.index("2: Stop it again where it was not running") < names.index("1: Put back what was there")
    assert names.index("1: Put back what was there") < restarts[0]


def test_a_service_that_an_earlier_step_started_is_stopped_last() -> None:
    names = taken_back(START, OTHER, COPY, RESTART, FAILS)
    order = [
        "4: Stop it again where it was not running",
        "3: Put back what was there",
        "2: Stop it again where it was not running",
        "4: Restart it where it was running",
        "1: Stop it again where it was not running",
    ]
    assert [name for name in names if name in order] == order


def test_the_fallbacks_restart_it_as_well() -> None:
    assert "2: Restart it where it was running, by its script" in taken_back(COPY, RESTART, FAILS)
    by_hand = [
        name
        for name in taken_back(COPY, RESTART, FAILS, platform=Platform.WINDOWS)
        if "where it was running, by sc.exe" in name
    ]
    assert by_hand == ["2: Stop it where it was running, by sc.exe", "2: Start it where it was running, by sc.exe"]


def test_an_undo_restarts_it_after_the_steps_before_it() -> None:
    plan = plan_of([COPY, RESTART], [target("a")])
    rendered = rendered_of(plan, [target("a")], FILES, undo=True)
    assert list(dict.fromkeys(place.step for place in rendered.places)) == [2, 1]
    assert "Restart it" in rendered.places[-1].name
    assert [steps.targets for steps in rendered.steps] == [("a",), ("a",)]


def test_what_remains_waits_for_the_steps_before_it_that_touch_other_things() -> None:
    effects = {1: frozenset("a"), 2: frozenset("b"), 3: frozenset("a"), 4: frozenset("b")}
    assert list(undo_order(effects, {3, 4})) == [
        (4, False), (3, False), (4, True), (2, False), (3, True), (1, False),
    ]  # fmt: skip


class Tree:
    """The files of one commit."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def read(self, _commit: str, name: str) -> bytes:
        return self.files[name]


def spec_of(steps: list[Step], targets: list[BoundTarget]) -> JobSpec:
    plan = plan_of(steps, targets, Options(rollback=True))
    tree = rendered_of(plan, targets, FILES).tree(plan, InventorySnapshot(targets=tuple(targets)))
    return job_spec("j", plan, "c", Tree(tree), CATALOGUE)


def test_a_job_knows_in_which_plays_a_failure_is_rolled_back() -> None:
    targets = [target("srv"), target("switch", ConnectionKind.TELNET)]
    first = COPY.model_copy(update={"hosts": ("srv",)})
    shape = spec_of([first, FAILS], targets).shape
    assert [shape.play(name) for name in ("srv", "switch")] == ["linux", TELNET]
    assert [step.rollback for step in shape.steps] == [{"linux"}, {"linux"}]
