# SPDX-License-Identifier: Apache-2.0
"""Remote shells (WSMan) of one simulated host: Create, Command, Send, Receive, Signal, Delete."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from opsconductor.simulate.windows import soap
from opsconductor.simulate.windows.soap import NAMES, SHELL, Envelope, WsmanFault

#: Bytes of output in one Receive answer; base64 of it stays far below MAX_ENVELOPE.
_OUTPUT_CHUNK = 96 * 1024
#: WSMan's "nothing within OperationTimeout"; clients poll again.
_TIMED_OUT = 2150858793
_NO_SUCH_SHELL = 2150858843


def _identifier() -> str:
    return str(uuid.uuid4()).upper()


@dataclass
class Command:
    """A command in a shell, with its streams."""

    program: str
    arguments: str
    user: str
    identifier: str = field(default_factory=_identifier)
    stdin: bytearray = field(default_factory=bytearray)
    stdin_ended: asyncio.Event = field(default_factory=asyncio.Event)
    output: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    exit_code: int | None = None
    #: The connection is to be cut instead of giving the outcome.
    lost: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def finish(self, stdout: str, stderr: str, exit_code: int) -> None:
        self.output["stdout"] += stdout.encode()
        self.output["stderr"] += stderr.encode()
        self.exit_code = exit_code
        self.news.set()

    @property
    def pending(self) -> bool:
        return any(self.output.values())


Runner = Callable[[Command], Awaitable[None]]


class ShellService:
    """All shells of a host. `run` executes a command and must finish it."""

    def __init__(self, run: Runner, address: Callable[[], str]) -> None:
        self._run, self._address = run, address
        self._shells: dict[str, dict[str, Command]] = {}

    async def handle(self, request: Envelope, user: str) -> bytes:
        """The answer's XML. Raises WsmanFault; `lost` commands raise nothing here, see `is_lost`."""
        if request.verb == "Create":
            return soap.answer(request, self._create(request))
        shell = self._shells.get(request.shell_id or "")
        if shell is None:
            raise WsmanFault(
                _NO_SUCH_SHELL,
                f"The Windows Remote Shell with ShellId {request.shell_id} was not found on the server.",
                "w:InvalidSelectors",
                sender=True,
            )
        match request.verb:
            case "Command":
                body = self._command(shell, request, user)
            case "Send":
                body = self._send(shell, request)
            case "Receive":
                body = await self._receive(shell, request)
            case "Signal":
                body = self._signal(shell, request)
            case "Delete":
                body = self._delete(request)
            case _:
                raise WsmanFault(2150858755, f"The action {request.action} is not supported.", "a:ActionNotSupported")
        return soap.answer(request, body)

    def is_lost(self, request: Envelope) -> bool:
        """True if the command this request is about has lost its connection by a fault."""
        shell = self._shells.get(request.shell_id or "") or {}
        return any(command.lost for command in shell.values())

    def drop_all(self) -> None:
        """The machine goes down: every shell is gone, every command ends."""
        for shell in self._shells.values():
            for command in shell.values():
                if command.task is not None:
                    command.task.cancel()
        self._shells.clear()

    def _create(self, request: Envelope) -> str:
        if not request.resource.endswith("/shell/cmd"):
            raise WsmanFault(
                2150858812,
                f"The resource {request.resource} is not simulated; use the winrm connection.",
                "a:DestinationUnreachable",
                sender=True,
            )
        identifier = _identifier()
        self._shells[identifier] = {}
        return (
            f"<x:ResourceCreated><a:Address>{self._address()}</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{SHELL}/cmd</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{identifier}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
            f"</x:ResourceCreated><rsp:Shell><rsp:ShellId>{identifier}</rsp:ShellId></rsp:Shell>"
        )

    def _command(self, shell: dict[str, Command], request: Envelope, user: str) -> str:
        line = request.body.find("rsp:CommandLine", NAMES)
        if line is None:
            raise WsmanFault(2150858756, "The request has no CommandLine.", "w:SchemaValidationError", sender=True)
        arguments = " ".join(element.text or "" for element in line.findall("rsp:Arguments", NAMES))
        command = Command(line.findtext("rsp:Command", "", NAMES), arguments, user)
        shell[command.identifier] = command
        command.task = asyncio.get_running_loop().create_task(self._supervised(command))
        return f"<rsp:CommandResponse><rsp:CommandId>{command.identifier}</rsp:CommandId></rsp:CommandResponse>"

    async def _supervised(self, command: Command) -> None:
        try:
            await self._run(command)
        except Exception as error:  # a fault of the simulator must be seen and never look like success
            command.finish("", f"SIMULATOR ERROR: {type(error).__name__}: {error}\r\n", 99)

    @staticmethod
    def _find(shell: dict[str, Command], identifier: str | None) -> Command:
        command = shell.get(identifier or "")
        if command is None:
            raise WsmanFault(
                _NO_SUCH_SHELL, f"The command {identifier} was not found.", "w:InvalidSelectors", sender=True
            )
        return command

    def _send(self, shell: dict[str, Command], request: Envelope) -> str:
        for stream in request.body.findall("rsp:Send/rsp:Stream", NAMES):
            command = self._find(shell, stream.get("CommandId"))
            command.stdin += base64.b64decode(stream.text or "")
            if (stream.get("End") or "").lower() == "true":
                command.stdin_ended.set()
        return "<rsp:SendResponse/>"

    async def _receive(self, shell: dict[str, Command], request: Envelope) -> str:
        wanted = request.body.find("rsp:Receive/rsp:DesiredStream", NAMES)
        command = self._find(shell, wanted.get("CommandId") if wanted is not None else None)
        try:
            async with asyncio.timeout(min(request.timeout, 60.0)):
                while command.exit_code is None and not command.pending and not command.lost:
                    command.news.clear()
                    await command.news.wait()
        except TimeoutError:
            raise WsmanFault(
                _TIMED_OUT,
                "The WS-Management service cannot complete the operation within the time specified in "
                "OperationTimeout.",
                "w:TimedOut",
            ) from None
        return f"<rsp:ReceiveResponse>{self._streams(command)}</rsp:ReceiveResponse>"

    @staticmethod
    def _streams(command: Command) -> str:
        parts, room, mark = [], _OUTPUT_CHUNK, f'CommandId="{command.identifier}"'
        for name, data in command.output.items():
            if data and room > 0:
                piece = bytes(data[:room])
                del data[:room]
                room -= len(piece)
                parts.append(f'<rsp:Stream Name="{name}" {mark}>{base64.b64encode(piece).decode()}</rsp:Stream>')
        if command.exit_code is None or command.pending:
            parts.append(f'<rsp:CommandState {mark} State="{SHELL}/CommandState/Running"/>')
        else:
            parts += [f'<rsp:Stream Name="{name}" {mark} End="true"/>' for name in command.output]
            parts.append(
                f'<rsp:CommandState {mark} State="{SHELL}/CommandState/Done">'
                f"<rsp:ExitCode>{command.exit_code}</rsp:ExitCode></rsp:CommandState>"
            )
        return "".join(parts)

    @staticmethod
    def _signal(shell: dict[str, Command], request: Envelope) -> str:
        signal = request.body.find("rsp:Signal", NAMES)
        command = shell.pop(signal.get("CommandId") or "" if signal is not None else "", None)
        if command is not None and command.task is not None and not command.task.done():
            command.task.cancel()
        return "<rsp:SignalResponse/>"

    def _delete(self, request: Envelope) -> str:
        for command in self._shells.pop(request.shell_id or "").values():
            if command.task is not None:
                command.task.cancel()
        return ""
