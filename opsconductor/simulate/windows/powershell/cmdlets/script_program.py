# SPDX-License-Identifier: Apache-2.0
"""powershell.exe -File."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows import powershell as reader
from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.powershell.cmdlets.native import Ran, program
from opsconductor.simulate.windows.powershell.session import Session

_SWITCHES = {"-noprofile", "-noninteractive", "-nologo"}


@program("powershell")
async def powershell(session: Session, words: list[str], _items: list[Any] | None) -> Ran:
    rest = list(words)
    while rest and rest[0].lower() in _SWITCHES | {"-executionpolicy"}:
        rest = rest[2:] if rest[0].lower() == "-executionpolicy" else rest[1:]
    if len(rest) < 2 or rest[0].lower() != "-file":
        raise NotSimulated(f"powershell {' '.join(words)}")
    if not session.host.files.is_file(rest[1]):
        return Ran("", -196608, f"The argument '{rest[1]}' to the -File parameter does not exist.\n")
    text = session.host.files.read(rest[1]).decode("utf-8-sig")
    outcome = await reader.run_script(session.host, text, user=session.user, arguments=rest[2:])
    return Ran(outcome.console().replace("\r\n", "\n"), outcome.exit_code, outcome.error_text())
