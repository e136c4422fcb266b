# SPDX-License-Identifier: Apache-2.0
"""Tries ports without logging in: TCP, the Remote Desktop handshake."""

import socket
import struct

from opsconductor.domain.assets import ConnectionKind

#: For a connection to come about.
CONNECT_SECONDS = 5.0
#: TPKT and X.224 connection request that offers TLS and CredSSP (MS-RDPBCGR 2.2.1.1).
_RDP_REQUEST = bytes.fromhex("030000130ee000000000000100080003000000")
_X224_CONFIRM = 0xD0


def try_tcp(address: str, port: int) -> str | None:
    """None when something accepts connections there, else what is wrong."""
    try:
        socket.create_connection((address, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return describe(error, port)
    return None


def try_rdp(address: str, port: int) -> str | None:
    """None when a Remote Desktop server answers the first handshake, else what is wrong."""
    try:
        with socket.create_connection((address, port), timeout=CONNECT_SECONDS) as connection:
            connection.sendall(_RDP_REQUEST)
            answer = connection.recv(32)
    except OSError as error:
        return describe(error, port)
    if len(answer) < 6 or answer[0] != 3 or answer[5] != _X224_CONFIRM:
        return f"Port {port} is open, but what answers is no Remote Desktop server."
    if len(answer) >= 19 and answer[11] == 3:
        code = struct.unpack_from("<I", answer, 15)[0]
        return f"The Remote Desktop server refuses TLS and network level authentication (code {code})."
    return None


def describe(error: OSError, port: int) -> str:
    """A network error in words."""
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens on port {port}: the connection was refused."
    if isinstance(error, TimeoutError):
        return f"Port {port} did not answer within {CONNECT_SECONDS:g} seconds."
    if isinstance(error, socket.gaierror):
        return "The address cannot be resolved."
    return f"Port {port} cannot be reached: {error.strerror or error}."


PROBES = {ConnectionKind.RDP: try_rdp}
