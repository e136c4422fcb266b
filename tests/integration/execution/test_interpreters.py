# SPDX-License-Identifier: Apache-2.0
"""The Python of a target over real SSH: found once, used from then on, looked for anew where it is gone."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconductor.domain.assets import Asset
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import ResultStatus, Role
from opsconductor.domain.specs import AssetEdit, AssetSpec
from opsconductor.execution import hot
from opsconductor.services.assets import AssetService
from tests.fixtures.job_world import Task, World
from tests.integration.execution.test_connections import host_key_of, ssh_target
from tests.integration.inventories.conftest import SshServer

pytestmark = pytest.mark.parametrize("world", ["cold", "fast"], indirect=True)
ACTOR = "local:tester"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    made = SshServer(tmp_path / "sshd", "127.41.7.5", bare=True)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def assets(world: World) -> AssetService:
    """They know the machine `shore`, and nothing of its Python."""
    made = AssetService(world.database, world.audit)
    made.add(AssetSpec(name="shore", platform=Platform.LINUX, address="127.41.7.5"), ACTOR)
    return made


@pytest.fixture
def target(world: World, server: SshServer, assets: AssetService) -> BoundTarget:
    found = ssh_target(world, server, host_key_of(server))
    return found.model_copy(update={"asset_id": _asset(assets).id, "variables": {"ansible_shell_type": "sh"}})


def _asset(assets: AssetService) -> Asset:
    return assets.get("shore")


def _ran(world: World, target: BoundTarget) -> tuple[JobStatus, str | None]:
    job = world.launching.launch(world.plan([Task(1, Role.MAIN, "ansible.builtin.ping: {}")], [target]), ACTOR)
    status = world.ended(job.id).status
    [cell] = world.following.results(job.id)
    return status, cell.message if cell.status is not ResultStatus.OK else None


def _python(path: Path, used: Path) -> None:
    """A Python that leaves a trace where it is used."""
    path.write_text(f'#!/bin/sh\ntouch {used}\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)


def test_what_ansible_finds_is_kept_and_used_until_it_is_gone(
    world: World, assets: AssetService, target: BoundTarget, tmp_path: Path
) -> None:
    assert _ran(world, target) == (JobStatus.SUCCEEDED, None)
    found = _asset(assets).interpreter
    assert found is not None
    assert Path(found).exists()

    ours, used = tmp_path / "python3", tmp_path / "used"
    _python(ours, used)
    assert assets.record_interpreter("shore", str(ours), ACTOR)
    assert _ran(world, target) == (JobStatus.SUCCEEDED, None)
    assert used.exists()
    assert _asset(assets).interpreter == str(ours)

    named = tmp_path / "named"
    _python(named, tmp_path / "named-used")
    own = {**target.variables, "ansible_python_interpreter": str(named)}
    used.unlink()
    assert _ran(world, target.model_copy(update={"variables": own})) == (JobStatus.SUCCEEDED, None)
    assert (used.exists(), (tmp_path / "named-used").exists()) == (False, True), "what the asset says goes before"

    ours.unlink()
    hot.drop(world.settings.runtime)  # a Python that runs already is not missed
    status, message = _ran(world, target)
    assert status is JobStatus.FAILED
    assert message is not None
    assert f"there is no Python at {ours}" in message
    assert "opsc assets check" in message
    assert _asset(assets).interpreter is None
    assert _ran(world, target) == (JobStatus.SUCCEEDED, None)
    assert _asset(assets).interpreter == found


def test_another_address_may_be_another_machine(assets: AssetService) -> None:
    assets.record_interpreter("shore", "/usr/bin/python3.11", ACTOR)
    assert assets.edit("shore", AssetEdit(role="db"), ACTOR).interpreter == "/usr/bin/python3.11"
    assert assets.edit("shore", AssetEdit(address="127.41.7.6"), ACTOR).interpreter is None
