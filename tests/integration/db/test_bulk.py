# SPDX-License-Identifier: Apache-2.0
"""Many rows at once come back as they were, on either kind of database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from opsconductor.db.migrate import upgrade
from opsconductor.db.repositories.events import EventRepository
from opsconductor.db.repositories.results import ResultRepository
from opsconductor.domain.results import Result, ResultStatus
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from tests.fixtures.recorded_job import RecordedJob

AWKWARD = "'; DROP TABLE events; -- %s :rows {0} \\ \\u0041 \" ÄÖ ✓ 🦊 \t\n " + "x" * 100_000


@pytest.fixture
def container(any_database: str, tmp_path: Path) -> Iterator[Container]:
    settings = Settings(home=tmp_path / any_database)
    upgrade(settings)
    with open_container(settings) as opened:
        assert opened.database.engine.dialect.name == any_database
        yield opened


def test_events_are_kept_to_the_letter(container: Container) -> None:
    names = [f"host {n} '" for n in range(700)]
    job = RecordedJob(container, names)
    at = datetime(2030, 10, 27, 2, 30, 0, 123456, timezone(timedelta(hours=1)))
    told = {"stdout": AWKWARD, "rc": 0, "list": [None, True, 1.5, {"a": "\u2028"}], "big": 2**53 + 1}
    events = [job.done(name, 1) for name in names]
    events[0] = events[0].model_copy(update={"data": told, "message": AWKWARD, "at": at})
    job.tell(*events)
    with container.database.reading() as session:
        stored = EventRepository(session).of_job(job.id)[-len(events) :]
    assert [e.model_copy(update={"seq": 0}) for e in stored] == [e.model_copy(update={"seq": 0}) for e in events]
    assert stored[0].at == at.astimezone(UTC)


def test_a_row_that_is_there_is_replaced(container: Container) -> None:
    job = RecordedJob(container, ["a", "b"])
    first = [Result(step=1, target=t, status=ResultStatus.RUNNING, message=AWKWARD, facts={"a": AWKWARD}) for t in "ab"]
    ended = datetime(2030, 1, 1, tzinfo=UTC)
    more = {"status": ResultStatus.OK, "message": None, "ended_at": ended, "facts": {"b": [1, None]}}
    second = first[1].model_copy(update=more)
    with container.database.session() as session:
        ResultRepository(session).save(job.id, first)
        ResultRepository(session).save(job.id, [second])
        ResultRepository(session).save(job.id, [])
    with container.database.reading() as session:
        stored = ResultRepository(session).of_job(job.id)
        values = ResultRepository(session).values(job.id, ["a", "b"])
    assert stored == [first[0].model_copy(update={"facts": {}}), second.model_copy(update={"facts": {}})]
    assert values == {"a": {"opsc_s1": {"a": AWKWARD}}, "b": {"opsc_s1": {"b": [1, None]}}}


def test_what_the_database_cannot_take_is_refused_whole(container: Container) -> None:
    job = RecordedJob(container, ["a", "b"])
    good = job.done("a", 1)
    with container.database.reading() as session:
        before = len(EventRepository(session).of_job(job.id))
    if container.database.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError):
            job.tell(good, job.done("b", 1, message="a\x00b"))
    with pytest.raises(IntegrityError):
        job.tell(good.model_copy(update={"slice_id": "no such slice"}))
    with container.database.reading() as session:
        assert len(EventRepository(session).of_job(job.id)) == before
