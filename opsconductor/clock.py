# SPDX-License-Identifier: Apache-2.0
"""The one source of the time of day: always UTC, always aware."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, as an aware UTC datetime."""
    return datetime.now(UTC)
