# SPDX-License-Identifier: Apache-2.0
"""curl.exe as far as a configuration on its standard input tells it to fetch one file: for real, over TLS.

Only what is set here is known, so that a wrong option fails as it does in curl. Addresses of loopback only.
"""

from __future__ import annotations

import asyncio
import http.client
import ntpath
import re
import socket
import ssl
import urllib.parse
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.powershell.cmdlets.native import Ran, program
from opsconductor.simulate.windows.powershell.session import Session

_LINE = re.compile(r'(?P<name>[a-z0-9-]+)(?:\s*=\s*(?:"(?P<quoted>[^"\\]*)"|(?P<plain>[^\s"]+)))?')
_FLAGS = frozenset({"fail", "silent", "show-error", "ssl-no-revoke"})
_VALUES = frozenset(
    {"url", "output", "cacert", "proto", "noproxy", "continue-at", "connect-timeout", "speed-limit", "speed-time"}
)
_PIECE = 1 << 18


class _Failed(Exception):
    """Ends curl with a code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.ran = Ran("", code, f"curl: ({code}) {message}\n")


@dataclass
class _Fetched:
    data: bytes
    failure: _Failed | None = None


@program("curl")
async def curl(session: Session, words: list[str], items: list[Any] | None) -> Ran:
    """`curl -q --config -` with the configuration on standard input."""
    if words != ["-q", "--config", "-"] or not items:
        raise NotSimulated(f"curl {' '.join(words)}")
    files = session.host.files
    try:
        told = _read("\n".join(str(item) for item in items))
        place = ntpath.join(session.location, told["output"])
        there = files.read(place) if told.get("continue-at") == "-" and files.is_file(place) else b""
        if not files.is_file(authority := ntpath.join(session.location, told["cacert"])):
            raise _Failed(77, f"error setting certificate verify locations:  CAfile: {told['cacert']}")
        context = _context(files.read(authority).decode())
        fetched = await asyncio.to_thread(_fetch, told, there, context, session.host.address)
    except _Failed as failure:
        return failure.ran
    files.write(place, fetched.data)
    return fetched.failure.ran if fetched.failure else Ran()


def _read(text: str) -> dict[str, str]:
    """The options of a configuration. Raises _Failed for what curl does not know."""
    told: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        if found is None or (found["name"] not in _FLAGS and found["name"] not in _VALUES):
            raise _Failed(2, f"the line {line.split('=')[0]!r} is not known")
        told[found["name"]] = found["quoted"] if found["quoted"] is not None else found["plain"] or ""
    if missing := {"url", "output", "cacert", "fail"} - told.keys():
        raise NotSimulated(f"curl without {', '.join(sorted(missing))}")
    return told


def _context(authority: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=authority)
    except ssl.SSLError:
        raise _Failed(77, "schannel: failed to add certificate from CA file") from None
    return context


def _fetch(told: dict[str, str], there: bytes, context: ssl.SSLContext, own: str) -> _Fetched:
    """What is there then: all of it, or as much as came before it went wrong."""
    url = urllib.parse.urlsplit(told["url"])
    if url.scheme != "https" or not url.hostname:
        raise _Failed(1, f'Protocol "{url.scheme}" disabled')
    try:
        address = socket.gethostbyname(url.hostname)
    except OSError:
        raise _Failed(6, f"Could not resolve host: {url.hostname}") from None
    if not ip_address(address).is_loopback:
        raise _Failed(7, f"Failed to connect to {url.hostname} port {url.port}: Timed out")
    connection = http.client.HTTPSConnection(
        url.hostname, url.port or 443, timeout=20, context=context, source_address=(own, 0)
    )
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        raise _Failed(60, f"schannel: {error.verify_message}") from None
    except (ssl.SSLError, ConnectionResetError):
        raise _Failed(35, "schannel: failed to receive handshake") from None
    except OSError:
        raise _Failed(7, f"Failed to connect to {url.hostname} port {url.port}: Connection refused") from None
    with connection.sock:
        return _receive(connection, url.path, there)


def _receive(connection: http.client.HTTPSConnection, path: str, there: bytes) -> _Fetched:
    parts = [there]
    try:
        connection.request("GET", path, headers={"Range": f"bytes={len(there)}-"} if there else {})
        answer = connection.getresponse()
        if answer.status == 416 and there:
            return _Fetched(there)
        if answer.status >= 400:
            return _Fetched(there, _Failed(22, f"The requested URL returned error: {answer.status}"))
        if there and answer.status != 206:
            return _Fetched(there, _Failed(33, "HTTP server doesn't seem to support byte ranges. Cannot resume."))
        while piece := answer.read1(_PIECE):
            parts.append(piece)
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
    except http.client.IncompleteRead as error:
        return _Fetched(b"".join(parts), _Failed(18, f"transfer closed with {error.expected} bytes remaining to read"))
    except (OSError, http.client.HTTPException):
        return _Fetched(b"".join(parts), _Failed(56, "Recv failure: Connection was reset"))
    return _Fetched(b"".join(parts))
