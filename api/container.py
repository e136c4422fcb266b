# SPDX-License-Identifier: Apache-2.0
"""What the HTTP skin needs of the composition root: the services, nothing below them."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opsconductor.domain.templates import Catalogue
    from opsconductor.services.approving import ApprovingService
    from opsconductor.services.planning import PlanningService
    from opsconductor.settings import Settings


class Container(Protocol):
    """The services by name."""

    @property
    def settings(self) -> "Settings": ...
    @property
    def catalogue(self) -> "Catalogue": ...
    @property
    def planning(self) -> "PlanningService": ...
    @property
    def approving(self) -> "ApprovingService": ...
