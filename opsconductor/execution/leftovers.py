# SPDX-License-Identifier: Apache-2.0
"""Events that Ansible reported and nobody stored: read again from ansible-runner's files, in their order."""

import json
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

from opsconductor.domain.events import JobEvent
from opsconductor.execution.runner_events import Normaliser
from opsconductor.logging import get_logger

_log = get_logger(__name__)


def leftovers(
    events: Path, normalise: Normaliser, scrub: Callable[[Any], Any], stored: Container[str] = ()
) -> Iterator[JobEvent]:
    """Events in `events` (a job_events folder) whose key is not among `stored`, oldest first.

    Whole files are named <counter>-<uuid>.json. A <uuid>-partial.json was written by Ansible and never taken up by
    ansible-runner: it is younger than all whole ones and has no counter, so its time decides.
    """
    found: list[tuple[int, str, dict[str, Any]]] = []
    for path in events.glob("*.json") if events.is_dir() else ():
        if path.stem.split("-", 1)[-1] in stored or path.stem.removesuffix("-partial") in stored:
            continue
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            _log.warning("an event file could not be read", path=str(path))  # cut off in the middle
            continue
        counter = raw.get("counter") if not path.stem.endswith("-partial") else None
        found.append((counter or 1 << 62, str(raw.get("created") or ""), raw))
    for _counter, _created, raw in sorted(found, key=lambda entry: entry[:2]):
        if event := normalise(scrub(raw)):
            yield event
