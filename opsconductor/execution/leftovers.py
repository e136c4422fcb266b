# SPDX-License-Identifier: Apache-2.0
"""Events that Ansible reported and nobody stored: read again from ansible-runner's files, in their order."""

import contextlib
import json
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsconductor.domain.events import JobEvent
from opsconductor.logging import get_logger

_log = get_logger(__name__)
_PARTIAL = "-partial"
#: A raw event to ours and what is left of it; ours is None where it tells nothing.
Take = Callable[[dict[str, Any]], tuple[JobEvent | None, dict[str, Any]]]


@dataclass
class Leftovers:
    """What the files hold."""

    events: list[JobEvent] = field(default_factory=list)
    #: Files that cannot be read: what they told is lost.
    unread: int = 0


def leftovers(folder: Path, take: Take, stored: Container[str] = ()) -> Leftovers:
    """Events in `folder` (job_events) whose key is not among `stored`, oldest first.

    Whole files are named <counter>-<uuid>.json. A <uuid>-partial.json was written by Ansible: where there is no whole
    file of it, ansible-runner never took it up. It is younger than all whole ones and has no counter: its time decides.
    """
    found = Leftovers()
    entries: list[tuple[int, str, dict[str, Any]]] = []
    for paths in _by_event(folder).values():
        if _uuid(paths[0]) in stored:
            continue
        raw = next((raw for raw in map(_read, paths) if raw is not None), None)
        if raw is None:
            found.unread += 1
        else:
            entries.append((raw.get("counter") or 1 << 62, str(raw.get("created") or ""), raw))
    for _counter, _created, raw in sorted(entries, key=lambda entry: entry[:2]):
        try:
            event, _rest = take(raw)
        except Exception:
            # Whatever it holds: the others are read, and a job whose reports nobody can take ends all the same.
            _log.exception("an event could not be taken", uuid=raw.get("uuid"))
            found.unread += 1
            continue
        if event:
            found.events.append(event)
    return found


def reported(folder: Path, take: Take) -> Iterator[bytes]:
    """Every event in `folder` as ansible-runner reported it, one JSON document each, in the order of `leftovers`.

    What ansible-runner has kept is as we left it; what only Ansible has written is looked through first.
    """
    whole, others = [], []
    for paths in _by_event(folder).values():
        counter = paths[0].stem.split("-", 1)[0]
        if not paths[0].stem.endswith(_PARTIAL):
            whole.append((int(counter) if counter.isdigit() else 1 << 62, paths[0]))
        elif raw := _read(paths[0]):
            others.append((str(raw.get("created") or ""), raw))
    for _counter, path in sorted(whole):
        yield path.read_bytes()
    for _created, raw in sorted(others, key=lambda entry: entry[0]):
        with contextlib.suppress(Exception):  # told where it was to be stored; unread, it may hold a secret
            yield json.dumps(take(raw)[1]).encode()


def count(folder: Path) -> int:
    """How many events there are in the folder."""
    return len(_by_event(folder))


def _by_event(folder: Path) -> dict[str, list[Path]]:
    """Uuid → its files: the whole one first."""
    found: dict[str, list[Path]] = {}
    for path in folder.glob("*.json") if folder.is_dir() else ():
        found.setdefault(_uuid(path), []).append(path)
    for paths in found.values():
        paths.sort(key=lambda path: path.stem.endswith(_PARTIAL))
    return found


def _uuid(path: Path) -> str:
    stem = path.stem
    return stem.removesuffix(_PARTIAL) if stem.endswith(_PARTIAL) else stem.split("-", 1)[-1]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _log.warning("an event file could not be read", path=str(path), error=str(error))
        return None
    return raw if isinstance(raw, dict) else None
