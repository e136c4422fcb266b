# SPDX-License-Identifier: Apache-2.0
"""Runs what a remote shell is asked to run, and writes it into the journal."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Any

from opsconductor.simulate.windows import helper, payload
from opsconductor.simulate.windows.failure import ConnectionLost, LogonFailed, NotSimulated
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.modules import run_module
from opsconductor.simulate.windows.payload import Call, CallKind, UnreadablePayload
from opsconductor.simulate.windows.powershell import run_script
from opsconductor.simulate.windows.remote_shell import Command


@dataclass
class Outcome:
    stdout: str
    stderr: str
    exit_code: int
    #: The module's result, if it was a module.
    result: dict[str, Any] | None = None


class Executor:
    """Executes commands on one host."""

    def __init__(self, host: SimulatedWindowsHost, port: int) -> None:
        self._host, self._port = host, port

    async def run(self, command: Command) -> None:
        """Executes `command` and finishes it; a `module_drop` fault leaves it lost."""
        began, call = time.time(), None
        try:
            script = payload.encoded_script(command.program, command.arguments)
            if script is not None and payload.is_bootstrap(script):
                await command.stdin_ended.wait()
                call = payload.decode(bytes(command.stdin))
                outcome = await self._call(call, command)
            else:
                script = script if script is not None else f"{command.program} {command.arguments}".strip()
                outcome = await self._plain(script)
        except (LogonFailed, NotSimulated, UnreadablePayload) as error:
            outcome = _failure(f"{error}.")
        except ConnectionLost:
            command.lost = True
            self._note(command, call, script, began, Outcome("", "", -1), lost=True)
            command.news.set()
            return
        self._note(command, call, script, began, outcome)
        command.finish(outcome.stdout, outcome.stderr, outcome.exit_code)

    async def _call(self, call: Call, command: Command) -> Outcome:
        if call.become is not None:
            self._check_become(call)
        match call.kind:
            case CallKind.HELPER:
                return Outcome(*helper.run_helper(self._host, call))
            case CallKind.SCRIPT:
                shown = await run_script(self._host, call.script, user=self._user(call, command))
                return Outcome(shown.console(), shown.error_text(), shown.exit_code)
        if self._host.faults.strikes(FaultKind.HOST_DOWN, call.name):
            self._host.in_background(self._host.switch_off_after(0))
            raise ConnectionLost
        cut = self._host.faults.strikes(FaultKind.MODULE_DROP, call.name)
        if cut and not cut.effect:
            raise ConnectionLost
        if call.background is not None:
            return self._start_background(call, command)
        result = await run_module(self._host, call, self._user(call, command), self._port)
        if cut:
            raise ConnectionLost
        return Outcome(json.dumps(result) + "\r\n", "", 1 if result.get("failed") else 0, result)

    def _user(self, call: Call, command: Command) -> str:
        return call.become.user if call.become else command.user

    def _check_become(self, call: Call) -> None:
        """Raises LogonFailed for an unknown account or a wrong password; service accounts need none."""
        become = call.become
        if become is None or become.user.rpartition("\\")[2].upper() in {"SYSTEM", "LOCAL SERVICE", "NETWORK SERVICE"}:
            return
        if become.password is not None and self._host.accounts.check(become.user, become.password):
            return
        raise LogonFailed(
            f"Failed to become user '{become.user}' of type Interactive with flags WithProfile: Failed to logon "
            f"{become.user} (The user name or password is incorrect, Win32ErrorCode 1326 - 0x0000052E)"
        )

    async def _plain(self, script: str) -> Outcome:
        shown = await run_script(self._host, script, user=self._host.user)
        return Outcome(shown.console(), shown.error_text(), shown.exit_code)

    def _start_background(self, call: Call, command: Command) -> Outcome:
        settings = call.background or {}
        identifier = f"{settings['AsyncJid']}.{random.randrange(1000, 9999)}"
        folder = self._host.files.full(settings["AsyncDir"])
        self._host.files.make_directory(folder)
        job: dict[str, Any] = {
            "ansible_job_id": identifier,
            "started": 1,
            "finished": 0,
            "results_file": f"{folder}\\{identifier}",
        }
        self._host.jobs[identifier] = job
        self._host.in_background(self._background(call, command, job, float(settings.get("Timeout", 0))))
        return Outcome(json.dumps({**job, "_ansible_suppress_tmpdir_delete": True}) + "\r\n", "", 0, dict(job))

    async def _background(self, call: Call, command: Command, job: dict[str, Any], limit: float) -> None:
        try:
            async with asyncio.timeout(limit or None):
                result = await run_module(self._host, call, self._user(call, command), self._port)
        except TimeoutError:
            result = {"failed": True, "msg": "timed out waiting for module completion"}
        job.update(result, finished=1)

    def _note(
        self,
        command: Command,
        call: Call | None,
        script: str | None,
        began: float,
        done: Outcome,
        *,
        lost: bool = False,
    ) -> None:
        result = done.result or {}
        kind, name, arguments = "plain", "script", {"script": (script or "")[:2000]}
        if call is not None:
            kind, name, arguments = str(call.kind), call.qualified_name or call.name, dict(call.arguments)
            if call.kind is CallKind.SCRIPT:
                arguments = {"script": call.script[:2000]}
        self._host.journal.add(
            kind=kind,
            name=name,
            arguments=arguments,
            hidden=call is not None and call.no_log,
            at=began,
            seconds=round(time.time() - began, 4),
            user=command.user,
            run_as=call.become.user if call and call.become else None,
            check_mode=call is not None and call.check_mode,
            rc=done.exit_code,
            changed=result.get("changed"),
            failed=bool(result.get("failed", done.exit_code != 0)),
            message=None if call is not None and call.no_log else result.get("msg") or done.stderr.strip() or None,
            lost=lost,
        )


def _failure(message: str) -> Outcome:
    """A result that Ansible shows as a failed task with `message`."""
    result = {"failed": True, "changed": False, "msg": message}
    return Outcome(json.dumps(result) + "\r\n", message + "\r\n", 1, result)
