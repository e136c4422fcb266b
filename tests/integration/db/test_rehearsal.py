# SPDX-License-Identifier: Apache-2.0
"""The rehearsal of a supervisor leaves nothing behind, on either kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from opsconductor.db.migrate import upgrade
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.tables import all_tables
from opsconductor.execution.rehearsal import rehearse
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container


@pytest.fixture
def container(any_database: str, tmp_path: Path) -> Iterator[Container]:
    settings = Settings(home=tmp_path / any_database)
    upgrade(settings)
    with open_container(settings) as opened:
        yield opened


def _rows(container: Container) -> dict[str, int]:
    with container.database.reading() as session:
        tables = all_tables().tables.items()
        counted = {name: select(func.count()).select_from(table) for name, table in tables}
        return {name: session.execute(statement).scalar_one() for name, statement in counted.items()}


def test_it_leaves_nothing_and_no_connection(container: Container) -> None:
    before = _rows(container)
    rehearse(container.database)
    assert container.database.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
    assert _rows(container) == before


def test_one_that_fails_leaves_nothing_either(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OperationalError("", {}, Exception("the database is away"))

    before = _rows(container)
    monkeypatch.setattr(SliceRepository, "renew", fail)
    with pytest.raises(OperationalError):
        rehearse(container.database)
    assert container.database.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
    assert _rows(container) == before
