# SPDX-License-Identifier: Apache-2.0
"""The small programs of the winrm connection that are no modules: upload, fetch, temporary folders, home folder."""

from __future__ import annotations

import base64
import binascii
import json
import ntpath
from collections.abc import Callable

from opsconductor.simulate.windows.failure import NotSimulated, WindowsError
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.payload import Call

#: Standard output, standard error, exit code.
Streams = tuple[str, str, int]


def _put_file(host: SimulatedWindowsHost, call: Call) -> Streams:
    data = b"".join(base64.b64decode(line) for line in call.data.split(b"\r\n") if line.strip())
    entry = host.files.write(call.arguments["Path"], data)
    return json.dumps({"sha1": entry.checksum()}) + "\r\n", "", 0


def _fetch_file(host: SimulatedWindowsHost, call: Call) -> Streams:
    path = call.arguments["Path"]
    if host.files.is_directory(path):
        return "[DIR]\r\n", "", 0
    if not host.files.is_file(path):
        return "", f"{path} does not exist\r\n", 1
    start = int(call.arguments["Offset"])
    piece = host.files.read(path)[start : start + int(call.arguments["BufferSize"])]
    return (base64.b64encode(piece).decode() + "\r\n" if piece else ""), "", 0


def _make_temporary(host: SimulatedWindowsHost, call: Call) -> Streams:
    path = ntpath.join(host.files.full(call.arguments["Directory"]), call.arguments["Name"])
    return host.files.make_directory(path).path + "\r\n", "", 0


def _expand_user(host: SimulatedWindowsHost, call: Call) -> Streams:
    path, home = call.arguments["Path"], host.environment["USERPROFILE"]
    expanded = home + path[1:] if path == "~" or path.startswith("~\\") else path
    return expanded + "\r\n", "", 0


_HELPERS: dict[str, Callable[[SimulatedWindowsHost, Call], Streams]] = {
    "winrm_put_file.ps1": _put_file,
    "winrm_fetch_file.ps1": _fetch_file,
    "powershell_mkdtemp.ps1": _make_temporary,
    "powershell_expand_user.ps1": _expand_user,
}


def run_helper(host: SimulatedWindowsHost, call: Call) -> Streams:
    """Raises NotSimulated for an unknown helper."""
    helper = _HELPERS.get(call.name)
    if helper is None:
        raise NotSimulated(f"The connection helper {call.name}")
    try:
        return helper(host, call)
    except (WindowsError, binascii.Error) as error:
        message = json.dumps({"failed": True, "msg": f"failure during exec_wrapper: {error}"})
        return message + "\r\n", f"{error}\r\n", 1
