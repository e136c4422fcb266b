# SPDX-License-Identifier: Apache-2.0
"""win_powershell."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.powershell import ScriptOutcome, run_script
from opsconductor.simulate.windows.powershell.error import ErrorRecord
from opsconductor.simulate.windows.powershell.parse import parse
from opsconductor.simulate.windows.powershell.value import Thing, plain, truth

_ACTIONS = {"stop": "Stop", "continue": "Continue", "silently_continue": "SilentlyContinue"}


def _error(record: ErrorRecord) -> dict[str, Any]:
    return {
        "output": record.console(),
        "error_details": None,
        "exception": {
            "message": record.message,
            "type": record.kind,
            "help_link": None,
            "source": None,
            "hresult": -2146233087,
            "inner_exception": None,
        },
        "target_object": plain(record.target),
        "category_info": {
            "category": record.category,
            "category_id": 0,
            "activity": record.activity,
            "reason": record.kind.rpartition(".")[2],
            "target_name": "",
            "target_type": "",
        },
        "fully_qualified_error_id": record.identifier,
        "script_stack_trace": "at <ScriptBlock>, <No file>: line 1",
        "pipeline_iteration_info": [],
    }


def _script_text(run: Run) -> str:
    script, path = run.arguments.text("script"), run.arguments.text("path")
    if (script is None) == (path is None):
        raise ModuleFailed("one of the following is required: script, path")
    if script is not None:
        return script
    if not run.host.files.is_file(path or ""):
        raise ModuleFailed(f"Could not find or access '{path}' on Windows host")
    return run.host.files.read(path or "").decode("utf-8-sig", "replace")


def _skip_reason(run: Run, supports_check_mode: bool) -> tuple[bool, str] | None:
    creates, removes = run.arguments.text("creates"), run.arguments.text("removes")
    if creates and run.host.files.glob(creates):
        return False, f"skipped, since {creates} exists"
    if removes and not run.host.files.glob(removes):
        return False, f"skipped, since {removes} does not exist"
    if run.check_mode and not supports_check_mode:
        return True, "skipped, running in check mode"
    return None


def _parameters(run: Run) -> dict[str, Any]:
    given = dict(run.arguments.raw("parameters") or {})
    for secret in run.arguments.items("sensitive_parameters") or []:
        if secret.get("username"):
            credential = {"UserName": secret["username"], "Password": secret.get("password")}
            given[secret["name"]] = Thing("System.Management.Automation.PSCredential", credential)
        else:
            given[secret["name"]] = Thing("System.Security.SecureString", {"Value": secret.get("value")})
    return given


def _result(outcome: ScriptOutcome, ansible: Thing, depth: int) -> dict[str, Any]:
    session = outcome.session
    result: dict[str, Any] = {
        "changed": truth(ansible.get("Changed")),
        "result": plain(ansible.get("Result"), depth),
        "host_out": "".join(session.host_output),
        "host_err": "",
        "output": [plain(one, depth) for one in outcome.output],
        "error": [_error(record) for record in outcome.errors],
        "warning": session.warnings,
        "verbose": session.verbose,
        "debug": session.debug,
        "information": [
            {"message_data": message, "source": "Write-Information", "time_generated": "", "tags": []}
            for message in session.information
        ],
        "failed": outcome.terminated is not None or truth(ansible.get("Failed")),
    }
    if outcome.exited and outcome.exit_code:
        result |= {"failed": True, "rc": outcome.exit_code}
    if result["failed"]:
        result["msg"] = outcome.errors[-1].message if outcome.errors else "The script failed."
    return result


@module(
    "win_powershell",
    "script path parameters sensitive_parameters error_action executable arguments chdir creates removes depth",
)
async def win_powershell(run: Run) -> dict[str, Any]:
    tree = parse(_script_text(run))
    skip = _skip_reason(run, tree.supports_should_process)
    if skip is not None:
        return {"changed": skip[0], "msg": skip[1]}
    ansible = Thing(
        "Ansible.Windows.WinPowerShell.Module",
        {
            "CheckMode": run.check_mode,
            "Verbosity": run.verbosity,
            "Result": {},
            "Diff": {},
            "Changed": True,
            "Failed": False,
            "Tmpdir": run.host.environment["TEMP"],
        },
    )
    action = run.arguments.choice("error_action", tuple(_ACTIONS), "continue") or "continue"
    variables: dict[str, Any] = {"Ansible": ansible, "ErrorActionPreference": _ACTIONS[action]}
    if tree.supports_should_process:
        variables |= {"WhatIfPreference": run.check_mode, "PSCmdlet": _should_process(run)}
    outcome = await run_script(
        run.host,
        "",
        user=run.user,
        parameters=_parameters(run),
        variables=variables,
        location=run.arguments.text("chdir"),
        tree=tree,
    )
    result = _result(outcome, ansible, int(run.arguments.number("depth", 2) or 2))
    diff = ansible.get("Diff")
    if run.diff_mode and isinstance(diff, dict) and diff:
        result["diff"] = plain(diff, 4)
    return result


def _should_process(run: Run) -> Thing:
    """`$PSCmdlet.ShouldProcess(…)`: true unless in check mode."""
    return Thing(
        "System.Management.Automation.PSScriptCmdlet", methods={"shouldprocess": lambda *_: not run.check_mode}
    )
