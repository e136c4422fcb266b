# SPDX-License-Identifier: Apache-2.0
"""What every domain type shares: frozen, closed to unknown fields."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, compared by content, refusing fields it does not know."""

    # What is written out always holds every field; the API's description says so.
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Platform(StrEnum):
    """Which kind of operating system a machine runs; decides the task file and the default connection."""

    LINUX = "linux"
    WINDOWS = "windows"
