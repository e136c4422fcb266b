# SPDX-License-Identifier: Apache-2.0
"""Which started services are watched, and for how long."""

from typing import Any

import pytest

from opsconductor.domain.plans import Options, Origin, Step
from opsconductor.domain.watching import between_looks, looks, watched_seconds
from opsconductor.playbooks.catalogue import load_catalogue, template_paths

CATALOGUE = load_catalogue(template_paths())
START = Step(intent="service.start", params={"service": "nginx"})
ASKED = Step(intent="service.status", params={"service": "nginx", "expect": "running"})
REPORTED = Step(intent="service.status", params={"service": "nginx"})
OTHER = Step(intent="service.status", params={"service": "cron", "expect": "running"})
ADDED = ASKED.model_copy(update={"origin": Origin.POLICY})


@pytest.mark.parametrize(
    ("after", "options", "limit", "seconds"),
    [
        pytest.param([], {}, 60, None, id="nobody asks"),
        pytest.param([ASKED], {}, 60, 60, id="a later step verifies it"),
        pytest.param([OTHER, ASKED], {}, 60, 60, id="not the next one"),
        pytest.param([ASKED], {"verify_timeout": 8}, 60, 8, id="for as long as the plan says"),
        pytest.param([ASKED], {"verify_timeout": 600}, 60, 60, id="but not for longer than the setting"),
        pytest.param([ASKED], {}, 300, 300, id="the setting may be longer"),
        pytest.param([REPORTED], {}, 60, None, id="only reported"),
        pytest.param([OTHER], {}, 60, None, id="another service"),
        pytest.param([ADDED], {}, 60, None, id="added by policy"),
        pytest.param([], {"rollback": True}, 60, 60, id="to be rolled back"),
        pytest.param([], {"verify_timeout": 5}, 60, 5, id="time to verify"),
    ],
)
def test_it_is_watched_where_the_plan_asks(
    after: list[Step], options: dict[str, Any], limit: int, seconds: int | None
) -> None:
    template = CATALOGUE.templates["service.start"]
    assert watched_seconds(2, [ASKED, START, *after], template, Options(**options), limit) == seconds


def test_the_step_has_its_own_time() -> None:
    step = START.model_copy(update={"params": {"service": "nginx", "timeout": 20}})
    template = CATALOGUE.templates["service.start"]
    assert watched_seconds(1, [step, ASKED], template, Options(), 60) == 20


def test_what_starts_nothing_is_not_watched() -> None:
    template = CATALOGUE.templates["service.stop"]
    stop = Step(intent="service.stop", params={"service": "nginx"})
    assert watched_seconds(1, [stop, ASKED], template, Options(rollback=True), 60) is None


@pytest.mark.parametrize(("seconds", "between", "count"), [(1, 2, 2), (2, 2, 2), (8, 2, 5), (60, 5, 13), (600, 50, 13)])
def test_the_last_look_is_at_the_end_and_few_are_needed(seconds: int, between: int, count: int) -> None:
    assert between_looks(seconds, 2) == between
    assert looks(seconds, between) == count
    assert (count - 1) * between >= seconds
