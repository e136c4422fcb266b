# SPDX-License-Identifier: Apache-2.0
"""Insert or replace rows by their primary key, on SQLite and PostgreSQL alike."""

from typing import TYPE_CHECKING, Any

from sqlmodel import Session, SQLModel

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def upsert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert `rows`; where the primary key is there already, replace the other columns."""
    if not rows:
        return
    columns = table.__table__  # type: ignore[attr-defined]
    statement = _insert(columns, session.get_bind().dialect.name)
    keys = [column.name for column in columns.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)


def _insert(table: "Table", dialect: str) -> "PostgresqlInsert | SqliteInsert":
    # Only the dialect that is in use is loaded: the other one costs a command more than its own work.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
