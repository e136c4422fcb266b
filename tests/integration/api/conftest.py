# SPDX-License-Identifier: Apache-2.0
"""The application over real services on SQLite, and a few assets to speak of."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container

#: What a browser on this machine would send.
HOST = "127.0.0.1:8420"


@pytest.fixture
def services(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Container]:
    """Services of an installation of the test's own; its sockets are on a tmpfs, where paths are short."""
    # The verdict about the same playbook is the same in every test, and takes seconds.
    verdicts = tmp_path_factory.getbasetemp() / "verdicts"
    verdicts.mkdir(exist_ok=True)
    (tmp_path / "opsc").mkdir(mode=0o700)
    (tmp_path / "opsc" / "lint").symlink_to(verdicts)
    runtime = Path(tempfile.mkdtemp(prefix="opsc-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    with open_container(Settings(home=tmp_path / "opsc")) as container:
        yield container
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
def client(services: Container) -> Iterator[TestClient]:
    """A browser's requests, answered in this process."""
    with TestClient(create_app(services), base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def here(services: Container) -> list[str]:
    """This machine three times, in asset group 'Here': jobs on it are real and need no network."""
    services.groups.add(GroupSpec(name="Here"), "test")
    names = ["here-1", "here-2", "here-3"]
    for name in names:
        services.assets.add(
            AssetSpec(
                name=name,
                platform=Platform.LINUX,
                address="127.0.0.1",
                groups=("Here",),
                connections=(ConnectionSpec(kind=ConnectionKind.LOCAL),),
            ),
            "test",
        )
    return names
