# SPDX-License-Identifier: Apache-2.0
"""Schedules in words."""

import pytest

from opsconductor.cli.schedule_text import schedule_text


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"cron": "0 2 * * *"}, "every day at 02:00 UTC"),
        ({"cron": "30 8,17 * * *"}, "every day at 08:30 and 17:30 UTC"),
        ({"cron": "0 3 * * 0"}, "every Sunday at 03:00 UTC"),
        ({"cron": "0 3 * * 1-5"}, "every Monday to Friday at 03:00 UTC"),
        ({"cron": "0 3 1 * *"}, "every month on day 1 at 03:00 UTC"),
        ({"cron": "*/15 * * * *"}, "every 15 minutes"),
        ({"cron": "0 */6 * * *"}, "every 6 hours"),
        ({"cron": "* * * * *"}, "every minute"),
        ({"cron": "5 4 1 1 *"}, "as the cron line '5 4 1 1 *' says, in UTC"),
        ({"at": "2026-05-06T22:00:00Z"}, "at 2026-05-06 22:00 UTC"),
    ],
)
def test_a_schedule_reads_as_people_say_it(schedule: dict[str, str], words: str) -> None:
    assert schedule_text(schedule) == words
