# SPDX-License-Identifier: Apache-2.0
"""Answers of the records: what the tables say, on whatever was run and whichever machines there are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from opsconductor.domain.answers import Answer
from opsconductor.domain.base import Platform
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import PlanRecord, PlanStatus
from opsconductor.domain.results import ResultStatus
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.errors import Conflict
from opsconductor.services import job_records
from opsconductor.services.planning import AlreadyAnswered
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from tests.fixtures.history import Past, add_job

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)  # a Wednesday
HOSTILE = "\x1b[31mred\x1b[0m <b>[bold]x[/bold]</b>"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """One installation for all tests here: questions change nothing."""
    home = tmp_path_factory.mktemp("records") / "opsc"
    with open_container(Settings(home=home)) as container, time_machine.travel(NOW, tick=False):
        _machines(container)
        _jobs(container)
        yield container


def _machines(services: Container) -> None:
    services.groups.add(GroupSpec(name="Shop"), "test")
    services.groups.add(GroupSpec(name="Web", parents=("Shop",)), "test")
    groups = {"web-1": ("Web",), "web-2": ("Web",), "db-1": ("Shop",), "lost": ()}
    for name, within in groups.items():
        services.assets.add(
            AssetSpec(
                name=name,
                platform=Platform.LINUX,
                address=f"{name}.example",
                groups=within,
                role=name.split("-")[0] if within else None,
                os_version="Debian 12" if name != "db-1" else "RHEL 9",
                tags=("canary",) if name == "web-2" else (),
                connections=() if name == "lost" else (ConnectionSpec(kind="ssh"),),
            ),
            "test",
        )


def _jobs(services: Container) -> None:
    restart = [("service.restart", {"service": "nginx"})]
    copy = [("file.backup", {"path": "/etc/nginx/nginx.conf"}), ("file.copy", {"dest": "/etc/nginx/nginx.conf"})]
    history = [
        Past(NOW - timedelta(days=40), [("host.ping", {})], ["lost"], title=HOSTILE),
        Past(NOW - timedelta(days=8), restart, ["web-1"], title="long ago"),
        Past(
            NOW - timedelta(days=1),
            copy,
            ["web-1", "web-2"],
            JobStatus.PARTIALLY_FAILED,
            "local:bob",
            title="half of it",
            cells={"web-2": ResultStatus.FAILED},
        ),
        Past(NOW - timedelta(hours=3), [("package.update", {"package": ["openssl"]})], ["db-1"], title="new openssl"),
        Past(
            NOW - timedelta(hours=1), [("host.ping", {})], ["web-1"], title="a look", cells={"web-1": ResultStatus.OK}
        ),
        Past(NOW - timedelta(minutes=1), restart, ["web-1"], JobStatus.RUNNING, title="now", cells={}),
    ]
    with services.database.session() as session:
        for past in history:
            add_job(session, past)


def ask(services: Container, text: str, actor: str = "local:alice") -> PlanRecord:
    record = services.planning.propose(text, actor)
    assert record.status is PlanStatus.ANSWERED, (record.plan.questions, record.plan.refusal, record.plan.obstacles)
    return record


def answer(services: Container, text: str, actor: str = "local:alice") -> Answer:
    made = ask(services, text, actor).plan.answer
    assert made is not None
    assert made.at == NOW
    assert all(len(row) == len(made.columns) for row in made.rows)
    return made


def column(made: Answer, title: str) -> list[Any]:
    return [row[made.columns.index(title)] for row in made.rows]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("what did we run on web-1?", ["now", "a look", "half of it", "long ago"]),
        ("what did we run on web-1 last week?", ["long ago"]),
        ("what ran on db-1 today?", ["new openssl"]),
        ("which jobs failed yesterday?", ["half of it"]),
        ("which jobs failed on web-1?", []),
        ("which jobs failed on web-2?", ["half of it"]),
        ("which jobs succeeded on web-1?", ["a look", "half of it", "long ago"]),
        ("who restarted nginx on web-1?", ["now", "long ago"]),
        ("who restarted nginx on db-1?", []),
        ("who restarted apache?", []),
        ("show jobs about nginx", ["now", "half of it", "long ago"]),
        ("show jobs about nginx.conf", ["half of it"]),
        ("show jobs about ngin", []),
        ("when did we last update openssl?", ["new openssl"]),
        ("show the last 2 jobs", ["now", "a look"]),
        ("what was the last job?", ["now"]),
        ("show running jobs", ["now"]),
        ("list jobs by bob", ["half of it"]),
        ("list jobs by ob", []),
        ("what did I run yesterday?", []),
        ("what changed on web-2 since Monday?", []),
        ("what changed on web-1 since Monday?", ["now", "half of it"]),
        ("what ran on Web in the last 2 hours?", ["now", "a look"]),
        ("which jobs ran on web-1 before yesterday?", ["long ago"]),
    ],
)
def test_jobs_that_match_newest_first(services: Container, text: str, titles: list[str]) -> None:
    made = answer(services, text)
    assert column(made, "What") == titles
    assert made.total == len(titles)
    assert made.summary.startswith("No " if not titles else f"{len(titles)} ")


def test_the_table_says_who_when_and_what_became_of_it(services: Container) -> None:
    made = answer(services, "what did we run on web-2?")
    assert made.columns == ("Job", "What", "Status", "On web-2", "By", "Started")
    assert made.rows[0][1:] == ("half of it", "partially failed", "failed", "local:bob", "2026-05-05T12:00:00Z")
    assert made.summary == (
        "1 job on web-2: 1 partially failed. The latest started 2026-05-05 12:00 UTC, by local:bob: partially failed."
    )
    assert services.jobs.get(str(made.rows[0][0])).title == "half of it"


def test_nothing_found_is_said(services: Container) -> None:
    made = answer(services, "which jobs were cancelled last week?")
    assert made.rows == ()
    assert made.summary == "No cancelled job since 2026-04-27 00:00 UTC before 2026-05-04 00:00 UTC."


def test_the_newest_are_kept_and_all_are_counted(services: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    assert job_records.MOST == 1000
    monkeypatch.setattr(job_records, "MOST", 2)
    made = answer(services, "what did we run on web-1?")
    assert column(made, "What") == ["now", "a look"]
    assert made.total == 4
    assert made.summary.startswith("4 jobs on web-1. Shown are the newest 2.")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("which servers are in Shop?", ["db-1", "web-1", "web-2"]),
        ("list the hosts with role web", ["web-1", "web-2"]),
        ("which machines run Debian 12?", ["lost", "web-1", "web-2"]),
        ("which machines run Fedora?", []),
        ("list hosts tagged canary", ["web-2"]),
        ("list hosts tagged nothing", []),
        ("which machines have no connection?", ["lost"]),
        ("which servers are not in any group?", ["lost"]),
        ("which hosts are not trusted?", ["db-1", "web-1", "web-2"]),
        ("which machines are reached over ssh?", ["db-1", "web-1", "web-2"]),
        ("list servers in Shop except web-1", ["db-1", "web-2"]),
    ],
)
def test_machines_that_match(services: Container, text: str, rows: list[str]) -> None:
    made = answer(services, text)
    assert column(made, "Machine") == rows
    assert made.summary.startswith(f"{len(rows)} machine" if rows else "No machine")


def test_who_asks_for_a_version_is_told_of_machines_without_one(tmp_path: Path) -> None:
    with open_container(Settings(home=tmp_path / "opsc")) as container:
        _machines(container)
        for name, within in {"new-1": ("Web",), "new-2": ()}.items():
            spec = AssetSpec(name=name, platform=Platform.LINUX, address=f"{name}.example", groups=within)
            container.assets.add(spec, "test")
        said = " left out, as no system is recorded there: `opsc assets check NAME` records it."
        assert answer(container, "which machines run Fedora?").summary.endswith(
            f"Fedora machines. 2 machines are{said}"
        )
        assert answer(container, "which machines run Debian 12?").summary.endswith(f" 2 machines are{said}")
        assert answer(container, "which Web servers run Debian 12?").summary.endswith(f" 1 machine is{said}")
        assert "left out" not in answer(container, "which machines are in Web?").summary


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        (
            "which groups are there?",
            ("Group", "Machines", "Directly in it", "Part of", "Critical"),
            [("Shop", 3, 1, None, False), ("Web", 2, 2, "Shop", False)],
        ),
        (
            "which groups is web-1 in?",
            ("Group", "Machines", "Directly in it", "Part of", "Critical"),
            [("Shop", 1, 0, None, False), ("Web", 1, 1, "Shop", False)],
        ),
        ("which operating systems do we have?", ("System", "Machines"), [("Debian 12", 3), ("RHEL 9", 1)]),
        ("what OS does db-1 run?", ("Machine", "Platform", "System"), [("db-1", "linux", "RHEL 9")]),
        ("where is web-2?", ("Machine", "Address", "Connections"), [("web-2", "web-2.example", "ssh 22")]),
        ("which roles do we have?", ("Role", "Machines"), [("db", 1), ("web", 2)]),
    ],
)
def test_columns_fit_the_question(
    services: Container, text: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> None:
    made = answer(services, text)
    assert (made.columns, list(made.rows)) == (columns, rows)


def test_an_answered_plan_runs_nowhere_and_is_no_commit(services: Container) -> None:
    record = ask(services, "which jobs failed yesterday?")
    plan_id = record.plan.id
    assert (record.commit, record.digest, record.parts) == (None, None, None)
    for act in (
        lambda: services.launching.launch(plan_id, "test"),
        lambda: services.approving.approve(plan_id, "0" * 64, "test"),
        lambda: services.approving.reject(plan_id, "test", "no"),
        lambda: services.planning.playbook(plan_id),
    ):
        with pytest.raises(AlreadyAnswered, match="already answered"):
            act()
    with pytest.raises(Conflict, match="is answered and cannot be changed"):
        services.planning.answer(plan_id, {}, "test")
    assert services.planning.get(plan_id) == record
    [entry] = services.audit.list(subject=f"plan:{plan_id}").items
    assert entry.action == "plan.answered"


def test_an_edited_question_is_answered_anew(services: Container) -> None:
    record = ask(services, "which jobs failed yesterday?")
    step = record.plan.steps[0].model_copy(update={"params": {"status": "running"}})
    forged = record.plan.model_copy(update={"steps": (step,)})
    edited = services.planning.edit(record.plan.id, forged, "test")
    assert edited.status is PlanStatus.ANSWERED
    assert edited.plan.answer is not None
    assert column(edited.plan.answer, "What") == ["now"]
    assert services.planning.get(record.plan.id).status is PlanStatus.SUPERSEDED


def test_an_answer_does_not_come_with_the_plan_that_is_sent(services: Container) -> None:
    record = ask(services, "which jobs failed yesterday?")
    ping = record.plan.steps[0].model_copy(update={"intent": "host.ping", "params": {}})
    sent = record.plan.model_copy(update={"steps": (ping,)})
    edited = services.planning.edit(record.plan.id, sent, "test")
    assert (edited.status, edited.plan.answer) == (PlanStatus.DRAFT, None)
    assert [q.id for q in edited.plan.questions] == ["targets"]


def test_names_are_plain_text(services: Container) -> None:
    made = answer(services, "which jobs ran before last month?")
    assert column(made, "What") == [HOSTILE]
