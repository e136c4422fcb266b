# SPDX-License-Identifier: Apache-2.0
"""What an importer found in a source, before anything of it is stored."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, SecretStr

from opsconductor.domain.assets import HostKey
from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.names import check_name
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.errors import InvalidInput

#: Problems named in one error; the rest is counted.
_SHOWN = 20


class BadSource(InvalidInput):
    """The file cannot be imported."""

    code = "bad-import"


class Note(Frozen):
    """Something the importer did not take over as it stood, and why."""

    line: int | None = None
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class AssetDraft(Frozen):
    """One asset of a source. A field that was not set (see `model_fields_set`) is left as it is in the database."""

    name: str
    line: int | None = None
    platform: Platform | None = None
    address: str | None = None
    os_version: str | None = None
    role: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    credential: str | None = None
    groups: tuple[str, ...] = ()
    connections: tuple[ConnectionSpec, ...] = ()
    host_keys: tuple[HostKey, ...] = ()
    variables: dict[str, str] = Field(default_factory=dict)


class GroupDraft(Frozen):
    """One asset group of a source; unset fields as in `AssetDraft`."""

    name: str
    line: int | None = None
    parents: tuple[str, ...] = ()
    credential: str | None = None
    critical: bool = False
    description: str | None = None


class FoundSecret(Frozen):
    """A password that stood in the source: stored encrypted when that was asked for, else the import is refused."""

    line: int | None = None
    credential: str  #: name the credential would get
    use: Literal["login", "become"]
    user: str | None = None
    value: SecretStr
    where: str  #: "variable ansible_password of group 'web'"


class KnownHost(Frozen):
    """One line of a known_hosts file."""

    line: int
    names: tuple[str, ...] = ()  #: "host" or "[host]:port"
    salt: bytes | None = None  #: of a hashed name
    digest: bytes | None = None
    key: HostKey


class ImportSet(Frozen):
    """Everything one source gave."""

    format: str
    assets: tuple[AssetDraft, ...] = ()
    groups: tuple[GroupDraft, ...] = ()
    secrets: tuple[FoundSecret, ...] = ()
    known_hosts: tuple[KnownHost, ...] = ()
    notes: tuple[Note, ...] = ()


class Findings:
    """Collects notes and problems while a source is read, so that all problems are told at once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.notes: list[Note] = []
        self.problems: list[Note] = []

    def note(self, line: int | None, message: str) -> None:
        """Remember what was not taken over as it stood; each message once per line."""
        found = Note(line=line, message=message)
        if found not in self.notes:
            self.notes.append(found)

    def problem(self, line: int | None, message: str) -> None:
        """Remember what makes the source unusable."""
        self.problems.append(Note(line=line, message=message))

    def name(self, line: int | None, name: str, noun: str) -> str:
        """The checked name of an asset or group; a bad one is a problem."""
        try:
            return check_name(name, noun)
        except InvalidInput as error:
            self.problem(line, error.message)
            return name

    def raise_if_any(self) -> None:
        """Raise BadSource when there was a problem."""
        if self.problems:
            raise bad_source(self.source, self.problems)


def bad_source(source: str, problems: Iterable[Note]) -> BadSource:
    """The error that names every problem with its line."""
    every = sorted(problems, key=lambda note: note.line or 0)
    shown = "; ".join(str(note) for note in every[:_SHOWN])
    more = f"; and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return BadSource(
        f"{source} cannot be imported: {shown}{more}.",
        remedy="Nothing was stored. Correct the file and import it again.",
        problems=[note.model_dump() for note in every],
    )
