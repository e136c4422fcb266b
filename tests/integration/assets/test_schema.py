# SPDX-License-Identifier: Apache-2.0
"""The schema: one history that leads from nothing to the tables, and a clear refusal of any other."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr

from opsconductor.db import migrate
from opsconductor.db.engine import make_engine
from opsconductor.db.migrate import ForeignDatabase, SchemaOutdated, SchemaTooNew
from opsconductor.db.tables import all_tables
from opsconductor.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def tables(settings: Settings) -> set[str]:
    with sqlite3.connect(settings.home / "opsconductor.db") as raw:
        found = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    raw.close()
    return found


def set_version(settings: Settings, version: str) -> None:
    with sqlite3.connect(settings.home / "opsconductor.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (version,))
    raw.close()


def ensure(settings: Settings) -> None:
    engine = make_engine(settings)
    try:
        migrate.ensure_current(engine, settings)
    finally:
        engine.dispose()


def test_up_from_nothing_and_down_again(settings: Settings) -> None:
    assert migrate.current(settings) is None
    assert migrate.upgrade(settings) == (None, migrate.head())
    assert migrate.current(settings) == migrate.head()
    assert set(all_tables().tables) <= tables(settings)
    assert migrate.upgrade(settings) == (migrate.head(), migrate.head())
    migrate.downgrade(settings, "base")
    assert tables(settings) == {"alembic_version"}
    assert migrate.current(settings) is None


def test_the_history_leads_to_exactly_the_tables(settings: Settings) -> None:
    migrate.upgrade(settings)
    engine = make_engine(settings)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, all_tables())
    engine.dispose()
    assert differences == [], "run `python -m opsconductor.db.revision`"


def test_an_empty_embedded_database_is_set_up_at_first_use(settings: Settings) -> None:
    ensure(settings)
    assert migrate.current(settings) == migrate.head()
    ensure(settings)


def test_an_empty_database_of_ones_own_choice_is_not(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr(f"sqlite:///{tmp_path}/other.db"))
    with pytest.raises(SchemaOutdated, match="is empty") as caught:
        ensure(settings)
    assert "opsc db upgrade" in (caught.value.remedy or "")


def test_a_newer_schema_is_refused_and_left_alone(settings: Settings) -> None:
    migrate.upgrade(settings)
    set_version(settings, "9999")
    for attempt in (ensure, migrate.upgrade):
        with pytest.raises(SchemaTooNew, match="has schema 9999"):
            attempt(settings)
    assert migrate.current(settings) == "9999"


def test_an_older_schema_is_refused_with_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(settings)
    before = migrate.head()
    monkeypatch.setattr(migrate, "revisions", lambda: (before, "9999"))
    with pytest.raises(SchemaOutdated, match=f"has schema {before}, this version needs 9999") as caught:
        ensure(settings)
    assert "opsc db upgrade" in (caught.value.remedy or "")


def test_a_database_of_something_else_is_left_alone(settings: Settings) -> None:
    settings.home.mkdir()
    with sqlite3.connect(settings.home / "opsconductor.db") as raw:
        raw.execute("CREATE TABLE theirs (id INTEGER)")
    raw.close()
    with pytest.raises(ForeignDatabase, match="theirs"):
        ensure(settings)
    assert tables(settings) == {"theirs"}


def test_a_migration_that_fails_leaves_what_was_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(settings)
    engine = make_engine(settings)

    def fail(_config: object) -> None:
        other = sqlite3.connect(settings.home / "opsconductor.db", timeout=0.1)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM assets")  # nobody else writes meanwhile
        other.close()
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        migrate._run(engine, fail)
    engine.dispose()
    assert migrate.current(settings) == migrate.head()


def test_racing_starters_set_up_one_database(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from opsconductor.settings import Settings;"
        "from opsconductor.db import engine, migrate; s = Settings(home=Path(sys.argv[1])); sys.stdin.read(1);"
        "e = engine.make_engine(s); migrate.ensure_current(e, s); print(migrate.current(s) == migrate.head())"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write(b"x")
        starter.stdin.flush()
    assert [starter.communicate(timeout=60)[0] for starter in starters] == [b"True\n"] * 3
