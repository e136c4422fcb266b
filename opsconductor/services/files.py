# SPDX-License-Identifier: Apache-2.0
"""The file library: what jobs may deploy, by name, version and SHA-256."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from opsconductor.blobs.store import BlobStore
from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.files import FileRepository
from opsconductor.domain.files import LibraryFile
from opsconductor.domain.names import LONGEST_NAME, check_file_name, check_text
from opsconductor.errors import InvalidInput
from opsconductor.ids import new_id
from opsconductor.services.audit import AuditService


class FileService:
    """Adds and hands out library files."""

    def __init__(self, database: Database, blobs: BlobStore, audit: AuditService) -> None:
        self.database = database
        self.blobs = blobs
        self.audit = audit

    def add(
        self, source: Path | BinaryIO, actor: str, *, name: str | None = None, label: str | None = None
    ) -> LibraryFile:
        """Store a file (a path, or a stream with `name`) as the next version of its name.

        The same content and label as the newest version is that version: no new one is made.
        Raises InvalidInput, and InvalidName for a name that is no single file name.
        """
        if isinstance(source, Path):
            name = check_file_name(name if name is not None else source.name)
            label = check_text(label, "label", longest=LONGEST_NAME)
            with _open(source) as stream:
                return self._add(stream, name, label, actor)
        if name is None:
            raise InvalidInput("A file from a stream has no name of its own.", remedy="Give one with --name.")
        return self._add(source, check_file_name(name), check_text(label, "label", longest=LONGEST_NAME), actor)

    def list(self) -> tuple[LibraryFile, ...]:
        """The newest version of every file, in the natural order of names."""
        with self.database.reading() as session:
            return FileRepository(session).newest()

    def get(self, name: str, version: int | None = None) -> LibraryFile:
        """One version, the newest when `version` is None. Raises NotFound with near names."""
        with self.database.reading() as session:
            return FileRepository(session).get(name, version)

    def versions(self, name: str) -> tuple[LibraryFile, ...]:
        """All versions of a file, newest first. Raises NotFound with near names."""
        with self.database.reading() as session:
            return FileRepository(session).versions(name)

    def read(self, file: LibraryFile) -> Iterator[bytes]:
        """The content in pieces, verified before the first. Raises BlobMissing, BlobDamaged."""
        return self.blobs.read(file.sha256)

    def fetch(self, file: LibraryFile, destination: Path) -> None:
        """Write the content to a new file (0600), verified. Raises BlobMissing, BlobDamaged."""
        self.blobs.fetch(file.sha256, destination)

    def _add(self, stream: BinaryIO, name: str, label: str | None, actor: str) -> LibraryFile:
        # The bytes first and outside of the unit of work: a long upload must not hold up other writers.
        blob = self.blobs.put(stream)
        with self.database.session() as session:
            files = FileRepository(session)
            newest = files.find(name)
            if newest and newest.sha256 == blob.sha256 and label in (None, newest.label):
                return newest
            file = LibraryFile(
                id=new_id(),
                name=name,
                version=newest.version + 1 if newest else 1,
                sha256=blob.sha256,
                size=blob.size,
                label=label,
                created_at=utc_now(),
                actor=actor,
            )
            files.add(file)
            details = file.model_dump(mode="json", include={"version", "sha256", "size", "label"})
            self.audit.append(session, actor, "file.added", f"file:{name}", details)
        return file


def _open(path: Path) -> BinaryIO:
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder.", remedy="Give one file; pack a folder into an archive first.")
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.", remedy="Give a file you may read.") from None
