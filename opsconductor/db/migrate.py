# SPDX-License-Identifier: Apache-2.0
"""Bringing a database to this version's schema, and refusing one that has another."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from opsconductor.db.engine import make_engine
from opsconductor.errors import Broken, Conflict
from opsconductor.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"
#: Any number; the same in every process that migrates one PostgreSQL database.
_POSTGRESQL_LOCK = 0x6F707363


class SchemaOutdated(Conflict):
    """The database has an older schema."""

    code = "schema-outdated"


class SchemaTooNew(Conflict):
    """The database has a newer schema."""

    code = "schema-too-new"


class ForeignDatabase(Conflict):
    """The database belongs to something else."""

    code = "foreign-database"


def revisions() -> tuple[str, ...]:
    """All revisions this version knows, oldest first."""
    return tuple(sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def head() -> str:
    """The revision this version needs."""
    return revisions()[-1]


def current(settings: Settings) -> str | None:
    """The revision the database has; None when it is empty."""
    with _engine(settings) as engine:
        return _revision(engine)


def upgrade(settings: Settings) -> tuple[str | None, str]:
    """Bring the database to this version's schema; from which revision to which. Raises SchemaTooNew."""
    with _engine(settings) as engine:
        return _upgrade(engine), head()


def downgrade(settings: Settings, revision: str) -> None:
    """Bring the database back to an older revision, or to "base": empty. Data of newer tables is lost."""
    from alembic import command

    with _engine(settings) as engine:
        _run(engine, lambda config: command.downgrade(config, revision))


def ensure_current(engine: Engine, settings: Settings) -> None:
    """Refuse a database with another schema; an empty one that is embedded is set up at once.

    Raises SchemaOutdated, SchemaTooNew, ForeignDatabase.
    """
    revision = _revision(engine)
    if revision == head():
        return
    if revision is None and settings.database_url is None:
        _upgrade(engine)
        return
    _refuse_unknown(revision)
    state = "is empty" if revision is None else f"has schema {revision}, this version needs {head()}"
    raise SchemaOutdated(
        f"The database {state}.",
        remedy="Make a backup, then run `opsc db upgrade`.",
        current=revision,
        needed=head(),
    )


def _upgrade(engine: Engine) -> str | None:
    from alembic import command

    before = _revision(engine)
    _refuse_unknown(before)
    if before != head():
        _run(engine, lambda config: command.upgrade(config, "head"))
    return before


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision not in revisions():
        raise SchemaTooNew(
            f"The database has schema {revision}, which this version does not know (it needs {head()}).",
            remedy="Use the newer version of OpsConductor that wrote it, or put back the backup made before.",
            current=revision,
            needed=head(),
        )


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def _revision(engine: Engine) -> str | None:
    with engine.execution_options(sqlite_begin="DEFERRED").connect() as connection:
        tables = inspect(connection).get_table_names()
        if _VERSION_TABLE in tables:
            found: str | None = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608
            return found
    if tables:
        raise ForeignDatabase(
            f"The database has tables ({', '.join(sorted(tables)[:3])}…) and no OpsConductor schema.",
            remedy="Give OpsConductor a database of its own with OPSCONDUCTOR_DATABASE_URL.",
        )
    return None


def make_config(connection: Connection) -> "Config":
    """Alembic's configuration for work on this connection."""
    from alembic.config import Config

    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _run(engine: Engine, work: "Callable[[Config], Any]") -> None:
    """Do the work in one transaction that no other migrating process shares."""
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        work(make_config(connection))
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Broken(
                "After the migration some rows would refer to rows that are not there; nothing was changed.",
                remedy="Go on with the version you had, and report this with the output of `opsc db current`.",
            )


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying and dropping it, which must not cascade; the switch works between
    transactions only, so it goes to the driver directly."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
