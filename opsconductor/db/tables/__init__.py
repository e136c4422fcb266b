# SPDX-License-Identifier: Apache-2.0
"""The only place of tables: one noun per module. Import `all_tables()` before touching the metadata."""

import importlib
import pkgutil

from sqlalchemy import MetaData
from sqlmodel import SQLModel

# Constraints need names that are the same everywhere: SQLite's batch migrations drop and recreate them by name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def all_tables() -> MetaData:
    """Import every table module and return the metadata that now knows them all."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return SQLModel.metadata
