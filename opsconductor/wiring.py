# SPDX-License-Identifier: Apache-2.0
"""The composition root: the only module that may import everything. Builds each service once, when first used."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from opsconductor.db.engine import Database, make_engine
from opsconductor.db.migrate import ensure_current
from opsconductor.settings import Settings

if TYPE_CHECKING:
    from opsconductor.blobs.store import BlobStore
    from opsconductor.domain.templates import Catalogue
    from opsconductor.execution.spawning import LocalSupervisors
    from opsconductor.execution.supervisor import Supervisor
    from opsconductor.execution.warm_host import WarmHost
    from opsconductor.playbooks.repository import PlaybookRepository
    from opsconductor.pubsub.local import LocalBroker
    from opsconductor.queue.local import LocalQueue
    from opsconductor.queue.queue import Queue
    from opsconductor.secrets.store import SecretsStore
    from opsconductor.services.approving import ApprovingService
    from opsconductor.services.artifacts import ArtifactService
    from opsconductor.services.assets import AssetService
    from opsconductor.services.attempts import AttemptService
    from opsconductor.services.audit import AuditService
    from opsconductor.services.calendars import CalendarService
    from opsconductor.services.chaining import ChainingService
    from opsconductor.services.checks import CheckService
    from opsconductor.services.conformance import ConformanceService
    from opsconductor.services.conversations import ConversationService
    from opsconductor.services.credentials import CredentialService
    from opsconductor.services.dispatching import Dispatcher
    from opsconductor.services.estimating import EstimatingService
    from opsconductor.services.explaining import ExplainingService
    from opsconductor.services.files import FileService
    from opsconductor.services.following import FollowingService
    from opsconductor.services.forecasting import ForecastingService
    from opsconductor.services.freezing import FreezingService
    from opsconductor.services.groups import GroupService
    from opsconductor.services.imports import ImportService
    from opsconductor.services.jobs import JobService
    from opsconductor.services.launching import LaunchingService
    from opsconductor.services.learning import LearningService
    from opsconductor.services.linting import LintService
    from opsconductor.services.misses import MissService
    from opsconductor.services.planning import PlanningService
    from opsconductor.services.runbooks import RunbookService
    from opsconductor.services.schedules import ScheduleService
    from opsconductor.services.scheduling import SchedulingService
    from opsconductor.services.slice_access import SliceAccess
    from planner.planner import Planner


class Container:
    """Every service of one installation. Modules are imported when a service is first asked for."""

    def __init__(self, settings: Settings, *, long_lived: bool = False) -> None:
        self.settings = settings
        #: A process that stays (a server, a demonstration) lints at the commit; a command leaves it to the approval.
        self.long_lived = long_lived
        self.closing = ExitStack()

    @cached_property
    def database(self) -> Database:
        """The database, its schema checked."""
        engine = make_engine(self.settings)
        self.closing.callback(engine.dispose)
        ensure_current(engine, self.settings)
        return Database(engine)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """All playbook templates. Where some are the installation's own, the examples of all run as tests: each
        template changes what the others are taken for."""
        from opsconductor.playbooks.catalogue import load_catalogue, template_paths
        from planner.examples import check_examples

        own = self.settings.template_path
        cache = self.settings.home / "cache"
        return load_catalogue(template_paths(own), check_examples if own else None, cache=cache)

    @cached_property
    def planner(self) -> "Planner":
        """The offline planner over the catalogue."""
        from planner.planner import Planner

        return Planner(self.catalogue)

    @cached_property
    def audit(self) -> "AuditService":
        """Audit entries."""
        from opsconductor.services.audit import AuditService

        return AuditService(self.database)

    @cached_property
    def secrets(self) -> "SecretsStore":
        """Sealed secrets; the master key is read or made at first use."""
        from opsconductor.secrets.database import DatabaseSecrets
        from opsconductor.secrets.keys import load_master_key

        return DatabaseSecrets(lambda: load_master_key(self.settings))

    @cached_property
    def blobs(self) -> "BlobStore":
        """Contents by SHA-256."""
        from opsconductor.blobs.folder import FolderBlobs

        return FolderBlobs(self.settings.blobs)

    @cached_property
    def playbooks(self) -> "PlaybookRepository":
        """The git repository of rendered playbooks."""
        from opsconductor.playbooks.repository import PlaybookRepository

        return PlaybookRepository(self.settings.playbooks)

    @cached_property
    def broker(self) -> "LocalBroker":
        """Wake-ups between the processes of this machine."""
        from opsconductor.private_folder import runtime_folder
        from opsconductor.pubsub.local import LocalBroker

        broker = LocalBroker(runtime_folder(self.settings, "wake"))
        self.closing.callback(broker.close)
        return broker

    @cached_property
    def queue(self) -> "Queue":
        """Where launched jobs are handed in."""
        from opsconductor.queue.local import LocalSubmitter

        return LocalSubmitter(self.broker)

    # -- assets -------------------------------------------------------------------------------------------

    @cached_property
    def assets(self) -> "AssetService":
        """Managed machines."""
        from opsconductor.services.assets import AssetService

        return AssetService(self.database, self.audit, self._close_connections)

    @cached_property
    def groups(self) -> "GroupService":
        """Asset groups."""
        from opsconductor.services.groups import GroupService

        return GroupService(self.database, self.audit, self._close_connections)

    @cached_property
    def credentials(self) -> "CredentialService":
        """Credentials."""
        from opsconductor.services.credentials import CredentialService

        return CredentialService(self.database, self.secrets, self.audit, self._close_connections)

    def _close_connections(self) -> None:
        """Those that are kept between jobs."""
        from opsconductor.execution import hot

        hot.drop(self.settings.runtime)

    @cached_property
    def files(self) -> "FileService":
        """The file library."""
        from opsconductor.services.files import FileService

        return FileService(self.database, self.blobs, self.audit)

    @cached_property
    def artifacts(self) -> "ArtifactService":
        """What is kept of jobs beside their events."""
        from opsconductor.services.artifacts import ArtifactService

        return ArtifactService(self.settings, self.database, self.blobs, self.audit)

    @cached_property
    def imports(self) -> "ImportService":
        """Imports and exports of the asset database."""
        from opsconductor.services.imports import ImportService

        return ImportService(self.database, self.assets, self.groups, self.credentials, self.audit)

    @cached_property
    def access(self) -> "SliceAccess":
        """Opens the credentials of a slice or a check."""
        from opsconductor.services.slice_access import SliceAccess

        return SliceAccess(self.credentials)

    @cached_property
    def checks(self) -> "CheckService":
        """Host keys and login trials."""
        from opsconductor.services.checks import CheckService

        return CheckService(self.settings, self.assets, self.access, self.credentials)

    # -- plans --------------------------------------------------------------------------------------------

    @cached_property
    def linting(self) -> "LintService":
        """Lint and syntax verdicts."""
        from opsconductor.services.linting import LintService

        cache = self.settings.home / "lint"
        linting = LintService(self.database, self.playbooks, cache, eager=self.long_lived)
        self.closing.callback(linting.close)
        return linting

    @cached_property
    def conversations(self) -> "ConversationService":
        """What each actor spoke of last."""
        from opsconductor.services.conversations import ConversationService

        return ConversationService(self.database, timedelta(seconds=self.settings.conversation_lifetime))

    @cached_property
    def planning(self) -> "PlanningService":
        """Plans."""
        from opsconductor.services.binding import BindingService
        from opsconductor.services.planning import PlanningService
        from opsconductor.services.records import RecordsService

        return PlanningService(
            database=self.database,
            planner=self.planner,
            catalogue=self.catalogue,
            assets=self.assets,
            files=self.files,
            binding=BindingService(self.assets, self.credentials),
            playbooks=self.playbooks,
            linting=self.linting,
            misses=self.misses,
            audit=self.audit,
            conversations=self.conversations,
            records=RecordsService(self.database, self.catalogue),
            settings=self.settings,
            estimating=self.estimating,
        )

    @cached_property
    def runbooks(self) -> "RunbookService":
        """Saved plans with parameters."""
        from opsconductor.services.runbooks import RunbookService

        return RunbookService(self.database, self.planning, self.audit)

    @cached_property
    def misses(self) -> "MissService":
        """Requests that were misread."""
        from opsconductor.services.misses import MissService

        return MissService(self.database, self.audit)

    @cached_property
    def learning(self) -> "LearningService":
        """Examples for the catalogue from misread requests."""
        from opsconductor.services.learning import LearningService

        return LearningService(self.catalogue, self.planner, self.misses, self.planning, self.explaining)

    @cached_property
    def explaining(self) -> "ExplainingService":
        """How requests were read."""
        from opsconductor.services.explaining import ExplainingService

        return ExplainingService(self.planner, self.planning, self.assets)

    @cached_property
    def approving(self) -> "ApprovingService":
        """Approvals."""
        from opsconductor.services.approving import ApprovingService

        lifetime = timedelta(seconds=self.settings.approval_lifetime)
        standing = timedelta(seconds=self.settings.standing_approval_lifetime)
        return ApprovingService(self.database, self.planning, self.audit, lifetime, standing)

    @cached_property
    def conformance(self) -> "ConformanceService":
        """Trying templates out on a machine."""
        from opsconductor.services.conformance import ConformanceService

        return ConformanceService(self.planning, self.approving, self.launching, self.following, self.assets)

    # -- what starts jobs ---------------------------------------------------------------------------------

    @cached_property
    def schedules(self) -> "ScheduleService":
        """Schedules from the outside."""
        from opsconductor.services.schedules import ScheduleService

        return ScheduleService(
            self.database, self.planning, self.approving, self.launching, self.scheduling, self.audit
        )

    @cached_property
    def calendars(self) -> "CalendarService":
        """Days on which schedules do not run."""
        from opsconductor.services.calendars import CalendarService

        return CalendarService(self.database, self.audit)

    @cached_property
    def scheduling(self) -> "SchedulingService":
        """Starts what is due."""
        from opsconductor.services.scheduling import SchedulingService

        check = timedelta(seconds=self.settings.schedule_check)
        return SchedulingService(self.database, self.audit, lambda: self, check)

    @cached_property
    def chaining(self) -> "ChainingService":
        """Starts what follows an ended job."""
        from opsconductor.services.chaining import ChainingService

        return ChainingService(self.database, self.audit, lambda: self)

    # -- jobs ---------------------------------------------------------------------------------------------

    @cached_property
    def jobs(self) -> "JobService":
        """Jobs."""
        from opsconductor.services.jobs import JobService

        return JobService(self.database, self.audit, self.queue, self.broker)

    @cached_property
    def attempts(self) -> "AttemptService":
        """Goes on with jobs that have ended."""
        from opsconductor.services.attempts import AttemptService

        return AttemptService(
            self.database, self.approving, self.playbooks, self.audit, self.queue, self.broker, self.jobs
        )

    @cached_property
    def freezing(self) -> "FreezingService":
        """Freezes changes."""
        from opsconductor.services.freezing import FreezingService

        return FreezingService(self.database, self.audit, self.jobs, self.broker, self._close_connections)

    @cached_property
    def launching(self) -> "LaunchingService":
        """Starts jobs."""
        from opsconductor.services.launching import LaunchingService

        return LaunchingService(
            database=self.database,
            approvals=self.approving,
            commits=self.playbooks,
            catalogue=self.catalogue,
            audit=self.audit,
            queue=self.queue,
            generator=self.credentials,
            watched=self.settings.watch_seconds,
        )

    @cached_property
    def following(self) -> "FollowingService":
        """Progress, events, results and log of jobs."""
        from opsconductor.services.following import FollowingService

        return FollowingService(self.database, self.broker, self.estimating)

    @cached_property
    def estimating(self) -> "EstimatingService":
        """Times of plans and jobs from history."""
        from opsconductor.services.estimating import EstimatingService

        return EstimatingService(self.database, self.settings.forks, self.settings.history_days)

    @cached_property
    def forecasting(self) -> "ForecastingService":
        """What is said of the ends of jobs."""
        from opsconductor.services.forecasting import ForecastingService

        return ForecastingService(self.database, self.following, self.estimating)

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Brings queued jobs to supervisors."""
        from opsconductor.services.burying import BuryingService
        from opsconductor.services.dispatching import Dispatcher

        burying = BuryingService(self.settings, self.database, self.broker, self.access, self.blobs)
        return Dispatcher(
            self.database,
            self.broker,
            self.supervisors,
            burying,
            approvals=lambda: self.approving,
            settings=self.settings,
            forecasts=self.forecasting,
            starters=(self.scheduling, self.chaining),
        )

    @cached_property
    def supervisors(self) -> "LocalSupervisors":
        """Starts the processes that run slices."""
        from opsconductor.execution.spawning import LocalSupervisors

        return LocalSupervisors(self.settings)

    @contextmanager
    def local_queue(self) -> Iterator["LocalQueue"]:
        """A dispatcher's thread, for a `with` block; several may run at once, in one process or in many.

        A process that stays has supervisors and Ansible stand by, too.
        """
        from opsconductor.execution.profiles import FAST, PLAIN
        from opsconductor.queue.local import LocalQueue

        with ExitStack() as stack:
            chores: list[Callable[[], object]] = [lambda: self.artifacts.tick()]
            if self.long_lived and self.settings.warm_start:
                standby = stack.enter_context(self.supervisors.stand_by())
                chores.append(lambda: standby.ready)  # one that has ended is replaced before it is missed
                for profile in (PLAIN, FAST) if self.settings.fast else (PLAIN,):
                    stack.enter_context(self.warm_host(profile))
            yield stack.enter_context(LocalQueue(self.dispatcher, self.broker, chores=chores))

    def warm_host(self, profile: str) -> "WarmHost":
        """Has a warm process of an execution profile ready, for a `with` block."""
        from opsconductor.execution.warm_host import WarmHost
        from opsconductor.playbooks.configuration import ansible_cfg

        return WarmHost(self.settings, ansible_cfg(""), profile)


@contextmanager
def open_container(settings: Settings | None = None, *, long_lived: bool = False) -> Iterator[Container]:
    """The services of an installation; closed at the end of the block."""
    container = Container(settings or Settings(), long_lived=long_lived)
    with container.closing:
        yield container


@contextmanager
def open_supervisor(settings: Settings) -> "Iterator[Supervisor]":
    """The supervisor of one slice, in its own process."""
    from opsconductor.execution.supervisor import Supervisor

    with open_container(settings) as container:
        yield Supervisor(
            settings=settings,
            database=container.database,
            broker=container.broker,
            commits=container.playbooks,
            blobs=container.blobs,
            access=container.access,
        )
