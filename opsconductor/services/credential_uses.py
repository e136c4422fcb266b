# SPDX-License-Identifier: Apache-2.0
"""Which credential a connection uses, as it is shown: a tie between two groups is told, not raised."""

from inventories.binding import Binder
from opsconductor.domain.assets import Asset, Connection
from opsconductor.domain.credentials import CredentialUse
from opsconductor.errors import AmbiguousCredential


def credential_use(asset: Asset, connection: Connection, binder: Binder) -> tuple[CredentialUse, str | None]:
    """The use, and what to do about a tie; None where it is decided."""
    try:
        return binder.explain(asset, connection), None
    except AmbiguousCredential as error:
        return CredentialUse(source="none", reason=str(error)), error.remedy
