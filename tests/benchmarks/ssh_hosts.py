# SPDX-License-Identifier: Apache-2.0
"""Fifty SSH targets on this machine: real sshd on loopback addresses, each target with a folder of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

NETWORK = "127.61.90"
PORT = 22022
#: Addresses that one sshd listens on at most.
_EACH = 16


class SshHosts:
    """Addresses, the key that logs in, and the host key they share."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.addresses = [f"{NETWORK}.{number}" for number in range(1, count + 1)]
        self.private, public = _key()
        self.host_private, self.host_public = _key()
        (folder / "login").mkdir(parents=True)
        (folder / "authorized").write_text(public, encoding="utf-8")
        for name, text in (("host_key", self.host_private), ("key", self.private)):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text, encoding="utf-8")
        lines = [
            f"{a} {self.host_public}" if PORT == 22 else f"[{a}]:{PORT} {self.host_public}" for a in self.addresses
        ]
        (folder / "known_hosts").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @contextmanager
    def up(self) -> Iterator[None]:
        """All of them listen for the length of the block."""
        Path("/run/sshd").mkdir(exist_ok=True)
        parts = [self.addresses[at : at + _EACH] for at in range(0, len(self.addresses), _EACH)]
        running = [self._start(number, part) for number, part in enumerate(parts)]
        try:
            for address in self.addresses:
                _wait(address)
            yield
        finally:
            for process in running:
                process.terminate()
                process.wait()

    def _start(self, number: int, addresses: list[str]) -> subprocess.Popen[bytes]:
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        assert program is not None, "needs openssh-server"
        lines = [
            *(f"ListenAddress {address}:{PORT}" for address in addresses),
            f"HostKey {self.folder}/host_key",
            f"AuthorizedKeysFile {self.folder}/authorized",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "StrictModes no",
            "UsePAM no",
            "PidFile none",
            "MaxStartups 200",
            # A login of its own: what this user's shell sets up at its start is no part of what is measured.
            f"SetEnv HOME={self.folder}/login",
            # Plain Ansible would fall back to a slower way without it.
            "Subsystem sftp internal-sftp",
        ]
        config = self.folder / f"sshd-{number}"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with (self.folder / f"sshd-{number}.log").open("wb") as log:
            return subprocess.Popen([program, "-D", "-e", "-f", str(config)], stdout=log, stderr=log)


def _wait(address: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((address, PORT), 1).close()
            return
        except OSError:
            assert time.monotonic() < end, f"sshd does not listen on {address}"
            time.sleep(0.05)


def _key() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
