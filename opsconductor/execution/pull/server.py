# SPDX-License-Identifier: Apache-2.0
"""The HTTPS server of a slice: hands out what tickets are for, and nothing else. Runs in a thread of its own."""

import asyncio
import errno
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from io import BufferedReader
from typing import Any

from opsconductor.errors import Conflict
from opsconductor.execution.pull.pace import Pace
from opsconductor.execution.pull.ranges import NotSatisfiable, wanted
from opsconductor.execution.pull.tickets import Offer, Refused, TicketBook
from opsconductor.logging import get_logger

#: Bytes read and sent in one go.
_PIECE = 256 * 1024
#: Seconds the end waits for transfers under way.
_GRACE = 1
_BACKLOG = 128
#: Connections at a time, more than any job has targets at a time.
MOST_CONNECTIONS = 2000
#: Seconds in which a connection must ask for something.
PATIENCE = 15
_log = get_logger(__name__)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
#: Called with the offer and how many of its bytes the target has been sent.
Heard = Callable[[Offer, int], None]


class PortsTaken(Conflict):
    """No port of the range is free."""

    code = "ports-taken"


class PullApp:
    """The ASGI application: GET of a ticket's path, whole or from a byte on."""

    def __init__(self, book: TicketBook, rate: float | None, heard: Heard) -> None:
        self.book = book
        self.rate = rate
        self.heard = heard
        self._paces: dict[str, Pace] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        peer = (scope.get("client") or ("",))[0]
        try:
            if scope["method"] != "GET":
                raise Refused(405, "only GET is answered")
            identity, offer = self.book.look(scope["path"], peer, time.time())
        except Refused as refusal:
            _log.warning("a pull was refused", peer=peer, reason=str(refusal))
            await _say(send, refusal.status, str(refusal))
            return
        headers = dict(scope["headers"])
        try:
            part = wanted(headers.get(b"range", b"").decode("latin-1"), offer.size)
        except NotSatisfiable:
            await _say(send, 416, "there is nothing behind the end", (b"content-range", b"bytes */%d" % offer.size))
            return
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await self._send(send, gone, identity, offer, part)
        finally:
            gone.cancel()

    async def _send(
        self, send: Send, gone: asyncio.Task[None], identity: str, offer: Offer, part: tuple[int, int] | None
    ) -> None:
        begin, end = part or (0, offer.size)
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", b"%d" % (end - begin)),
            (b"accept-ranges", b"bytes"),
            (b"etag", b'"%s"' % offer.sha256.encode()),
            (b"cache-control", b"no-store"),
        ]
        if part:
            headers.append((b"content-range", b"bytes %d-%d/%d" % (begin, end - 1, offer.size)))
        with offer.path.open("rb") as file:
            file.seek(begin)
            await send({"type": "http.response.start", "status": 206 if part else 200, "headers": headers})
            whole = await self._pieces(send, gone, offer, file, begin, end)
        if whole:
            if end == offer.size:
                self.book.end(identity)
            await send({"type": "http.response.body", "body": b""})

    async def _pieces(
        self, send: Send, gone: asyncio.Task[None], offer: Offer, file: BufferedReader, begin: int, end: int
    ) -> bool:
        """Send the bytes; whether the target has taken all of them."""
        pace = self._paces.setdefault(offer.target, Pace(self.rate))
        at = begin
        while at < end:
            if gone.done():  # what is sent to nobody is no error to the server
                return False
            # A tenth of a second's worth, so that a slow target gets a stream and no bursts.
            size = min(_PIECE, end - at, max(1024, int(self.rate / 10)) if self.rate else _PIECE)
            piece = await asyncio.to_thread(file.read, size)
            if not piece:
                return False
            await pace.take(len(piece))
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            at += len(piece)
            self.heard(offer, at)
        return not gone.done()


def _impatient() -> Any:
    """uvicorn's protocol that hangs up on who asks for nothing, and when there are too many: descriptors are few."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > MOST_CONNECTIONS:
                transport.close()
            else:
                self.loop.call_later(PATIENCE, self._hang_up)

        def _hang_up(self) -> None:
            asked: object = self.cycle  # None until the first request, whatever its type says
            if asked is None and not self.transport.is_closing():
                self.transport.close()

    return Impatient


class PullServer:
    """Listens while its context lasts."""

    def __init__(self, app: PullApp, context: ssl.SSLContext, listen: str, ports: range) -> None:
        self.app = app
        self.context = context
        self.listening = bind(listen, ports)
        self.port = int(self.listening.getsockname()[1])
        self._server: Any = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "PullServer":
        import uvicorn  # takes a while to import, and most slices have nothing to hand out

        config = uvicorn.Config(
            self.app,
            http=_impatient(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_GRACE,
            ssl_context_factory=lambda _config, _default: self.context,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="pull server", daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_GRACE + 5)
        self.listening.close()

    def _run(self) -> None:
        with suppress(SystemExit):
            self._server.run(sockets=[self.listening])


def bind(listen: str, ports: range) -> socket.socket:
    """A socket on the first free port of the range. Raises PortsTaken, also where the address is not this machine's."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(listen).version == 6 else socket.AF_INET
    except ValueError:
        family = socket.AF_INET
    reason = "no port is in the range"
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((listen, port))
            listening.listen(_BACKLOG)
            return listening
        except OSError as error:
            listening.close()
            reason = error.strerror or str(error)
            if error.errno != errno.EADDRINUSE:
                break
    raise PortsTaken(
        f"Nobody can listen on {listen}, ports {ports.start} to {ports.stop - 1}: {reason}.",
        remedy="Correct PULL_LISTEN and PULL_PORTS.",
    )


async def _disconnected(receive: Receive) -> None:
    """Ends when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = f"{text}\n".encode()
    told = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
