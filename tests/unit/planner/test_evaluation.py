# SPDX-License-Identifier: Apache-2.0
"""Predictions for many requests: whole plans where an estate is named, else intent and values."""

import json
from pathlib import Path

import pytest

from opsconductor.domain.estate import Estate
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import InvalidInput
from opsconductor.services.evaluating import Evaluation, read_estate, read_rows
from tests.unit.planner.conftest import NOW


@pytest.fixture
def evaluation(catalogue: Catalogue, estate: Estate) -> Evaluation:
    return Evaluation(catalogue, estate, NOW)


def test_row_with_an_estate_gives_the_whole_plan(evaluation: Evaluation) -> None:
    text = "restart nginx on shop-01 and shop-02 tomorrow at 6pm if it is running"

    row = evaluation.predict({"id": "r1", "text": text, "assets": "works"})

    assert row == {
        "id": "r1",
        "outcome": "plan",
        "targets": ["shop-01", "shop-02"],
        "steps": [
            {
                "intent": "service.restart",
                "params": {"service": "nginx"},
                "origin": "user",
                "when": {"fact": "service_running", "subject": "nginx"},
            }
        ],
        "options": {"schedule": {"at": "2026-05-07T18:00"}, "risk": "medium"},
        "missing": [],
    }


def test_row_without_an_estate_gives_intent_and_values(evaluation: Evaluation) -> None:
    row = evaluation.predict({"id": "t1", "text": "Ensure nginx is installed"})

    assert row == {"id": "t1", "intent": "package.install", "params": {"package": "nginx"}}


@pytest.mark.parametrize(
    ("name", "intent", "params"),
    [
        ("Install nginx and certbot", "package.install", {"package": ["nginx", "certbot"]}),
        ("sshd | restart sshd", "service.restart", {"service": "sshd"}),
        ("2.2.1 Remove package xinetd", "package.remove", {"package": "xinetd"}),
        ("5.1 | package | remove rsh-server", "package.remove", {"package": "rsh-server"}),
        ("6.2.9 | chmod 0750 /srv/app", "file.permissions", {"path": "/srv/app", "mode": "0750"}),
        ("Restart the web daemon | lighttpd", "service.restart", {"service": "lighttpd"}),
        ("Restart Event Log (EventLog)", "service.restart", {"service": "EventLog"}),
        ("sysctl: vm.dirty_ratio = 20", "sysctl.set", {"name": "vm.dirty_ratio", "value": "20"}),
        ("Remove xinetd (not needed here)", "package.remove", {"package": "xinetd"}),
        ("Install libfoo for the auditors", "package.install", {"package": "libfoo"}),
    ],
)
def test_a_tasks_name_is_read_without_what_playbooks_put_around_it(
    name: str, intent: str, params: dict[str, str], evaluation: Evaluation
) -> None:
    assert evaluation.predict({"id": "t", "text": name}) == {"id": "t", "intent": intent, "params": params}


def test_what_is_asked_is_missing(evaluation: Evaluation) -> None:
    assert evaluation.predict({"id": "r", "text": "restart it", "assets": "works"})["missing"] == [
        "service.restart.service",
        "target",
    ]


@pytest.mark.parametrize("row", [{"id": "r"}, {"text": "restart nginx"}])
def test_row_that_lacks_something_is_named(row: dict[str, str], evaluation: Evaluation) -> None:
    with pytest.raises(InvalidInput, match="lacks its id or its text"):
        evaluation.predict(row)


def test_estate_and_rows_are_read_from_files(tmp_path: Path) -> None:
    hosts = [{"name": "a-01", "os": "linux", "groups": ["A"], "role": "web"}]
    raw = {"now": "2026-05-06T12:00:00", "hosts": hosts, "groups": [{"name": "A"}], "critical_groups": ["A"]}
    (tmp_path / "estate.json").write_text(json.dumps(raw), encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text('{"id": "x", "text": "y"}\n\n', encoding="utf-8")

    estate, now = read_estate(tmp_path / "estate.json")

    assert now == NOW
    assert [a.name for a in estate.members("A")] == ["a-01"]
    assert estate.groups[0].critical
    assert list(read_rows(tmp_path / "rows.jsonl")) == [{"id": "x", "text": "y"}]
    (tmp_path / "estate.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInput, match="missing or wrong"):
        read_estate(tmp_path / "estate.json")
