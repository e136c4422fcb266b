# SPDX-License-Identifier: Apache-2.0
"""Keyset pages: a page knows where the next one begins, and stays right while rows come and go."""

import base64
import binascii
import json
from typing import Generic, TypeVar

from opsconductor.domain.base import Frozen
from opsconductor.errors import InvalidInput

ItemT = TypeVar("ItemT")

#: Rows on a page when nobody asks for a number, and the most one may ask for.
PAGE_SIZE = 100
LARGEST_PAGE = 1000


class Page(Frozen, Generic[ItemT]):
    """Some items in order and the cursor of what follows."""

    items: tuple[ItemT, ...]
    next: str | None = None  #: hand it back as `after`; None: this was the last page


def encode_cursor(*key: str) -> str:
    """An opaque cursor for the sort key of the last row shown."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> tuple[str, ...]:
    """The sort key in a cursor of `length` parts. Raises InvalidInput when it is none of ours."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(part, str) for part in key):
        raise InvalidInput("That is no page cursor.", remedy="Use the `next` of the page before, unchanged.")
    return tuple(key)


def page_size(limit: int | None) -> int:
    """The number of rows to read. Raises InvalidInput outside 1 to LARGEST_PAGE."""
    if limit is None:
        return PAGE_SIZE
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(f"A page of {limit} rows cannot be read.", remedy=f"Ask for 1 to {LARGEST_PAGE}.")
    return limit
