# SPDX-License-Identifier: Apache-2.0
"""Cells of a job that a further attempt begins with. Pure."""

from collections.abc import Iterator, Mapping

from pydantic import Field

from opsconductor.domain.base import Frozen
from opsconductor.domain.results import Result, ResultStatus

Key = tuple[int, str]  #: step, target


class Reopened(Frozen):
    """What an attempt opens: step numbers by target. The data of the event that begins it."""

    attempt: int
    cells: dict[str, tuple[int, ...]]
    #: Of these, the ones whose `opsc_s<N>` is found out anew.
    forget: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    #: Cells that an operator has left out: they count as done.
    skip: dict[str, tuple[int, ...]] = Field(default_factory=dict)


def opened_anew(results: Mapping[Key, Result], opened: Reopened, reason: str | None) -> Iterator[Result]:
    """The cells as the attempt begins with them."""
    for target, steps in opened.cells.items():
        for step in steps:
            before = results.get((step, target))
            if before is None:
                continue  # of another slice
            known = {} if step in opened.forget.get(target, ()) else before.facts
            kept = before.changed and before.status is not ResultStatus.ROLLED_BACK
            yield Result(step=step, target=target, changed=kept, facts=known)
    for target, steps in opened.skip.items():
        for step in steps:
            if cell := results.get((step, target)):
                update = {"status": ResultStatus.SKIPPED, "reason": reason, "message": reason}
                yield cell.model_copy(update=update)
