# SPDX-License-Identifier: Apache-2.0
"""Taking back what was done on one target after a step has failed there, as its events tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opsconductor.domain.results import ResultStatus


@dataclass
class Rollback:
    """From the failed task of a step to the last task that takes something back."""

    step: int  #: the step that failed, 1-based
    status: ResultStatus  #: what it has come to if nothing can be taken back: failed or unreachable
    message: str | None  #: why it failed
    acted: bool  #: whether it may have changed something before it failed
    ran: set[int] = field(default_factory=set)  #: steps of which a task has taken something back
    failures: dict[int, str] = field(default_factory=dict)  #: step → why it was not taken back

    def undone(self, changed: set[int]) -> list[int]:
        """Steps that are taken back, newest first: those in `changed` and the failed one."""
        return sorted((self.ran & (changed | {self.step})) - self.failures.keys(), reverse=True)

    def verdict(self, changed: set[int]) -> ResultStatus:
        """The status of the failed step's cell: rolled back where nothing of the step itself stays either."""
        undone = self.undone(changed)
        back = bool(undone) and not self.failures and (self.step in undone or not self.acted)
        return ResultStatus.ROLLED_BACK if back else self.status

    def told(self, changed: set[int], irreversible: Mapping[int, str]) -> str:
        """The cell's message: why it failed, what was taken back and what was not, with the reason."""
        parts = [(self.message or "failed").rstrip(".")]
        if undone := self.undone(changed):
            parts.append(f"rolled back {numbered(undone)}")
        parts += [f"step {n} was not rolled back: {why.rstrip('.')}" for n, why in sorted(self.failures.items())]
        stays = changed | ({self.step} if self.acted else set())
        parts += [
            f"step {n} cannot be rolled back: {why.rstrip('.')}"
            for n, why in sorted(irreversible.items())
            if n in stays and n <= self.step
        ]
        return "; ".join(parts)

    def cut_off(self, why: str | None) -> str:
        """The cell's message when the last task never came."""
        return f"{(self.message or 'failed').rstrip('.')}; rolling back was not finished" + (f": {why}" if why else "")


def numbered(steps: Sequence[int]) -> str:
    """ "step 4", "steps 5, 4 and 2"."""
    names = [str(n) for n in steps]
    return f"step {names[0]}" if len(names) == 1 else f"steps {', '.join(names[:-1])} and {names[-1]}"
