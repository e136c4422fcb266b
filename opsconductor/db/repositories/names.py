# SPDX-License-Identifier: Apache-2.0
"""Finding rows by the names people use, and saying what is near when there is none."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from opsconductor.db.tables.assets import AssetRow
from opsconductor.db.tables.credentials import CredentialRow
from opsconductor.db.tables.groups import AssetGroupRow
from opsconductor.domain.names import normal
from opsconductor.errors import NotFound

NamedRow = AssetRow | AssetGroupRow | CredentialRow
NamedT = TypeVar("NamedT", AssetRow, AssetGroupRow, CredentialRow)

#: Both databases take more variables in one statement than this.
CHUNK = 500
_NEAR = 70.0

_NOUNS: dict[type[NamedRow], tuple[str, str]] = {
    AssetRow: ("asset", "opsc assets list"),
    AssetGroupRow: ("asset group", "opsc groups list"),
    CredentialRow: ("credential", "opsc credentials list"),
}


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in lists that fit into one statement."""
    everything = list(values)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]


def find_row(session: Session, table: type[NamedT], name: str) -> NamedT | None:
    """The row of that name."""
    return session.exec(select(table).where(col(table.name) == normal(name))).first()


def get_row(session: Session, table: type[NamedT], name: str) -> NamedT:
    """The row of that name. Raises NotFound with near names."""
    row = find_row(session, table, name)
    if row is None:
        raise not_there(session, table, name)
    return row


def ids_of(session: Session, table: type[NamedT], names: Iterable[str]) -> dict[str, str]:
    """Name → id for all of these names. Raises NotFound for the first that is not there."""
    wanted = list(dict.fromkeys(normal(name) for name in names))
    found = present_ids(session, table, wanted)
    for name in wanted:
        if name not in found:
            raise not_there(session, table, name)
    return found


def present_ids(session: Session, table: type[NamedRow], names: Iterable[str]) -> dict[str, str]:
    """Name → id for those of these names that are there."""
    found: dict[str, str] = {}
    for some in chunks(dict.fromkeys(normal(name) for name in names)):
        found.update(session.exec(select(table.name, table.id).where(col(table.name).in_(some))).all())
    return found


def names_of(session: Session, table: type[NamedT], ids: Iterable[str | None]) -> dict[str, str]:
    """Id → name."""
    found: dict[str, str] = {}
    for some in chunks(sorted({i for i in ids if i is not None})):
        found.update(session.exec(select(table.id, table.name).where(col(table.id).in_(some))).all())
    return found


def within(column: Mapped[str], ids: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """The conditions `column in ids`, one for each chunk of the ids."""
    return (column.in_(some) for some in chunks(ids))


def not_there(session: Session, table: type[NamedRow], name: str) -> NotFound:
    """The error for a name that no row has, with near names."""
    return missing(name, session.exec(select(table.name)).all(), *_NOUNS[table])


def missing(name: str, known: Iterable[str], noun: str, command: str) -> NotFound:
    """The error for a name that is not there, with up to three near names."""
    matches = process.extract(
        normal(name).casefold(),
        {k: k.casefold() for k in known},
        scorer=fuzz.WRatio,
        limit=3,
        score_cutoff=_NEAR,
    )
    near = [match[2] for match in matches]
    remedy = f"Did you mean {' or '.join(repr(n) for n in near)}? " if near else ""
    return NotFound(
        f"There is no {noun} {name!r}.", remedy=f"{remedy}`{command}` shows all.", name=name, suggestions=near
    )
