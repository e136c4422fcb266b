# SPDX-License-Identifier: Apache-2.0
"""The file library: every version of every file; the bytes are in the blob store."""

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from opsconductor.db.row import Row
from opsconductor.db.types import SortKey, UtcDateTime


class LibraryFileRow(Row, table=True):
    """One version of one file."""

    __tablename__ = "library_files"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: str = Field(primary_key=True)
    name: str
    sort_key: str = Field(sa_type=SortKey, index=True)
    version: int
    sha256: str = Field(index=True)
    size: int = Field(sa_type=BigInteger)  #: bytes
    label: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    actor: str
