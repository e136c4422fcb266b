# SPDX-License-Identifier: Apache-2.0
"""What is left to do when a supervisor is gone: nothing of it runs on, and what it had seen is kept."""

import contextlib
import json
from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import FenceLost
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.errors import OpsConductorError
from opsconductor.execution import processes, staging
from opsconductor.execution.control import LEASE
from opsconductor.execution.endings import slice_event, undecided
from opsconductor.execution.leftovers import leftovers
from opsconductor.execution.parts import Access
from opsconductor.execution.runner_events import Normaliser
from opsconductor.execution.scrub import Scrubber
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.writing import EventStore
from opsconductor.logging import get_logger
from opsconductor.pubsub.broker import Broker
from opsconductor.settings import Settings

_log = get_logger(__name__)
_UNDER_WAY = "its supervisor was lost while the step was under way"


class BuryingService:
    """Ends a slice in place of its lost supervisor."""

    def __init__(self, settings: Settings, database: Database, broker: Broker, access: Access) -> None:
        self.settings = settings
        self.database = database
        self.broker = broker
        self.access = access

    def bury(self, piece: Slice) -> bool:
        """Take the slice over and end it; False when it is live or another process was faster.

        Order matters: first the fence, so that the former supervisor can store nothing more and ends itself if it
        lives; then its processes; then what they reported; then the verdict.
        """
        with self.database.session() as session:
            until = utc_now() + timedelta(seconds=LEASE)
            if not SliceRepository(session).claim_again(piece.id, piece.fence, until):
                return False
        _log.warning("the supervisor of the slice is gone", slice=piece.id, job=piece.job_id)
        folder = SliceFolder(self.settings, piece.job_id, piece.id)
        processes.end_all(lambda: processes.marked(piece.id))
        with self.database.reading() as session:
            shape = JobRepository(session).launched(piece.job_id).spec.shape
        store = EventStore(self.database, self.broker, piece, piece.fence + 1, shape)
        with contextlib.suppress(FenceLost):
            if events := self._leftovers(piece, folder, dry_run=shape.dry_run):
                store.store(events)
            with self.database.session() as session:
                self._end(session, piece, store, folder)
        folder.clear()
        folder.lock.unlink(missing_ok=True)
        return True

    def _leftovers(self, piece: Slice, folder: SliceFolder, *, dry_run: bool) -> list[JobEvent]:
        """What Ansible reported and nobody stored. Without its secrets at hand it is not read at all."""
        try:
            wanted = set(piece.targets)
            targets = [t for t in staging.snapshot(folder.project).targets if t.name in wanted]
            normalise = Normaliser(piece.job_id, piece.id, staging.places(folder.project), self.access.names(targets))
            named = staging.secrets(folder.project, dry_run=dry_run)
            scrub = Scrubber(self.access.secrets(targets, named))
        except (OSError, ValueError, OpsConductorError) as error:
            _log.warning("the slice's last events are not read", slice=piece.id, error=str(error))
            return []
        return list(leftovers(folder.events, normalise, scrub))

    def _end(self, session: Session, piece: Slice, store: EventStore, folder: SliceFolder) -> None:
        now = utc_now()
        pending = "interrupted: its supervisor was lost"
        if piece.status is SliceStatus.CLAIMED:
            pending = f"interrupted: its supervisor did not start ({_last_line(folder)})"
        events = undecided(piece, store.fold(), now, under_way=(ResultStatus.UNKNOWN, _UNDER_WAY), pending=pending)
        events.append(slice_event(piece, EventKind.SLICE_ENDED, now, pending, status="interrupted"))
        store.add(session, events)
        SliceRepository(session).finish(piece.id, store.fence, SliceStatus.INTERRUPTED, now)


def _last_line(folder: SliceFolder) -> str:
    with contextlib.suppress(OSError):
        lines = folder.log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        with contextlib.suppress(ValueError):
            last = str(json.loads(last).get("event", last))
        if last:
            return last[:200]
    return f"see {folder.log}"
