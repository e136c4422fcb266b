# SPDX-License-Identifier: Apache-2.0
"""An installation whose runtime folder is on a tmpfs and short enough for sockets."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.fixtures.job_world import World
from tests.fixtures.scripted_supervisors import ScriptedSupervisors


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of this test's own."""
    folder = Path(tempfile.mkdtemp(prefix="opsc-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def world(runtime: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """Services, the dispatcher running; with a warm process where the test asks for it (see `STARTS`), or with the fast
    profile and its own."""
    start = getattr(request, "param", "cold")
    made = World(tmp_path / "opsc", profile="fast" if start == "fast" else "plain")
    with nullcontext() if start == "cold" else made.warm():
        made.queue.start()
        yield made
        made.close()


@pytest.fixture
def supervisors() -> ScriptedSupervisors:
    """They run nothing: the test tells what they would."""
    return ScriptedSupervisors()


@pytest.fixture
def desk(runtime: Path, tmp_path: Path, supervisors: ScriptedSupervisors) -> Iterator[World]:
    """Services whose dispatcher ticks only when a test says so."""
    assert runtime.is_dir()
    made = World(tmp_path / "opsc", supervisors)
    yield made
    made.close()
