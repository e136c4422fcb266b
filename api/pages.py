# SPDX-License-Identifier: Apache-2.0
"""Keyset pages: stable while rows are added, and as fast on the last page as on the first."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel

from opsconductor.domain.names import normal, sort_key

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


def named_page(items: Sequence[T], after: str | None, limit: int, name: Callable[[T], str]) -> Page[T]:
    """A page of `items`, which are in the natural order of their names; `after` is the last name of the page before."""
    if after is not None:
        seen = (sort_key(normal(after)), normal(after))
        items = [item for item in items if (sort_key(name(item)), name(item)) > seen]
    return page(items[: limit + 1], limit, name, lambda item: item)
