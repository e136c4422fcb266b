# SPDX-License-Identifier: Apache-2.0
"""The way of a slice's events from ansible-runner to ours: without secrets, without large texts, none of them lost."""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from opsconductor.domain.artifacts import Artifact
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import Slice
from opsconductor.execution.leftovers import leftovers, reported
from opsconductor.execution.output_blobs import OutputBlobs
from opsconductor.execution.runner_events import Normaliser
from opsconductor.execution.slice_folder import SliceFolder

#: What Ansible prints where its event could not be written: nobody will ever hear of it.
_UNWRITTEN = ("Failure using method", "in callback plugin")


class Intake:
    """Takes raw events of one slice, live or from their files."""

    def __init__(
        self, folder: SliceFolder, normalise: Normaliser, scrub: Callable[[Any], Any], outputs: OutputBlobs
    ) -> None:
        self.folder = folder
        self.normalise = normalise
        self.scrub = scrub
        self.outputs = outputs
        #: Events that Ansible reported and nobody can read: their job is not complete.
        self.lost = 0
        self._seen: set[str] = set()
        self._last: tuple[Any, str] | None = None

    def take(self, raw: dict[str, Any]) -> JobEvent | None:
        """One event as it comes. `raw` is changed in place, because ansible-runner keeps what we leave.

        Ansible's own file of an event goes only when ansible-runner's is there: killed in between, we find one of them.
        """
        self._settle()
        event, rest = self.clean(raw)
        raw.clear()
        raw.update(rest)
        uuid = str(raw.get("uuid"))
        self._seen.add(uuid)
        self._last = raw.get("counter"), uuid
        self.lost += _is_lost(raw)
        return event

    def clean(self, raw: dict[str, Any]) -> tuple[JobEvent | None, dict[str, Any]]:
        """Our event and what may be kept of ansible-runner's."""
        scrubbed = dict(self.scrub(raw))  # a copy: without secrets the scrubber gives back what it got
        return self.outputs.both(self.normalise(scrubbed), scrubbed)

    def rest(self) -> list[JobEvent]:
        """What Ansible has written and nobody has taken, when no more will come."""
        self._settle()
        found = leftovers(self.folder.events, self.clean, self._seen)
        self.lost += found.unread
        return found.events

    def archive(self, piece: Slice, at: datetime) -> Artifact | None:
        """Keep all that was reported as one artifact; None where nothing was. Raises OSError."""
        return self.outputs.reported(piece, reported(self.folder.events, self.clean), at)

    def _settle(self) -> None:
        if self._last is None:
            return
        counter, uuid = self._last
        self._last = None
        if (self.folder.events / f"{counter}-{uuid}.json").exists():
            with contextlib.suppress(FileNotFoundError):
                (self.folder.events / f"{uuid}-partial.json").unlink()


def _is_lost(raw: dict[str, Any]) -> bool:
    """Whether what an event tells could not be written by Ansible."""
    kind = str(raw.get("event"))
    if kind in ("runner_on_ok", "runner_on_failed") and (raw.get("event_data") or {}).get("res") == {}:
        return True  # ansible-runner empties a result beyond its limit
    if kind.startswith(("runner_", "playbook_")):
        return "event_data" not in raw
    return all(words in str(raw.get("stdout")) for words in _UNWRITTEN)
