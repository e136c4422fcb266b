# SPDX-License-Identifier: Apache-2.0
"""The file library in the database."""

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import missing
from opsconductor.db.tables.files import LibraryFileRow
from opsconductor.domain.files import LibraryFile
from opsconductor.domain.names import normal, sort_key
from opsconductor.errors import NotFound


def _file(row: LibraryFileRow) -> LibraryFile:
    return LibraryFile.model_validate(row.model_dump(exclude={"sort_key"}))


class FileRepository:
    """All SQL about library files."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def find(self, name: str, version: int | None = None) -> LibraryFile | None:
        """One version of a file, the newest when `version` is None."""
        statement = select(LibraryFileRow).where(col(LibraryFileRow.name) == normal(name))
        if version is not None:
            statement = statement.where(col(LibraryFileRow.version) == version)
        row = self.session.exec(statement.order_by(col(LibraryFileRow.version).desc()).limit(1)).first()
        return _file(row) if row else None

    def get(self, name: str, version: int | None = None) -> LibraryFile:
        """One version of a file, the newest when `version` is None. Raises NotFound with near names."""
        if (file := self.find(name, version)) is not None:
            return file
        if (newest := self.find(name)) is not None:
            raise NotFound(
                f"The file {newest.name!r} has no version {version}.",
                remedy=f"Its newest is {newest.version}; `opsc files show` shows all of them.",
                name=newest.name,
            )
        raise missing(name, self.names(), "file in the library", "opsc files list")

    def names(self) -> tuple[str, ...]:
        """All names, each once, in natural order."""
        statement = select(LibraryFileRow.name).distinct()
        return tuple(sorted(self.session.exec(statement), key=sort_key))

    def newest(self) -> tuple[LibraryFile, ...]:
        """The newest version of every file, in the natural order of names."""
        last = select(LibraryFileRow.name, func.max(LibraryFileRow.version)).group_by(col(LibraryFileRow.name))
        statement = (
            select(LibraryFileRow)
            .where(tuple_(col(LibraryFileRow.name), col(LibraryFileRow.version)).in_(last))
            .order_by(col(LibraryFileRow.sort_key), col(LibraryFileRow.name))
        )
        return tuple(_file(row) for row in self.session.exec(statement))

    def versions(self, name: str) -> tuple[LibraryFile, ...]:
        """All versions of a file, newest first. Raises NotFound with near names."""
        self.get(name)
        statement = select(LibraryFileRow).where(col(LibraryFileRow.name) == normal(name))
        return tuple(_file(row) for row in self.session.exec(statement.order_by(col(LibraryFileRow.version).desc())))

    def add(self, file: LibraryFile) -> None:
        """Store a new version."""
        self.session.add(LibraryFileRow(sort_key=sort_key(file.name), **file.model_dump()))
        self.session.flush()
