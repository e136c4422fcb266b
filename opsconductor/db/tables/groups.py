# SPDX-License-Identifier: Apache-2.0
"""Asset groups: which groups and which assets are directly in them."""

from datetime import datetime

from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import SortKey, UtcDateTime


class AssetGroupRow(Row, table=True):
    """A named set of assets and groups."""

    __tablename__ = "asset_groups"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    sort_key: str = Field(sa_type=SortKey, index=True)
    credential_id: str | None = Field(default=None, foreign_key="credentials.id", index=True, ondelete="RESTRICT")
    critical: bool = False
    description: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    actor: str


class GroupNestingRow(Row, table=True):
    """A group directly in another group."""

    __tablename__ = "asset_group_nestings"

    parent_id: str = Field(primary_key=True, foreign_key="asset_groups.id", ondelete="CASCADE")
    child_id: str = Field(primary_key=True, foreign_key="asset_groups.id", index=True, ondelete="CASCADE")


class GroupMemberRow(Row, table=True):
    """An asset directly in a group."""

    __tablename__ = "asset_group_members"

    group_id: str = Field(primary_key=True, foreign_key="asset_groups.id", ondelete="CASCADE")
    asset_id: str = Field(primary_key=True, foreign_key="assets.id", index=True, ondelete="CASCADE")
