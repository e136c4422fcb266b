# SPDX-License-Identifier: Apache-2.0
"""New-Object: custom objects, the update agent, TCP clients with TLS, certificates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, as_list, text

_SOCKET_ERROR = "System.Management.Automation.MethodInvocationException"


@cmdlet("New-Object", "TypeName ArgumentList Property ComObject", by_position=2)
async def new_object(call: Call) -> list[Any]:
    if call.bound.has("ComObject"):
        return [_com_object(call.host, text(call.bound.get("ComObject")))]
    kind = text(call.bound.get("TypeName")).lower().removeprefix("system.")
    given = as_list(call.bound.get("ArgumentList"))
    if kind in ("psobject", "pscustomobject", "object", "management.automation.psobject"):
        return [Thing("System.Management.Automation.PSCustomObject", dict(call.bound.get("Property") or {}))]
    if kind in ("text.utf8encoding", "text.asciiencoding"):
        return [Thing("System.Text.UTF8Encoding")]
    if kind == "net.sockets.tcpclient" and not given:
        return [_tcp_client(call.host)]
    if kind == "net.security.sslstream" and given and isinstance(given[0], Thing):
        return [_tls_stream(call.host, given[0])]
    if kind.endswith(".x509certificate2") and given and isinstance(given[0], Thing):
        return [given[0]]
    raise NotSimulated(f"New-Object {text(call.bound.get('TypeName'))}")


def _com_object(host: SimulatedWindowsHost, name: str) -> Thing:
    """The update agent, as far as looking for updates goes."""
    if name.lower() != "microsoft.update.session":
        raise NotSimulated(f"New-Object -ComObject {name}")

    def search(condition: Any) -> Thing:
        if text(condition).replace(" ", "") not in ("IsInstalled=0andIsHidden=0", "IsInstalled=0"):
            raise NotSimulated(f"The search for updates {text(condition)!r}")
        updates = [
            Thing(
                "System.__ComObject",
                {
                    "Title": update.title,
                    "KBArticleIDs": list(update.kb),
                    "MsrcSeverity": update.severity or None,
                    "Categories": [Thing("System.__ComObject", {"Name": kind}) for kind in update.categories],
                },
            )
            for update in host.updates
        ]
        return Thing("System.__ComObject", {"Updates": updates, "ResultCode": 2})

    searcher = Thing("System.__ComObject", methods={"search": search})
    return Thing("Microsoft.Update.Session", methods={"createupdatesearcher": lambda: searcher})


def _fails(method: str, message: str) -> CommandError:
    return CommandError(f'Exception calling "{method}": "{message}"', "SocketException", kind=_SOCKET_ERROR)


def _tcp_client(host: SimulatedWindowsHost) -> Thing:
    """A client that reaches the host's own ports."""
    client = Thing("System.Net.Sockets.TcpClient", {"Connected": False})

    def connect(name: Any, port: Any) -> None:
        if text(name).lower() not in ("localhost", "127.0.0.1", host.address, host.name.lower()):
            raise NotSimulated("A TcpClient to another machine")
        if int(port) not in host.open_ports():
            refused = "No connection could be made because the target machine actively refused it"
            raise _fails("Connect", f"{refused} {text(name)}:{port}")
        client.properties |= {"Connected": True, "Port": int(port)}

    def stream() -> Thing:
        return Thing("System.Net.Sockets.NetworkStream", {"Port": client.get("Port")})

    client.methods |= {"connect": connect, "getstream": stream, "dispose": lambda: None, "close": lambda: None}
    return client


def _tls_stream(host: SimulatedWindowsHost, below: Thing) -> Thing:
    """TLS on top of a connection: it works where the host's description has a certificate for the port."""
    stream = Thing("System.Net.Security.SslStream")

    def authenticate(_name: Any, *_more: Any) -> None:
        shown = host.description.certificates.get(below.get("Port"))
        if shown is None:
            raise _fails("AuthenticateAsClient", "The handshake failed due to an unexpected packet format.")
        ends = dt.datetime.fromtimestamp(int(host.made) + shown.valid_for, dt.UTC)
        stream.properties["RemoteCertificate"] = Thing(
            "System.Security.Cryptography.X509Certificates.X509Certificate2",
            {"Subject": shown.subject, "Issuer": shown.issuer, "NotAfter": ends},
        )

    stream.methods |= {"authenticateasclient": authenticate, "dispose": lambda: None, "close": lambda: None}
    return stream
