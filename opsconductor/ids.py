# SPDX-License-Identifier: Apache-2.0
"""Identifiers: UUID version 7 as 32 hex digits, so that ids sort by the time they were made (RFC 9562, 5.7)."""

import os
import time

#: Characters that name an id well enough for people, taken from its end: its beginning is the time.
SHORT = 8


def short(id_: str) -> str:
    """The end of an id, as messages name it."""
    return id_[-SHORT:]


def new_id() -> str:
    """A fresh id: 48 bits of milliseconds, version and variant bits, 74 random bits."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (millis & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return f"{value:032x}"
