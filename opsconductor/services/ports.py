# SPDX-License-Identifier: Apache-2.0
"""Tries ports without logging in: TCP, the Remote Desktop handshake, a telnet login prompt."""

import asyncio
import re
import socket
import struct

from opsconductor.domain.assets import ConnectionKind

_TIMEOUT = 5.0
_PROMPT_TIMEOUT = 10.0
_PROMPT = re.compile(r"(login|user ?name|user|password)\s*:\s*$", re.IGNORECASE)
#: TPKT and X.224 connection request that offers TLS and CredSSP (MS-RDPBCGR 2.2.1.1).
_RDP_REQUEST = bytes.fromhex("030000130ee000000000000100080003000000")
_X224_CONFIRM = 0xD0


def try_tcp(address: str, port: int) -> str | None:
    """None when something accepts connections there, else what is wrong."""
    try:
        socket.create_connection((address, port), timeout=_TIMEOUT).close()
    except OSError as error:
        return describe(error, port)
    return None


def try_rdp(address: str, port: int) -> str | None:
    """None when a Remote Desktop server answers the first handshake, else what is wrong."""
    try:
        with socket.create_connection((address, port), timeout=_TIMEOUT) as connection:
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


def try_telnet(address: str, port: int) -> str | None:
    """None when a telnet server asks for a login, else what is wrong."""
    try:
        shown = asyncio.run(_telnet_prompt(address, port))
    except OSError as error:
        return describe(error, port)
    if _PROMPT.search(shown):
        return None
    said = " ".join(shown.split())[-80:]
    return f"Port {port} is open, but no login prompt came{': it said ' + repr(said) if said else ''}."


def describe(error: OSError, port: int) -> str:
    """A network error in words."""
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens on port {port}: the connection was refused."
    if isinstance(error, TimeoutError):
        return f"Port {port} did not answer within {_TIMEOUT:g} seconds."
    if isinstance(error, socket.gaierror):
        return "The address cannot be resolved."
    return f"Port {port} cannot be reached: {error.strerror or error}."


async def _telnet_prompt(address: str, port: int) -> str:
    import telnetlib3  # only telnet connections need it

    opening = telnetlib3.open_connection(address, port, connect_maxwait=1.0, connect_timeout=_TIMEOUT)
    reader, writer = await asyncio.wait_for(opening, _TIMEOUT + 2)
    shown = ""
    try:
        async with asyncio.timeout(_PROMPT_TIMEOUT):
            while not _PROMPT.search(shown) and len(shown) < 10_000:
                piece = await reader.read(256)
                if not piece:
                    break
                shown += str(piece)
    except TimeoutError:
        pass
    finally:
        writer.close()
    return shown


PROBES = {ConnectionKind.RDP: try_rdp, ConnectionKind.TELNET: try_telnet}
