# SPDX-License-Identifier: Apache-2.0
"""The pull server and those who ask it: curl as Windows is told to call it, over real TLS."""

import socket
import ssl
import time
from pathlib import Path

import pytest

from opsconductor.execution.pull import server
from tests.fixtures.cutting_relay import cutting_relay
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.pull_desk import ADDRESS, CONFIG, CURL, desk

pytestmark = pytest.mark.skipif(CURL is None, reason="this machine has no curl")


def test_a_file_comes_whole_and_once(tmp_path: Path) -> None:
    with desk(tmp_path) as opened:
        assert opened.fetch().returncode == 0
        assert opened.fetched == opened.content
        assert opened.heard[-1] == len(opened.content)
        (tmp_path / "fetched").unlink()
        again = opened.fetch()
        assert again.returncode == 22
        assert "410" in again.stderr
        assert opened.fetched == b""


def test_a_transfer_that_is_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    listen = {"pull_listen": "127.61.10.2", "pull_ports": "8451-8451"}
    with (
        desk(tmp_path, 8 << 20, **listen) as opened,
        cutting_relay((ADDRESS, 8451), ("127.61.10.2", 8451), [2 << 20]) as relay,
    ):
        first = opened.fetch()
        assert first.returncode in (18, 55, 56), first
        part = opened.fetched
        assert 0 < len(part) < len(opened.content)
        assert opened.content.startswith(part)
        # The server notices that the other end has gone when it next sends; then nothing has been used up.
        second = opened.fetch()
        assert second.returncode == 0, second
        assert relay.connections == 2
        assert opened.fetched == opened.content


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with desk(tmp_path, pull_ports="8452-8459") as opened:
        own = (tmp_path / "authority.pem").read_text()
        with desk(tmp_path / "other", pull_ports="8452-8459") as another:
            (tmp_path / "authority.pem").write_text((another.folder / "authority.pem").read_text())
        assert opened.fetch().returncode == 60
        assert opened.heard == []
        (tmp_path / "authority.pem").write_text(own)
        # The right authority, for another name.
        elsewhere = opened.url.replace(ADDRESS, "localhost")
        assert opened.fetch(elsewhere).returncode in (7, 60)
        assert opened.fetch().returncode == 0


def test_an_expired_or_changed_address_gets_nothing(tmp_path: Path) -> None:
    with desk(tmp_path, pull_lifetime=1) as opened:
        wrong = opened.fetch(opened.url[:-4] + "0000")
        assert (wrong.returncode, "403" in wrong.stderr) == (22, True)
        time.sleep(1.1)
        late = opened.fetch()
        assert (late.returncode, "410" in late.stderr) == (22, True)
        assert opened.heard == []


def test_a_rate_is_kept(tmp_path: Path) -> None:
    with desk(tmp_path, 1 << 20, transfer_rate=1 << 20) as opened:
        began = time.monotonic()
        assert opened.fetch().returncode == 0
        assert 0.8 < time.monotonic() - began < 5


def test_a_debian_host_fetches_it_over_its_network(tmp_path: Path, module_linux_hosts: LinuxHostFactory) -> None:
    [host] = module_linux_hosts("fetches")
    gateway = host.slot.gateway.partition("/")[0]
    with desk(tmp_path, 30 << 20, pull_address=gateway) as opened:
        (host.root / "root/authority.pem").write_text((tmp_path / "authority.pem").read_text())
        place = 'output = "/root/fetched"\ncacert = "/root/authority.pem"\n'
        told = CONFIG.format(url=opened.url).replace('output = "fetched"\ncacert = "authority.pem"\n', place)
        host.run("curl", "-q", "--config", "-", stdin=told)
        assert (host.root / "root/fetched").read_bytes() == opened.content


def test_who_asks_for_nothing_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with desk(tmp_path) as opened:
        host, _, port = opened.url.split("/")[2].rpartition(":")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection((host.strip("[]"), int(port)), timeout=10)
        with context.wrap_socket(plain) as silent:
            assert silent.recv(1) == b""
        assert opened.fetch().returncode == 0
