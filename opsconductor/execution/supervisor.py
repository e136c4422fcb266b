# SPDX-License-Identifier: Apache-2.0
"""Runs one slice from its claim to its end: the only process that holds the slice's secrets."""

import os
import signal
import time
from datetime import timedelta
from typing import Any

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.artifacts import ArtifactRepository
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
from opsconductor.execution import hot, staging
from opsconductor.execution.ansible import RunEnd, run_ansible
from opsconductor.execution.control import LEASE, Control
from opsconductor.execution.cutting import Cutter
from opsconductor.execution.deliveries import Deliveries, open_deliveries
from opsconductor.execution.endings import slice_event, undecided
from opsconductor.execution.environment import ansible_environment
from opsconductor.execution.intake import Intake
from opsconductor.execution.interpreters import Interpreters
from opsconductor.execution.limits import limits_of
from opsconductor.execution.output_blobs import OutputBlobs
from opsconductor.execution.parts import Access, Announcer, Blobs, Commits, OpenedSlice
from opsconductor.execution.processes import at_rest, end_masters, end_slice
from opsconductor.execution.profiles import FAST, PLAIN, profile_of, why_plain
from opsconductor.execution.runner_events import Normaliser
from opsconductor.execution.scrub import Scrubber
from opsconductor.execution.shapes import cells, restrict
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.slice_socket import SliceSocket
from opsconductor.execution.starting import Start
from opsconductor.execution.under_way import UnderWay
from opsconductor.execution.writing import EventStore, EventWriter, is_passing
from opsconductor.logging import get_logger, register_secret
from opsconductor.settings import Settings

_log = get_logger(__name__)
#: Seconds that a supervisor which was told to end still waits for the database.
_LAST_PATIENCE = 20.0
#: Seconds between two tries to store the end.
_PAUSE = 1.0


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
        limits = limits_of(launched.spec.options, supervisor.settings)
        left = limits.left(launched.job.started_at, utc_now())
        self.control = Control(supervisor.database, piece, fence, left=left, expiry=limits.job_told)
        self.under_way = UnderWay(cells(restrict(launched.spec.shape, piece.targets)))
        self.interpreters = Interpreters(supervisor.database)
        self.cutter = Cutter(self.under_way, limits, self.folder, piece, self.writer.put)
        #: What Ansible said last that belongs to no task: tells why it ended early.
        self._complaint: str | None = None
        self._intake: Intake | None = None
        self._until: float | None = None
        #: How Ansible was started: "warm", or "cold: " and why.
        self._how: str | None = None
        self._gated = False
        #: target → "opsc_s<N>" → value: what earlier attempts of this job have found out.
        self._given: dict[str, dict[str, dict[str, Any]]] = {}

    @property
    def _profile(self) -> str:
        """The lane's, unless it was switched off since."""
        return profile_of(self.piece.lane) if self.parts.settings.fast else PLAIN

    def run(self) -> bool:
        """From the first event to the last; False when the slice was lost to somebody else."""
        signal.signal(signal.SIGTERM, lambda *_: self.control.stop("its supervisor was told to end"))
        self.folder.make()
        with self.parts.database.reading() as session:
            self._given = ResultRepository(session).values(self.piece.job_id, self.piece.targets)
        end, failure = RunEnd("error", None), None
        self.control.watching = self.cutter.look
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
                    end_slice(self.piece.id, self.folder.control_paths)
            kept = self.writer.close(self._patient) and self._finished(end, failure)
        if kept:
            self.folder.clear()
            self.interpreters.keep()
        return kept

    def _ansible(self) -> RunEnd:
        staging.stage(self.parts.commits, self.parts.blobs, self.launched.job.commit, self.folder)
        targets = self._targets()
        self.interpreters.open(targets)
        dry_run = self.launched.spec.options.dry_run
        secrets = staging.secrets(self.folder.project, dry_run=dry_run)
        with (
            self.parts.access.open(targets, self.folder.access, secrets) as opened,
            open_deliveries(
                self.parts.settings, self.piece, self.folder, targets, opened, self.writer.put
            ) as deliveries,
        ):
            if self._profile == FAST:
                hot.expect(self.parts.settings.runtime, self.piece.id, self.folder.live)
            for secret in (*opened.secrets, *deliveries.secrets):
                register_secret(secret)
            scrub = Scrubber((*opened.secrets, *deliveries.secrets))
            places = staging.places(self.folder.project)
            normalise = Normaliser(self.piece.job_id, self.piece.id, places, opened.names)
            outputs = OutputBlobs(self.parts.blobs, self.parts.settings.output_limit)
            intake = self._intake = Intake(self.folder, normalise, scrub, outputs)
            # Taking back what was done is no new step: nobody holds a target half way.
            steps = {str(place.line): place.step for place in places if not place.rescue}
            self.cutter.open(targets, opened, normalise.tasks if self._profile == FAST else {})
            handlers = {
                "inventory": lambda _question: {"inventory": self._inventory(opened, deliveries)},
                "steps": lambda _question: self._gate(steps),
                "gate": lambda question: vars(self.control.gate(int(question.get("step") or 0))),
            }
            helpers = at_rest(os.getpid())  # the agent: a slice that is cut off still asks its targets
            start = Start(self.parts.settings, self.folder)
            end = RunEnd("error", None)
            with SliceSocket(self.folder.socket, handlers):
                try:
                    end = run_ansible(
                        self.folder,
                        start.prepare(ansible_environment(self.folder, self.piece.id, self._profile)),
                        self.piece.job_id,
                        min(len(targets), self.parts.settings.forks),
                        lambda raw: self._take(raw, intake, deliveries),
                        lambda: self.control.ending() is not None,
                        dry_run=dry_run,
                    )
                finally:  # ansible-runner may fail as well, and what Ansible had reported until then counts
                    if end.whole:
                        end_masters(self.folder.control_paths)
                    else:
                        end_slice(self.piece.id, self.folder.control_paths, helpers)
                    for event in intake.rest():
                        self._put(event)
                    self.cutter.close(cut_off=bool(self.control.cancelled or self.control.expired))
                    self._how = start.how()
        return end

    def _put(self, event: JobEvent) -> None:
        self.under_way.heard(event)
        self.interpreters.heard(event)
        self.writer.put(event)

    def _gate(self, steps: dict[str, int]) -> dict[str, Any]:
        """The gate is there."""
        self._gated = True
        return {"steps": steps}

    def _targets(self) -> list[BoundTarget]:
        wanted = set(self.piece.targets)
        return [t for t in staging.snapshot(self.folder.project).targets if t.name in wanted]

    def _inventory(self, opened: OpenedSlice, deliveries: Deliveries) -> dict[str, Any]:
        """The slice's inventory, with what is known of its targets already and what they may fetch."""
        inventory = dict(opened.inventory)
        hostvars = dict(inventory.get("_meta", {}).get("hostvars", {}))
        thrown = staging.throwaways(self.folder.project, dry_run=self.launched.spec.options.dry_run)
        for host, name in opened.names.items():
            hostvars[host] = self.interpreters.variables(name) | hostvars.get(host, {}) | thrown
            hostvars[host] |= deliveries.variables(name) | self._given.get(name, {})
            hostvars[host] |= self.cutter.variables(name)
            if done := self.piece.done.get(name):
                hostvars[host]["opsc_done"] = list(done)
        return inventory | {"_meta": {"hostvars": hostvars}}

    def _take(self, raw: dict[str, Any], intake: Intake, deliveries: Deliveries) -> bool:
        """One event of ansible-runner."""
        event = intake.take(raw)
        if event is not None:
            if event.kind is EventKind.OUTPUT and "ERROR" in (event.message or ""):
                self._complaint = event.message
            if event.kind is EventKind.TASK_STARTED and not self._gated:
                # Ansible goes on when a callback cannot be loaded; nobody could hold or end the job between steps.
                self.control.stop("Ansible runs without its gate")
            deliveries.heard(event)
            self._put(event)
        return True  # False would make ansible-runner keep no events at all

    def _patient(self) -> bool:
        """Whether to wait for a database or a disk that takes nothing now: what is stored later is not lost."""
        if self.control.lost:
            return False
        if self.control.stopped is None:
            return True
        self._until = self._until or time.monotonic() + _LAST_PATIENCE
        return time.monotonic() < self._until

    def _finished(self, end: RunEnd, failure: str | None) -> bool:
        """End the slice, as soon as that can be stored; False when it is not ours any more."""
        while self.control.lost is None:
            try:
                return self._finish(end, failure)
            except Exception as error:
                if not is_passing(error):
                    raise
                _log.warning("the end of the slice waits to be stored", slice=self.piece.id, error=str(error))
                if not self._patient():
                    return False
            time.sleep(_PAUSE)
        return False

    def _finish(self, end: RunEnd, failure: str | None) -> bool:
        """Decide what no task has decided, and end the slice, in one transaction."""
        now = utc_now()
        lost = self.writer.refused + (self._intake.lost if self._intake else 0)
        archive = self._intake.archive(self.piece, now) if self._intake else None
        status, under_way, pending = self._verdict(end, failure)
        try:
            with self.parts.database.session() as session:
                events: list[JobEvent] = undecided(
                    self.piece, self.store.fold(), now, under_way=under_way, pending=pending, lost=lost
                )
                data = {
                    "status": end.status,
                    "return_code": end.return_code,
                    "lost": lost,
                    "start": self._how,
                    "profile": self._profile,
                }
                if self.parts.settings.fast and (why := why_plain(self.launched.spec, self.parts.settings)):
                    data["plain"] = why
                message = failure or (None if end.whole else pending)
                events.append(slice_event(self.piece, EventKind.SLICE_ENDED, now, message, **data))
                self.store.add(session, events)
                ArtifactRepository(session).add([archive] if archive else [])
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
        if self.control.expired:
            reason = self.control.expired
            return SliceStatus.ENDED, (ResultStatus.FAILED, reason), reason
        if end.status == "failed" and end.return_code is None:
            reason = "interrupted: Ansible was killed"
            return SliceStatus.INTERRUPTED, (ResultStatus.UNKNOWN, reason), reason
        if failure:
            reason = f"Ansible could not be run: {failure}"
        else:
            reason = f"Ansible ended early (return code {end.return_code})"
            reason += f": {self._complaint}" if self._complaint else ""
            if not end.whole and self._begun():
                # Such as a worker that the system has killed to get memory: nothing that a target has answered.
                reason = f"interrupted: {reason}"
                return SliceStatus.INTERRUPTED, (ResultStatus.UNKNOWN, reason), reason
        return SliceStatus.ENDED, (ResultStatus.UNKNOWN, reason), reason

    def _begun(self) -> bool:
        """Whether something is under way of which nobody knows how it ended."""
        return any(result.status is ResultStatus.RUNNING for result in self.store.fold().results.values())
