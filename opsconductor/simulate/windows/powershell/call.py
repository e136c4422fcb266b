# SPDX-License-Identifier: Apache-2.0
"""Calls commands: cmdlets, functions, script blocks, script files, native programs."""

from __future__ import annotations

import base64
import ntpath
from typing import TYPE_CHECKING, Any

from opsconductor.simulate.windows.failure import NotSimulated, WindowsError
from opsconductor.simulate.windows.powershell import operate
from opsconductor.simulate.windows.powershell.cmdlets import ALIASES, CMDLETS, NATIVE
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, Cmdlet, bind
from opsconductor.simulate.windows.powershell.error import CommandError, ErrorRecord, LeaveScript, Terminating
from opsconductor.simulate.windows.powershell.parse import parse
from opsconductor.simulate.windows.powershell.syntax import Argument, Command, Parameter, Script, Splat
from opsconductor.simulate.windows.powershell.value import Thing, as_list, text
from opsconductor.simulate.windows.powershell.zip_file import open_read

if TYPE_CHECKING:
    from opsconductor.simulate.windows.powershell.evaluate import Evaluator

#: Name (None: by position), value (True: a switch), and whether name and value were tied by a colon.
Given = list[tuple[str | None, Any]]


class Caller:
    """Finds and runs what a command's name means."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    async def run(self, command: Command, items: list[Any] | None) -> list[Any]:
        """The command's output. Raises Terminating, LeaveScript, NotSimulated."""
        session = self._evaluator.session
        mark = len(session.errors)
        output = await self._run(command, items)
        for redirection in command.redirections:
            target = redirection.target
            if target is None:
                output += [record.as_thing() for record in session.errors[mark:]]
                del session.errors[mark:]
                continue
            path = await self._evaluator.value(target)
            gone = redirection.stream in ("2", "*")
            if gone:
                del session.errors[mark:]
            if path is not None and redirection.stream in ("1", "*"):
                data = "".join(f"{text(one)}\r\n" for one in output).encode()
                session.host.files.write(text(path), data, append=redirection.append)
            if redirection.stream in ("1", "*"):
                output = []
        return output

    async def _run(self, command: Command, items: list[Any] | None) -> list[Any]:
        session = self._evaluator.session
        session.last_ok = True
        name = await self._evaluator.value(command.name)
        if isinstance(name, Script):
            return await self.block(name, await self._given(command), items)
        name = text(name)
        low = ALIASES.get(name.lower(), name.lower())
        if low in session.functions:
            return await self.block(session.functions[low], await self._given(command), items)
        if low in CMDLETS:
            return await self._cmdlet(CMDLETS[low], await self._given(command), items)
        program = ntpath.basename(low).removesuffix(".exe")
        if program in NATIVE:
            return await self._native(program, command, items)
        if low.endswith(".ps1") and session.host.files.is_file(name):
            script = parse(session.host.files.read(name).decode("utf-8-sig", "replace"))
            return await self.block(script, await self._given(command), items)
        if "-" in name or session.host.files.is_file(name):
            raise NotSimulated(f"The command {name}")
        raise Terminating(
            ErrorRecord(
                f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable "
                "program. It is also not simulated by this simulated Windows host.",
                "CommandNotFoundException",
                "ObjectNotFound",
                name,
                name,
                "System.Management.Automation.CommandNotFoundException",
            )
        )

    async def _given(self, command: Command) -> Given:
        given: Given = []
        for argument in command.arguments:
            if isinstance(argument.value, Splat):
                spread = self._evaluator.session.read(argument.value.name)
                entries = spread.items() if isinstance(spread, dict) else [(None, one) for one in as_list(spread)]
                given += [(None if key is None else text(key), value) for key, value in entries]
            elif argument.name is not None and argument.value is None:
                given.append((argument.name, True))
            else:
                assert argument.value is not None  # noqa: S101 - the parser gives a name or a value
                given.append((argument.name, await self._evaluator.value(argument.value)))
        return given

    async def _cmdlet(self, cmdlet: Cmdlet, given: Given, items: list[Any] | None) -> list[Any]:
        session = self._evaluator.session
        bound = bind(cmdlet, given)
        call = Call(session=session, evaluator=self, name=cmdlet.name, bound=bound, items=items)
        action = text(bound.get("ErrorAction")) if bound.has("ErrorAction") else None
        mark = len(session.errors)
        try:
            output = await cmdlet.run(call)
        except CommandError as error:
            output = []
            call.failures.append(error.record)
        except WindowsError as error:
            output = []
            call.failures.append(ErrorRecord(str(error), error.kind.rpartition(".")[2], "OpenError", kind=error.kind))
        for record in call.failures:
            named = ErrorRecord(
                record.message,
                f"{record.identifier},{cmdlet.name}",
                record.category,
                cmdlet.name,
                record.target,
                record.kind,
            )
            session.report(named, action)
        if bound.has("ErrorVariable"):
            fresh = session.errors[mark:] or session.caught[: len(call.failures)]
            session.write(text(bound.get("ErrorVariable")).lstrip("+"), [record.as_thing() for record in fresh])
        if bound.has("OutVariable"):
            session.write(text(bound.get("OutVariable")), output)
        return output

    async def block(self, script: Script, given: Given, items: list[Any] | None = None) -> list[Any]:
        """Runs a function or script block in a scope of its own."""
        session = self._evaluator.session
        outer = session.variables
        session.variables = dict(outer)
        try:
            await self.bind_parameters(script.parameters, given)
            session.write("input", items or [])
            return await self._evaluator.statements(script.statements)
        except LeaveScript as leave:
            if leave.kind != "return":
                raise
            return leave.values
        finally:
            session.variables = outer

    async def bind_parameters(self, parameters: tuple[Parameter, ...], given: Given) -> None:
        session = self._evaluator.session
        by_name = {parameter.name.lower(): parameter for parameter in parameters}
        named: dict[str, Any] = {}
        free: list[Any] = []
        waiting: str | None = None
        for name, value in given:
            if name is None:
                if waiting is not None:
                    named[waiting], waiting = value, None
                else:
                    free.append(value)
                continue
            low = name.lower()
            if low not in by_name:
                raise Terminating(
                    ErrorRecord(
                        f"A parameter cannot be found that matches parameter name '{name}'.",
                        "NamedParameterNotFound",
                        "InvalidArgument",
                    )
                )
            named[low] = value
            is_switch = (by_name[low].type or "").lower() in ("switch", "bool", "switchparameter")
            waiting = low if value is True and not is_switch else None
        for low, parameter in by_name.items():
            if low in named:
                value = named[low]
            elif free and (parameter.type or "").lower() != "switch":
                value = free.pop(0)
            else:
                value = await self._evaluator.value(parameter.default) if parameter.default else None
                session.write(parameter.name, value)
                continue
            session.write(parameter.name, operate.cast(parameter.type, value) if parameter.type else value)
        session.write("args", free)

    async def each(self, script: Script, item: Any) -> list[Any]:
        """A script block for one pipeline item, in the caller's scope."""
        session = self._evaluator.session
        before = session.read("_")
        session.write("_", item)
        try:
            return await self._evaluator.statements(script.statements)
        except LeaveScript as leave:
            if leave.kind not in ("continue", "return"):
                raise
            return leave.values
        finally:
            session.write("_", before)

    async def _native(self, program: str, command: Command, items: list[Any] | None) -> list[Any]:
        words = [word for argument in command.arguments for word in await self._words(argument)]
        session = self._evaluator.session
        outcome = await NATIVE[program](session, words, items)
        session.last_exit_code = outcome.exit_code
        session.last_ok = outcome.exit_code == 0
        if outcome.error:
            record = ErrorRecord(outcome.error.rstrip(), "NativeCommandError", activity=program)
            session.errors.append(record)
        return outcome.output.splitlines()

    async def _words(self, argument: Argument) -> list[str]:
        value = [] if argument.value is None else as_list(await self._evaluator.value(argument.value))
        words = [text(one) for one in value]
        if argument.name is None:
            return words
        return [f"-{argument.name}:{''.join(words)}"] if argument.tied else [f"-{argument.name}", *words]

    async def static(self, kind: str, name: str, arguments: list[Any]) -> Any:
        """A static .NET method, with the host behind it where it needs one."""
        host = self._evaluator.session.host
        short = kind.lower().removeprefix("system.")
        texts = [text(one) for one in arguments]
        match (short, name.lower()):
            case ("io.file", "exists"):
                return host.files.is_file(texts[0])
            case ("io.directory", "exists"):
                return host.files.is_directory(texts[0])
            case ("io.file", "readalltext"):
                return host.files.read(texts[0]).decode("utf-8-sig", "replace")
            case ("io.file", "readallbytes"):
                return list(host.files.read(texts[0]))
            case ("io.file", "writealltext"):
                host.files.write(texts[0], texts[1].encode())
                return None
            case ("io.file", "setlastwritetimeutc"):
                entry = host.files.get(texts[0])
                if entry is None:
                    raise WindowsError(f"Could not find file '{texts[0]}'.", "System.IO.FileNotFoundException")
                entry.modified = arguments[1].timestamp()
                return None
            case ("io.compression.zipfile", "openread"):
                return open_read(host.files.read(texts[0]))
            case ("io.directory", "createdirectory"):
                return host.files.make_directory(texts[0]).path
            case ("environment", "expandenvironmentvariables"):
                return host.files.full(texts[0]) if "%" in texts[0] else texts[0]
            case ("environment", "getenvironmentvariable"):
                return self._evaluator.session.read(texts[0], "env")
            case ("convert", "frombase64string"):
                return list(base64.b64decode(texts[0]))
            case ("text.encoding", "getstring") | ("text.utf8encoding", "new"):
                return Thing("System.Text.UTF8Encoding")
        return operate.call_static(kind, name, arguments)
