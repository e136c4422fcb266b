# SPDX-License-Identifier: Apache-2.0
"""Serve the application until told to stop."""

import errno
import socket
from collections.abc import Callable

import uvicorn

from api.app import create_app
from api.container import Container
from api.guard import is_loopback
from opsconductor.errors import Conflict, InvalidInput

#: Seconds open requests and WebSockets have to end once the server is told to stop.
GRACE = 5
_BACKLOG = 512


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _name, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} of {host} is in use.", remedy="Is a server running already? Else choose another PORT."
            ) from error
        raise InvalidInput(
            f"Cannot listen on {host}:{port}: {error.strerror}.", remedy="Choose another PORT."
        ) from error
    listener.listen(_BACKLOG)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(container: Container, host: str, port: int, ready: Callable[[str], None] | None = None) -> None:
    """Listen on `host`:`port` (0: any free port) until SIGINT or SIGTERM.

    `ready` is called with the address once requests are taken. Raises InvalidInput for a host that others can
    reach: until there are users, everybody who reaches the server may do everything.
    """
    if not is_loopback(host):
        raise InvalidInput(
            f"'{host}' can be reached by other machines, and this server does not ask who is there.",
            remedy="Use HOST=127.0.0.1 and, from elsewhere, a tunnel: ssh -L 8420:127.0.0.1:8420 <this machine>.",
        )
    with _listen(host, port) as listener, container.local_queue():
        config = uvicorn.Config(
            create_app(container, started=lambda: ready and ready(_address(listener))),
            ws="websockets-sansio",
            ws_max_size=1 << 16,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            lifespan="on",
        )
        uvicorn.Server(config).run(sockets=[listener])
