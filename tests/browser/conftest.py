# SPDX-License-Identifier: Apache-2.0
"""Chromium on the real server. A console message, a failed request or a foreign one fails the test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from api.console import STATIC
from tests.fixtures.plant import Plant, plant, server

CHROMIUM = shutil.which("chromium")
#: Hosts of the plant: enough for a failing one and for one whose service is stopped.
HOSTS = 6
#: Milliseconds anything but a job may take on a busy machine.
PATIENCE = 30_000


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, with its sandbox unless root runs it."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A reader who wants no movement: what opens is there at once, with its own colours."""
    return browser_context_args | {"reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def runtime() -> Iterator[Path]:
    """Sockets on a tmpfs, where paths are short; of these tests alone."""
    folder = Path(tempfile.mkdtemp(prefix="opsc-browser-", dir="/dev/shm"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, runtime: Path) -> Iterator[Plant]:
    """Simulated Windows hosts and their assets."""
    assert (STATIC / "index.html").is_file(), "build the web console first: cd ui && npm ci && npm run build"
    with plant(tmp_path_factory.mktemp("plant"), count=HOSTS, address="127.42.7.1") as made:
        yield made


@pytest.fixture(scope="session")
def base_url(site: Plant) -> Iterator[str]:
    """A real `opsc serve` on the plant."""
    with server(site.container.settings.home) as url:
        yield url


class Watcher:
    """Notes what must not happen in a page."""

    def __init__(self, base_url: str) -> None:
        self.base = urlsplit(base_url).netloc
        self.faults: list[str] = []
        #: Statuses a test provokes on purpose; the browser reports each on its console too.
        self.expected: set[int] = set()

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        provoked = any(f"status of {status}" in message.text for status in self.expected)
        if message.type in ("error", "warning") and not provoked:
            self.faults.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != self.base:
            self.faults.append(f"foreign request: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status}: {response.url}")


@pytest.fixture
def watcher(context: BrowserContext, base_url: str) -> Iterator[Watcher]:
    """What goes wrong in the pages; nothing may."""
    watcher = Watcher(base_url)
    watcher.watch(context)
    yield watcher
    assert watcher.faults == []


@pytest.fixture
def page(page: Page, watcher: Watcher) -> Page:
    """A page that is watched."""
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return page
