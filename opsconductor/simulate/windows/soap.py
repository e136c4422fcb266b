# SPDX-License-Identifier: Apache-2.0
"""WS-Management envelopes: reading requests, writing answers and faults."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_FAULT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
NAMES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL,
}
_DECLARATIONS = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in {**NAMES, "x": TRANSFER}.items())
#: MaxEnvelopeSize of a Windows server, bytes.
MAX_ENVELOPE = 512_000


class WsmanFault(Exception):
    """A request is answered by a SOAP fault with this code."""

    def __init__(self, code: int, text: str, subcode: str = "w:InternalError", *, sender: bool = False) -> None:
        super().__init__(text)
        self.code, self.text, self.subcode, self.sender = code, text, subcode, sender


@dataclass(frozen=True)
class Envelope:
    """One request."""

    message_id: str
    action: str
    resource: str
    shell_id: str | None
    #: Seconds a long poll may take.
    timeout: float
    body: ET.Element

    @property
    def verb(self) -> str:
        """Last part of the action: Create, Command, Send, Receive, Signal, Delete."""
        return self.action.rsplit("/", 1)[-1]


def parse(text: bytes) -> Envelope:
    """Raises WsmanFault for anything that is not a WS-Management request."""
    if len(text) > MAX_ENVELOPE:
        raise WsmanFault(
            2150858790, "The request is larger than MaxEnvelopeSize (500 KB).", "w:EncodingLimit", sender=True
        )
    try:
        if b"<!DOCTYPE" in text[:1024].upper():
            raise ET.ParseError("a document type is not allowed")
        root = ET.fromstring(text)  # noqa: S314 - no document type gets here, so no entity can expand
    except ET.ParseError as error:
        raise WsmanFault(2150858756, f"The SOAP packet is not valid XML: {error}.", "w:SchemaValidationError") from None
    head, body = root.find("s:Header", NAMES), root.find("s:Body", NAMES)
    if head is None or body is None:
        raise WsmanFault(
            2150858756, "The SOAP packet has no header or no body.", "w:SchemaValidationError", sender=True
        )
    timeout = re.fullmatch(r"PT([\d.]+)S", head.findtext("w:OperationTimeout", "PT60S", NAMES))
    return Envelope(
        message_id=head.findtext("a:MessageID", "", NAMES),
        action=head.findtext("a:Action", "", NAMES),
        resource=head.findtext("w:ResourceURI", "", NAMES),
        shell_id=head.findtext("w:SelectorSet/w:Selector", None, NAMES),
        timeout=float(timeout.group(1)) if timeout else 60.0,
        body=body,
    )


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    return (
        f'<s:Envelope xml:lang="en-US" {_DECLARATIONS}><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{_ANONYMOUS}</a:To>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def answer(request: Envelope, body: str) -> bytes:
    """The answer to a request: its action with `Response` behind it."""
    return _envelope(request.action + "Response", request.message_id, body)


def fault(relates_to: str, error: WsmanFault, machine: str) -> bytes:
    """The SOAP fault for `error`."""
    text, code = escape(error.text), "s:Sender" if error.sender else "s:Receiver"
    return _envelope(
        _FAULT,
        relates_to,
        f"<s:Fault><s:Code><s:Value>{code}</s:Value><s:Subcode><s:Value>{error.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{error.code}" '
        f"Machine={quoteattr(machine)}><f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>",
    )
