# SPDX-License-Identifier: Apache-2.0
"""Which of the waiting jobs comes next. Pure.

Higher priority first; among equals everybody in turn, whoever has jobs running counted as having had turns; and of
one actor's jobs the oldest first. A job that waits for a target keeps it free: whoever comes later does not pass it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opsconductor.domain.jobs import JobStatus, Priority

_RANKS = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that has not ended, as the queue sees it."""

    id: str  #: grows with time
    actor: str
    status: JobStatus
    reason: str | None
    priority: Priority
    attempt: int
    started: bool


@dataclass(frozen=True, slots=True)
class Need:
    """What the first batch of a job takes."""

    targets: tuple[tuple[str, str], ...]  #: (asset id, name)
    exclusive: bool


def fair_order(waiting: Iterable[Waiting], running: Mapping[str, int]) -> list[Waiting]:
    """The jobs in the order in which they may start; `running`: actor → jobs under way."""
    turns: Counter[str] = Counter(running)
    placed = []
    for job in sorted(waiting, key=lambda job: (_RANKS[job.priority], job.id)):
        placed.append((_RANKS[job.priority], turns[job.actor], job.id, job))
        turns[job.actor] += 1
    return [job for *_, job in sorted(placed, key=lambda entry: entry[:3])]


@dataclass(slots=True)
class Claims:
    """Who holds an asset, or keeps it free for itself: asset id → (job, exclusive)."""

    held: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    kept: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)

    def in_the_way(self, job_id: str, need: Need) -> str | None:
        """Why the job cannot start yet, or None."""
        for words, claims in (("held by", self.held), ("behind", self.kept)):
            for asset, name in need.targets:
                for holder, exclusive in claims.get(asset, ()):
                    if holder != job_id and (exclusive or need.exclusive):
                        return f"lock: {words} job {holder} on {name}"
        return None

    def hold(self, job_id: str, need: Need) -> None:
        """The job has started."""
        _claim(self.held, job_id, need.targets, exclusive=need.exclusive)

    def keep(self, job_id: str, need: Need) -> None:
        """The job waits for one of these: nobody takes another one before it."""
        _claim(self.kept, job_id, need.targets, exclusive=need.exclusive)


def _claim(
    claims: dict[str, list[tuple[str, bool]]], job_id: str, targets: Sequence[tuple[str, str]], *, exclusive: bool
) -> None:
    for asset, _ in targets:
        claims.setdefault(asset, []).append((job_id, exclusive))
