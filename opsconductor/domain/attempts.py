# SPDX-License-Identifier: Apache-2.0
"""Further attempts of a job: which cells are opened once more, and which of them only an operator may open. Pure.

A cell that is done is never opened. A cell that began and did not end well may have done its work, or half of it:
it is opened where its step is repeatable, else somebody who has looked says whether it is repeated or left out.
"""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum

from opsconductor.domain.base import Frozen
from opsconductor.domain.reopening import Key, Reopened
from opsconductor.domain.results import GOOD, Result, ResultStatus
from opsconductor.domain.shapes import JobShape

#: What says that a target was only held up: nothing of it has failed.
_HELD_UP = frozenset({ResultStatus.UNKNOWN, ResultStatus.NOT_RUN, ResultStatus.CANCELLED})
#: Not run, too: it was said of a target that was cut off while Ansible may have gone on there, or in a later attempt.
_BEGUN = _HELD_UP | {ResultStatus.FAILED, ResultStatus.UNREACHABLE}
_ANSWER = re.compile(r"([1-9][0-9]{0,3})(?::(.+))?")


class Which(StrEnum):
    """Targets of a job that go on."""

    NOT_GOOD = "not good"  #: every target that is not good at every step
    HELD_UP = "held up"  #: those where nothing has failed, and the job ended before they did


class Doubtful(Frozen):
    """A cell of which nobody knows whether it has done its work, in a step that may do harm if it is done twice."""

    step: int
    title: str
    target: str
    status: ResultStatus
    message: str | None = None


class Answers(Frozen):
    """What an operator says of doubtful cells: "3" is step 3 on all targets, "3:web-01" on one."""

    repeat: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def of(self, step: int, target: str) -> str | None:
        """ "repeat", "skip", or None. What names the target counts before what names the step only."""
        for said in (f"{step}:{target}", str(step)):
            if said in self.skip:
                return "skip"
            if said in self.repeat:
                return "repeat"
        return None

    def strange(self, shape: JobShape) -> list[str]:
        """Answers that name no step or target of the job, and those given both ways."""
        found = sorted(set(self.repeat) & set(self.skip))
        for said in (*self.repeat, *self.skip):
            match = _ANSWER.fullmatch(said)
            if not match or int(match[1]) > len(shape.steps) or (match[2] and match[2] not in shape.targets):
                found.append(said)
        return found


def reopen(
    attempt: int,
    shape: JobShape,
    results: Mapping[Key, Result],
    began: Collection[Key],
    which: Which,
    *,
    only: Collection[str] | None = None,
    answers: Answers = Answers(),  # noqa: B008 - frozen
) -> tuple[Reopened, list[Doubtful]]:
    """What the attempt opens, and the cells that need an answer first.

    `began`: cells in which a task that acts has begun, as far as events tell. `only` narrows the targets.
    """
    cells: dict[str, tuple[int, ...]] = {}
    forget: dict[str, tuple[int, ...]] = {}
    skip: dict[str, tuple[int, ...]] = {}
    asked: list[Doubtful] = []
    for target in shape.targets:
        column = [results[s.n, target] for s in shape.steps if (s.n, target) in results]
        opened = [cell for cell in column if cell.status not in GOOD]
        if not opened or (only is not None and target not in only) or not _goes_on(opened, which):
            continue
        left_out = []
        for cell in opened:
            if _doubtful(cell, shape, began):
                said = answers.of(cell.step, target)
                if said == "skip":
                    left_out.append(cell.step)
                elif said is None:
                    asked.append(_question(cell, shape))
        cells[target] = tuple(cell.step for cell in opened if cell.step not in left_out)
        if anew := tuple(cell.step for cell in opened if cell.facts and _anew(cell)):
            forget[target] = anew
        if left_out:
            skip[target] = tuple(left_out)
    return Reopened(attempt=attempt, cells=cells, forget=forget, skip=skip), asked


def held_up(shape: JobShape, results: Mapping[Key, Result]) -> bool:
    """Whether a resume would find a target to go on with."""
    for target in shape.targets:
        column = [results[s.n, target] for s in shape.steps if (s.n, target) in results]
        opened = [cell for cell in column if cell.status not in GOOD]
        if opened and _goes_on(opened, Which.HELD_UP):
            return True
    return False


def _goes_on(opened: list[Result], which: Which) -> bool:
    return which is Which.NOT_GOOD or all(cell.status in _HELD_UP for cell in opened)


def _doubtful(cell: Result, shape: JobShape, began: Collection[Key]) -> bool:
    if cell.status not in _BEGUN or shape.steps[cell.step - 1].repeatable:
        return False
    # What a lost supervisor has not told may have begun all the same.
    return cell.status is ResultStatus.UNKNOWN or (cell.step, cell.target) in began


def _question(cell: Result, shape: JobShape) -> Doubtful:
    title, message = shape.steps[cell.step - 1].title, cell.message or cell.reason
    return Doubtful(step=cell.step, title=title, target=cell.target, status=cell.status, message=message)


def _anew(cell: Result) -> bool:
    """What was taken back, or said that there was nothing to do, is looked at again."""
    return cell.status is ResultStatus.ROLLED_BACK or "goal" not in cell.facts
