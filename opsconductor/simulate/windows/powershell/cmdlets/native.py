# SPDX-License-Identifier: Apache-2.0
"""Native programs: sc, net, tasklist, taskkill, choco, hostname, whoami, shutdown, ipconfig, cmd, netstat, where."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated, WindowsError
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.powershell.cmdlets.batch import BATCH, run_batch
from opsconductor.simulate.windows.powershell.session import Session
from opsconductor.simulate.windows.process import Process
from opsconductor.simulate.windows.service import Service, ServiceState
from opsconductor.simulate.windows.software import version_key


@dataclass(frozen=True)
class Ran:
    """How a program ended."""

    output: str = ""
    exit_code: int = 0
    error: str = ""


Program = Callable[[Session, list[str], list[Any] | None], Awaitable[Ran]]
NATIVE: dict[str, Program] = {}


def program(name: str) -> Callable[[Program], Program]:
    def register(run: Program) -> Program:
        NATIVE[name] = run
        return run

    return register


@program("hostname")
async def hostname(session: Session, _words: list[str], _items: list[Any] | None) -> Ran:
    return Ran(f"{session.host.computer_name.lower()}\n")


@program("whoami")
async def whoami(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    if words:
        raise NotSimulated(f"whoami {' '.join(words)}")
    name = session.user.rpartition("\\")[2]
    if name.upper() == "SYSTEM":
        return Ran("nt authority\\system\n")
    return Ran(f"{session.host.name}\\{name}\n".lower())


_CODES = {"stopped": 1, "start_pending": 2, "stop_pending": 3, "running": 4, "paused": 7}
_STARTS = {
    "auto": "2   AUTO_START",
    "delayed": "2   AUTO_START  (DELAYED)",
    "manual": "3   DEMAND_START",
    "disabled": "4   DISABLED",
}


def _queried(service: Service) -> str:
    return (
        f"\nSERVICE_NAME: {service.name}\n        TYPE               : 10  WIN32_OWN_PROCESS\n"
        f"        STATE              : {_CODES[service.state]}  {str(service.state).upper()}\n"
        "        WIN32_EXIT_CODE    : 0  (0x0)\n        SERVICE_EXIT_CODE  : 0  (0x0)\n"
        "        CHECKPOINT         : 0x0\n        WAIT_HINT          : 0x0\n"
    )


def _configured(service: Service) -> str:
    return (
        f"[SC] QueryServiceConfig SUCCESS\n\nSERVICE_NAME: {service.name}\n"
        f"        TYPE               : 10  WIN32_OWN_PROCESS\n"
        f"        START_TYPE         : {_STARTS[service.start_mode]}\n"
        f"        ERROR_CONTROL      : 1   NORMAL\n        BINARY_PATH_NAME   : {service.path}\n"
        f"        DISPLAY_NAME       : {service.display_name}\n"
        f"        DEPENDENCIES       : {' '.join(service.dependencies)}\n"
        f"        SERVICE_START_NAME : {service.username}\n"
    )


@program("sc")
async def sc(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    verb = words[0].lower() if words else ""
    if verb not in ("query", "queryex", "qc", "start", "stop"):
        raise NotSimulated(f"sc {' '.join(words)}")
    services = session.host.services
    if verb in ("query", "queryex") and len(words) == 1:
        return Ran("".join(_queried(service) for service in services if service.state is ServiceState.RUNNING))
    found = services.find(words[1]) if len(words) > 1 else None
    if found is None:
        head = {"start": "StartService", "stop": "OpenService"}.get(verb, "EnumQueryServicesStatus:OpenService")
        return Ran(
            f"[SC] {head} FAILED 1060:\n\nThe specified service does not exist as an installed service.\n\n", 1060
        )
    if verb == "qc":
        return Ran(_configured(found))
    wrong = {"start": ServiceState.RUNNING, "stop": ServiceState.STOPPED}.get(verb)
    if found.state is wrong:
        code, why = (
            (1056, "An instance of the service is already running.")
            if verb == "start"
            else (1062, "The service has not been started.")
        )
        return Ran(f"[SC] ControlService FAILED {code}:\n\n{why}\n\n", code)
    try:
        if verb == "start":
            await services.start(found)
        elif verb == "stop":
            await services.stop(found)
    except WindowsError as error:
        return Ran(f"[SC] {verb} FAILED 1053:\n\n{error}\n\n", 1053)
    return Ran(_queried(found))


@program("net")
async def net(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    verb = words[0].lower() if words else ""
    if verb not in ("start", "stop"):
        raise NotSimulated(f"net {' '.join(words)}")
    if len(words) == 1 and verb == "start":
        running = [s.display_name for s in session.host.services if s.state is ServiceState.RUNNING]
        return Ran("These Windows services are started:\n\n" + "".join(f"   {name}\n" for name in running))
    service = session.host.services.find(words[1]) if len(words) > 1 else None
    if service is None:
        return Ran("", 2, "The service name is invalid.\n\nMore help is available by typing NET HELPMSG 2185.\n")
    if verb == "start" and service.state is ServiceState.RUNNING:
        return Ran("", 2, "The requested service has already been started.\n")
    if verb == "stop" and service.state is ServiceState.STOPPED:
        return Ran("", 2, f"The {service.display_name} service is not started.\n")
    try:
        await (
            session.host.services.start(service) if verb == "start" else session.host.services.stop(service, force=True)
        )
    except WindowsError as error:
        return Ran("", 2, f"{error}\n")
    done = "started" if verb == "start" else "stopped"
    return Ran(f"The {service.display_name} service was {done} successfully.\n\n")


def _chosen(session: Session, words: list[str]) -> list[Process]:
    """Processes picked by `/IM name`, `/PID n` or `/FI "IMAGENAME eq name"`."""
    table, low = session.host.processes, [word.lower() for word in words]
    found: list[Process] = []
    for at, word in enumerate(low[:-1]):
        value = words[at + 1]
        if word == "/im":
            found += table.find(value)
        elif word == "/pid":
            found += [one for one in [table.get(int(value))] if one]
        elif word == "/fi":
            parts = value.split()
            if len(parts) != 3 or parts[0].upper() not in ("IMAGENAME", "PID") or parts[1].lower() != "eq":
                raise NotSimulated(f"The filter {value!r}")
            found += (
                table.find(parts[2])
                if parts[0].upper() == "IMAGENAME"
                else [p for p in table if p.pid == int(parts[2])]
            )
    return found


@program("tasklist")
async def tasklist(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    low = [word.lower() for word in words]
    unknown = [
        word for at, word in enumerate(low) if word.startswith("/") and word not in ("/fi", "/fo", "/nh", "/svc", "/v")
    ]
    if unknown or ("/fo" in low and low[low.index("/fo") + 1] not in ("csv", "table")):
        raise NotSimulated(f"tasklist {' '.join(words)}")
    rows = _chosen(session, words) if "/fi" in low else list(session.host.processes)
    if not rows:
        return Ran("INFO: No tasks are running which match the specified criteria.\n")
    if "csv" in low:
        head = "" if "/nh" in low else '"Image Name","PID","Session Name","Session#","Mem Usage"\n'
        return Ran(
            head + "".join(f'"{p.image}","{p.pid}","Services","0","{p.working_set // 1024:,} K"\n' for p in rows)
        )
    head = "\nImage Name                     PID Session Name        Session#    Mem Usage\n"
    head += "========================= ======== ================ =========== ============\n"
    lines = [f"{p.image:25.25} {p.pid:8} {'Services':16} {0:11} {p.working_set // 1024:10,} K\n" for p in rows]
    return Ran(("" if "/nh" in low else head) + "".join(lines))


@program("taskkill")
async def taskkill(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    found = _chosen(session, words)
    if not found:
        named = next((words[at + 1] for at, word in enumerate(words[:-1]) if word.lower() in ("/im", "/pid")), "")
        return Ran("", 128, f'ERROR: The process "{named}" not found.\n')
    output = ""
    for process in found:
        if session.host.faults.strikes(FaultKind.PROCESS_KILL, process.image):
            return Ran(
                output,
                1,
                f'ERROR: The process "{process.image}" with PID {process.pid} could not be terminated.\n'
                "Reason: Access is denied.\n",
            )
        await session.host.end_process(process.pid)
        output += f'SUCCESS: The process "{process.image}" with PID {process.pid} has been terminated.\n'
    return Ran(output)


@program("shutdown")
async def shutdown(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    low = [word.lower() for word in words]
    if "/a" in low:
        return Ran("", 1116, "Unable to abort the system shutdown because no shutdown was in progress.(1116)\n")
    if not {"/r", "/s"} & set(low):
        raise NotSimulated(f"shutdown {' '.join(words)}")
    if session.host.faults.strikes(FaultKind.REBOOT):
        return Ran("", 5, "Access is denied.(5)\n")
    delay = float(words[low.index("/t") + 1]) if "/t" in low else 30.0
    # Windows needs a moment for its own shutdown; an answer in flight still arrives.
    work = session.host.restart_after if "/r" in low else session.host.switch_off_after
    session.host.in_background(work(max(delay, 0.3)))
    return Ran()


@program("choco")
async def choco(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    """`choco search NAME --exact [--all-versions] --limit-output`: name|version, the newest one first."""
    flags = [word for word in words if word.startswith("--")]
    named = [word for word in words if not word.startswith("--")]
    known = {"--exact", "--all-versions", "--limit-output"}
    if named[:1] != ["search"] or len(named) != 2 or not {"--exact", "--limit-output"} <= set(flags) <= known:
        raise NotSimulated(f"choco {' '.join(words)}")
    offer = session.host.chocolatey.offers.get(named[1].lower())
    versions = sorted(offer.versions, key=version_key, reverse=True) if offer else []
    shown = versions if "--all-versions" in flags else versions[:1]
    return Ran("".join(f"{offer.name}|{version}\n" for version in shown if offer))


@program("ipconfig")
async def ipconfig(session: Session, _words: list[str], _items: list[Any] | None) -> Ran:
    return Ran(
        "\nWindows IP Configuration\n\n\nEthernet adapter Ethernet0:\n\n"
        f"   IPv4 Address. . . . . . : {session.host.address}\n"
    )


@program("netstat")
async def netstat(session: Session, _words: list[str], _items: list[Any] | None) -> Ran:
    rows = [
        f"  TCP    0.0.0.0:{port:<15} 0.0.0.0:0              LISTENING\n" for port in sorted(session.host.open_ports())
    ]
    return Ran("\nActive Connections\n\n  Proto  Local Address          Foreign Address        State\n" + "".join(rows))


@program("cmd")
async def cmd(session: Session, words: list[str], items: list[Any] | None) -> Ran:
    """`cmd /c program …`: one simulated program, or echo, ver, exit; no operators."""
    rest = [word for word in words[:1] if word.lower() != "/d"] + words[1:]
    if not rest or rest[0].lower() != "/c":
        raise NotSimulated(f"cmd {' '.join(words)}")
    if rest[1].lower().endswith(BATCH):
        return Ran(*run_batch(session, rest[1], rest[2:]))
    line = " ".join(rest[1:])
    return await run_line(session, line, items)


async def run_line(session: Session, line: str, items: list[Any] | None = None) -> Ran:
    """A command line without a shell, as win_command runs it. Raises NotSimulated."""
    if set("|<>&") & set(line):
        raise NotSimulated(f"The command line {line!r} with shell operators")
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.quotes, lexer.commenters = True, "", '"', ""
    words = list(lexer)
    name = words[0].replace("/", "\\").rpartition("\\")[2].lower().removesuffix(".exe") if words else ""
    match name:
        case "echo":
            return Ran(" ".join(words[1:]) + "\n")
        case "ver":
            return Ran("\nMicrosoft Windows [Version 10.0.20348.2400] (simulated)\n")
        case "exit":
            return Ran(exit_code=int(words[-1]) if words[-1].isdigit() else 0)
    if name not in NATIVE:
        raise NotSimulated(f"The program {words[0] if words else line!r}")
    return await NATIVE[name](session, words[1:], items)
