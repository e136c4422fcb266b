# SPDX-License-Identifier: Apache-2.0
"""The agent of one slice: keys in memory only, gone with its user."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pydantic import SecretStr

from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.errors import InvalidInput
from opsconductor.secrets.ssh_agent import SshAgent


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder on a tmpfs."""
    made = Path(tempfile.mkdtemp(prefix="opsc-agent-", dir="/dev/shm"))
    yield made / "agent"
    shutil.rmtree(made)


def secret(text: str) -> Secret:
    """An SSH key credential."""
    return Secret(kind=CredentialKind.SSH_KEY, value=SecretStr(text))


def listed(agent: SshAgent) -> list[str]:
    """The public keys the agent holds."""
    environment = {**os.environ, "SSH_AUTH_SOCK": str(agent.socket)}
    done = subprocess.run(["ssh-add", "-L"], env=environment, capture_output=True, text=True, check=True)
    return [" ".join(line.split()[:2]) for line in done.stdout.splitlines()]


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_keys_of_every_form_are_held_and_forgotten(folder: Path) -> None:
    keys: dict[str, PrivateKeyTypes] = {
        "ed25519 {{ x }}": Ed25519PrivateKey.generate(),
        "rsa": rsa.generate_private_key(65537, 2048),
        "../ec": ec.generate_private_key(ec.SECP256R1()),
    }
    texts = {n: k.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() for n, k in keys.items()}
    with SshAgent(folder) as agent:
        files = agent.add_all({name: secret(text) for name, text in texts.items()})
        assert sorted(listed(agent)) == sorted(path.read_text().strip() for path in files.values())
        assert {path.parent for path in files.values()} == {folder}
        assert folder.stat().st_mode & 0o777 == 0o700
        stored = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        assert b"PRIVATE" not in stored
    assert not list(folder.iterdir())


def test_a_key_with_a_passphrase_and_what_is_no_key_are_refused(folder: Path) -> None:
    locked = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(b"word")
    )
    with SshAgent(folder) as agent:
        for text in (locked.decode(), "nonsense"):
            with pytest.raises(InvalidInput, match=r"damaged or has a passphrase.*'the key'"):
                agent.add("the key", secret(text))


def test_the_agent_dies_with_a_process_that_is_killed(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from opsconductor.secrets.ssh_agent import SshAgent\n"
        "agent = SshAgent(Path(sys.argv[1])); agent.start(); print(agent._pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        pid = int(user.stdout.readline())
        assert alive(pid)
        user.send_signal(signal.SIGKILL)
    end = time.monotonic() + 15
    while alive(pid):
        assert time.monotonic() < end, "the agent is still there"
        time.sleep(0.1)
