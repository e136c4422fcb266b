# SPDX-License-Identifier: Apache-2.0
"""Whose a kept connection is, and until when; mitogen's part of it is replaced by a counter."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible_mitogen.services as theirs
import mitogen.core
import pytest

from opsconductor.execution.hot import BEGAN
from opsconductor.warm import early_logins, hot_contexts
from opsconductor.warm.hot_contexts import HotContexts
from opsconductor.warm.multiplexer import _obey

#: Whether a kept connection may be used, as it is decided where no test decides.
_MAY = HotContexts._may
_KWARGS: dict[str, Any] = {"hostname": "192.0.2.1", "username": "ops", "password": None, "ssh_args": []}


class _Context:
    """A connection."""

    def __init__(self) -> None:
        self.open = True

    def shutdown(self) -> None:
        """Close it."""
        self.open = False


Service = Callable[..., HotContexts]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service whose logins always go well and cost nothing."""
    monkeypatch.setattr(hot_contexts.HotContexts, "_watch", lambda *_: None)
    monkeypatch.setattr(hot_contexts.HotContexts, "_may", lambda self, *_: self.may)

    def get(self: Any, stack: list[dict[str, Any]]) -> dict[str, Any]:
        key = theirs.key_from_dict(via=None, **stack[0])
        if key not in self._response_by_key:
            self._response_by_key[key] = {"context": _Context()}
        found: dict[str, Any] = self._response_by_key[key]
        return found

    monkeypatch.setattr(theirs.ContextService, "get", get)

    def made(lifetime: float = 300, *, may: bool = True) -> HotContexts:
        made: Any = HotContexts.__new__(HotContexts)
        made._response_by_key, made._lock = {}, threading.Lock()
        made._via_by_context, made._key_by_context = {}, {}
        monkeypatch.setattr(theirs.ContextService, "__init__", lambda *_, **__: None)
        HotContexts.__init__(made, None, lifetime)
        made.may = may
        return made  # type: ignore[no-any-return]

    return made


def _context(service: HotContexts, slice_id: str, tmp_path: Path, **changes: Any) -> _Context:
    told = {"id": slice_id, "folder": str(tmp_path)}
    found = service.get(stack=[{"method": "ssh", "kwargs": _KWARGS | changes, "slice": told}])["context"]
    assert isinstance(found, _Context)
    return found


def test_a_slice_has_one_and_leaves_it_to_the_next(service: Service, tmp_path: Path) -> None:
    made = service()
    first = _context(made, "a", tmp_path)
    assert _context(made, "a", tmp_path) is first
    made.end("a", good=True)
    assert first.open
    assert _context(made, "b", tmp_path) is first


def test_two_slices_never_have_the_same_at_a_time(service: Service, tmp_path: Path) -> None:
    made = service()
    assert _context(made, "a", tmp_path) is not _context(made, "b", tmp_path)
    assert made.count() == 2


def test_without_a_fresh_login_it_is_closed_and_another_one_made(service: Service, tmp_path: Path) -> None:
    made = service(may=False)
    first = _context(made, "a", tmp_path)
    made.end("a", good=True)
    assert _context(made, "b", tmp_path) is not first
    assert not first.open


@pytest.mark.parametrize(
    ("lifetime", "good", "changes"), [(300, False, {}), (0, True, {}), (300, True, {"password": "x"})]
)
def test_what_may_not_be_kept_is_closed_with_its_slice(
    service: Service, tmp_path: Path, lifetime: float, good: bool, changes: dict[str, Any]
) -> None:
    made = service(lifetime)
    first = _context(made, "a", tmp_path, **changes)
    made.end("a", good=good)
    assert (first.open, made.count()) == (False, 0)


def test_a_drop_closes_what_nobody_has_and_the_rest_with_its_slice(service: Service, tmp_path: Path) -> None:
    made = service()
    kept, used = _context(made, "a", tmp_path), _context(made, "b", tmp_path)
    made.end("a", good=True)
    assert made.drop() == 2
    assert (kept.open, used.open) == (False, True)
    made.end("b", good=True)
    assert not used.open


def test_what_a_slice_makes_after_a_drop_is_closed_with_it_unless_it_began_after_it(
    service: Service, tmp_path: Path
) -> None:
    made = service(may=False)
    first = _context(made, "a", tmp_path)
    made.end("a", good=True)
    assert _context(made, "b", tmp_path, hostname="192.0.2.2") is not first
    made.drop()
    anew, late = _context(made, "b", tmp_path), _context(made, "c", tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / BEGAN).write_text(str(time.monotonic()))
    fresh = _context(made, "d", tmp_path / "d")
    for slice_id in ("b", "c", "d"):
        made.end(slice_id, good=True)
    assert (anew.open, late.open, fresh.open) == (False, False, True)


def test_one_that_was_taken_over_and_made_anew_is_dropped_all_the_same(service: Service, tmp_path: Path) -> None:
    made = service(may=False)
    _context(made, "a", tmp_path)
    made.end("a", good=True)
    made._slot([{"method": "ssh", "kwargs": _KWARGS, "slice": {"id": "b", "folder": str(tmp_path)}}])
    made.drop()
    anew = _context(made, "b", tmp_path)  # its fresh login has failed, so this is another one
    made.end("b", good=True)
    assert not anew.open


class _Silent(_Context):
    """A connection over which nothing comes back."""

    def call_async(self, _function: object) -> "_Silent":
        return self

    def get(self, timeout: float | None = None) -> None:
        assert timeout is not None, "for ever"
        raise mitogen.core.TimeoutError


def test_one_that_does_not_answer_is_made_anew(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Any = service()
    monkeypatch.setattr(early_logins, "login", lambda _stack: frozenset({0}))
    stack = [{"method": "ssh", "kwargs": _KWARGS, "slice": {"id": "a", "folder": str(tmp_path)}}]
    slot = made._slot(stack)
    made._response_by_key[theirs.key_from_dict(via=None, **made._named(slot, stack)[0])] = {"context": _Silent()}
    assert _MAY(made, slot, stack) is False


def test_its_time_counts_from_the_login(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    made = service(lifetime=10)
    first = _context(made, "a", tmp_path)
    now = 1009.0
    made.end("a", good=True)
    assert _context(made, "b", tmp_path) is first
    now = 1011.0
    made.end("b", good=True)
    assert not first.open


def test_a_slice_that_is_over_gets_none(service: Service, tmp_path: Path) -> None:
    made = service()
    made.end("a", good=False)
    with pytest.raises(mitogen.core.StreamError):
        _context(made, "a", tmp_path)


def test_a_login_that_ends_after_its_slice_is_closed(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = service()
    get = theirs.ContextService.get

    def slow(self: Any, stack: list[dict[str, Any]]) -> Any:
        found = get(self, stack)
        made.end("a", good=False)
        return found

    monkeypatch.setattr(theirs.ContextService, "get", slow)
    assert not _context(made, "a", tmp_path).open
    assert made.count() == 0


def test_a_slice_that_is_expected_finds_its_login_made(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("first slice", "second slice")]
    for folder in folders:
        (folder / "access").mkdir(parents=True)
    logged_in: list[str] = []
    called = threading.Semaphore(0)

    def login(stack: Any) -> frozenset[int]:
        logged_in.append(stack[0]["slice"]["id"])
        called.release()
        return frozenset({0})

    monkeypatch.setattr(early_logins, "login", login)
    made = service()
    _context(made, "a", folders[0])
    assert _obey(["expect", "b", str(folders[1])], made) == 0, "it is in use"
    made.end("a", good=True)
    assert _obey(f"expect b {folders[1]}".split(" ", 2), made) == 1
    assert called.acquire(timeout=20)
    stack = [{"method": "ssh", "kwargs": _KWARGS, "slice": {"id": "b", "folder": str(folders[1])}}]
    assert made._logins.take(stack) == frozenset({0})
    assert logged_in == ["b"]
