# SPDX-License-Identifier: Apache-2.0
"""Real OpenSSH servers on loopback addresses, started and ended by the tests, and services over a fresh database."""

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.fixtures.inventory_world import InventoryWorld

#: Login by key works on a private server for the user that runs it only.
USER = getpass.getuser()


class SshServer:
    """An sshd of this test's own that lets USER in with one key."""

    def __init__(self, folder: Path, address: str, *, bare: bool = False) -> None:
        """`bare`: whoever logs in finds the system's own programs only, and none that this user's shell adds."""
        self.folder, self.address, self.bare = folder, address, bare
        self.private, public = new_key()
        folder.mkdir(mode=0o700)
        (folder / "authorized").write_text(public)
        with socket.socket() as probe:
            probe.bind((address, 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.change_host_key()

    def change_host_key(self) -> None:
        """Be another machine from the next start on."""
        private, _ = new_key()
        path = self.folder / "host_key"
        path.write_text(private)
        path.chmod(0o600)

    def start(self) -> None:
        """Listen."""
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        assert program is not None
        if USER == "root":
            Path("/run/sshd").mkdir(exist_ok=True)
        lines = [
            f"Port {self.port}",
            f"ListenAddress {self.address}",
            f"HostKey {self.folder}/host_key",
            f"AuthorizedKeysFile {self.folder}/authorized",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "StrictModes no",
            "UsePAM no",
            "PidFile none",
            "MaxStartups 100",
            f"SetEnv HOME={self.folder} PATH=/usr/sbin:/usr/bin:/sbin:/bin" if self.bare else "",
            "PerSourcePenalties no" if _knows_penalties(program) else "",
        ]
        config = self.folder / "sshd_config"
        config.write_text("\n".join(lines) + "\n")
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stdout=log, stderr=log)
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection((self.address, self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < end, "sshd does not listen"
                time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


def new_key() -> tuple[str, str]:
    """(private, public) in OpenSSH's forms."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + "\n"


def _knows_penalties(program: str) -> bool:
    return b"persourcepenalties" in Path(program).read_bytes().lower()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InventoryWorld]:
    """Services whose runtime folder is on a tmpfs and short enough for sockets."""
    runtime = Path(tempfile.mkdtemp(prefix="opsc-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    made = InventoryWorld(tmp_path / "opsc")
    yield made
    made.close()
    left = [path for path in runtime.rglob("*") if not path.is_dir()]
    shutil.rmtree(runtime, ignore_errors=True)
    assert not left, "a check left files behind"


class Servers(Protocol):
    """A factory of running servers, one per loopback address."""

    def __call__(self, address: str, *, bare: bool = False) -> SshServer: ...


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[Servers]:
    """A factory of running servers, one per loopback address."""
    made: list[SshServer] = []

    def make(address: str, *, bare: bool = False) -> SshServer:
        server = SshServer(tmp_path / address, address, bare=bare)
        server.start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()
