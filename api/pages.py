# SPDX-License-Identifier: Apache-2.0
"""Keyset pages: stable while rows are added, and as fast on the last page as on the first."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel

S = TypeVar("S")
T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some items and where the next page begins."""

    items: list[T]
    #: Give it as `after` to read on; null: this was the last page.
    next: str | None


def page(found: Sequence[S], limit: int, key: Callable[[S], object], view: Callable[[S], T]) -> Page[T]:
    """The page of up to `limit` of `found`, which was read with `limit + 1`: one more tells that there is more."""
    shown = found[:limit]
    return Page(items=[view(item) for item in shown], next=str(key(shown[-1])) if len(found) > limit else None)
