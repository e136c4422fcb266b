# SPDX-License-Identifier: Apache-2.0
"""What every table's row shares."""

from sqlmodel import SQLModel


class Row(SQLModel):
    """A row. Its values come from domain types that have checked them; what pydantic would check them with is only
    built where a row is made from foreign data, since building it for every table would hold up every command."""

    model_config = {"defer_build": True}
