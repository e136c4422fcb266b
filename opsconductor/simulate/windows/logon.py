# SPDX-License-Identifier: Apache-2.0
"""Logon at the HTTP door of a simulated host: NTLM with message encryption, and Basic.

As on Windows the outcome of an NTLM handshake belongs to the TCP connection, and Basic is refused on plain HTTP
unless it is switched on.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import spnego
from spnego.exceptions import SpnegoError

from opsconductor.simulate.windows.account import Accounts
from opsconductor.simulate.windows.fault import FaultBook, FaultKind

_BOUNDARY = b"--Encrypted Boundary"
_OCTETS = b"Content-Type: application/octet-stream\r\n"


@dataclass(frozen=True)
class Doors:
    """Which ways in are open."""

    ntlm: bool = True
    basic: bool = False

    def schemes(self) -> list[str]:
        return ["Negotiate", "NTLM"] * self.ntlm + ['Basic realm="WSMAN"'] * self.basic


@dataclass
class Verdict:
    """What came of one request's Authorization header."""

    user: str | None = None
    #: Values of WWW-Authenticate headers in the answer.
    challenges: list[str] = field(default_factory=list)


@contextmanager
def _credential_store(accounts: Accounts) -> Iterator[None]:
    """Lets pyspnego's acceptor see these accounts, from memory only.

    The acceptor reads the file named by NTLM_USER_FILE at each step. Several hosts share the process, so the variable
    is set for the one (synchronous) step.
    """
    descriptor = os.memfd_create("simulated-accounts")
    before = os.environ.get("NTLM_USER_FILE")
    try:
        os.write(descriptor, accounts.ntlm_store().encode())
        os.environ["NTLM_USER_FILE"] = f"/proc/self/fd/{descriptor}"
        yield
    finally:
        os.close(descriptor)
        if before is None:
            os.environ.pop("NTLM_USER_FILE", None)
        else:
            os.environ["NTLM_USER_FILE"] = before


class Logon:
    """The logon state of one TCP connection."""

    def __init__(self, accounts: Accounts, faults: FaultBook, doors: Doors) -> None:
        self._accounts, self._faults, self._doors = accounts, faults, doors
        self._context: Any = None
        self._user: str | None = None

    def check(self, header: str | None) -> Verdict:
        """Judges one request. `user` is None as long as the client is not logged on."""
        schemes = self._doors.schemes()
        if not header:
            return Verdict(self._user, [] if self._user else schemes)
        scheme, _, token = header.partition(" ")
        try:
            raw = base64.b64decode(token, validate=True)
        except binascii.Error:
            return Verdict(challenges=schemes)
        match scheme.lower():
            case "basic" if self._doors.basic:
                return self._basic(raw, schemes)
            case "negotiate" | "ntlm" if self._doors.ntlm:
                return self._negotiate(scheme, raw, schemes)
        return Verdict(challenges=schemes)

    def _basic(self, raw: bytes, schemes: list[str]) -> Verdict:
        name, _, password = raw.decode("utf-8", "replace").partition(":")
        if self._faults.strikes(FaultKind.WRONG_PASSWORD) or not self._accounts.check(name, password):
            return Verdict(challenges=schemes)
        self._user = name
        return Verdict(name)

    def _negotiate(self, scheme: str, raw: bytes, schemes: list[str]) -> Verdict:
        try:
            with _credential_store(self._accounts):
                if self._context is None or self._context.complete:
                    protocol = "ntlm" if raw.startswith(b"NTLMSSP") else "negotiate"
                    self._context = spnego.server(protocol=protocol, hostname=self._accounts.machine, service="HTTP")
                    self._user = None
                token = self._context.step(raw)
        except SpnegoError:
            self._context = None
            return Verdict(challenges=schemes)
        challenges = [f"{scheme} {base64.b64encode(token).decode()}"] if token else []
        if not self._context.complete:
            return Verdict(challenges=challenges)
        if self._faults.strikes(FaultKind.WRONG_PASSWORD):
            self._context = None
            return Verdict(challenges=schemes)
        self._user = str(self._context.client_principal).rpartition("\\")[2]
        return Verdict(self._user, challenges)

    def open_body(self, body: bytes) -> bytes:
        """Decrypts a `multipart/encrypted` request. Raises ValueError if it is not from this logon."""
        start = body.find(_OCTETS)
        end = body.rfind(_BOUNDARY + b"--")
        if self._context is None or start < 0 or end < 0:
            raise ValueError("the encrypted request has no logon or no boundary")
        sealed = body[start + len(_OCTETS) : end]
        size = int.from_bytes(sealed[:4], "little")
        try:
            return bytes(self._context.unwrap_winrm(sealed[4 : 4 + size], sealed[4 + size :]))
        except SpnegoError as error:
            raise ValueError(str(error)) from None

    def seal_body(self, body: bytes) -> bytes:
        """Encrypts an answer as the client expects it after an encrypted request."""
        sealed = self._context.wrap_winrm(body)
        return b"".join(
            (
                _BOUNDARY,
                b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n",
                b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % len(body),
                _BOUNDARY,
                b"\r\n\t",
                _OCTETS,
                len(sealed.header).to_bytes(4, "little"),
                sealed.header,
                sealed.data,
                _BOUNDARY,
                b"--\r\n",
            )
        )
