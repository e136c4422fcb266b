# SPDX-License-Identifier: Apache-2.0
"""Files an operator may deploy: named, versioned, known by their SHA-256."""

from datetime import datetime

from pydantic import Field

from opsconductor.domain.base import Frozen

#: Bytes from which on a file takes long enough to copy that how far it has come is told, and that fetching it pays.
LARGE = 1 << 20


class LibraryFile(Frozen):
    """One version of one file in the file library."""

    id: str
    name: str
    version: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)  #: bytes
    label: str | None = None  #: what people call this version, e.g. "2.1.3"
    created_at: datetime
    actor: str
