# SPDX-License-Identifier: Apache-2.0
"""Simulated modules against cases, and against the documentation of the modules they stand for."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.simulate.windows.description import LabDescription
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.modules import MODULES, run_module
from opsconductor.simulate.windows.payload import Call, CallKind
from tests.fixtures.module_documents import document, options_of

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "simulate" / "modules.yml").read_text(encoding="utf-8")
)
#: Keys that Ansible's module frameworks add to any result, or that action plugins pass on.
FRAMEWORK = {"changed", "failed", "msg", "invocation", "diff", "exception", "skipped", "rc", "stdout", "stderr"}
#: Keys the modules do return although their RETURN does not list them, and options they read though undocumented.
UNLISTED = {
    "win_chocolatey": {"choco_cli_version"},
    "win_user": {"state"},
    "win_find": {"lnk_source"},
    "win_service_info": {"failure_actions_on_non_crash_failure", "win32_exit_code"},
    "win_listen_ports_facts": {"ansible_facts"},
    "win_command": {"cmd", "start", "end", "delta"},
    "win_updates": {"cancel_options", "poll_options", "output"},
    "win_feature": {"success"},
    "win_lineinfile": {"backup", "encoding", "found"},
}
PRIVATE_OPTIONS = {"_raw_params", "_copy_mode", "_original_basename", "files", "directories", "symlinks"}


def make_host() -> SimulatedWindowsHost:
    description = LabDescription(
        {
            "services": {"Alpha": {"path": "C:\\Alpha\\alpha.exe", "ports": [9100], "start_delay": 0, "stop_delay": 0}},
            "files": {"C:\\data\\a.txt": "one\ntwo", "C:\\data\\setup.msi": "installer"},
            "features": {"Web-Common": {}, "Web-Server": {"needs": ["Web-Common"]}},
            "optional_features": {"NetFx3": {"wants_restart": True}},
            "websites": {"http://localhost:9100/": {"content": "hello"}},
            "chocolatey": {
                "installed": {"nginx": "1.9.0"},
                "source": {"nginx": {"versions": ["1.9.0", "1.10.2"], "files": {"C:\\nginx\\nginx.exe": "v{version}"}}},
            },
        }
    ).host("host01", 1)
    return SimulatedWindowsHost("host01", "127.23.0.1", description, "Administrator", "unit-test")


def full_name(case: dict[str, Any]) -> str:
    """`ansible.windows.win_copy`."""
    return f"{case['collection'].replace('/', '.')}.{case['module']}"


async def run_case(case: dict[str, Any]) -> list[dict[str, Any]]:
    host = make_host()
    results = []
    for run in case["runs"]:
        call = Call(
            kind=CallKind.MODULE,
            name=case["module"],
            qualified_name=full_name(case),
            arguments=run["args"],
            control={"check_mode": run.get("check", False), "diff": True},
        )
        results.append(await run_module(host, call, "Administrator", 5985))
    return results


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["module"])
def test_runs(case: dict[str, Any]) -> None:
    for run, result in zip(case["runs"], asyncio.run(run_case(case)), strict=True):
        if "fails" in run:
            assert result.get("failed") is True, result
            assert run["fails"] in result["msg"]
            continue
        assert not result.get("failed"), result
        for key, value in run.get("result", {}).items():
            assert result[key] == value, (run, result)


@pytest.mark.parametrize("case", [case for case in CASES if case["module"] in MODULES], ids=lambda case: case["module"])
def test_result_keys_are_those_of_the_module(case: dict[str, Any]) -> None:
    returned = document(full_name(case)).get("RETURN") or {}
    known = set(returned) | FRAMEWORK | UNLISTED.get(case["module"], set())
    inside = case.get("inside")
    for run, result in zip(case["runs"], asyncio.run(run_case(case)), strict=True):
        if "fails" in run:
            continue
        assert set(result) <= known, set(result) - known
        nested = result.get(inside, []) if inside else []
        for entry in nested if isinstance(nested, list) else [nested]:
            told = set(returned[inside].get("contains") or {}) | UNLISTED.get(case["module"], set())
            assert set(entry) <= told, set(entry) - told


@pytest.mark.parametrize("case", [case for case in CASES if case["module"] in MODULES], ids=lambda case: case["module"])
def test_options_are_those_of_the_module(case: dict[str, Any]) -> None:
    known = options_of(full_name(case)) | PRIVATE_OPTIONS
    assert MODULES[case["module"]].options <= known, MODULES[case["module"]].options - known


def test_an_update_keeps_the_configuration() -> None:
    description = LabDescription(
        {
            "chocolatey": {
                "installed": {"nginx": "1.9.0"},
                "source": {
                    "nginx": {
                        "versions": ["1.9.0", "1.10.2"],
                        "files": {"C:\\nginx\\nginx.exe": "v{version}"},
                        "configuration": {"C:\\nginx\\nginx.conf": "from the package"},
                    }
                },
            },
            "files": {"C:\\nginx\\nginx.exe": "v1.9.0", "C:\\nginx\\nginx.conf": "mine"},
        }
    ).host("host01", 1)
    host = SimulatedWindowsHost("host01", "127.23.0.1", description, "Administrator", "unit-test")
    arguments = {"name": "nginx", "state": "latest"}
    call = Call(kind=CallKind.MODULE, name="win_chocolatey", qualified_name="x", arguments=arguments)
    asyncio.run(run_module(host, call, "Administrator", 5985))
    assert host.files.read("C:\\nginx\\nginx.exe") == b"v1.10.2"
    assert host.files.read("C:\\nginx\\nginx.conf") == b"mine"
