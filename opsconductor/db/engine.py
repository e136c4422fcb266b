# SPDX-License-Identifier: Apache-2.0
"""Engine and sessions, one synchronous style for SQLite (WAL) and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlmodel import Session, create_engine

from opsconductor.errors import InvalidInput
from opsconductor.settings import Settings

#: Milliseconds a writer waits for another before SQLite gives up.
BUSY_TIMEOUT = 30_000
#: A server that is gone is noticed, and a row that somebody else holds is waited for as long as with SQLite.
_POSTGRESQL = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": f"-c lock_timeout={BUSY_TIMEOUT} -c timezone=UTC",
}


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def make_engine(settings: Settings) -> Engine:
    """The engine for `settings.database`; makes HOME (0700) for an embedded database."""
    url = settings.database
    if not url.startswith("sqlite"):
        return _server(url)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _sqlite_pragmas)

    # pysqlite begins a transaction only at the first write, when what was read may already be stale. Beginning
    # IMMEDIATE makes a unit of work that reads and then writes safe against a second process.
    event.listen(engine, "connect", lambda connection, _record: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _server(url: str) -> Engine:
    if url.startswith(("postgresql://", "postgres://")):
        url = f"postgresql+psycopg://{url.partition('://')[2]}"
    try:
        return create_engine(url, pool_pre_ping=True, connect_args=_POSTGRESQL if "+psycopg:" in url else {})
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"The database needs the Python package {error.name}, which is not installed.",
            remedy="For PostgreSQL: pip install 'opsconductor[postgresql]'.",
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        # The URL itself has a password and is not told.
        raise InvalidInput(
            "OPSCONDUCTOR_DATABASE_URL is no URL of a known kind of database.",
            remedy="Write postgresql://USER:PASSWORD@HOST:PORT/NAME, or leave it out for SQLite in HOME.",
        ) from error


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'IMMEDIATE')}")


class Database:
    """Hands out sessions; a service opens one per unit of work."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(sqlite_begin="DEFERRED")

    @property
    def embedded(self) -> bool:
        """Whether it is a file of this machine: nobody elsewhere can reach it when we cannot."""
        return self.engine.dialect.name == "sqlite"

    def require_writable(self) -> None:
        """Raise what a writer would meet now."""
        with self.session() as session:
            session.connection()  # on SQLite it begins with the write lock

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that may write: commits when the block ends well, rolls back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; on SQLite it waits for no writer."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session
