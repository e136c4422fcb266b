# SPDX-License-Identifier: Apache-2.0
"""Asks a machine for its SSH host keys, directly or over its jump hosts, without logging in to it."""

import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from opsconductor.domain.addresses import check_address
from opsconductor.domain.assets import HostKey
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.errors import InvalidInput, OpsConductorError, Unsupported
from opsconductor.execution.environment import allowed
from opsconductor.execution.parts import Access
from opsconductor.private_folder import runtime_folder
from opsconductor.services.ports import try_tcp
from opsconductor.settings import Settings

_SECONDS = 10
_AT_ONCE = 32


class KeyScan:
    """Fetches host keys. What comes back is only as trustworthy as the way it came."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self.settings = settings
        self.access = access

    def keys(self, targets: Iterable[BoundTarget]) -> dict[str, tuple[HostKey, ...] | str]:
        """Target name → its keys, or in words why there are none."""
        wanted = list(targets)
        with ThreadPoolExecutor(min(_AT_ONCE, len(wanted)) or 1) as pool:
            return dict(zip((t.name for t in wanted), pool.map(self._one, wanted), strict=True))

    def _one(self, target: BoundTarget) -> tuple[HostKey, ...] | str:
        if target.jump:
            try:
                return self._over_jump_hosts(target)
            except OpsConductorError as error:
                return str(error)
        if fault := try_tcp(target.address, target.port):
            return fault
        command = ["ssh-keyscan", "-T", str(_SECONDS), "-p", str(target.port), "--", check_address(target.address)]
        lines, said = _run(command)
        return _read(lines) or f"No SSH server answers on port {target.port}{': ' + said if said else ''}."

    def _over_jump_hosts(self, target: BoundTarget) -> tuple[HostKey, ...] | str:
        """The one key ssh itself prefers: ssh-keyscan cannot pass a jump host.

        ssh takes up the key, stores it in an empty file of ours and gives up, since no way to log in is allowed.
        """
        base = runtime_folder(self.settings, "checks")
        bare = target.model_copy(update={"credential": None, "become": None})
        with tempfile.TemporaryDirectory(dir=base) as name, self.access.open([bare], Path(name)) as opened:
            found = Path(name) / "offered"
            (variables,) = opened.inventory["_meta"]["hostvars"].values()
            first = {"StrictHostKeyChecking": "accept-new", "UserKnownHostsFile": f'"{found}"', "HashKnownHosts": "no"}
            first |= {"PreferredAuthentications": "none", "BatchMode": "yes", "ConnectTimeout": str(_SECONDS)}
            options = [part for option, value in first.items() for part in ("-o", f"{option}={value}")]
            options += shlex.split(variables["ansible_ssh_common_args"])
            command = ["ssh", *options, "-p", str(target.port), "-l", "nobody", "--", check_address(target.address)]
            _, said = _run([*command, "true"])
            keys = _read(found.read_text(encoding="utf-8") if found.exists() else "")
        return keys or f"The machine was not reached over its jump host: {said or 'no reason was given'}"


def _run(command: list[str]) -> tuple[str, str]:
    """(standard output, the last line of what was said)."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=allowed({}) | {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
            timeout=_SECONDS * 4,
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise Unsupported(f"{command[0]} is not installed.", remedy="Install the OpenSSH client.") from error
    except subprocess.TimeoutExpired:
        return "", "it did not end in time"
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith(("#", "Warning:"))]
    return done.stdout, said[-1].strip() if said else ""


def _read(text: str) -> tuple[HostKey, ...]:
    keys = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 3 and not line.startswith("#"):
            try:
                keys.append(make_host_key(fields[1], fields[2]))
            except InvalidInput:
                continue  # a server may offer what it likes; only a sound key is shown
    return tuple(sorted(set(keys), key=lambda key: key.kind))
