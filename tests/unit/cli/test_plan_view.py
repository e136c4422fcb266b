# SPDX-License-Identifier: Apache-2.0
"""Plans on a terminal: what is approved says when it runs, on the clocks of its time zone."""

import io
from datetime import UTC, datetime

import pytest

from opsconductor.cli.output import PlainConsole
from opsconductor.cli.plan_view import plan_view
from opsconductor.domain.plans import Options, Outcome, Plan, PlanRecord, PlanStatus


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"cron": "0 3 * * 1"}, "schedule: At 03:00 on Monday (UTC)"),
        ({"cron": "0 3 * * 1", "zone": "Europe/Berlin"}, "schedule: At 03:00 on Monday (Europe/Berlin)"),
        ({"cron": "*/15 * * * *", "zone": "Asia/Tokyo"}, "schedule: Every 15th minute of every hour (Asia/Tokyo)"),
        (
            {"at": "2030-05-06T22:00", "zone": "Europe/Berlin"},
            "schedule: Once, on 2030-05-06 at 22:00 (Europe/Berlin)",
        ),
        ({"cron": "0 3 * * 1", "zone": "Europe/Atlantis"}, "schedule: 0 3 * * 1 Europe/Atlantis"),
    ],
)
def test_a_plan_says_when_it_runs_on_the_clocks_of_its_zone(schedule: dict[str, str], words: str) -> None:
    plan = Plan(id="p" * 32, outcome=Outcome.PLAN, text="restart nginx", options=Options(schedule=schedule))
    record = PlanRecord(
        plan=plan, status=PlanStatus.PROPOSED, actor="local:ann", created_at=datetime(2026, 5, 4, tzinfo=UTC)
    )
    out = io.StringIO()
    PlainConsole(file=out, width=120).print(plan_view(record))
    assert words in out.getvalue()
