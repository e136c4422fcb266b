# SPDX-License-Identifier: Apache-2.0
"""Which events make a line of the log, and how it reads."""

from typing import Any

import pytest

from opsconductor.domain.events import EventKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.log import LogLevel, log_entry
from opsconductor.domain.results import Role
from tests.fixtures.events import event, shape, status

ONE = "Step 1: Stop service 1"


@pytest.mark.parametrize(
    ("kind", "more", "line"),
    [
        ("target_ok", {"role": Role.MAIN, "changed": True}, (LogLevel.OK, f"✓ {ONE} (changed)")),
        ("target_ok", {"role": Role.MAIN, "message": "done"}, (LogLevel.OK, f"✓ {ONE} — done")),
        (
            "target_ok",
            {"role": Role.MAIN, "task": "Step 1: Copy it there · main", "changed": True},
            (LogLevel.OK, f"✓ {ONE} · Copy it there (changed)"),
        ),
        ("target_ok", {"role": Role.GUARD}, None),
        ("target_ok", {"role": Role.VERIFY}, None),
        ("target_ok", {"role": Role.VERIFY, "last": True}, (LogLevel.OK, f"✓ {ONE}: verified")),
        ("target_skipped", {"role": Role.MAIN}, None),
        ("target_skipped", {"role": Role.VERIFY, "last": True}, (LogLevel.INFO, f"– {ONE}: not needed")),
        ("target_failed", {"role": Role.MAIN, "message": "denied"}, (LogLevel.ERROR, f"✗ {ONE} — denied")),
        ("target_failed", {"role": Role.GUARD, "ignored": True}, None),
        ("target_unreachable", {"message": "refused"}, (LogLevel.ERROR, f"✗ {ONE}: unreachable — refused")),
        ("target_retry", {"message": "attempt 1 of 3", "data": {"attempts": 1}}, None),
        (
            "target_retry",
            {"message": "attempt 2 of 3", "data": {"attempts": 2}},
            (LogLevel.INFO, f"… {ONE}: looking again — attempt 2 of 3"),
        ),
        ("target_started", {"role": Role.MAIN}, None),
        ("item", {}, None),
    ],
)
def test_lines(kind: str, more: dict[str, Any], line: tuple[LogLevel, str] | None) -> None:
    entry = log_entry(event(7, EventKind(kind), "a", 1, **more), shape())
    if line is None:
        assert entry is None
        return
    assert entry is not None
    assert (entry.level, entry.message) == line
    assert (entry.id, entry.target, entry.step) == (7, "a", 1)


def test_the_job_itself() -> None:
    entry = log_entry(status(2, JobStatus.PARTIALLY_FAILED, "max_fail"), shape())
    assert entry is not None
    assert entry.message == "Job partially failed — max_fail"


def test_what_was_not_run_says_why() -> None:
    entry = log_entry(event(3, EventKind.NOT_RUN, message="cancelled by anna"), shape())
    assert entry is not None
    assert (entry.level, entry.message) == (LogLevel.WARNING, "– not run: cancelled by anna")
