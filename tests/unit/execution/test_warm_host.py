# SPDX-License-Identifier: Apache-2.0
"""The host of a warm process, and the start of a slice, while packages come and go and processes die."""

import fcntl
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from opsconductor.execution import hot, starting, warm_host, warm_profile
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.warm_host import WarmHost
from opsconductor.settings import Settings

CONFIGURATION = "[defaults]\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    (tmp_path / "home").mkdir()
    with tempfile.TemporaryDirectory(prefix="opsc-test-", dir="/dev/shm") as short:  # a socket's path is
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield Settings(home=tmp_path / "home")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What is installed is looked up anew."""
    warm_profile._versions.cache_clear()


def _gone(name: str) -> str:
    raise PackageNotFoundError(name)


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Dying:
    """A warm process that is ready at once, and dead at once."""

    made = 0
    old = False

    def __init__(self, *_arguments: object) -> None:
        type(self).made += 1

    def look(self) -> bool:
        return True

    def failed(self) -> bool:
        return False

    def alive(self, _folder: Path) -> bool:
        return False

    def let_go(self) -> None:
        pass


def test_a_host_outlives_an_upgrade(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(warm_host, "_LOOK", 0.01)
    monkeypatch.setattr(WarmHost, "_keep", lambda *_: told.append("kept"))
    with monkeypatch.context() as upgrade:
        upgrade.setattr(warm_profile, "version", _gone)
        host = WarmHost(settings, CONFIGURATION)
        host.__enter__()
        time.sleep(0.1)
    try:
        _until(lambda: told)
    finally:
        host.__exit__()


def test_a_slice_starts_cold_in_the_midst_of_an_upgrade(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SliceFolder(settings, "job", "slice")
    folder.project.mkdir(parents=True)
    (folder.project / "ansible.cfg").write_text(CONFIGURATION, encoding="utf-8")
    start = starting.Start(settings, folder)
    monkeypatch.setattr(warm_profile, "version", _gone)
    assert start.prepare({"A": "b"}) == {"A": "b"}
    assert start.how().startswith("cold: it could not be prepared: PackageNotFoundError")


def test_without_the_launchers_note_nobody_says_how_it_was_started(settings: Settings) -> None:
    start = starting.Start(settings, SliceFolder(settings, "job", "slice"))
    assert start.how() == "unknown: the launcher has left no note"


def test_a_warm_process_that_keeps_dying_is_not_started_without_a_pause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Dying, "made", 0)
    monkeypatch.setattr(warm_host, "_Warm", Dying)
    monkeypatch.setattr(warm_host, "_PACE", 0.01)
    with WarmHost(settings, CONFIGURATION):
        _until(lambda: Dying.made)
        time.sleep(0.5)
        assert Dying.made == 1


def test_what_a_warm_process_prints_besides_harms_nobody() -> None:
    assert [warm_host._message(line) for line in (b"oops", b"[1]", b"7", b'{"ready": 1}')] == [{}, {}, {}, {"ready": 1}]


def test_folders_of_other_profiles_go_unless_a_host_keeps_them(tmp_path: Path) -> None:
    ours, left, kept = (tmp_path / name for name in ("ours", "left", "kept"))
    for folder in (ours, left, kept):
        folder.mkdir()
        (folder / "state.json").touch()
    with warm_host._lock(kept) as held:
        assert held
        warm_host._tidy(ours, ())
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["kept", "ours"]


@contextmanager
def _multiplexer(own: Path) -> Iterator[None]:
    """Somebody listens where a multiplexer does; whether he answers in time is another matter."""
    own.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(hot.control_of(own)))
        listening.listen(1)
        yield


def test_the_way_to_the_targets_of_runs_under_way_is_not_removed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_PATIENCE", 0.05)
    ours = settings.runtime / "w" / "ours"
    own, kept, dead, other = ours / "a", ours / "b", ours / "c", ours.with_name("other") / "d"
    dead.mkdir(parents=True)
    kept.mkdir()
    with _multiplexer(own), _multiplexer(other):
        warm_host._tidy(ours, [kept])
        assert [own.exists(), kept.exists(), dead.exists(), other.exists()] == [True, True, False, True]
    warm_host._tidy(ours, [kept])  # they have ended since
    assert [own.exists(), kept.exists(), other.exists()] == [False, True, False]


def test_a_lock_that_was_removed_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: (tmp_path / "lock").unlink())
    with warm_host._lock(tmp_path) as held:
        assert not held
