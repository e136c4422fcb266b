# SPDX-License-Identifier: Apache-2.0
"""An ssh-agent that lives as long as its user and holds private keys in memory only."""

import contextlib
import hashlib
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.errors import Broken, InvalidInput, Unsupported
from opsconductor.private_folder import private_folder

_START_SECONDS = 10.0
_TRY_IT = (
    "Try `ssh-agent true` as the same user, and look whether there is space left (df -h $XDG_RUNTIME_DIR /dev/shm)."
)
#: Agent and ssh-add need no more; nothing of ours is handed down.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL")


class SshAgent:
    """Holds the private keys of SSH key credentials for the programs that are given `socket`.

    `folder` must be a directory on a tmpfs that only this user may enter; it is made when missing. Into it go the
    socket and one `.pub` file per key, which is what `IdentityFile=` names when the private half is in an agent.
    When this process dies, however it dies, the agent ends by itself within ten seconds: ssh-agent watches the `cat`
    it was started with, and that one ends with our end of its pipe.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "agent.sock"
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    def __enter__(self) -> "SshAgent":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the agent and wait for its socket; Unsupported without OpenSSH, Broken when it does not come up."""
        private_folder(self.folder)
        self.socket.unlink(missing_ok=True)  # of one that was killed
        command = ["ssh-agent", "-a", str(self.socket), "sh", "-c", 'echo "$SSH_AGENT_PID"; exec cat >/dev/null']
        try:
            self._guard = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise Unsupported(
                "ssh-agent is not installed, so SSH keys cannot be used.", remedy="Install the OpenSSH client."
            ) from error
        assert self._guard.stdout is not None  # noqa: S101 - PIPE was asked for
        line = self._guard.stdout.readline().strip()
        if not line.isdigit():
            raise Broken(f"ssh-agent did not start: {self._complaint()}", remedy=_TRY_IT)
        self._pid = int(line)
        self._await_socket()

    def add(self, name: str, secret: Secret) -> Path:
        """Load the key of credential `name`; returns the path of its public key file.

        InvalidInput when it is no private key, or one that still has a passphrase.
        """
        if secret.kind is not CredentialKind.SSH_KEY:
            raise InvalidInput(f"Credential '{name}' is a {secret.kind.value}, not an SSH key.")
        private, public = _openssh(name, secret)
        added = subprocess.run(
            ["ssh-add", "-q", "-"],
            input=private,
            capture_output=True,
            env=_environment() | {"SSH_AUTH_SOCK": str(self.socket), "SSH_ASKPASS_REQUIRE": "never"},
            start_new_session=True,  # without a terminal it cannot stop to ask for a passphrase
            timeout=30,
            check=False,
        )
        if added.returncode != 0:
            raise _unusable(name)
        path = self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.pub"
        path.write_text(public, encoding="utf-8")
        path.chmod(0o600)
        return path

    def add_all(self, secrets: dict[str, Secret]) -> dict[str, Path]:
        """Load every SSH key among `secrets`; credential name → public key file, for `slice.SlicePaths.identities`."""
        return {name: self.add(name, s) for name, s in secrets.items() if s.kind is CredentialKind.SSH_KEY}

    def stop(self) -> None:
        """End the agent, which forgets its keys, and remove what it left; harmless when it has ended already."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)
            self._pid = None
        if self._guard is not None:
            self._guard.communicate()  # closes its stdin: cat ends
            self._guard = None
        for path in (self.socket, *self.folder.glob("*.pub")):
            path.unlink(missing_ok=True)

    def _await_socket(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.socket.is_socket():
            if time.monotonic() > deadline:
                self.stop()
                raise Broken(f"ssh-agent opened no socket in {self.folder}.", remedy=_TRY_IT)
            time.sleep(0.01)

    def _complaint(self) -> str:
        assert self._guard is not None  # noqa: S101 - called after the start only
        _, complaint = self._guard.communicate(timeout=_START_SECONDS)
        self._guard = None
        return complaint.decode(errors="replace").strip() or "it gave no reason"


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def _openssh(name: str, secret: Secret) -> tuple[bytes, str]:
    """The private key in the form every OpenSSH reads, and its public line."""
    text = secret.value.get_secret_value().strip().encode() + b"\n"
    try:
        key = _load(text)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if secret.public is None:
            raise _unusable(name) from error
        return text, secret.public.strip() + "\n"  # a kind only OpenSSH knows, such as a hardware key
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private, public.decode() + "\n"


def _unusable(name: str) -> InvalidInput:
    return InvalidInput(
        f"The key of credential '{name}' could not be loaded: it is damaged or has a passphrase.",
        remedy=f"Give the key again with its passphrase: opsc credentials replace {shlex.quote(name)}",
    )


def _load(text: bytes) -> PrivateKeyTypes:
    if b"OPENSSH PRIVATE KEY" in text:
        return load_ssh_private_key(text, None)
    return load_pem_private_key(text, None)
