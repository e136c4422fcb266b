# SPDX-License-Identifier: Apache-2.0
"""Where blobs live: the plug point."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from opsconductor.domain.base import Frozen
from opsconductor.errors import Broken, NotFound


class BlobDamaged(Broken):
    """A stored blob is not what it was."""

    code = "blob-damaged"


class BlobMissing(NotFound):
    """There is no blob of that SHA-256."""

    code = "blob-missing"


class Blob(Frozen):
    """What is known of stored bytes."""

    sha256: str  #: 64 hex digits
    size: int  #: bytes


class BlobStore(Protocol):
    """Keeps bytes by SHA-256. Every way out compares the hash and raises BlobDamaged, or BlobMissing."""

    def put(self, stream: BinaryIO) -> Blob:
        """Store everything that is left in the stream."""

    def has(self, sha256: str) -> bool:
        """Whether the blob is there, unverified."""

    def remove(self, sha256: str, settled: float) -> bool:
        """Remove the blob; whether it is gone. It stays where it was put within the last `settled` seconds."""

    def read(self, sha256: str) -> Iterator[bytes]:
        """The bytes in pieces, verified before the first one is handed out."""

    def fetch(self, sha256: str, destination: Path) -> None:
        """Write the blob to a new file (0600); it appears whole and verified, or not at all."""
