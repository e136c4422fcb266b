# SPDX-License-Identifier: Apache-2.0
"""The guard at the door: who may speak to a server that trusts its own machine.

A page of a foreign site can make the operator's browser send requests to 127.0.0.1. Two checks stop it: the `Host`
must be this machine (a foreign name that was made to point here is refused), and a browser that changes something
or opens a WebSocket must do so from our own pages (`Origin`). Programs that are no browser send no `Origin`.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import MEDIA_TYPE, ProblemResponse, too_large

#: Mantine sets style attributes and one style element; scripts come from our own files only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: WebSocket close code: policy violation (RFC 6455, 7.4.1).
_POLICY_VIOLATION = 1008


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine and nothing else."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _refusal(scope: Scope) -> tuple[int, str, str] | None:
    """Status, code and detail when the request must not pass."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not is_loopback(name):
        return 421, "wrong-host", f"This server answers requests to its own machine only, not to '{name}'."
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return None
    origin = headers.get("origin")
    ours = urlsplit(origin).netloc.lower() == host.lower() if origin is not None else None
    if ours is False or (ours is None and headers.get("sec-fetch-site", "none") not in ("none", "same-origin")):
        return 403, "foreign-origin", "A page of another site may not do this."
    return None


class Guard:
    """Refuses foreign requests and sets the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what may pass."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        answer = _Answer(scope, send)
        refusal = _refusal(scope)
        if refusal is None:
            await self.app(scope, receive, answer.send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal[2]})
        else:
            status, code, detail = refusal
            remedy = "Open the web console at the address that `opsc serve` prints."
            await _problem(status, code, detail, remedy)(scope, receive, answer.send)


def _problem(status: int, code: str, detail: str, remedy: str) -> ProblemResponse:
    body = {
        "type": f"urn:opsconductor:problem:{code}",
        "title": "The request is refused.",
        "status": status,
        "detail": detail,
        "code": code,
        "remedy": remedy,
    }
    return ProblemResponse(body, status_code=status)


class _Answer:
    """Sends an answer on with the headers every answer has, and turns the body limit's plain text into a problem."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.path: str = scope["path"]
        self._send = send
        self._too_large = False

    async def send(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            self._too_large = message["status"] == 413 and not headers["content-type"].startswith(MEDIA_TYPE)
            if self._too_large:
                headers["content-type"] = MEDIA_TYPE
                headers["content-length"] = str(len(_TOO_LARGE))
            headers.update(HEADERS)
            if self.path.startswith("/api"):
                headers["Cache-Control"] = "no-store"
        elif message["type"] == "http.response.body" and self._too_large:
            message = {**message, "body": _TOO_LARGE}
        await self._send(message)


_TOO_LARGE = bytes(too_large().body)
