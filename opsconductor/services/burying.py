# SPDX-License-Identifier: Apache-2.0
"""What is left to do when a supervisor is gone: nothing of it runs on, and what it had seen is kept."""

import contextlib
import json
import time
from datetime import timedelta

from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.artifacts import ArtifactRepository
from opsconductor.db.repositories.events import FenceLost
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.errors import OpsConductorError
from opsconductor.execution import processes, staging
from opsconductor.execution.control import LEASE
from opsconductor.execution.endings import slice_event, undecided
from opsconductor.execution.intake import Intake
from opsconductor.execution.lanes import FIRST_FENCE
from opsconductor.execution.leftovers import count
from opsconductor.execution.output_blobs import OutputBlobs
from opsconductor.execution.parts import Access, Blobs
from opsconductor.execution.profiles import profile_of
from opsconductor.execution.runner_events import Normaliser
from opsconductor.execution.scrub import Scrubber
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.starting import noted
from opsconductor.execution.writing import EventStore, EventWriter
from opsconductor.logging import get_logger
from opsconductor.pubsub.broker import Broker
from opsconductor.settings import Settings

_log = get_logger(__name__)
#: Burials after which what cannot be read never will be: each is a minute after the one before.
_TRIES = 5
_UNDER_WAY = "its supervisor was lost while the step was under way"


class BuryingService:
    """Ends a slice in place of its lost supervisor."""

    def __init__(self, settings: Settings, database: Database, broker: Broker, access: Access, blobs: Blobs) -> None:
        self.settings = settings
        self.database = database
        self.broker = broker
        self.access = access
        self.blobs = blobs

    def bury(self, piece: Slice) -> bool:
        """Take the slice over and end it; False when it is live or another process was faster. OSError: not this time.

        Order matters: first the fence, so that the former supervisor can store nothing more and ends itself if it
        lives; then its processes; then what they reported; then the verdict.
        """
        with self.database.session() as session:
            until = utc_now() + timedelta(seconds=LEASE)
            if not SliceRepository(session).claim_again(piece.id, piece.fence, until):
                return False
        _log.warning("the supervisor of the slice is gone", slice=piece.id, job=piece.job_id)
        folder = SliceFolder(self.settings, piece.job_id, piece.id)
        processes.end_strangers(piece.id, folder.control_paths)
        with self.database.reading() as session:
            shape = JobRepository(session).launched(piece.job_id).spec.shape
        store = EventStore(self.database, self.broker, piece, piece.fence + 1, shape)
        try:
            if not self._take_in(piece, store, folder, dry_run=shape.dry_run):
                return False
        except FenceLost:
            return False  # another one is at it, with the same files
        folder.clear()
        folder.lock.unlink(missing_ok=True)
        return True

    def _take_in(self, piece: Slice, store: EventStore, folder: SliceFolder, *, dry_run: bool) -> bool:
        """Store what was reported, and the end; False when the database does not take it now."""
        # Raw events are in memory: where Ansible may have run and they are gone, as after a reboot, nobody can say how
        # many there were.
        gone = piece.status is SliceStatus.RUNNING and folder.project.is_dir() and not folder.live.is_dir()
        intake = self._intake(piece, folder, dry_run=dry_run)
        writer, until = EventWriter(store), time.monotonic() + LEASE
        with writer:
            for event in intake.rest() if intake else ():
                writer.put(event)
            if not writer.close(lambda: time.monotonic() < until):
                return False
        lost = writer.refused + (intake.lost if intake else count(folder.events)) + gone
        archive = intake.archive(piece, utc_now()) if intake else None
        with self.database.session() as session:
            self._end(session, piece, store, folder, lost)
            ArtifactRepository(session).add([archive] if archive else [])
        return True

    def _intake(self, piece: Slice, folder: SliceFolder, *, dry_run: bool) -> Intake | None:
        """The way in for what Ansible reported and nobody stored. Without its secrets at hand it is not read at all.

        Raises OSError where what cannot be read now may be readable the next time: what was reported is kept for it.
        """
        try:
            wanted = set(piece.targets)
            targets = [t for t in staging.snapshot(folder.project).targets if t.name in wanted]
            normalise = Normaliser(piece.job_id, piece.id, staging.places(folder.project), self.access.names(targets))
            named = staging.secrets(folder.project, dry_run=dry_run)
            scrub = Scrubber(self.access.secrets(targets, named))
        except (OSError, ValueError, OpsConductorError) as error:
            passing = isinstance(error, OSError) and not isinstance(error, FileNotFoundError)
            if passing and piece.fence < FIRST_FENCE + _TRIES:
                raise
            _log.warning("the slice's last events are not read", slice=piece.id, error=str(error))
            return None
        return Intake(folder, normalise, scrub, OutputBlobs(self.blobs, self.settings.output_limit))

    def _end(self, session: Session, piece: Slice, store: EventStore, folder: SliceFolder, lost: int) -> None:
        now = utc_now()
        pending = "interrupted: its supervisor was lost"
        if piece.status is SliceStatus.CLAIMED:
            pending = f"interrupted: its supervisor did not start ({_last_line(folder)})"
        under_way = (ResultStatus.UNKNOWN, _UNDER_WAY)
        events = undecided(piece, store.fold(), now, under_way=under_way, pending=pending, lost=lost)
        told = {"status": "interrupted", "lost": lost, "start": noted(folder), "profile": profile_of(piece.lane)}
        events.append(slice_event(piece, EventKind.SLICE_ENDED, now, pending, **told))
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
