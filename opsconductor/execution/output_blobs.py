# SPDX-License-Identifier: Apache-2.0
"""Puts large texts of events into the blob store before anything is stored of the events themselves."""

import gzip
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from opsconductor.domain.artifacts import Artifact, ArtifactKind
from opsconductor.domain.events import JobEvent
from opsconductor.domain.jobs import Slice
from opsconductor.domain.outputs import KEPT, KeptText, set_aside
from opsconductor.execution.parts import Blobs
from opsconductor.ids import new_id
from opsconductor.logging import get_logger

_log = get_logger(__name__)


class OutputBlobs:
    """The way of one slice's large texts, and of its events as they were reported, into the blob store."""

    def __init__(self, blobs: Blobs, limit: int) -> None:
        self.blobs = blobs
        self.limit = limit
        #: Texts of the event at hand: they stand in ours and in ansible-runner's.
        self._known: dict[str, KeptText] = {}

    def both(self, event: JobEvent | None, raw: dict[str, Any]) -> tuple[JobEvent | None, dict[str, Any]]:
        """Our event and ansible-runner's, their large texts set aside.

        Where the blob store takes nothing they stay whole: a large row is better than a lost output.
        """
        try:
            if event is not None:
                data, kept = set_aside(event.data, self.limit, self._keep)
                if kept:
                    event = event.model_copy(update={"data": {**data, KEPT: kept | event.data.get(KEPT, {})}})
            rest, kept = set_aside(raw, self.limit, self._keep)
            if kept:
                raw = {**rest, KEPT: kept | raw.get(KEPT, {})}
        except OSError as error:
            _log.warning("a large output stays with its event: the blob store takes nothing", error=str(error))
        finally:
            self._known.clear()
        return event, raw

    def reported(self, piece: Slice, lines: Iterable[bytes], at: datetime) -> Artifact | None:
        """Keep what ansible-runner reported in the slice as one artifact; None where it reported nothing. OSError."""
        with TemporaryFile() as draft:
            count = 0
            # No time and no name in it: the same events are the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=draft, compresslevel=1, mtime=0) as packed:
                for line in lines:
                    packed.write(line + b"\n")
                    count += 1
            if not count:
                return None
            draft.seek(0)
            blob = self.blobs.put(draft)
        return Artifact(
            id=new_id(),
            job_id=piece.job_id,
            slice_id=piece.id,
            kind=ArtifactKind.EVENTS,
            sha256=blob.sha256,
            size=blob.size,
            created_at=at,
        )

    def _keep(self, text: str) -> KeptText:
        if text not in self._known:
            # A byte that is no UTF-8 is written as \xff, as in every event.
            content = text.encode("utf-8", "surrogateescape")
            if not text.isascii():
                content = content.decode("utf-8", "backslashreplace").encode()
            blob = self.blobs.put(BytesIO(content))
            self._known[text] = KeptText(sha256=blob.sha256, size=blob.size)
        return self._known[text]
