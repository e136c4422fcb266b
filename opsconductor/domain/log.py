# SPDX-License-Identifier: Apache-2.0
"""The log of a job for people: one line per thing worth reading, made from events."""

from datetime import datetime
from enum import StrEnum

from opsconductor.domain.base import Frozen
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.results import Role
from opsconductor.domain.shapes import JobShape


class LogLevel(StrEnum):
    """How a line is shown and filtered."""

    INFO = "info"
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class LogEntry(Frozen):
    """One line. `id` is the event's sequence number, so a reader resumes with `after=id`."""

    id: int
    timestamp: datetime
    target: str | None
    level: LogLevel
    step: int | None
    message: str


#: What is told of a task that ended well: only what was done, not how it was found out.
_TOLD = frozenset({Role.MAIN, Role.FALLBACK, Role.UNDO})


def log_entry(event: JobEvent, shape: JobShape) -> LogEntry | None:
    """The line for an event, or None when it is not worth one."""
    told = _line(event, shape)
    if told is None:
        return None
    level, message = told
    return LogEntry(
        id=event.seq, timestamp=event.at, target=event.target, level=level, step=event.step, message=message
    )


def _line(event: JobEvent, shape: JobShape) -> tuple[LogLevel, str] | None:
    step = f"Step {event.step}: {shape.steps[event.step - 1].title}" if event.step else "Job"
    detail = f" — {event.message}" if event.message else ""
    match event.kind:
        case EventKind.TARGET_OK if event.role in _TOLD:
            return LogLevel.OK, f"✓ {step}{_sentence(event)}{detail}" + (" (changed)" if event.changed else "")
        case EventKind.TARGET_OK if event.role is Role.VERIFY and event.last:
            return LogLevel.OK, f"✓ {step}: verified"
        case EventKind.TARGET_SKIPPED if event.last:
            return LogLevel.INFO, f"– {step}: not needed"
        case EventKind.TARGET_FAILED if not event.ignored:
            return LogLevel.ERROR, f"✗ {step}{detail}"
        case EventKind.TARGET_UNREACHABLE:
            return LogLevel.ERROR, f"✗ {step}: unreachable{detail}"
        case EventKind.TARGET_RETRY if event.data.get("attempts") != 1:
            # The second look at what was just started is the rule; only further ones are worth a line.
            return LogLevel.INFO, f"… {step}: looking again{detail}"
        case EventKind.TRANSFER:
            return LogLevel.INFO, f"⏳ {step}{detail}"
        case EventKind.WARNING:
            return LogLevel.WARNING, event.message or "warning"
        case EventKind.NOT_RUN:
            return LogLevel.WARNING, f"– not run: {event.message or 'no reason given'}"
        case EventKind.PROCESSES:
            return LogLevel.INFO, f"■ {step}: {event.message}"
        case EventKind.JOB_STATUS:
            return LogLevel.INFO, f"Job {str(event.data.get('status', '')).replace('_', ' ')}{detail}"
    return None


def _sentence(event: JobEvent) -> str:
    """What the task itself does: " · Copy it there" of "Step 3: Copy it there · main"; a step may have several."""
    sentence = (event.task or "").partition(": ")[2].rpartition(" · ")[0]
    return f" · {sentence}" if sentence else ""
