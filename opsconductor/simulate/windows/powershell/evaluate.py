# SPDX-License-Identifier: Apache-2.0
"""Runs a PowerShell tree against a simulated host."""

from __future__ import annotations

import re
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated, WindowsError
from opsconductor.simulate.windows.powershell import operate
from opsconductor.simulate.windows.powershell.call import Caller
from opsconductor.simulate.windows.powershell.error import CommandError, ErrorRecord, LeaveScript, Terminating
from opsconductor.simulate.windows.powershell.session import Session
from opsconductor.simulate.windows.powershell.syntax import (
    ArrayLiteral,
    Assignment,
    Binary,
    Block,
    Cast,
    Catch,
    Command,
    Expandable,
    ForEach,
    Function,
    HashLiteral,
    If,
    Index,
    Invocation,
    Leave,
    Literal,
    Member,
    Node,
    Pipeline,
    Script,
    Step,
    Switch,
    Try,
    TypeName,
    Unary,
    Variable,
    While,
)
from opsconductor.simulate.windows.powershell.value import (
    DotNetType,
    Thing,
    as_list,
    from_list,
    property_of,
    put,
    text,
    truth,
)

#: Loops end with an error after so many rounds: a simulated host never hangs on a script.
_MOST_ROUNDS = 100_000


class Evaluator:
    """One script run. `statements` give lists (a pipeline's output), `value` gives one value."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._caller = Caller(self)

    async def run(self, script: Script, given: list[tuple[str | None, Any]]) -> list[Any]:
        """A whole script with its parameters, in the session's own scope."""
        await self._caller.bind_parameters(script.parameters, given)
        return await self.statements(script.statements)

    async def statements(self, nodes: tuple[Node, ...]) -> list[Any]:
        output: list[Any] = []
        for node in nodes:
            try:
                output += await self.statement(node)
            except (LeaveScript, Terminating) as leaving:
                # what was put out before stays put out
                leaving.values = output + leaving.values
                raise
            except (CommandError, WindowsError) as error:
                self.session.report(_record(error))
        return output

    async def statement(self, node: Node) -> list[Any]:
        match node:
            case Pipeline():
                return await self.pipeline(node)
            case Assignment():
                await self._assign(node)
                return []
            case If():
                for condition, body in node.branches:
                    if truth(await self.value(condition)):
                        return await self.statements(body.statements)
                return await self.statements(node.otherwise.statements) if node.otherwise else []
            case ForEach():
                return await self._foreach(node)
            case While():
                return await self._while(node)
            case Switch():
                return await self._switch(node)
            case Try():
                return await self._try(node)
            case Function():
                self.session.functions[node.name.lower()] = node.body
                return []
            case Leave():
                return await self._leave(node)
        return as_list(await self.value(node))

    # -- statements ---------------------------------------------------------------------------------------------

    async def pipeline(self, node: Pipeline) -> list[Any]:
        items: list[Any] | None = None
        for element in node.elements:
            if isinstance(element, Command):
                items = await self._caller.run(element, items)
            elif isinstance(element, Step):
                await self.value(element)
                items = []
            else:
                items = as_list(await self.value(element))
                self.session.last_ok = True
        return items or []

    async def _assign(self, node: Assignment) -> None:
        value = await self._assigned(node.value)
        if node.operator != "=":
            value = operate.binary(node.operator[0], await self.value(node.target), value)
        await self.store(node.target, value)

    async def _assigned(self, node: Node) -> Any:
        """A statement's value: of an expression as it is, an array of one element included; else its output."""
        only = node.elements[0] if isinstance(node, Pipeline) and len(node.elements) == 1 else None
        if only is not None and not isinstance(only, Command):
            value = await self.value(only)
            self.session.last_ok = True
            return value
        return from_list(await self.statement(node))

    async def store(self, target: Node, value: Any) -> None:
        match target:
            case Cast():
                await self.store(target.value, operate.cast(target.type, value))
            case Variable():
                self.session.write(target.name, value, target.scope)
            case Member():
                owner, name = await self.value(target.target), text(await self.value(target.name))
                if isinstance(owner, DotNetType):
                    return  # console encodings and the like: no effect on a simulated host
                if not isinstance(owner, Thing | dict):
                    raise CommandError(f"The property '{name}' cannot be found on this object.", "PropertyNotFound")
                put(owner.properties if isinstance(owner, Thing) else owner, name, value)
            case Index():
                holder, key = await self.value(target.target), await self.value(target.index)
                if isinstance(holder, dict):
                    put(holder, key, value)
                elif isinstance(holder, list):
                    holder[int(key)] = value
                else:
                    raise CommandError("Unable to index into an object of this type.", "CannotIndex")
            case ArrayLiteral():
                values = as_list(value)
                for at, one in enumerate(target.items):
                    last = at == len(target.items) - 1
                    await self.store(one, from_list(values[at:]) if last else operate.index(values, at))
            case _:
                raise NotSimulated(f"The PowerShell assignment to {type(target).__name__}")

    async def _foreach(self, node: ForEach) -> list[Any]:
        output: list[Any] = []
        for value in as_list(await self.value(node.values)):
            self.session.write(node.variable, value)
            if not await self._round(node.body, output):
                break
        return output

    async def _round(self, body: Block, output: list[Any]) -> bool:
        """One round of a loop; False after break."""
        try:
            output += await self.statements(body.statements)
        except LeaveScript as leave:
            if leave.kind not in ("break", "continue"):
                raise
            output += leave.values
            return leave.kind == "continue"
        return True

    async def _while(self, node: While) -> list[Any]:
        output: list[Any] = []
        skip_test = node.body_first
        for _ in range(_MOST_ROUNDS):
            if not skip_test and truth(await self.value(node.condition)) == node.until:
                return output
            skip_test = False
            if not await self._round(node.body, output):
                return output
        raise NotSimulated(f"A loop of more than {_MOST_ROUNDS} rounds")

    async def _switch(self, node: Switch) -> list[Any]:
        output: list[Any] = []
        operator = "match" if "regex" in node.options else "like" if "wildcard" in node.options else "eq"
        for value in as_list(await self.value(node.value)):
            self.session.write("_", value)
            hit = False
            for test, body in node.cases:
                if test is None:
                    matched = not hit
                elif isinstance(test, Script):
                    matched = truth(from_list(await self.statements(test.statements)))
                else:
                    matched = bool(operate.binary(operator, value, await self.value(test)))
                hit = hit or matched
                if matched and not await self._round(body, output):
                    break
        return output

    async def _try(self, node: Try) -> list[Any]:
        output: list[Any] = []
        try:
            output += await self._guarded(node.body)
        except Terminating as error:
            output += error.values
            handler = next((catch for catch in node.catches if _handles(catch, error.record)), None)
            if handler is None:
                error.values = output
                raise
            self.session.caught.insert(0, error.record)
            self.session.write("_", error.record.as_thing())
            output += await self.statements(handler.body.statements)
        finally:
            if node.finally_ is not None:
                output += await self.statements(node.finally_.statements)
        return output

    async def _guarded(self, body: Block) -> list[Any]:
        """Inside try an exception of an expression ends the block."""
        output: list[Any] = []
        for node in body.statements:
            try:
                output += await self.statement(node)
            except (LeaveScript, Terminating) as leaving:
                leaving.values = output + leaving.values
                raise
            except (CommandError, WindowsError) as error:
                ending = Terminating(_record(error))
                ending.values = output
                raise ending from None
        return output

    async def _leave(self, node: Leave) -> list[Any]:
        values = await self.statement(node.value) if node.value else []
        match node.kind:
            case "throw":
                value = from_list(values)
                if isinstance(value, Thing) and value.kind.endswith("ErrorRecord"):
                    raise Terminating(self.session.caught[0] if self.session.caught else ErrorRecord(text(value)))
                if value is None and self.session.caught:
                    raise Terminating(self.session.caught[0])
                message = text(value) or "ScriptHalted"
                raise Terminating(ErrorRecord(message, message[:200], "OperationStopped", target=value))
            case "exit":
                code = from_list(values)
                self.session.last_exit_code = int(code) if isinstance(code, int) else 0
                raise LeaveScript("exit")
        raise LeaveScript(node.kind, values)

    # -- expressions --------------------------------------------------------------------------------------------

    async def value(self, node: Node) -> Any:
        match node:
            case Literal():
                return node.value
            case Expandable():
                return "".join([one if isinstance(one, str) else text(await self.value(one)) for one in node.parts])
            case Variable():
                return self.session.read(node.name, node.scope)
            case Block():
                found = await self.statements(node.statements)
                return found if node.array else from_list(found)
            case ArrayLiteral():
                return [await self.value(one) for one in node.items]
            case HashLiteral():
                return {await self.value(k): await self._assigned(v) for k, v in node.pairs}
            case Binary():
                return await self._binary(node)
            case Unary():
                return await self._unary(node)
            case Cast():
                return operate.cast(node.type, await self.value(node.value))
            case Member():
                return await self._member(node)
            case Invocation():
                return await self._invoke(node)
            case Index():
                return operate.index(await self.value(node.target), await self.value(node.index))
            case Step():
                before = await self.value(node.target)
                await self.store(node.target, operate.binary("+", before or 0, node.by))
                return before
            case TypeName():
                return DotNetType(node.name)
            case Script():
                return node
        return from_list(await self.statement(node))

    async def _binary(self, node: Binary) -> Any:
        left = await self.value(node.left)
        match node.operator:
            case "and":
                return truth(left) and truth(await self.value(node.right))
            case "or":
                return truth(left) or truth(await self.value(node.right))
            case "xor":
                return truth(left) != truth(await self.value(node.right))
        right = await self.value(node.right)
        if node.operator == "match" and isinstance(left, str):
            found = re.search(text(right), left, re.IGNORECASE)
            if found:
                self.session.write("Matches", {0: found[0], **dict(enumerate(found.groups(), 1)), **found.groupdict()})
        return operate.binary(node.operator, left, right.name if isinstance(right, DotNetType) else right)

    async def _unary(self, node: Unary) -> Any:
        value = await self.value(node.value)
        match node.operator:
            case "not":
                return not truth(value)
            case "join":
                return "".join(text(one) for one in as_list(value))
            case "split":
                return text(value).split()
        return operate.binary("-", 0, value)

    async def _member(self, node: Member) -> Any:
        target, name = await self.value(node.target), text(await self.value(node.name))
        if isinstance(target, DotNetType):
            return operate.static_value(target.name, name)
        return property_of(target, name)

    async def _invoke(self, node: Invocation) -> Any:
        target, name = await self.value(node.target), text(await self.value(node.name))
        arguments = [await self.value(one) for one in node.arguments]
        if isinstance(target, DotNetType):
            return await self._caller.static(target.name, name, arguments)
        if target is None:
            raise CommandError("You cannot call a method on a null-valued expression.", "InvokeMethodOnNull")
        return operate.call_method(target, name, arguments)


def _record(error: CommandError | WindowsError) -> ErrorRecord:
    if isinstance(error, CommandError):
        return error.record
    return ErrorRecord(str(error), error.kind.rpartition(".")[2], "OpenError", kind=error.kind)


def _handles(catch: Catch, record: ErrorRecord) -> bool:
    short = record.kind.lower()
    return not catch.types or any(short.endswith(one.lower().removeprefix("system.")) for one in catch.types)
