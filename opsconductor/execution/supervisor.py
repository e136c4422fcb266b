# SPDX-License-Identifier: Apache-2.0
"""Runs one slice from its claim to its end: the only process that holds the slice's secrets."""

import os
import signal
from datetime import timedelta
from typing import Any

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.events import FenceLost
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.job_specs import LaunchedJob
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.domain.topics import DISPATCH, job_topic
from opsconductor.errors import OpsConductorError
from opsconductor.execution import staging
from opsconductor.execution.ansible import RunEnd, run_ansible
from opsconductor.execution.control import LEASE, Control
from opsconductor.execution.deliveries import Deliveries, open_deliveries
from opsconductor.execution.endings import slice_event, undecided
from opsconductor.execution.leftovers import leftovers
from opsconductor.execution.parts import Access, Announcer, Blobs, Commits, OpenedSlice
from opsconductor.execution.processes import end_descendants, end_masters
from opsconductor.execution.runner_events import Normaliser
from opsconductor.execution.scrub import Scrubber
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.slice_socket import SliceSocket
from opsconductor.execution.writing import EventStore, EventWriter
from opsconductor.logging import get_logger, register_secret
from opsconductor.settings import Settings

_log = get_logger(__name__)


class Supervisor:
    """Takes one claimed slice, runs it, and says how it ended. One per process."""

    def __init__(
        self, settings: Settings, database: Database, broker: Announcer, commits: Commits, blobs: Blobs, access: Access
    ) -> None:
        self.settings = settings
        self.database = database
        self.broker = broker
        self.commits = commits
        self.blobs = blobs
        self.access = access

    def run(self, slice_id: str, fence: int) -> bool:
        """Run the slice to its end; False when the claim was not (or no longer) ours."""
        now = utc_now()
        with self.database.session() as session:
            slices = SliceRepository(session)
            if not slices.begin(slice_id, fence, os.getpid(), now, now + timedelta(seconds=LEASE)):
                _log.warning("the slice is not waiting for this supervisor", slice=slice_id, fence=fence)
                return False
            piece = slices.get(slice_id)
            launched = JobRepository(session).launched(piece.job_id)
        kept = SliceRun(self, piece, fence, launched).run()
        self.broker.publish(job_topic(piece.job_id))
        self.broker.publish(DISPATCH)
        return kept


class SliceRun:
    """The state of one run."""

    def __init__(self, supervisor: Supervisor, piece: Slice, fence: int, launched: LaunchedJob) -> None:
        self.parts = supervisor
        self.piece = piece
        self.launched = launched
        self.folder = SliceFolder(supervisor.settings, piece.job_id, piece.id)
        self.store = EventStore(supervisor.database, supervisor.broker, piece, fence, launched.spec.shape)
        self.writer = EventWriter(self.store)
        self.control = Control(supervisor.database, piece, fence)
        #: What Ansible said last that belongs to no task: tells why it ended early.
        self._complaint: str | None = None
        self._seen: set[str] = set()
        #: target → "opsc_s<N>" → value: what earlier attempts of this job have found out.
        self._given: dict[str, dict[str, dict[str, Any]]] = {}

    def run(self) -> bool:
        """From the first event to the last; False when the slice was lost to somebody else."""
        signal.signal(signal.SIGTERM, lambda *_: self.control.stop("its supervisor was told to end"))
        self.folder.make()
        with self.parts.database.reading() as session:
            self._given = ResultRepository(session).values(self.piece.job_id, self.piece.targets)
        end, failure = RunEnd("error", None), None
        with self.control, self.writer:
            given = {"facts": self._given} if self._given else {}
            self.writer.put(slice_event(self.piece, EventKind.SLICE_STARTED, utc_now(), None, **given))
            try:
                end = self._ansible()
            except OpsConductorError as error:
                failure = str(error)
            except Exception as error:
                _log.exception("the slice failed", slice=self.piece.id)
                failure = f"{type(error).__name__}; {self.folder.log} has the details"
            finally:
                if not end.whole:
                    end_descendants()
            kept = self.writer.close() and self.control.lost is None
            if kept:
                kept = self._finish(end, failure)
        if kept:
            self.folder.clear()
        return kept

    def _ansible(self) -> RunEnd:
        staging.stage(self.parts.commits, self.parts.blobs, self.launched.job.commit, self.folder)
        targets = self._targets()
        dry_run = self.launched.spec.options.dry_run
        secrets = staging.secrets(self.folder.project, dry_run=dry_run)
        with (
            self.parts.access.open(targets, self.folder.access, secrets) as opened,
            open_deliveries(
                self.parts.settings, self.piece, self.folder, targets, opened, self.writer.put
            ) as deliveries,
        ):
            for secret in (*opened.secrets, *deliveries.secrets):
                register_secret(secret)
            scrub = Scrubber((*opened.secrets, *deliveries.secrets))
            places = staging.places(self.folder.project)
            normalise = Normaliser(self.piece.job_id, self.piece.id, places, opened.names)
            # Taking back what was done is no new step: nobody holds a target half way.
            steps = {str(place.line): place.step for place in places if not place.rescue}
            handlers = {
                "inventory": lambda _question: {"inventory": self._inventory(opened, deliveries)},
                "steps": lambda _question: {"steps": steps},
                "gate": lambda question: vars(self.control.gate(int(question.get("step") or 0))),
            }
            with SliceSocket(self.folder.socket, handlers):
                end = run_ansible(
                    self.folder,
                    self.piece.id,
                    self.piece.job_id,
                    min(len(targets), self.parts.settings.forks),
                    lambda raw: self._take(raw, normalise, scrub, deliveries),
                    lambda: self.control.ending() is not None,
                    dry_run=dry_run,
                )
                end_masters(self.folder.control_paths) if end.whole else end_descendants()
            for event in leftovers(self.folder.events, normalise, scrub, self._seen):
                self.writer.put(event)
        return end

    def _targets(self) -> list[BoundTarget]:
        wanted = set(self.piece.targets)
        return [t for t in staging.snapshot(self.folder.project).targets if t.name in wanted]

    def _inventory(self, opened: OpenedSlice, deliveries: Deliveries) -> dict[str, Any]:
        """The slice's inventory, with what is known of its targets already and what they may fetch."""
        inventory = dict(opened.inventory)
        hostvars = dict(inventory.get("_meta", {}).get("hostvars", {}))
        thrown = staging.throwaways(self.folder.project, dry_run=self.launched.spec.options.dry_run)
        for host, name in opened.names.items():
            hostvars[host] = hostvars.get(host, {}) | thrown | deliveries.variables(name) | self._given.get(name, {})
        return inventory | {"_meta": {"hostvars": hostvars}}

    def _take(self, raw: dict[str, Any], normalise: Normaliser, scrub: Scrubber, deliveries: Deliveries) -> bool:
        """One event of ansible-runner: scrubbed in place, because it keeps what we leave."""
        clean = dict(scrub(raw))  # a copy: without secrets the scrubber gives back what it got
        raw.clear()
        raw.update(clean)
        self._seen.add(str(raw.get("uuid")))
        event = normalise(raw)
        if event is not None:
            if event.kind is EventKind.OUTPUT and "ERROR" in (event.message or ""):
                self._complaint = event.message
            deliveries.heard(event)
            self.writer.put(event)
        return True  # False would make ansible-runner keep no events at all

    def _finish(self, end: RunEnd, failure: str | None) -> bool:
        """Decide what no task has decided, and end the slice, in one transaction."""
        now = utc_now()
        status, under_way, pending = self._verdict(end, failure)
        try:
            with self.parts.database.session() as session:
                events: list[JobEvent] = undecided(
                    self.piece, self.store.fold(), now, under_way=under_way, pending=pending
                )
                data = {"status": end.status, "return_code": end.return_code}
                message = failure or (pending if end.return_code not in (0, 2, 4) else None)
                events.append(slice_event(self.piece, EventKind.SLICE_ENDED, now, message, **data))
                self.store.add(session, events)
                return SliceRepository(session).finish(self.piece.id, self.store.fence, status, now)
        except FenceLost:
            return False

    def _verdict(self, end: RunEnd, failure: str | None) -> tuple[SliceStatus, tuple[ResultStatus, str], str]:
        """The slice's status, what cells under way become, and why the others never started."""
        if self.control.stopped:
            reason = f"interrupted: {self.control.stopped}"
            return SliceStatus.INTERRUPTED, (ResultStatus.UNKNOWN, reason), reason
        if self.control.cancelled:
            reason = self.control.cancelled
            return SliceStatus.ENDED, (ResultStatus.CANCELLED, f"{reason} (while under way)"), reason
        if failure:
            reason = f"Ansible could not be run: {failure}"
        else:
            reason = f"Ansible ended early (return code {end.return_code})"
            reason += f": {self._complaint}" if self._complaint else ""
        return SliceStatus.ENDED, (ResultStatus.UNKNOWN, reason), reason
