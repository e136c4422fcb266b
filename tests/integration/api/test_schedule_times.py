# SPDX-License-Identifier: Apache-2.0
"""Times, time zones and calendars of schedules from outside: what cannot be kept is refused, not left out."""

import json
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from opsconductor.cli.commands import make_app
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.lint import LintStatus, LintVerdict
from opsconductor.errors import InvalidInput
from opsconductor.wiring import Container

BERLIN = {"cron": "0 3 * * 1", "zone": "Europe/Berlin"}
#: One name in two spellings that look the same: the second is how some keyboards and file systems write it.
CALENDAR = unicodedata.normalize("NFC", "Bürotage")
SPELLED_ANEW = unicodedata.normalize("NFD", "Bürotage")


@pytest.fixture
def plan(client: TestClient, services: Container, here: list[str]) -> dict[str, Any]:
    """A plan that says when it runs; its playbook has passed its checks."""
    answer = client.post("/api/plans", json={"text": "run 'true' on all servers in 'Here' every Monday at 3am"})
    view: dict[str, Any] = answer.json()["plan"]
    _checked(services, view["id"])
    return view


@pytest.fixture
def opsc(services: Container, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command in the same installation; answers what it prints as JSON."""
    monkeypatch.setenv("OPSCONDUCTOR_HOME", str(services.settings.home))

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(make_app(), [*arguments, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    return run


def _checked(services: Container, plan_id: str) -> None:
    with services.database.session() as session:
        PlanRepository(session).set_lint(plan_id, LintVerdict(status=LintStatus.GREEN))


def _make(client: TestClient, plan: dict[str, Any], **fields: Any) -> Any:
    return client.post("/api/schedules", json={"plan_id": plan["id"], **fields})


def _local(view: dict[str, Any], zone: str) -> str:
    return f"{datetime.fromisoformat(view['next_runs'][0]).astimezone(ZoneInfo(zone)):%A %H:%M}"


def test_a_schedule_on_the_clocks_of_a_time_zone_runs_by_them(client: TestClient, plan: dict[str, Any]) -> None:
    made = _make(client, plan, name="Updates", timing=BERLIN)
    assert made.status_code == 201, made.text
    assert made.json()["when"] == "At 03:00 on Monday (Europe/Berlin)"
    shown = client.get("/api/schedules/Updates", params={"times": 2}).json()
    assert _local(shown, "Europe/Berlin") == "Monday 03:00"
    assert len(shown["next_runs"]) == 2
    replaced = client.get(f"/api/plans/{shown['schedule']['plan_id']}").json()["plan"]
    assert replaced["options"]["schedule"] == BERLIN


@pytest.mark.parametrize(
    "timing",
    [
        {"zone": "Europe/Berlin"},
        {"at": "0001-01-01T00:00+14:00"},
        {"at": "9999-12-31T23:59-12:00"},
        {"at": "9999-12-31T23:59", "zone": "America/New_York"},
        {"at": "2030-10-27T02:30+01:00", "zone": "Europe/Berlin"},
        {"cron": "0 3 * * 1", "zone": "Europe/Atlantis"},
    ],
)
def test_a_time_that_cannot_be_used_is_the_caller_s_fault(
    client: TestClient, plan: dict[str, Any], timing: dict[str, str]
) -> None:
    answer = _make(client, plan, name="Updates", timing=timing)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-timing")


def test_a_calendar_is_one_however_its_name_is_spelled(client: TestClient, plan: dict[str, Any]) -> None:
    assert client.put(f"/api/calendars/{SPELLED_ANEW}", json={"days": ["monday"]}).json()["name"] == CALENDAR
    assert _make(client, plan, name="Updates", policy={"calendars": ["Nothing"]}).status_code == 404
    made = _make(client, plan, name="Updates", policy={"calendars": [SPELLED_ANEW]}).json()
    assert made["schedule"]["calendars"] == [CALENDAR]
    assert made["next_runs"] == []
    used = client.delete(f"/api/calendars/{CALENDAR}")
    assert (used.status_code, "Updates" in used.text) == (409, True)


def test_a_zone_without_a_time_is_refused_and_not_left_out(plan: dict[str, Any], opsc: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match="no time"):
        opsc("schedules", "create", "Updates", "--plan", plan["id"], "--zone", "Europe/Berlin")
    assert opsc("schedules", "list") == []
