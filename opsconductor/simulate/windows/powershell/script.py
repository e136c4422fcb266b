# SPDX-License-Identifier: Apache-2.0
"""One PowerShell script run from beginning to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.powershell import format as shape
from opsconductor.simulate.windows.powershell.error import ErrorRecord, LeaveScript, Terminating
from opsconductor.simulate.windows.powershell.evaluate import Evaluator
from opsconductor.simulate.windows.powershell.parse import parse
from opsconductor.simulate.windows.powershell.session import Session
from opsconductor.simulate.windows.powershell.syntax import Script


@dataclass(frozen=True)
class ScriptOutcome:
    """What came of a script."""

    output: list[Any]
    session: Session
    #: The error that ended the script, also the last of `errors`.
    terminated: ErrorRecord | None
    exited: bool

    @property
    def errors(self) -> list[ErrorRecord]:
        return self.session.errors

    @property
    def exit_code(self) -> int:
        """Of powershell.exe: `exit N`, else 1 if the script ended by an error or its last command failed."""
        if self.exited:
            return self.session.last_exit_code or 0
        return 1 if self.terminated or not self.session.last_ok else 0

    def console(self) -> str:
        """Standard output."""
        return "".join(line.replace("\n", "\r\n") for line in self.session.host_output) + shape.console(self.output)

    def error_text(self) -> str:
        """Standard error."""
        return "".join(record.console() for record in self.errors)


async def run_script(
    host: SimulatedWindowsHost,
    text: str,
    *,
    user: str,
    parameters: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    location: str | None = None,
    tree: Script | None = None,
    arguments: Sequence[str] = (),
) -> ScriptOutcome:
    """Runs `text` on the host. Raises NotSimulated for anything the reader or the host does not know."""
    session = Session(host, user, dict(variables or {}))
    if location:
        session.location = location
    evaluator = Evaluator(session)
    output: list[Any] = []
    terminated, exited = None, False
    script = tree or parse(text)
    given: list[tuple[str | None, Any]] = list((parameters or {}).items())
    given += [(None, one) for one in arguments]
    try:
        output = await evaluator.run(script, given)
    except Terminating as error:
        terminated = error.record
        output = error.values
        session.errors.append(error.record)
    except LeaveScript as leave:
        output, exited = leave.values, leave.kind == "exit"
    return ScriptOutcome(output, session, terminated, exited)
