# SPDX-License-Identifier: Apache-2.0
"""The script that makes the folder for backups on Windows, run on a simulated host and judged from its side."""

import asyncio
import textwrap

import pytest

from opsconductor.simulate.windows.description import LabDescription
from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.host import SimulatedWindowsHost
from opsconductor.simulate.windows.powershell import ScriptOutcome, run_script
from opsconductor.simulate.windows.powershell.cmdlets import file
from opsconductor.simulate.windows.powershell.value import Thing
from tests.fixtures.renderings import FOLDER, rendering

BASE = r"C:\ProgramData\OpsConductor"
FOLDERS = (BASE, rf"{BASE}\undo", rf"{BASE}\undo\job", rf"{BASE}\undo\job\3")
#: Somebody else was here first, and left everything open to everybody.
FOREIGN = """
foreach ($path in 'C:\\ProgramData\\OpsConductor', 'C:\\ProgramData\\OpsConductor\\undo') {
    $null = New-Item -ItemType Directory -Path $path
    $acl = Get-Acl $path
    $acl.SetSecurityDescriptorSddlForm('O:BUD:(A;OICI;FA;;;WD)')
    Set-Acl $path $acl
}
"""


@pytest.fixture
def host() -> SimulatedWindowsHost:
    description = LabDescription({}).host("host01", 1)
    return SimulatedWindowsHost("host01", "127.23.0.1", description, "Administrator", "unit-test")


def run(host: SimulatedWindowsHost, script: str, **parameters: str) -> ScriptOutcome:
    return asyncio.run(run_script(host, script, user="Administrator", parameters=parameters))


def make_folder(host: SimulatedWindowsHost) -> ScriptOutcome:
    lines = rendering(FOLDER / "sentence.yml")[1].playbook.splitlines()
    begin = next(n for n, line in enumerate(lines) if "param([string]$Base" in line)
    end = next(n for n, line in enumerate(lines) if n > begin and line.strip() == "parameters:")
    return run(host, textwrap.dedent("\n".join(lines[begin:end])), Base=BASE, Folder=FOLDERS[-1])


@pytest.mark.parametrize("before", ["", FOREIGN])
def test_only_the_system_and_the_administrators_get_in(host: SimulatedWindowsHost, before: str) -> None:
    assert not run(host, before).errors
    for _ in range(2):  # it may run again
        outcome = make_folder(host)
        assert not outcome.errors
        assert not outcome.output
    for folder in FOLDERS:
        entry = host.files.get(folder)
        assert entry is not None
        assert entry.directory
        assert entry.owner == r"BUILTIN\Administrators"
        assert not entry.inherits
        assert [(r["type"], r["user"], r["rights"], r["inherit"]) for r in entry.access] == [
            ("allow", r"NT AUTHORITY\SYSTEM", "FullControl", "ContainerInherit, ObjectInherit"),
            ("allow", r"BUILTIN\Administrators", "FullControl", "ContainerInherit, ObjectInherit"),
        ]


def test_what_is_no_folder_is_not_taken_for_one(host: SimulatedWindowsHost) -> None:
    host.files.write(BASE, b"a file")
    outcome = make_folder(host)
    assert outcome.terminated is not None
    assert "already exists" in outcome.errors[-1].message
    assert host.files.read(BASE) == b"a file"


def test_a_link_is_refused(host: SimulatedWindowsHost, monkeypatch: pytest.MonkeyPatch) -> None:
    real = file.file_thing

    def linked(entry: Entry) -> Thing:
        thing = real(entry)
        thing.properties["LinkType"] = "Junction" if entry.name == "undo" else None
        return thing

    monkeypatch.setattr(file, "file_thing", linked)
    outcome = make_folder(host)
    assert outcome.terminated is not None
    assert outcome.errors[-1].message == rf"{BASE}\undo is a link: remove it, then try again."
    assert host.files.get(FOLDERS[-1]) is None
