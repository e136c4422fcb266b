# SPDX-License-Identifier: Apache-2.0
"""A login made early stands for exactly the slice and the way it was made for, once."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from opsconductor.warm import early_logins
from opsconductor.warm.early_logins import EarlyLogins
from opsconductor.warm.way import fingerprint, moved

_PATIENCE = 20.0


class Logins:
    """Counts them; each gives its number as a group."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.called = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()

    def __call__(self, stack: Sequence[Mapping[str, Any]]) -> frozenset[int]:
        self.made.append(stack[0]["slice"]["id"])
        number = len(self.made)
        self.called.release()
        assert self.go.wait(_PATIENCE)
        return frozenset({number})


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> Logins:
    made = Logins()
    monkeypatch.setattr(early_logins, "login", made)
    return made


def _stack(slice_id: str, folder: Path, **changes: Any) -> list[dict[str, Any]]:
    access = folder / "access"
    access.mkdir(parents=True, exist_ok=True)
    (access / "key.pub").write_text("ssh-ed25519 A")
    arguments = ["-o", f"IdentityFile={access}/key.pub"]
    kwargs = {"hostname": "192.0.2.1", "username": "ops", "password": None, "ssh_args": arguments} | changes
    return [{"method": "ssh", "kwargs": kwargs, "slice": {"id": slice_id, "folder": str(folder)}}]


def _kept(tmp_path: Path, **changes: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    before = _stack("before", tmp_path / "before", **changes)
    return [(fingerprint(before, tmp_path / "before"), before)]


def test_it_is_what_the_slice_would_have_done_and_is_used_once(tmp_path: Path, logins: Logins) -> None:
    early, stack = EarlyLogins(), _stack("now", tmp_path / "now")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    assert logins.called.acquire(timeout=_PATIENCE)
    assert early.take(stack) == frozenset({1})
    assert early.take(stack) == frozenset({2}), "a second time somebody logs in anew"
    assert logins.made == ["now", "now"]


def test_a_slice_waits_for_the_login_that_is_under_way(tmp_path: Path, logins: Logins) -> None:
    logins.go.clear()
    early, found, stack = EarlyLogins(), list[Any](), _stack("now", tmp_path / "now")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    assert logins.called.acquire(timeout=_PATIENCE)
    asking = threading.Thread(target=lambda: found.append(early.take(stack)))
    asking.start()
    logins.go.set()
    asking.join(_PATIENCE)
    assert (found, logins.made) == ([frozenset({1})], ["now"])


@pytest.mark.parametrize("changes", [{"username": "root"}, {"hostname": "192.0.2.2"}, {"sudo_path": "/opt/sudo"}])
def test_for_another_way_somebody_logs_in_anew(tmp_path: Path, logins: Logins, changes: dict[str, str]) -> None:
    early = EarlyLogins()
    _stack("now", tmp_path / "now")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    assert logins.called.acquire(timeout=_PATIENCE)
    assert early.take(_stack("now", tmp_path / "now", **changes)) == frozenset({2})
    assert early.take(_stack("other", tmp_path / "other")) == frozenset({3})


def test_no_login_is_tried_along_a_way_that_the_slice_cannot_go(tmp_path: Path, logins: Logins) -> None:
    early, stack = EarlyLogins(), _stack("now", tmp_path / "now")
    (tmp_path / "now" / "access" / "key.pub").write_text("ssh-ed25519 B")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    early.begin("now", tmp_path / "now", _kept(tmp_path, password="x"))
    early.begin("now", tmp_path / "gone", _kept(tmp_path))
    early._choosing.shutdown(wait=True)
    early._pool.shutdown(wait=True)
    assert logins.made == []
    early = EarlyLogins()
    assert early.take(stack) == frozenset({1})


def test_what_a_slice_has_left_is_forgotten(tmp_path: Path, logins: Logins) -> None:
    early = EarlyLogins()
    stack = _stack("now", tmp_path / "now")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    assert logins.called.acquire(timeout=_PATIENCE)
    early.forget("now")
    assert not early._made
    assert early.take(stack) == frozenset({2})


def test_what_was_true_a_while_ago_is_asked_again(
    tmp_path: Path, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, stack = EarlyLogins(), _stack("now", tmp_path / "now")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    assert logins.called.acquire(timeout=_PATIENCE)
    monkeypatch.setattr(early_logins, "_FRESH", 0.0)
    assert early.take(stack) == frozenset({2})


def test_none_is_used_after_something_was_revoked_here(tmp_path: Path, logins: Logins) -> None:
    early, stack = EarlyLogins(), _stack("now", tmp_path / "now")
    early.begin("now", tmp_path / "now", _kept(tmp_path))
    assert logins.called.acquire(timeout=_PATIENCE)
    early.forget()
    assert early.take(stack) == frozenset({2})


def test_what_no_slice_has_come_for_is_not_kept(
    tmp_path: Path, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = EarlyLogins()
    for slice_id in ("one", "two", "three"):
        _stack(slice_id, tmp_path / slice_id)
        early.begin(slice_id, tmp_path / slice_id, _kept(tmp_path))
        assert logins.called.acquire(timeout=_PATIENCE)
        monkeypatch.setattr(early_logins, "_FRESH", 0.0)
    assert [slice_id for slice_id, _ in early._made] == ["three"]


def test_becoming_another_user_is_part_of_it_unless_it_takes_a_password(tmp_path: Path, logins: Logins) -> None:
    become = [{"method": "sudo", "kwargs": {"username": "root", "password": None}}]
    early, stack = EarlyLogins(), _stack("now", tmp_path / "now") + become
    before = _stack("before", tmp_path / "before") + become
    kept = [(fingerprint(before, tmp_path / "before"), before)]
    early.begin("now", tmp_path / "now", kept)
    assert logins.called.acquire(timeout=_PATIENCE)
    assert early.take(stack) == frozenset({1})
    become[0]["kwargs"] = {"username": "root", "password": "of the job before"}
    early.begin("now", tmp_path / "now", kept)
    early._choosing.shutdown(wait=True)
    early._pool.shutdown(wait=True)
    assert logins.made == ["now"]


def test_a_way_is_moved_with_all_its_files(tmp_path: Path) -> None:
    before = _stack("before", tmp_path / "before")
    before.append({"method": "sudo", "kwargs": {"username": "root", "sudo_path": "sudo", "password": None}})
    [login, become] = moved(before, "now", tmp_path / "now")
    assert login == _stack("now", tmp_path / "now")[0]
    assert become["kwargs"] == before[1]["kwargs"]
