# SPDX-License-Identifier: Apache-2.0
"""The asset database's services on a real SQLite file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsconductor.blobs.folder import FolderBlobs
from opsconductor.db.engine import Database, make_engine
from opsconductor.db.migrate import ensure_current
from opsconductor.secrets.database import DatabaseSecrets
from opsconductor.secrets.keys import load_master_key
from opsconductor.services.assets import AssetService
from opsconductor.services.audit import AuditService
from opsconductor.services.credentials import CredentialService
from opsconductor.services.files import FileService
from opsconductor.services.groups import GroupService
from opsconductor.settings import Settings

ME = "local:tester"


@dataclass
class World:
    """One installation."""

    settings: Settings
    database: Database
    audit: AuditService
    assets: AssetService
    groups: GroupService
    credentials: CredentialService
    files: FileService

    def actions(self) -> list[tuple[str, str]]:
        """What the audit says, oldest first."""
        return [(entry.action, entry.subject) for entry in reversed(self.audit.list().items)]


def make_world(home: Path) -> World:
    """The services on the installation in `home`, which is set up when it is new."""
    settings = Settings(home=home)
    engine = make_engine(settings)
    ensure_current(engine, settings)
    database = Database(engine)
    audit = AuditService(database)
    return World(
        settings=settings,
        database=database,
        audit=audit,
        assets=AssetService(database, audit),
        groups=GroupService(database, audit),
        credentials=CredentialService(database, DatabaseSecrets(lambda: load_master_key(settings)), audit),
        files=FileService(database, FolderBlobs(settings.blobs), audit),
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path / "home")
    yield made
    made.database.engine.dispose()
