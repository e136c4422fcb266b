# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random points of a warm job that really runs: it comes to the matrix of the job that nobody disturbed, by
itself or resumed; what is stored, what is told and what was done agree."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.execution.profiles import FAST
from tests.fixtures.crash_parts import VICTIMS, Installation
from tests.fixtures.crashing import ASIDE, Crashing, Matrix
from tests.fixtures.ssh_hosts import SshHosts


def _undisturbed(installation: Installation, targets: int, steps: int, machines: Sequence[BoundTarget] = ()) -> Matrix:
    crashing = Crashing(installation, targets, steps, machines=machines)
    crashing.launch()
    matrix = crashing.run()
    crashing.check_counts()
    assert set(matrix.values()) > {ResultStatus.CHANGED, ResultStatus.FAILED, ResultStatus.SKIPPED, ResultStatus.OK}
    assert crashing.starts() == ["warm"] * 3
    return matrix


def _crashed(
    installation: Installation,
    targets: int,
    steps: int,
    victim: str,
    seed: int,
    undisturbed: Matrix,
    machines: Sequence[BoundTarget] = (),
) -> Crashing:
    """One job, its victim killed when a random share of its cells has begun, and sometimes once more when resumed."""
    print(f"{victim}, seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance = random.Random(seed)
    installation.ready()
    crashing = Crashing(installation, targets, steps, machines=machines)
    crashing.launch()
    crashing.crash(victim, chance)
    matrix = crashing.run()
    assert crashing.differences(matrix, undisturbed) == {}
    crashing.check_counts()
    job = crashing.job()
    assert (job.status, job.complete) == (JobStatus.PARTIALLY_FAILED, True)
    if victim in ASIDE:
        assert job.attempt == 1, "a job has noticed the end of what is no part of it"
    if victim not in (*ASIDE, "everything"):
        assert set(crashing.starts()) == {"warm"}
    return crashing


def test_a_job_comes_to_its_end_whatever_is_killed(runtime: Path, tmp_path: Path) -> None:
    assert runtime.is_dir()
    with Installation(tmp_path / "opsc", "127.91.3.1") as installation:
        undisturbed = _undisturbed(installation, 6, 4)
        attempts = [
            _crashed(installation, 6, 4, victim, seed, undisturbed).job().attempt
            for seed, victim in ((11, "keeper"), (13, "everything"))
        ]
    assert max(attempts) > 1


@pytest.mark.soak
@pytest.mark.parametrize("victim", VICTIMS)
def test_five_kills_of_each_at_random_points(runtime: Path, tmp_path: Path, victim: str) -> None:
    assert runtime.is_dir()
    with Installation(tmp_path / "opsc", "127.91.3.2") as installation:
        undisturbed = _undisturbed(installation, 25, 7)
        for number in range(5):
            _crashed(installation, 25, 7, victim, VICTIMS.index(victim) * 5 + number, undisturbed)


@pytest.mark.soak
def test_a_kill_of_each_in_the_fast_profile(runtime: Path, tmp_path: Path) -> None:
    hosts = SshHosts(tmp_path / "hosts", 25)
    with hosts.up(), Installation(tmp_path / "opsc", "127.91.3.3", "fast") as installation:
        machines = hosts.targets(installation.world)
        undisturbed = _undisturbed(installation, 25, 7, machines)
        # A fork of Ansible is gone there before anybody has aimed at it.
        for number, victim in enumerate(victim for victim in VICTIMS if victim != "fork"):
            crashed = _crashed(installation, 25, 7, victim, 100 + number, undisturbed, machines)
            profiles = installation.world.profiles_of(crashed.job_id)
            assert set(profiles) == {FAST} or victim == "everything", profiles
    assert runtime.is_dir()
