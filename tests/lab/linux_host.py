# SPDX-License-Identifier: Apache-2.0
"""A full Debian host: systemd as PID 1."""

import os
import signal
import sys
from collections.abc import Sequence

from tests.lab import repository, supervisor
from tests.lab.errors import LabError
from tests.lab.host import Host

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


class LinuxHost(Host):
    """A host that boots systemd, runs its services, reboots; half a second to start, 12 MB of memory."""

    def reboot(self, timeout: float = 60) -> None:
        """Reboot the host in an orderly way and wait until it is ready again."""
        before = self._init()
        if before is None:
            raise LabError(f"{self.name} is not running, so it cannot reboot")
        # systemd's own signal for it: it needs no D-Bus, which ends in the course of it.
        os.kill(before, signal.SIGRTMIN + 5)
        self._wait(lambda: self._init() not in (None, before), timeout, "reboot")
        self.wait_until_ready(timeout)

    def service_state(self, name: str) -> str:
        """Return systemd's word for the service: active, inactive, failed, …"""
        return self.run("systemctl", "show", "--property=ActiveState", "--value", name).strip()

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

    def _command(self) -> Sequence[str]:
        label = self.slot.label(self.index)
        return [
            sys.executable, "-m", supervisor.__name__, label, str(self.folder),
            # The network is the host's own: its firewall and its kernel settings are, too.
            "env", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network",
            "systemd-nspawn", "--capability=CAP_NET_ADMIN", "--quiet", f"--machine={label}",
            f"--hostname={self.name}", f"--directory={self.root}",
            "--register=no", "--keep-unit", f"--network-namespace-path=/run/netns/{label}", "--resolv-conf=off",
            "--timezone=off", "--link-journal=no", "--console=pipe",
            f"--bind-ro={self.image.repository.folder}:{repository.MOUNT_POINT}", "--boot",
        ]  # fmt: skip

    def _booted(self) -> bool:
        try:
            return self.run("sh", "-c", "systemctl is-system-running || true").strip() in READY
        except LabError:
            return False

    def _restart_ssh(self) -> None:
        self.run("systemctl", "restart", "ssh")
