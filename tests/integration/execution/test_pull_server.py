# SPDX-License-Identifier: Apache-2.0
"""The pull server and those who ask it: curl as Windows is told to call it, over real TLS."""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from opsconductor.execution.pull.desk import open_desk
from opsconductor.execution.pull.tickets import Offer
from opsconductor.settings import Settings
from tests.fixtures.cutting_relay import cutting_relay

ADDRESS = "127.61.10.1"
CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(CURL is None, reason="this machine has no curl")
#: What the playbook tells the curl of Windows.
CONFIG = """\
url = "{url}"
output = "fetched"
cacert = "authority.pem"
ssl-no-revoke
proto = "=https"
noproxy = "*"
continue-at = -
connect-timeout = 10
speed-limit = 1024
speed-time = 60
fail
silent
show-error
"""


@dataclass
class Desk:
    """An open desk with one file for one target."""

    folder: Path
    content: bytes
    url: str
    heard: list[int] = field(default_factory=list)

    def fetch(self, url: str | None = None) -> subprocess.CompletedProcess[str]:
        """One attempt of curl; what it fetched is in `fetched`."""
        told = CONFIG.format(url=url or self.url)
        assert CURL is not None
        return subprocess.run(
            [CURL, "-q", "--config", "-"], input=told, cwd=self.folder, capture_output=True, text=True, check=False
        )

    @property
    def fetched(self) -> bytes:
        path = self.folder / "fetched"
        return path.read_bytes() if path.exists() else b""


@contextmanager
def desk(folder: Path, size: int = 3 << 20, **settings: object) -> Iterator[Desk]:
    content = os.urandom(size)
    (folder / "blob").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    offer = Offer(step=1, target="win-01", sha256=sha256, size=size, path=folder / "blob")
    told = Settings.model_validate({"home": folder / "home", "pull_address": ADDRESS, **settings})
    made = Desk(folder, content, "")
    with open_desk(told, [offer], lambda _offer, done: made.heard.append(done)) as handed:
        own = handed.variables["win-01"]
        made.url = own["opsc_pull_url"][f"1/{sha256}"]
        (folder / "authority.pem").write_text(own["opsc_pull"]["authority"])
        assert [part for part in urlsplit(made.url).path.split("/") if part] == list(handed.secrets)
        yield made


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
