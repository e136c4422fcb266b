# SPDX-License-Identifier: Apache-2.0
"""What `opsc doctor` finds out about compiled modules and the warm process."""

import fcntl
import json
import os
import py_compile
import socket
from pathlib import Path

import pytest

from opsconductor.services import installation
from opsconductor.settings import Settings


def test_a_module_counts_as_compiled_when_its_byte_code_is_of_this_source(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text("a = 1\n", encoding="utf-8")
    assert not installation._is_compiled(source)
    py_compile.compile(str(source), doraise=True)
    assert installation._is_compiled(source)
    source.write_text("a = 1234\n", encoding="utf-8")
    assert not installation._is_compiled(source)


@pytest.fixture
def warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Path]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    settings = Settings(home=tmp_path / "home")
    folder = settings.runtime / "w" / "p"
    folder.mkdir(parents=True)
    return settings, folder


def test_without_a_server_jobs_start_cold_and_nothing_is_wrong(warm: tuple[Settings, Path]) -> None:
    found = installation._warm_start(warm[0])
    assert (found.good, found.found) == (True, "no server or worker is there to keep one; jobs start cold")
    off = installation._warm_start(warm[0].model_copy(update={"warm_start": False}))
    assert (off.good, off.found) == (True, "switched off; jobs start cold")


@pytest.mark.parametrize(
    "state",
    [{"pid": "1"}, {"pid": os.getpid(), "since": None, "workers": 4}, {"pid": os.getpid(), "memory": "much"}, [1], 7],
)
def test_what_another_version_says_of_itself_does_no_harm(state: object, warm: tuple[Settings, Path]) -> None:
    settings, folder = warm
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s"))
        assert installation._warm_start(settings).good


def test_a_warm_process_says_what_it_has_done_and_one_that_never_comes_is_told(warm: tuple[Settings, Path]) -> None:
    settings, folder = warm
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        missing = installation._warm_start(settings)
        assert (missing.good, missing.found) == (False, "not ready")
        assert str(settings.home / "warm.log") in missing.remedy
        state = {"pid": os.getpid(), "since": "now", "runs": 3, "refused": 1, "refusal": "LANG differs", "memory": 60}
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(folder / "s"))
            found = installation._warm_start(settings)
        assert found.good
        assert "3 runs, 60 MB, 1 refused, the last because LANG differs" in found.found
    finally:
        os.close(lock)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "plain"),
        ({"profile": "fast", "warm_start": False}, "plain: without warm start there is no fast profile"),
        ({"profile": "fast", "target_timeout": 60}, "only the plain profile cuts off a target that takes too long"),
        ({"profile": "fast", "hot_seconds": 0}, "no connection is kept, 0 are open"),
        ({"profile": "fast"}, "connections are kept for 300 s, 0 are open"),
    ],
)
def test_the_profile_that_is_on_is_told(changes: dict[str, object], found: str, warm: tuple[Settings, Path]) -> None:
    told = installation._profile(warm[0].model_copy(update=changes))
    assert (told.good, told.found.endswith(found)) == (True, True)
