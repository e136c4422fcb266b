# SPDX-License-Identifier: Apache-2.0
"""The only place of tables: one noun per module. Import `all_tables()` before touching the metadata."""

import importlib
import pkgutil

from sqlalchemy import MetaData
from sqlmodel import SQLModel


def all_tables() -> MetaData:
    """Import every table module and return the metadata that now knows them all."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return SQLModel.metadata
