# SPDX-License-Identifier: Apache-2.0
"""Templates of files and archives by plain ansible-playbook on a simulated Windows host, judged from its side."""

import base64
import functools
import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Origin, Step
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.fixtures.step_samples import sampled

KEPT = r"C:\ProgramData\OpsConductor"
SERVED = b"served\r\n"


def zipped(**members: str) -> dict[str, str]:
    """A zip file as a state file gives it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("_", "."), (2025, 1, 2, 3, 4, 6)), text)
    return {"base64": base64.b64encode(packed.getvalue()).decode()}


STATE = {
    "schema_version": 1,
    "defaults": {
        "users": {"app": {"groups": ["Users"]}},
        "files": {
            r"C:\w\there.txt": "there",
            r"C:\w\gone with ü\it's a.txt": "a",
            r"C:\w\gone with ü\sub\b.txt": "b",
            r"C:\w\1.tmp": "1",
            r"C:\w\2.tmp": "2",
            r"C:\w\3.tmpx": "3",
            r"C:\w\text.txt": "old\r\n",
            r"C:\w\add.ini": "one\r\ntwo=DEBUG\r\nthree\r\n",
            r"C:\w\unix.ini": "one\ntwo=DEBUG\nthree\n",
            r"C:\w\remove.ini": "one\r\ntwo=DEBUG\r\nthree\r\n",
            r"C:\w\number.ini": "one\r\ntwo=DEBUG\r\nthree\r\n",
            r"C:\w\latin.ini": {"base64": "YuRy"},
            r"C:\w\tree\x.txt": "x",
            r"C:\w\tree\sub\y.txt": "y",
            r"C:\w\into\kept.txt": "kept",
            r"C:\w\into\sub\y.txt": "old y",
            r"C:\w\downloaded.bin": "old download",
            r"C:\w\packed.zip": zipped(old_txt="old"),
            r"C:\w\unpacked\x.txt": "old x",
            r"C:\w\unpacked\kept.txt": "kept",
            r"C:\site\pack.zip": zipped(**{"x_txt": "new x", "sub/y_txt": "new y"}),
            r"C:\site\outside.zip": zipped(**{"../x_txt": "x"}),
            r"C:\site\broken.zip": "no zip",
            r"C:\old\fresh.log": "fresh",
            r"C:\old\stale.log": {"content": "stale", "age": 700_000},
        },
    },
}
W = "C:\\w\\"


def backed_up(path: str) -> Step:
    return step("file.backup", path=path).model_copy(update={"origin": Origin.POLICY})


def steps_of(site: str) -> list[tuple[Step, str, str]]:
    """Steps, each with its state after the first run and after the second."""
    return [
        (step("file.mkdir", path=f"{W}new dir\\-sub\\", owner="app"), "created", "exists"),
        (step("file.mkdir", path=f"{W}tree", owner="app"), "changed", "exists"),
        (step("file.touch", path=f"{W}-new 'flag'", owner="app"), "created", "touched"),
        (step("file.touch", path=f"{W}there.txt"), "touched", "touched"),
        (step("file.delete", path=f"{W}gone with ü\\"), "deleted", "absent"),
        (step("file.delete", path=f"{W}*.tmp"), "deleted", "absent"),
        (step("file.permissions", path=f"{W}there.txt", owner="app"), "changed", "same"),
        (backed_up(f"{W}text.txt"), "saved", "saved"),
        (step("file.write", path=f"{W}text.txt", content="{{ 7 * 7 }} $env:TEMP ü"), "written", "same"),
        (backed_up(f"{W}add.ini"), "saved", "saved"),
        (step("file.edit", path=f"{W}add.ini", line=r"10.0.0.1 b\1 'q'"), "changed", "same"),
        (backed_up(f"{W}unix.ini"), "saved", "saved"),
        (step("file.edit", path=f"{W}unix.ini", match="DEBUG", line="DEBUG$1"), "changed", "same"),
        (backed_up(f"{W}remove.ini"), "saved", "saved"),
        (step("file.edit", path=f"{W}remove.ini", line="three", remove=True), "changed", "same"),
        (backed_up(f"{W}templated.txt"), "absent", "saved"),
        (step("file.template", src="t.j2", dest=f"{W}templated.txt"), "written", "same"),
        (step("file.duplicate", src=f"{W}there.txt", dest=f"{W}into"), "copied", "same"),
        (step("file.duplicate", src=f"{W}tree", dest=f"{W}into"), "copied", "same"),
        (step("archive.create", src=f"{W}tree", dest=f"{W}fresh.zip"), "packed", "same"),
        (step("archive.create", src="C:\\site", dest=f"{W}packed.zip"), "packed", "same"),
        (step("archive.extract", src="C:\\site\\pack.zip", dest=f"{W}unpacked"), "unpacked", "same"),
        (step("archive.extract", src="C:\\site\\pack.zip", dest=f"{W}unpacked afresh"), "unpacked", "same"),
        (step("file.download", url=f"{site}/served.bin", dest=f"{W}downloaded.bin"), "downloaded", "same"),
    ]


FILES = {"t.j2": b"{{ inventory_hostname }} is {{ ansible_facts.hostname | lower }}\n"}


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    folder = tmp_path_factory.mktemp("simulator")
    (folder / "state.yml").write_text(yaml.safe_dump(STATE), encoding="utf-8")
    options = ("--count", "1", "--state", str(folder / "state.yml"), "--address", "127.34.2.1", "--port", "5985")
    with SimulatorProcess(folder / "simulator", *options) as process:
        yield process


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server with one file."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "served.bin").write_bytes(SERVED)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def target_of(process: SimulatorProcess, name: str = "win01") -> BoundTarget:
    [host] = process.ready["hosts"]
    return BoundTarget(
        asset_id=name,
        name=name,
        platform=Platform.WINDOWS,
        kind=ConnectionKind.WINRM,
        address=host["address"],
        port=host["port"],
        user=process.ready["user"],
        settings={"scheme": "http", "transport": "ntlm"},
    )


def play(
    process: SimulatorProcess,
    folder: Path,
    *steps: Step,
    check: bool = False,
    facts: Mapping[int, object] | None = None,
) -> PlainRun:
    """Run the steps, or with their facts undo them."""
    target = target_of(process)
    given = {"opsc_job": folder.name} | {f"opsc_s{n}": fact for n, fact in (facts or {}).items()}
    arguments = ["--extra-vars", json.dumps(given), *(["--check", "--diff"] if check else [])]
    plan, undo = plan_of(steps, [target]), facts is not None
    return run_plain(folder, plan, [target], *arguments, files=FILES, password=process.password, undo=undo)


def seen(process: SimulatorProcess, folder: str = "c:\\w") -> dict[str, Any]:
    """All below the folder: content, owner, rules, and of files the time."""
    files = process.client.state("win01")["files"]
    below = {path: entry for path, entry in files.items() if path.lower().startswith(folder)}
    return {path: {**e, "modified": None if e["directory"] else round(e["modified"], 5)} for path, e in below.items()}


def done_as_asked(process: SimulatorProcess) -> dict[str, Any]:
    files = seen(process)
    assert files[f"{W}new dir\\-sub"]["owner"] == files[f"{W}tree"]["owner"] == "WIN01\\app"
    assert (files[f"{W}-new 'flag'"]["size"], files[f"{W}-new 'flag'"]["owner"]) == (0, "WIN01\\app")
    assert not [path for path in files if "gone" in path or path.endswith(".tmp")]
    assert f"{W}3.tmpx" in files
    assert files[f"{W}there.txt"]["owner"] == "WIN01\\app"
    content = {path.removeprefix(W): entry.get("content") for path, entry in files.items()}
    assert content["text.txt"] == "{{ 7 * 7 }} $env:TEMP ü\r\n"
    assert content["add.ini"] == "one\r\ntwo=DEBUG\r\nthree\r\n10.0.0.1 b\\1 'q'\r\n"
    assert content["unix.ini"] == "one\ntwo=DEBUG$1\nthree\n"
    assert content["remove.ini"] == "one\r\ntwo=DEBUG\r\n"
    assert content["templated.txt"] == "win01 is win01\r\n"
    assert [content[f"into\\{name}"] for name in ("there.txt", "x.txt", "sub\\y.txt", "kept.txt")] == [
        "there",
        "x",
        "y",
        "kept",
    ]
    assert [content[f"unpacked\\{name}"] for name in ("x.txt", "sub\\y.txt", "kept.txt")] == ["new x", "new y", "kept"]
    assert content["unpacked afresh\\sub\\y.txt"] == "new y"
    assert files[f"{W}fresh.zip"]["size"] > 0
    assert content["downloaded.bin"] == SERVED.decode()
    return untouched(process)


def untouched(process: SimulatorProcess) -> dict[str, Any]:
    """What is there but for the files whose time a touch sets."""
    return {p: entry for p, entry in seen(process).items() if p not in (f"{W}there.txt", f"{W}-new 'flag'")}


#: Steps of the sample; all of them are for the long run.
SAMPLE = 6
WHOLE = pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])


@WHOLE
@pytest.mark.rotating
def test_steps_are_foreseen_done_found_done_and_undone(
    windows: SimulatorProcess, site: str, tmp_path: Path, whole: bool
) -> None:
    table = steps_of(site) if whole else sampled(steps_of(site), SAMPLE)
    steps, numbers = [entry[0] for entry in table], range(1, len(table) + 1)
    before, kept = seen(windows), seen(windows, KEPT.lower())
    preview = play(windows, tmp_path / "preview", *steps, check=True)
    assert not preview.failures(), preview.failures()
    assert seen(windows) == before
    assert seen(windows, KEPT.lower()) == kept
    to_do = [n for n in numbers if table[n - 1][1] != "absent"]
    assert not [steps[n - 1] for n in to_do if "changed" not in preview.ran("win01", "main", n)]

    done = play(windows, tmp_path / "run", *steps)
    assert not done.failures(), done.failures()
    assert [done.state("win01", n) for n in numbers] == [entry[1] for entry in table]
    after = done_as_asked(windows) if whole else untouched(windows)
    assert not whole or {e["owner"] for e in seen(windows, KEPT.lower() + "\\undo").values() if e["directory"]}

    again = play(windows, tmp_path / "again", *steps)
    assert not again.failures(), again.failures()
    assert [again.state("win01", n) for n in numbers] == [entry[2] for entry in table]
    settled = [n for n in numbers if table[n - 1][0].intent not in ("file.backup", "file.touch")]
    assert not [steps[n - 1] for n in settled if "changed" in again.ran("win01", "main", n)]
    assert (done_as_asked(windows) if whole else untouched(windows)) == after

    back = play(windows, tmp_path / "undo", *steps, facts={n: done.fact("win01", n) for n in numbers})
    assert not back.failures(), back.failures()
    assert seen(windows) == before


@pytest.mark.soak
def test_what_is_not_undone_or_only_read(windows: SimulatorProcess, tmp_path: Path) -> None:
    steps = [
        backed_up(f"{W}number.ini"),
        step("file.edit", path=f"{W}number.ini", number=2, remove=True),
        step("file.cleanup", path="C:\\old", age=604800),
        step("file.fetch", src=f"{W}there.txt"),
        step("file.fetch", src="C:\\nothing.txt"),
    ]
    done = play(windows, tmp_path / "run", *steps)
    assert not done.failures(), done.failures()
    assert [done.state("win01", n) for n in range(1, 6)] == ["saved", "changed", "cleaned", "fetched", "absent"]
    assert seen(windows)[f"{W}number.ini"]["content"] == "one\r\nthree\r\n"
    assert list(seen(windows, "c:\\old\\")) == [r"C:\old\fresh.log"]
    fetched = tmp_path / "run" / done.fact("win01", 4)["place"]
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == done.fact("win01", 4)["sha256"]


UNHAPPY: list[tuple[Step, str]] = [
    (step("file.mkdir", path=f"{W}text.txt"), "C:\\w\\text.txt is no folder."),
    (step("file.mkdir", path=f"{W}fresh", owner="nobody"), "This target has no account nobody."),
    (step("file.mkdir", path=f"{W}fresh", mode="0750"), "are for Linux only"),
    (step("file.mkdir", path="C:\\denied\\x"), "Access to the path 'C:\\denied\\x' is denied."),
    (step("file.touch", path="C:\\nowhere\\x"), "There is no folder C:\\nowhere on this target: create it first."),
    (step("file.delete", path="C:\\Win*"), "C:\\Windows belongs to the system itself and is never deleted."),
    (step("file.delete", path="C:\\w*\\x"), "Wildcards are possible in the last part of a path only."),
    (step("file.permissions", path="C:\\nowhere", owner="app"), "There is no C:\\nowhere on this target."),
    (step("file.write", path="C:\\w", content="x"), "C:\\w is a folder: name the file in it."),
    (step("file.write", path="C:\\full\\x", content="x"), "There is not enough space on the disk."),
    (step("file.edit", path=f"{W}remove.ini", line="thr", remove=True), "name the whole line"),
    (step("file.edit", path=f"{W}latin.ini", line="x"), "is no text in UTF-8"),
    (step("file.edit", path=f"{W}remove.ini", number=9, remove=True), "has no line 9."),
    (step("file.duplicate", src="C:\\nowhere", dest=f"{W}x"), "There is no C:\\nowhere on this target."),
    (step("file.duplicate", src="C:\\w", dest=f"{W}tree"), "C:\\w\\tree lies in C:\\w, or is it."),
    (step("archive.create", src=f"{W}tree", dest=f"{W}x.tgz"), "is not .zip"),
    (step("archive.extract", src="C:\\site\\broken.zip", dest=f"{W}x"), "cannot be read as an archive"),
    (step("archive.extract", src="C:\\site\\outside.zip", dest=f"{W}x"), "names that lead out of the folder"),
]


@pytest.mark.soak
def test_what_cannot_be_done_says_why_and_changes_nothing(windows: SimulatorProcess, tmp_path: Path) -> None:
    play(windows, tmp_path / "folders", step("file.mkdir", path="C:\\denied"), step("file.mkdir", path="C:\\full"))
    windows.client.fault("win01", "file_access", target="C:\\denied\\*")
    windows.client.fault("win01", "disk_full", target="C:\\full\\*")
    before = seen(windows)
    # One host under many names, so that each step fails on one of its own.
    targets = [target_of(windows, f"name-{n}") for n in range(len(UNHAPPY))]
    steps = [entry[0].model_copy(update={"hosts": (f"name-{n}",)}) for n, entry in enumerate(UNHAPPY)]
    done = run_plain(tmp_path / "run", plan_of(steps, targets), targets, password=windows.password)
    told = {n: done.failures().get(f"name-{n}", "nothing") for n in range(len(UNHAPPY))}
    assert [(says, told[n]) for n, (_, says) in enumerate(UNHAPPY) if says not in told[n]] == []
    assert seen(windows) == before
