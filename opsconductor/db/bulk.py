# SPDX-License-Identifier: Apache-2.0
"""Many rows in one statement; SQLite and PostgreSQL."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnClause,
    ColumnElement,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
)
from sqlmodel import Session, SQLModel

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert `rows`, which all have the same columns."""
    if rows:
        _execute(session, _insert(session, table), table, rows)


def upsert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert `rows`; where the primary key is there already, replace the other columns."""
    if not rows:
        return
    statement = _insert(session, table)
    keys = [one.name for one in _table(table).primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    _execute(session, statement.on_conflict_do_update(index_elements=keys, set_=others), table, rows)


def among(session: Session, text: SQLColumnExpression[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column's text is one of `values`."""
    if session.get_bind().dialect.name == "postgresql":
        return text == any_(literal(list(values), ARRAY(Text)))  # one parameter instead of hundreds to be read
    return text.in_(values)


def _execute(
    session: Session, statement: "PostgresqlInsert | SqliteInsert", table: type[SQLModel], rows: list[dict[str, Any]]
) -> None:
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        connection.execute(statement, rows)
        return
    # All rows as one JSON document: a message to the server for each of them takes twice as long.
    names = list(rows[0])
    typed: ColumnClause[Any] = literal_column(f'NULL::"{_table(table).name}"')
    told = func.json_populate_recordset(typed, cast(bindparam("rows", type_=Text), JSON)).table_valued(*names)
    connection.execute(
        statement.from_select(names, select(*(column(name) for name in names)).select_from(told)),
        {"rows": json.dumps(rows, default=_plain)},
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    raise TypeError(f"a stored value must be of JSON or an aware time, not {value!r}")


def _table(table: type[SQLModel]) -> "Table":
    return table.__table__  # type: ignore[attr-defined, no-any-return]


def _insert(session: Session, table: type[SQLModel]) -> "PostgresqlInsert | SqliteInsert":
    # Only the dialect that is in use is loaded: the other one costs a command more than its own work.
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(_table(table))
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(_table(table))
