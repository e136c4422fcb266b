# SPDX-License-Identifier: Apache-2.0
"""What every table's row shares."""

from sqlmodel import SQLModel
from sqlmodel.main import SQLModelConfig


class Row(SQLModel):
    """A row. Its values come from domain types that were checked: the checks that pydantic could make of the columns
    would only take time whenever a table is loaded, so they are made at the first use there never is."""

    model_config = SQLModelConfig(defer_build=True)
