# SPDX-License-Identifier: Apache-2.0
"""What the HTTP skin needs of the composition root: the services, nothing below them."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from opsconductor.domain.templates import Catalogue
    from opsconductor.services.approving import ApprovingService
    from opsconductor.services.assets import AssetService
    from opsconductor.services.credentials import CredentialService
    from opsconductor.services.explaining import ExplainingService
    from opsconductor.services.files import FileService
    from opsconductor.services.following import FollowingService
    from opsconductor.services.groups import GroupService
    from opsconductor.services.jobs import JobService
    from opsconductor.services.launching import LaunchingService
    from opsconductor.services.planning import PlanningService
    from opsconductor.services.runbooks import RunbookService
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
    def following(self) -> "FollowingService": ...

    def local_queue(self) -> AbstractContextManager[Any]:
        """Runs queued jobs for as long as the block lasts."""
