# SPDX-License-Identifier: Apache-2.0
"""Insert or replace rows by their primary key, on SQLite and PostgreSQL alike."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def upsert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert `rows`; where the primary key is there already, replace the other columns."""
    if not rows:
        return
    columns = table.__table__  # type: ignore[attr-defined]
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(columns)
    keys = [column.name for column in columns.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)
