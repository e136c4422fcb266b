# SPDX-License-Identifier: Apache-2.0
"""Tickets: each lets one target fetch one file once, within its time. Held in memory, gone with the slice."""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path


class Refused(Exception):
    """A request that gets nothing; `status` is what HTTP says of it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Offer:
    """A file that one target may fetch in one step."""

    step: int  #: 1-based
    target: str
    sha256: str
    size: int  #: bytes
    path: Path  #: where the verified content lies


@dataclass
class _Ticket:
    offer: Offer
    expires: float
    #: The address that came first: nobody else may go on with what it began.
    peer: str | None = None
    used: bool = False


class TicketBook:
    """Issues signed paths and looks at those that come back. Safe to use from several threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._tickets: dict[str, _Ticket] = {}
        self._lock = threading.Lock()

    def issue(self, offer: Offer, expires: float) -> str:
        """The path of a URL that is good for this offer until `expires` (seconds since 1970)."""
        identity = secrets.token_urlsafe(16)
        with self._lock:
            self._tickets[identity] = _Ticket(offer, expires)
        return f"/{identity}/{self._signature(identity, offer, expires)}"

    def look(self, path: str, peer: str, now: float) -> tuple[str, Offer]:
        """The ticket's identity and its offer. Raises Refused: 403, or 410 for what is over."""
        identity, _, signature = path.removeprefix("/").partition("/")
        with self._lock:
            ticket = self._tickets.get(identity)
            if ticket is None:
                raise Refused(403, "there is no such ticket")
            right = self._signature(identity, ticket.offer, ticket.expires)
            if not hmac.compare_digest(signature.encode(), right.encode()):
                raise Refused(403, "the signature is wrong")
            if ticket.used:
                raise Refused(410, "the ticket was used")
            if now >= ticket.expires:
                raise Refused(410, "the ticket has expired")
            if ticket.peer not in (None, peer):
                raise Refused(403, "another address began with this ticket")
            ticket.peer = peer
            return identity, ticket.offer

    def end(self, identity: str) -> None:
        """The file was handed out to its last byte."""
        with self._lock:
            if ticket := self._tickets.get(identity):
                ticket.used = True

    def _signature(self, identity: str, offer: Offer, expires: float) -> str:
        told = "\n".join((identity, offer.target, str(offer.step), offer.sha256, str(offer.size), repr(expires)))
        return hmac.new(self._key, told.encode(), hashlib.sha256).hexdigest()
