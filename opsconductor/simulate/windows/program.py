# SPDX-License-Identifier: Apache-2.0
"""The simulator as a program: reads the options, runs the lab until it is told to end."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import secrets
import signal
import ssl
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsconductor.simulate.windows.certificate import make_certificate, server_context
from opsconductor.simulate.windows.control import ControlChannel
from opsconductor.simulate.windows.description import LabDescription
from opsconductor.simulate.windows.failure import DescriptionError
from opsconductor.simulate.windows.journal import Request
from opsconductor.simulate.windows.lab import (
    DEFAULT_ADDRESS,
    DEFAULT_PORT,
    DEFAULT_USER,
    SimulatedWindowsLab,
    addresses_from,
)
from opsconductor.simulate.windows.logon import Doors

PASSWORD_VARIABLE = "OPSCONDUCTOR_SIMULATED_PASSWORD"
_ALPHABET = string.ascii_letters + string.digits + "-_+="


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says."""

    count: int = 1
    address: str = DEFAULT_ADDRESS
    port: int = DEFAULT_PORT
    name: str = "win{:02}"
    user: str = DEFAULT_USER
    folder: Path
    password_file: Path | None = None
    state: Path | None = None
    control: Path | None = None
    ready_file: Path | None = None
    tls: bool = False
    certificate: Path | None = None
    basic_over_http: bool = False
    quiet: bool = False
    until_input_ends: bool = False


def find_password(options: Options) -> tuple[str, Path]:
    """The lab's password and the 0600 file that holds it: given file, else the variable, else a new one."""
    path = options.password_file or options.folder / "password"
    if path.exists():
        word = path.read_text(encoding="utf-8").strip()
        if not word:
            raise DescriptionError(
                f"The password file {path} is empty.", remedy="Write a password into it or remove it."
            )
        return word, path
    word = os.environ.pop(PASSWORD_VARIABLE, "") or "".join(secrets.choice(_ALPHABET) for _ in range(24))
    path.touch(mode=0o600)
    path.write_text(word + "\n", encoding="utf-8")
    return word, path


def _tls(options: Options, names: list[str]) -> tuple[ssl.SSLContext | None, Path | None]:
    if options.certificate is not None:
        return server_context(options.certificate), options.certificate
    if not options.tls:
        return None, None
    public = make_certificate(options.folder, names, addresses_from(options.address, options.count))
    return server_context(options.folder / "private.pem"), public


def build(options: Options) -> tuple[SimulatedWindowsLab, dict[str, Any]]:
    """The lab and the content of the ready file. Raises DescriptionError."""
    options.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    password, password_file = find_password(options)
    names = [options.name.format(number) for number in range(1, options.count + 1)]
    context, certificate = _tls(options, names)
    lab = SimulatedWindowsLab(
        options.count,
        password=password,
        address=options.address,
        port=options.port,
        user=options.user,
        name=options.name,
        description=LabDescription.read(options.state) if options.state else None,
        doors=Doors(basic=context is not None or options.basic_over_http),
        context=context,
    )
    ready = {
        "schema_version": 1,
        "pid": os.getpid(),
        "user": options.user,
        "password_file": str(password_file),
        "certificate": str(certificate) if certificate else None,
        "control": str(options.control) if options.control else None,
        "hosts": lab.inventory(),
    }
    return lab, ready


def _line(name: str) -> Callable[[Request], str]:
    def write(request: Request) -> str:
        outcome = "lost" if request.lost else "failed" if request.failed else "changed" if request.changed else "ok"
        return f"{name} {request.name} {outcome} rc={request.rc} {request.seconds:.3f}s"

    return write


def _quietly(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Connections that a client or a fault cut are no news."""
    if not isinstance(context.get("exception"), ConnectionError | ssl.SSLError):
        loop.default_exception_handler(context)


def _watch_input(end: asyncio.Event) -> None:
    if not os.read(0, 4096):
        asyncio.get_running_loop().remove_reader(0)
        end.set()


async def serve(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Runs the lab until SIGINT, SIGTERM, `stop` on the control channel, or the input ends. Returns figures."""
    lab, ready = build(options)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_quietly)
    end = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, end.set)
    if options.until_input_ends:
        loop.add_reader(0, _watch_input, end)
    control = ControlChannel(lab, options.control) if options.control else None
    try:
        await lab.start()
        if control is not None:
            await control.start()
            control.stopped = end
        if not options.quiet:
            for host in lab.hosts:
                shown = _line(host.name)
                host.journal.listener = lambda request, shown=shown: say(shown(request))
        _announce(options, ready, say)
        await end.wait()
    finally:
        if control is not None:
            await control.close()
        await lab.close()
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    requests = sum(len(host.journal.view()) for host in lab.hosts)
    return {"cpu_seconds": round(used.ru_utime + used.ru_stime, 2), "memory_kb": used.ru_maxrss, "requests": requests}


def _announce(options: Options, ready: dict[str, Any], say: Callable[[str], None]) -> None:
    first, last = ready["hosts"][0], ready["hosts"][-1]
    say(
        f"{len(ready['hosts'])} simulated Windows hosts: {first['name']} {first['address']}:{first['port']} to "
        f"{last['name']} {last['address']}:{last['port']} ({first['scheme']})"
    )
    say(f"user {ready['user']}, password in {ready['password_file']}")
    if ready["certificate"]:
        say(f"certificate to trust: {ready['certificate']}")
    if options.control:
        say(f"control: {options.control}")
    if options.ready_file is not None:
        waiting = options.ready_file.with_suffix(".part")
        waiting.write_text(json.dumps(ready, indent=2), encoding="utf-8")
        waiting.replace(options.ready_file)
