# SPDX-License-Identifier: Apache-2.0
"""What the HTTP skin needs of the composition root: the services, nothing below them."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from opsconductor.domain.templates import Catalogue
    from opsconductor.services.approving import ApprovingService
    from opsconductor.services.artifacts import ArtifactService
    from opsconductor.services.assets import AssetService
    from opsconductor.services.attempts import AttemptService
    from opsconductor.services.calendars import CalendarService
    from opsconductor.services.chaining import ChainingService
    from opsconductor.services.credentials import CredentialService
    from opsconductor.services.explaining import ExplainingService
    from opsconductor.services.files import FileService
    from opsconductor.services.following import FollowingService
    from opsconductor.services.forecasting import ForecastingService
    from opsconductor.services.freezing import FreezingService
    from opsconductor.services.groups import GroupService
    from opsconductor.services.jobs import JobService
    from opsconductor.services.launching import LaunchingService
    from opsconductor.services.planning import PlanningService
    from opsconductor.services.runbooks import RunbookService
    from opsconductor.services.schedules import ScheduleService
    from opsconductor.services.scheduling import SchedulingService
    from opsconductor.settings import Settings


class Container(Protocol):
    """The services by name."""

    @property
    def settings(self) -> "Settings": ...
    @property
    def catalogue(self) -> "Catalogue": ...
    @property
    def assets(self) -> "AssetService": ...
    @property
    def groups(self) -> "GroupService": ...
    @property
    def credentials(self) -> "CredentialService": ...
    @property
    def files(self) -> "FileService": ...
    @property
    def artifacts(self) -> "ArtifactService": ...
    @property
    def planning(self) -> "PlanningService": ...
    @property
    def runbooks(self) -> "RunbookService": ...
    @property
    def explaining(self) -> "ExplainingService": ...
    @property
    def approving(self) -> "ApprovingService": ...
    @property
    def launching(self) -> "LaunchingService": ...
    @property
    def jobs(self) -> "JobService": ...
    @property
    def attempts(self) -> "AttemptService": ...
    @property
    def freezing(self) -> "FreezingService": ...
    @property
    def schedules(self) -> "ScheduleService": ...
    @property
    def scheduling(self) -> "SchedulingService": ...
    @property
    def calendars(self) -> "CalendarService": ...
    @property
    def chaining(self) -> "ChainingService": ...
    @property
    def following(self) -> "FollowingService": ...
    @property
    def forecasting(self) -> "ForecastingService": ...

    def local_queue(self) -> AbstractContextManager[Any]:
        """Runs queued jobs for as long as the block lasts."""
