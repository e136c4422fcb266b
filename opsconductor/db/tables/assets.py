# SPDX-License-Identifier: Apache-2.0
"""Assets, their connections, jump hosts and recorded host keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import SortKey, UtcDateTime


class AssetRow(Row, table=True):
    """A managed machine."""

    __tablename__ = "assets"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    sort_key: str = Field(sa_type=SortKey, index=True)
    platform: str = Field(index=True)
    address: str
    os_version: str | None = None
    role: str | None = None
    description: str | None = None
    credential_id: str | None = Field(default=None, foreign_key="credentials.id", index=True, ondelete="RESTRICT")
    variables: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    interpreter: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    actor: str


class AssetTagRow(Row, table=True):
    """A tag of an asset."""

    __tablename__ = "asset_tags"

    asset_id: str = Field(primary_key=True, foreign_key="assets.id", ondelete="CASCADE")
    tag: str = Field(primary_key=True, index=True)


class ConnectionRow(Row, table=True):
    """One way to reach an asset."""

    __tablename__ = "asset_connections"

    id: str = Field(primary_key=True)
    asset_id: str = Field(foreign_key="assets.id", index=True, ondelete="CASCADE")
    kind: str
    preference: int
    address: str | None = None
    port: int | None = None
    user: str | None = None
    credential_id: str | None = Field(default=None, foreign_key="credentials.id", index=True, ondelete="RESTRICT")
    become_method: str | None = None  #: None: no become
    become_user: str | None = None
    become_credential_id: str | None = Field(
        default=None, foreign_key="credentials.id", index=True, ondelete="RESTRICT"
    )
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ConnectionJumpRow(Row, table=True):
    """One hop on the way of a connection."""

    __tablename__ = "asset_connection_jumps"

    connection_id: str = Field(primary_key=True, foreign_key="asset_connections.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)  #: 0 for the first hop
    asset_id: str = Field(foreign_key="assets.id", index=True, ondelete="RESTRICT")


class HostKeyRow(Row, table=True):
    """A recorded SSH host key."""

    __tablename__ = "asset_host_keys"
    __table_args__ = (UniqueConstraint("asset_id", "kind", "public"),)

    id: str = Field(primary_key=True)
    asset_id: str = Field(foreign_key="assets.id", index=True, ondelete="CASCADE")
    kind: str
    public: str
    fingerprint: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    actor: str
