# SPDX-License-Identifier: Apache-2.0
"""What every lab host is: an own root file system over the shared image, own network, own processes, real sshd."""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import access, cgroup, network, supervisor
from tests.lab.errors import LabError
from tests.lab.image import CHECKOUT, Image
from tests.lab.slot import Slot
from tests.lab.tool import run

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOST_KEY = "etc/ssh/ssh_host_ed25519_key"


@dataclass
class Host(ABC):
    """One host of a run. Log in at address:port as root or ops with key_path, as deploy with deploy_password.

    Its subclasses say what runs as PID 1.
    """

    name: str
    index: int
    slot: Slot
    image: Image
    access: access.Access
    port: int = 22
    user: str = "root"
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """The host's IPv4 address; only this machine and the run's other hosts reach it."""
        return self.slot.address(self.index)

    @property
    def key_path(self) -> Path:
        """The private key (mode 0600) that root and ops accept."""
        return self.access.key_path

    @property
    def folder(self) -> Path:
        """Where the host's own files lie while it exists."""
        return self.slot.folder / "hosts" / str(self.index)

    @property
    def root(self) -> Path:
        """The host's root file system, seen from the machine."""
        return self.folder / "root"

    @property
    def host_key(self) -> str:
        """The host's public key as it is on its disk: type and base64."""
        return " ".join((self.root / f"{HOST_KEY}.pub").read_text().split()[:2])

    @property
    def known_hosts_line(self) -> str:
        """The line of known_hosts that trusts this host."""
        return f"{self.address} {self.host_key}"

    def start(self, keep: int | None = None) -> None:
        """Make the host and start it; wait_until_ready comes next. *keep* is a lock's descriptor that it will hold."""
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True)
        state = {"kind": type(self).__name__, "name": self.name, "index": self.index}
        (self.folder / "host.json").write_text(json.dumps(state))
        layers = f"lowerdir={self.slot.folder / 'layer'}:{self.image.root}"
        own = f"upperdir={self.folder / 'upper'},workdir={self.folder / 'work'}"
        run(["mount", "-t", "overlay", "overlay", "-o", f"{layers},{own}", self.root])
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        (self.root / "etc/machine-id").write_text(f"{uuid.uuid4().hex}\n")
        self._write_host_key()
        network.connect(self.slot, self.index)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if keep is None else (keep,),
            )

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """Return the command that runs the host; all processes of it but a supervisor are in the host's group."""

    @abstractmethod
    def _booted(self) -> bool:
        """Return whether the host has finished starting, once its sshd answers."""

    @abstractmethod
    def _restart_ssh(self) -> None:
        """Make sshd read its key again."""

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Return when sshd answers and the host has finished booting; raise LabError after *timeout* (s)."""
        self._wait(lambda: self._ssh_banner() and self._booted(), timeout, "come up")

    def down(self) -> None:
        """End the host at once and remove all of it; do nothing when it is gone already."""
        if self.folder.is_dir():
            (self.folder / supervisor.STOP).touch()
            self._wait(self._killed, 20, "end")
        if self._process is not None:
            self._process.wait(20)
        label = self.slot.label(self.index)
        cgroup.remove(label)
        network.disconnect(self.slot, self.index)
        if os.path.ismount(self.root):
            run(["umount", "--lazy", self.root])
        shutil.rmtree(self.folder, ignore_errors=True)

    def unplug(self) -> None:
        """Pull the network cable: the host runs on, nobody reaches it."""
        network.switch(self.slot, self.index, up=False)

    def plug_in(self) -> None:
        """Put the network cable back."""
        network.switch(self.slot, self.index, up=True)

    def run(self, *argv: str, stdin: str | None = None, timeout: float = 60) -> str:
        """Return the output of a command run as root inside the host, started from the machine's side without SSH."""
        init = self._init()
        if init is None:
            raise LabError(f"{self.name} is not running: its log is {self.folder / 'log'}")
        inside = ["env", "--ignore-environment", f"PATH={PATH}", "HOME=/root", "LC_ALL=C.UTF-8", *argv]
        return run(["nsenter", f"--target={init}", "--all", "--root", "--wd", *inside], stdin=stdin, timeout=timeout)

    def succeeds(self, *argv: str) -> bool:
        """Return whether the command ends with 0 inside the host."""
        try:
            self.run(*argv)
        except LabError:
            return False
        return True

    def package_version(self, name: str) -> str | None:
        """Return the installed version of the package, or None."""
        status = self.run("sh", "-c", f"dpkg-query -W -f '${{Status}}|${{Version}}' {shlex.quote(name)} || true")
        state, _, version = status.partition("|")
        return version if state == "install ok installed" else None

    def change_host_key(self) -> str:
        """Give the host another key, as a reinstalled or impersonated host has; return the new public key."""
        self._write_host_key()
        self._restart_ssh()
        self._wait(self._offers_its_key, 20, "answer with its new key")
        return self.host_key

    def _write_host_key(self) -> None:
        key = access.new_key(self.name)
        access.write_private(self.root / HOST_KEY, key.private)
        (self.root / f"{HOST_KEY}.pub").write_text(f"{key.public}\n")

    def _processes(self) -> set[int]:
        return cgroup.processes(self.slot.label(self.index))

    def _init(self) -> int | None:
        """Return the process id that the host's PID 1 has on the machine."""
        for process in self._processes():
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{process}/status").read_text()
                ids = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
                if len(ids) == 2 and ids[-1] == "1":
                    return process
        return None

    def _killed(self) -> bool:
        """Kill what runs in the host; return True when nothing does and its supervisor has ended."""
        for process in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with (self.folder / supervisor.LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return not self._processes()

    def _offers_its_key(self) -> bool:
        try:
            return self.host_key in run(["ssh-keyscan", "-t", "ed25519", "-p", str(self.port), self.address])
        except LabError:  # not listening yet
            return False

    def _ssh_banner(self) -> bool:
        try:
            with socket.create_connection((self.address, self.port), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _wait(self, reached: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise LabError(f"{self.name} did not {what} within {timeout:g} s; its log ends with:\n{log}")
            time.sleep(0.02)
