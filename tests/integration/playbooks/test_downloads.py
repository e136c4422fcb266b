# SPDX-License-Identifier: Apache-2.0
"""Downloads that are cut off on their way, on a simulated Windows host and on a real Debian one."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.cutting_relay import CuttingRelay, cutting_relay
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import library_file, step
from tests.fixtures.step_cases import Family
from tests.fixtures.step_host import StepHost
from tests.fixtures.step_windows import step_windows

CONTENT = os.urandom(2 << 20)
SHA256 = library_file("x.bin", CONTENT).sha256


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def site(folder: Path, address: str, cuts: list[int]) -> Iterator[tuple[CuttingRelay, str]]:
    """A web server behind a relay that cuts its first connections; the relay and the address of the file."""
    (folder / "site").mkdir()
    (folder / "site" / "x.bin").write_bytes(CONTENT)
    handler = functools.partial(_Quiet, directory=str(folder / "site"))
    with http.server.ThreadingHTTPServer(("127.61.31.1", 8471), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with cutting_relay((address, 8471), ("127.61.31.1", 8471), cuts) as relay:
            yield relay, f"http://{address}:8471/x.bin"
        server.shutdown()


@pytest.mark.soak
def test_windows_begins_anew(tmp_path: Path) -> None:
    world = {"files": {"C:/Station": {"directory": True}}}
    with (
        step_windows(tmp_path / "host", [Family(name="downloads", world=world)], "127.61.30.2") as host,
        site(tmp_path, "127.61.31.2", [1 << 20]) as (relay, url),
    ):
        done = host.play(tmp_path / "run", step("file.download", url=url, dest="C:\\Station\\x.bin", checksum=SHA256))
        assert not done.failures(), done.failures()
        assert relay.connections == 2
        assert host.process.client.state("win01")["files"]["C:\\Station\\x.bin"]["sha256"] == SHA256


@pytest.mark.soak
def test_linux_begins_anew(tmp_path: Path, module_linux_hosts: LinuxHostFactory) -> None:
    [made] = module_linux_hosts("downloads")
    gateway = made.slot.gateway.partition("/")[0]
    with site(tmp_path, gateway, [1 << 20]) as (relay, url):
        done = StepHost(made).play(tmp_path / "run", step("file.download", url=url, dest="/srv/x.bin", checksum=SHA256))
        assert not done.failures(), done.failures()
        assert relay.connections == 2
        assert (made.root / "srv/x.bin").read_bytes() == CONTENT
        refused = StepHost(made).play(tmp_path / "no", step("file.download", url=f"{url}.no", dest="/srv/y.bin"))
        assert "404" in refused.failures()[StepHost(made).name]
        assert relay.connections == 3, "what a server refuses is not asked for again"
