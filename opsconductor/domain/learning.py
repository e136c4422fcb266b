# SPDX-License-Identifier: Apache-2.0
"""What a job that is over tells of how long its parts take. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from statistics import fmean

from opsconductor.domain.durations import Duration, Part
from opsconductor.domain.results import GOOD, Result, ResultStatus
from opsconductor.domain.shapes import JobShape
from opsconductor.domain.stopwatch import SliceTimes, Stopwatch


def telling(shape: JobShape) -> frozenset[ResultStatus]:
    """Cells that tell of the pace. One that had nothing to do does not, except among its like in a dry run."""
    return GOOD if shape.dry_run else GOOD - {ResultStatus.SKIPPED}


def learned(
    shape: JobShape, results: Mapping[tuple[int, str], Result], watch: Stopwatch, forks: int
) -> Iterator[Duration]:
    """The durations of cells that went well, and of what the slices needed beside them."""
    statuses = telling(shape)
    for (step, target), result in results.items():
        seconds = watch.worked.get((step, target))
        if result.status in statuses and seconds is not None and result.ended_at is not None:
            known = shape.steps[step - 1]
            yield Duration(
                part=Part.CELL,
                intent=shape.timed_as(step),
                play=shape.play(target) or "",
                target=target,
                size=known.size,
                # What is watched for as long as the plan says is no matter of pace.
                seconds=round(max(0.0, seconds - known.watched), 3),
                job_id=shape.job_id,
                step=step,
                at=result.ended_at,
            )
    for piece in watch.slices.values():
        yield from _of_slice(shape, piece, watch, forks)


def _of_slice(shape: JobShape, piece: SliceTimes, watch: Stopwatch, forks: int) -> Iterator[Duration]:
    if piece.first is None or piece.last is None or piece.ended is None:
        return
    size = len(set().union(*piece.targets.values()))
    common = {"play": piece.play, "size": size, "job_id": shape.job_id}
    begin, finish = _seconds(watch, piece.claimed, piece.first), _seconds(watch, piece.last, piece.ended)
    yield Duration(part=Part.BEGIN, seconds=begin, at=piece.first, **common)
    yield Duration(part=Part.FINISH, seconds=finish, at=piece.ended, **common)
    for step, seconds in drags(piece, watch, forks).items():
        many = len(piece.targets[step])
        at = piece.steps[step]
        yield Duration(
            part=Part.DRAG, intent=shape.timed_as(step), step=step, seconds=seconds, at=at, **common | {"size": many}
        )


def drags(piece: SliceTimes, watch: Stopwatch, forks: int) -> dict[int, float]:
    """Step → seconds that it took in a slice beyond the time of its slowest target; only steps that are over."""
    begun = sorted(piece.steps.items(), key=lambda item: item[1])
    ends = [at for _, at in begun[1:]] + ([piece.last] if piece.ended and piece.last else [])
    found = {}
    for (step, began), ended in zip(begun, ends, strict=False):
        own = [watch.worked.get((step, target), 0.0) for target in piece.targets[step]]
        waves = -(-len(own) // forks)
        needed = max(own) + (waves - 1) * fmean(own)
        found[step] = max(0.0, _seconds(watch, began, ended) - needed)
    return found


def _seconds(watch: Stopwatch, begin: datetime, end: datetime) -> float:
    return round(max(0.0, (end - begin).total_seconds() - watch.held_within(begin, end)), 3)
