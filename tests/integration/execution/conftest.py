# SPDX-License-Identifier: Apache-2.0
"""An installation whose runtime folder is on a tmpfs and short enough for sockets."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.job_world import World


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of this test's own."""
    folder = Path(tempfile.mkdtemp(prefix="opsc-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def world(runtime: Path, tmp_path: Path) -> Iterator[World]:
    """Services, the dispatcher running."""
    made = World(tmp_path / "opsc")
    made.queue.start()
    yield made
    made.close()
