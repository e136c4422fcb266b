# SPDX-License-Identifier: Apache-2.0
"""What alembic runs; the caller hands over a connection whose transaction is its own."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import String

from opsconductor.db.tables import all_tables


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types by name and SQLModel's text type as the plain one it is."""
    if kind != "type":
        return False
    if type(item).__module__ == "opsconductor.db.types":
        name = type(item).__name__
        autogen.imports.add(f"from opsconductor.db.types import {name}")
        return f"{name}()"
    if type(item).__module__.startswith("sqlmodel"):
        length = getattr(item.impl if not isinstance(item, String) else item, "length", None)
        return f"sa.String(length={length})" if length else "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    render_item=render_item,
    # Only what changes a table must be written in SQLite's roundabout way.
    render_as_batch=context.config.attributes.get("batch", True),
    compare_type=True,
    # Ours begins its transactions itself, so that SQLite's DDL is as transactional as PostgreSQL's.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
