# SPDX-License-Identifier: Apache-2.0
"""The control channel of a lab: one JSON object a line on a Unix socket, one answer a line.

`{"command": "state", "host": "win03"}` is answered by `{"ok": true, "value": …}` or `{"ok": false, "error": "…"}`.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from opsconductor.errors import InvalidInput, OpsConductorError
from opsconductor.simulate.windows.failure import PortTaken
from opsconductor.simulate.windows.lab import SimulatedWindowsLab
from opsconductor.simulate.windows.socket_name import socket_name

COMMANDS = ("hosts", "state", "requests", "fault", "clear-faults", "stop")
_MAX_LINE = 1024 * 1024


class ControlChannel:
    """Serves the commands on a socket that only this user can open."""

    def __init__(self, lab: SimulatedWindowsLab, path: Path) -> None:
        self._lab, self._path = lab, path
        self._server: asyncio.Server | None = None
        #: Set by the command `stop`.
        self.stopped = asyncio.Event()

    async def start(self) -> None:
        """Raises PortTaken if something lies at the path."""
        if self._path.exists():
            raise PortTaken(
                f"The control socket {self._path} is there already.",
                remedy="Another simulator may be running; stop it, or remove the file, or choose another --control.",
            )
        with socket_name(self._path) as name:
            self._server = await asyncio.start_unix_server(self._serve, name, limit=_MAX_LINE)
        self._path.chmod(0o600)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await self._answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise InvalidInput("A request is a JSON object.")
            return {"ok": True, "value": await self._do(request)}
        except json.JSONDecodeError as error:
            return {"ok": False, "error": f"The request is not JSON: {error}."}
        except OpsConductorError as error:
            return {"ok": False, "error": str(error), "code": error.code}

    async def _do(self, request: dict[str, Any]) -> Any:
        command, host = request.get("command"), str(request.get("host", "*"))
        match command:
            case "hosts":
                return self._lab.inventory()
            case "state":
                return self._lab.state(host)
            case "requests":
                return self._lab.requests(host, request.get("module"))
            case "fault":
                return await self._lab.fault(host, request.get("fault"))
            case "clear-faults":
                return await self._lab.clear_faults(host)
            case "stop":
                self.stopped.set()
                return None
        raise InvalidInput(f"There is no command {command!r}.", remedy=f"Commands: {', '.join(COMMANDS)}.")
