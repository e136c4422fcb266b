# SPDX-License-Identifier: Apache-2.0
"""The sockets of one simulated host: the WinRM listener and the ports of its services."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass

from opsconductor.simulate.windows import soap
from opsconductor.simulate.windows.execute import Executor
from opsconductor.simulate.windows.failure import ConnectionLost, PortTaken
from opsconductor.simulate.windows.fault import FaultDescription, FaultKind
from opsconductor.simulate.windows.host import PRODUCT, SimulatedWindowsHost
from opsconductor.simulate.windows.logon import Doors, Logon
from opsconductor.simulate.windows.remote_shell import ShellService
from opsconductor.simulate.windows.soap import WsmanFault

_SOAP = "application/soap+xml;charset=UTF-8"
_SEALED = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error"}
#: Bytes of a request that are read at most: MAX_ENVELOPE sealed, and room.
_MAX_BODY = 4 * 1024 * 1024


@dataclass
class _Answer:
    status: int
    body: bytes = b""
    kind: str = _SOAP
    challenges: tuple[str, ...] = ()


async def _bind(handler: object, address: str, port: int, context: ssl.SSLContext | None = None) -> asyncio.Server:
    try:
        return await asyncio.start_server(handler, address, port, backlog=256, limit=2**20, ssl=context)  # type: ignore[arg-type]
    except OSError as error:
        raise PortTaken(
            f"The simulated Windows hosts cannot listen on {address}:{port}: {error.strerror or error}.",
            remedy="Choose another --address or --port, or end the program that listens there.",
            address=address,
            port=port,
        ) from None


class Listener:
    """One host's front."""

    def __init__(self, host: SimulatedWindowsHost, port: int, doors: Doors, context: ssl.SSLContext | None) -> None:
        self.host, self.port, self._doors, self._context = host, port, doors, context
        scheme = "https" if context else "http"
        self._shells = ShellService(Executor(host, self.port).run, lambda: f"{scheme}://{host.address}:{port}/wsman")
        self._server: asyncio.Server | None = None
        self._ports: dict[int, asyncio.Server] = {}
        self._connections: set[asyncio.StreamWriter] = set()
        host.services.on_change = self.follow_services
        host.restart, host.switch_off = self.reboot, self.switch_off

    async def start(self) -> None:
        """Raises PortTaken."""
        self._server = await _bind(self._serve, self.host.address, self.port, self._context)
        await self.follow_services()

    async def close(self) -> None:
        """Closes all ports and cuts all connections."""
        self.refuse()
        for server in self._ports.values():
            server.close()
        self._ports.clear()

    def refuse(self) -> None:
        """Closes the WinRM port: new connections are refused, open ones are cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._connections):
            writer.transport.abort()

    async def accept(self) -> None:
        """Opens the WinRM port again if it is closed."""
        if self._server is None and self.host.online:
            self._server = await _bind(self._serve, self.host.address, self.port, self._context)

    async def reboot(self) -> None:
        """Goes dark for the host's `reboot_seconds` and comes back with a new boot time."""
        await self.switch_off()
        await asyncio.sleep(self.host.description.reboot_seconds)
        self.host.boot()
        await self.start()

    async def switch_off(self) -> None:
        """Goes dark for good."""
        self.host.shut_down()
        self._shells.drop_all()
        await self.close()

    async def arm(self, fault: FaultDescription) -> None:
        """Arms a fault; `refuse` acts at once."""
        if fault.kind is not FaultKind.REFUSE:
            self.host.faults.arm(fault)
            return
        self.refuse()
        if fault.seconds:
            self.host.in_background(self._accept_after(fault.seconds))

    async def _accept_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.accept()

    async def follow_services(self) -> None:
        """Opens and closes the services' ports as services start and stop."""
        wanted = self.host.open_ports()
        for port in set(self._ports) - wanted:
            self._ports.pop(port).close()
        for port in wanted - set(self._ports):
            self._ports[port] = await _bind(_greet, self.host.address, port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        logon = Logon(self.host.accounts, self.host.faults, self._doors)
        try:
            while True:
                line, headers, body = await _read_request(reader)
                await self._hold_back()
                answer = await self._answer(line, headers, body, logon)
                writer.write(_render(answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ConnectionLost, ssl.SSLError):
            writer.transport.abort()
        except (ValueError, asyncio.LimitOverrunError):
            writer.write(_render(_Answer(400)))
        finally:
            self._connections.discard(writer)
            writer.close()
            with suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _hold_back(self) -> None:
        if self.host.faults.strikes(FaultKind.UNREACHABLE):
            await asyncio.sleep(3600)
        slow = self.host.faults.strikes(FaultKind.SLOW)
        if slow:
            await asyncio.sleep(slow.seconds)

    async def _answer(self, line: str, headers: dict[str, str], body: bytes, logon: Logon) -> _Answer:
        method, _, rest = line.partition(" ")
        if method != "POST" or rest.partition(" ")[0].partition("?")[0] != "/wsman":
            return _Answer(404)
        verdict = logon.check(headers.get("authorization"))
        if verdict.user is None:
            return _Answer(401, challenges=tuple(verdict.challenges))
        challenges = tuple(verdict.challenges)
        if not body:
            return _Answer(200, challenges=challenges)
        sealed = headers.get("content-type", "").startswith("multipart/encrypted")
        try:
            text = logon.open_body(body) if sealed else body
        except ValueError:
            # Sealed for another connection: a client that lost one goes on with the keys it had.
            raise ConnectionLost from None
        status, xml = await self._wsman(text, verdict.user)
        if sealed:
            return _Answer(status, logon.seal_body(xml), _SEALED, challenges)
        return _Answer(status, xml, _SOAP, challenges)

    async def _wsman(self, text: bytes, user: str) -> tuple[int, bytes]:
        message_id = ""
        try:
            request = soap.parse(text)
            message_id = request.message_id
            if self.host.faults.strikes(FaultKind.DROP, request.verb):
                raise ConnectionLost
            wanted = self.host.faults.strikes(FaultKind.WSMAN, request.verb)
            if wanted:
                raise WsmanFault(wanted.code, wanted.message or "Access is denied. ", "w:AccessDenied", sender=True)
            xml = await self._shells.handle(request, user)
            if self._shells.is_lost(request):
                raise ConnectionLost
        except WsmanFault as error:
            return 500, soap.fault(message_id, error, self.host.name)
        return 200, xml


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest if one)}
    size = int(headers.get("content-length", 0))
    if not 0 <= size <= _MAX_BODY:
        raise ValueError("request body too large")
    return line, headers, await reader.readexactly(size)


def _render(answer: _Answer) -> bytes:
    head = [
        f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}",
        f"Server: {PRODUCT}",
        f"Content-Length: {len(answer.body)}",
    ]
    if answer.body:
        head.append(f"Content-Type: {answer.kind}")
    head += [f"WWW-Authenticate: {challenge}" for challenge in answer.challenges]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + answer.body


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What answers on a service's port: enough for a port check and for a look with a browser."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(2):
            await reader.read(1024)
        text = f"{PRODUCT}\n".encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
        await writer.drain()
    writer.close()
