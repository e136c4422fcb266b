# SPDX-License-Identifier: Apache-2.0
"""A Debian host of its own: systemd as PID 1, own root file system, own network, real sshd."""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import access, cgroup, network, repository, supervisor
from tests.lab.errors import LabError
from tests.lab.image import CHECKOUT, Image
from tests.lab.slot import Slot
from tests.lab.tool import run

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOST_KEY = "etc/ssh/ssh_host_ed25519_key"
READY = ("running", "degraded")
SERVICE = """\
[Unit]
Description={name}

[Service]
ExecStart=/usr/local/bin/{name}
RuntimeDirectory={name}
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""
HEARTBEAT = """\
#!/bin/sh
while :; do date +%s > "$RUNTIME_DIRECTORY/heartbeat"; sleep 1; done
"""


@dataclass
class LinuxHost:
    """One host of a run. Log in at address:port as root or ops with key_path, as deploy with deploy_password."""

    name: str
    index: int
    slot: Slot
    image: Image
    access: access.Access
    port: int = 22
    user: str = "root"
    _supervisor: subprocess.Popen[bytes] | None = field(default=None, repr=False)

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
        (self.folder / "host.json").write_text(json.dumps({"name": self.name, "index": self.index}))
        layers = f"lowerdir={self.slot.folder / 'layer'}:{self.image.root}"
        own = f"upperdir={self.folder / 'upper'},workdir={self.folder / 'work'}"
        run(["mount", "-t", "overlay", "overlay", "-o", f"{layers},{own}", self.root])
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        (self.root / "etc/machine-id").write_text(f"{uuid.uuid4().hex}\n")
        self._write_host_key()
        network.connect(self.slot, self.index)
        self._launch(keep)

    def _launch(self, keep: int | None) -> None:
        label = self.slot.label(self.index)
        nspawn = [
            "systemd-nspawn", "--quiet", f"--machine={label}", f"--hostname={self.name}", f"--directory={self.root}",
            "--register=no", "--keep-unit", f"--network-namespace-path=/run/netns/{label}", "--resolv-conf=off",
            "--timezone=off", "--link-journal=no", "--console=pipe",
            f"--bind-ro={self.image.repository.folder}:{repository.MOUNT_POINT}", "--boot",
        ]  # fmt: skip
        with (self.folder / "log").open("wb") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", supervisor.__name__, label, str(self.folder), *nspawn],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if keep is None else (keep,),
            )

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Return when sshd answers and systemd has finished booting; raise LabError after *timeout* (s)."""
        self._wait(lambda: self._ssh_banner() and self._boot_state() in READY, timeout, "come up")

    def down(self) -> None:
        """End the host at once and remove all of it; do nothing when it is gone already."""
        if self.folder.is_dir():
            (self.folder / supervisor.STOP).touch()
            self._wait(self._killed, 20, "end")
        if self._supervisor is not None:
            self._supervisor.wait(20)
        label = self.slot.label(self.index)
        cgroup.remove(label)
        network.disconnect(self.slot, self.index)
        if os.path.ismount(self.root):
            run(["umount", "--lazy", self.root])
        shutil.rmtree(self.folder, ignore_errors=True)

    def reboot(self, timeout: float = 60) -> None:
        """Reboot the host in an orderly way and wait until it is ready again."""
        before = self._init()
        if before is None:
            raise LabError(f"{self.name} is not running, so it cannot reboot")
        # systemd's own signal for it; systemctl may lose its D-Bus in mid-call and then waits 25 s for an answer.
        os.kill(before, signal.SIGRTMIN + 5)
        self._wait(lambda: self._init() not in (None, before), timeout, "reboot")
        self.wait_until_ready(timeout)

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

    def service_state(self, name: str) -> str:
        """Return systemd's word for the service: active, inactive, failed, …"""
        return self.run("systemctl", "show", "--property=ActiveState", "--value", name).strip()

    def package_version(self, name: str) -> str | None:
        """Return the installed version of the package, or None."""
        status = self.run("sh", "-c", f"dpkg-query -W -f '${{Status}}|${{Version}}' {shlex.quote(name)} || true")
        state, _, version = status.partition("|")
        return version if state == "install ok installed" else None

    def install_old_nginx(self) -> str:
        """Install the repository's oldest nginx, start it and return its version; latest() is there to upgrade to."""
        version = self.image.repository.oldest("nginx")
        pinned = [f"{package}={version}" for package in repository.UPGRADED]
        self.run(
            "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "-q",
            "--no-install-recommends", *pinned, timeout=120,
        )  # fmt: skip
        return version

    def add_service(self, name: str, script: str = HEARTBEAT) -> None:
        """Install *script* as a service, enabled and started; the default writes /run/NAME/heartbeat each second."""
        program = self.root / "usr/local/bin" / name
        program.write_text(script)
        program.chmod(0o755)
        (self.root / f"etc/systemd/system/{name}.service").write_text(SERVICE.format(name=name))
        self.run("systemctl", "daemon-reload")
        self.run("systemctl", "enable", "--now", "--quiet", name)

    def change_host_key(self) -> str:
        """Give the host another key, as a reinstalled or impersonated host has; return the new public key."""
        self._write_host_key()
        self.run("systemctl", "restart", "ssh")
        self._wait(self._ssh_banner, 20, "answer with its new key")
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
                if len(ids) > 1 and ids[-1] == "1":
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

    def _ssh_banner(self) -> bool:
        try:
            with socket.create_connection((self.address, self.port), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _boot_state(self) -> str:
        with contextlib.suppress(LabError):
            return self.run("sh", "-c", "systemctl is-system-running || true").strip()
        return ""

    def _wait(self, reached: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise LabError(f"{self.name} did not {what} within {timeout:g} s; its log ends with:\n{log}")
            time.sleep(0.02)
