# SPDX-License-Identifier: Apache-2.0
"""Log in to a host with the ordinary SSH client, its key checked."""

import os
import subprocess
import tempfile
from pathlib import Path

from tests.lab.host import Host

ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$LAB_PASSWORD"\n'


def ssh(
    host: Host,
    command: str,
    *,
    user: str = "root",
    password: str | None = None,
    trusted: str | None = None,
    stdin: str = "",
    timeout: float = 30,
) -> subprocess.CompletedProcess[str]:
    """Run *command* on *host* as *user*, by key or, where given, by *password*; 255 means that SSH itself failed.

    *trusted* is the known_hosts line to check the host against; the host's present one unless told.
    """
    with tempfile.TemporaryDirectory() as folder:
        known_hosts = Path(folder) / "known_hosts"
        known_hosts.write_text(f"{trusted or host.known_hosts_line}\n")
        askpass = Path(folder) / "askpass"
        askpass.write_text(ASKPASS)
        askpass.chmod(0o700)
        options = [
            f"UserKnownHostsFile={known_hosts}",
            "GlobalKnownHostsFile=/dev/null",
            "StrictHostKeyChecking=yes",
            "NumberOfPasswordPrompts=1",
            "IdentityAgent=none",
            *_authentication(host, password),
        ]
        arguments = ["ssh", "-F", "/dev/null", *(f"-o{option}" for option in options)]
        secret = {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "LAB_PASSWORD": password or ""}
        return subprocess.run(
            [*arguments, "-p", str(host.port), f"{user}@{host.address}", command],
            input=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, **secret},
            timeout=timeout,
            check=False,
        )


def _authentication(host: Host, password: str | None) -> tuple[str, ...]:
    if password is None:
        return (f"IdentityFile={host.key_path}", "IdentitiesOnly=yes", "PreferredAuthentications=publickey")
    return ("PreferredAuthentications=password", "PubkeyAuthentication=no")
