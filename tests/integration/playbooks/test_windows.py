# SPDX-License-Identifier: Apache-2.0
"""The vision's sentence as a plain ansible-playbook run on simulated Windows hosts, judged from the hosts' side."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Condition, Options, Origin, Step
from opsconductor.playbooks.rendered import RenderedPlaybook
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.plain_run import PlainRun, plan_of, rendered_of, run_plain, step

pytestmark = pytest.mark.rotating

KEPT = r"C:\ProgramData\OpsConductor"
PROGRAM = r"C:\CIS\stationcontroller.exe"
NEW = b"MZ new program" * 100
SERVICE = "StationController"
SENTENCE = [
    step("process.check", process="stationcontroller.exe"),
    step("service.stop", service=SERVICE),
    step("file.backup", path_service=SERVICE),
    step("file.copy", src="stationcontroller.exe", dest_service=SERVICE),
    step("service.restart", service=SERVICE, timeout=10),
    step("service.status", service=SERVICE, expect="running", timeout=10),
]
STATE = {
    "schema_version": 1,
    "defaults": {
        "services": {SERVICE: {"display_name": "Station Controller", "path": f'"{PROGRAM}" --run', "ports": [9100]}},
        "files": {PROGRAM: "MZ old program"},
    },
    "hosts": {"2": {"services": {SERVICE: {"state": "stopped"}}}},
}


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """Three simulated hosts; the service of the second is stopped."""
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump(STATE), encoding="utf-8")
    options = ("--count", "3", "--state", str(state), "--address", "127.34.1.1", "--port", "5985")
    with SimulatorProcess(tmp_path / "simulator", *options) as process:
        yield process


def targets_of(process: SimulatorProcess) -> list[BoundTarget]:
    return [
        BoundTarget(
            asset_id=host["name"],
            name=host["name"],
            platform=Platform.WINDOWS,
            kind=ConnectionKind.WINRM,
            address=host["address"],
            port=host["port"],
            user=process.ready["user"],
            settings={"scheme": "http", "transport": "ntlm"},
        )
        for host in process.ready["hosts"]
    ]


def assert_closed(process: SimulatorProcess, host: str, *folders: str) -> None:
    """Only the system and the administrators get in, whatever was there before."""
    files = process.client.state(host)["files"]
    for folder in (KEPT, *(rf"{KEPT}\undo{name}" for name in ("", *folders))):
        assert files[folder]["owner"] == r"BUILTIN\Administrators"
        assert not files[folder]["inherits"]
        rules = [(r["type"], r["user"], r["rights"], r["inherit"]) for r in files[folder]["access"]]
        inherit = "ContainerInherit, ObjectInherit"
        assert rules == [
            ("allow", r"NT AUTHORITY\SYSTEM", "FullControl", inherit),
            ("allow", r"BUILTIN\Administrators", "FullControl", inherit),
        ]


def play(process: SimulatorProcess, folder: Path, *steps: Step, files: dict[str, bytes] | None = None) -> PlainRun:
    """Other steps, on the first host only."""
    targets = targets_of(process)[:1]
    return run_plain(folder, plan_of(steps, targets), targets, files=files, password=process.password)


def run(process: SimulatorProcess, folder: Path, *arguments: str) -> tuple[PlainRun, RenderedPlaybook]:
    targets = targets_of(process)
    plan, files = plan_of(SENTENCE, targets), {"stationcontroller.exe": NEW}
    done = run_plain(folder, plan, targets, *arguments, files=files, password=process.password)
    return done, rendered_of(plan, targets, files)


def test_the_sentence_stops_copies_restarts_and_verifies(windows: SimulatorProcess, tmp_path: Path) -> None:
    done, rendered = run(windows, tmp_path / "run")
    assert not done.failures(), done.failures()
    assert done.rc == 0
    states = {host: [done.state(host, n) for n in range(1, 7)] for host in done.results}
    assert states["win01"] == ["running", "stopped", "saved", "copied", "started", "running"]
    assert states["win02"] == ["stopped", "already_stopped", "saved", "copied", "started", "running"]
    assert done.ran("win01", "main", 2) == {"changed"}
    assert done.ran("win02", "main", 2) == {"skipped"}
    for host in done.results:
        seen = windows.client.state(host)
        assert seen["services"][SERVICE]["state"] == "running"
        assert seen["files"][PROGRAM]["sha256"] == hashlib.sha256(NEW).hexdigest()
        kept = done.fact(host, 3)
        assert kept["kept"] == r"C:\ProgramData\OpsConductor\undo\manual\3\stationcontroller.exe"
        assert seen["files"][kept["kept"]]["sha256"] == hashlib.sha256(b"MZ old program").hexdigest() == kept["sha256"]
        assert done.fact(host, 4)["backup"] == kept["kept"]
        assert_closed(windows, host, r"\manual", r"\manual\3")
    lines = {place.name: place.line for place in rendered.places}
    assert {name: line for name, line, _ in done.results["win01"]} == lines


@pytest.mark.soak  # the acceptance tests run a sample of it
def test_a_denied_copy_ends_that_host_only(windows: SimulatorProcess, tmp_path: Path) -> None:
    windows.client.fault("win03", "file_access", target=PROGRAM)
    done, _ = run(windows, tmp_path / "run")
    assert list(done.failures()) == ["win03"]
    assert "Step 4: Copy the file" in done.failures()["win03"]
    assert not done.ran("win03", "main", 5)
    assert windows.client.state("win03")["services"][SERVICE]["state"] == "stopped"
    assert windows.client.state("win01")["services"][SERVICE]["state"] == "running"


@pytest.mark.soak  # the acceptance tests run a sample of it, as a job
def test_by_hand_a_service_that_dies_is_rolled_back_as_well(windows: SimulatorProcess, tmp_path: Path) -> None:
    windows.client.fault("win03", "service_dies", target=SERVICE, seconds=2, times=1)
    targets, files = targets_of(windows), {"stationcontroller.exe": NEW}
    steps = [s.model_copy(update={"params": {k: v for k, v in s.params.items() if k != "timeout"}}) for s in SENTENCE]
    plan = plan_of(steps, targets, Options(rollback=True, verify_timeout=6))
    done = run_plain(tmp_path / "run", plan, targets, files=files, password=windows.password)
    assert list(done.failures()) == ["win03"]
    assert "Taken back here, as far as they had got: steps 5, 4 and 2." in done.failures()["win03"]
    for host, content in (("win01", NEW), ("win02", NEW), ("win03", b"MZ old program")):
        state = windows.client.state(host)
        assert state["services"][SERVICE]["state"] == "running"
        assert state["files"][PROGRAM]["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_restarted_service_runs_again_what_a_rollback_put_back(windows: SimulatorProcess, tmp_path: Path) -> None:
    """It dies of the new file on the third host; on the others a later step fails."""
    targets, files = targets_of(windows), {"station.ini": b"new"}
    copy = step("file.copy", src="station.ini", dest=r"C:\CIS\station.ini")
    run_plain(
        tmp_path / "first", plan_of([copy], targets), targets, files={"station.ini": b"old"}, password=windows.password
    )
    windows.client.fault("win03", "service_dies", target=SERVICE, seconds=2, times=1)
    kept = step("file.backup", path=r"C:\CIS\station.ini").model_copy(update={"origin": Origin.POLICY})
    steps = [kept, copy, step("service.restart", service=SERVICE), step("wait.port", port=9999, timeout=1)]
    plan = plan_of(steps, targets, Options(rollback=True, verify_timeout=6))
    done = run_plain(tmp_path / "run", plan, targets, files=files, password=windows.password)
    restarted = "Step 3: Restart it where it was running · undo"
    for host, service in (("win01", "running"), ("win02", "stopped"), ("win03", "running")):
        state = windows.client.state(host)
        assert state["services"][SERVICE]["state"] == service
        assert state["files"][r"C:\CIS\station.ini"]["content"] == "old"
        ran = [name for name, status in done.status(host).items() if status == "changed"]
        assert (restarted in ran) == (service == "running")
        assert ran[-1] == (restarted if service == "running" else "Step 2: Put back what was there · undo")


def test_a_dry_run_changes_nothing_and_foresees_what_would_change(windows: SimulatorProcess, tmp_path: Path) -> None:
    before = {host["name"]: windows.client.state(host["name"]) for host in windows.ready["hosts"]}
    done, _ = run(windows, tmp_path / "run", "--check", "--diff")
    assert not done.failures(), done.failures()
    assert "changed" in done.ran("win01", "main", 4)
    for host, state in before.items():
        after = windows.client.state(host)
        assert after["services"] == state["services"]
        assert after["files"].keys() == state["files"].keys()


@pytest.mark.soak  # the acceptance tests run a sample of it
def test_a_second_run_copies_nothing(windows: SimulatorProcess, tmp_path: Path) -> None:
    run(windows, tmp_path / "first")
    done, _ = run(windows, tmp_path / "second")
    assert not done.failures(), done.failures()
    assert done.ran("win01", "main", 4) == {"skipped"}
    assert done.state("win01", 4) == "same"


def test_the_other_templates_and_conditions(windows: SimulatorProcess, tmp_path: Path) -> None:
    def where(*when: Condition) -> Step:
        return step("command.run", command=["hostname.exe"]).model_copy(update={"when": when})

    done = play(
        windows,
        tmp_path / "run",
        step("host.ping"),
        step("wait.port", port=9100, timeout=5),
        step("command.run", command=["hostname.exe"]),
        step("file.copy", src="a b.txt", dest="C:\\Temp\\"),
        step("file.backup", path=r"C:\Temp\a b.txt"),
        step("file.copy", src="a b.txt", dest=r"C:\Temp\c.txt"),
        step("file.backup", path=r"C:\nowhere.txt").model_copy(update={"origin": Origin.POLICY}),
        step("service.start", service=SERVICE),
        step("service.status", service="Nowhere"),
        where(Condition(fact="service_running", subject=SERVICE), Condition(fact="os_family", value="windows")),
        where(Condition(fact="process_running", subject="stationcontroller.exe", negate=True)),
        where(Condition(fact="file_exists", subject=r"C:\Temp\c.txt")),
        files={"a b.txt": b"x"},
    )
    assert not done.failures(), done.failures()
    states = [done.state("win01", n) for n in range(1, 13)]
    assert states[:7] == ["reachable", "open", "done", "copied", "saved", "copied", "absent"]
    assert states[7:] == ["running", "missing", "done", None, "done"]
    files = windows.client.state("win01")["files"]
    assert {r"C:\Temp\a b.txt", r"C:\Temp\c.txt", r"C:\ProgramData\OpsConductor\undo\manual\5\a b.txt"} <= set(files)


def test_an_unknown_service_fails_with_its_name(windows: SimulatorProcess, tmp_path: Path) -> None:
    stop = play(windows, tmp_path / "stop", step("service.stop", service="Nowhere"))
    assert "no service named 'Nowhere'" in stop.failures()["win01"]
    status = play(windows, tmp_path / "status", step("service.status", service="Nowhere", expect="running", timeout=2))
    assert "no service named 'Nowhere'" in status.failures()["win01"]
    lacking = play(windows, tmp_path / "lacking", step("file.backup", path=r"C:\nowhere.txt"))
    assert r"There is no C:\nowhere.txt to back up on this target." in lacking.failures()["win01"]
    system = step("file.copy", src="x", dest_service="W32Time")
    copy = play(windows, tmp_path / "copy", system, files={"x": b"not svchost"})
    assert "name the path" in copy.failures()["win01"]


def test_a_file_for_a_folder_that_is_not_there_is_refused_before_it_is_sent(
    windows: SimulatorProcess, tmp_path: Path
) -> None:
    lost = step("file.copy", src="x.bin", dest="C:\\Nowhere\\x.bin")
    done = play(windows, tmp_path / "run", lost, files={"x.bin": b"x"})
    assert "There is no folder C:\\Nowhere on this target: create it first." in done.failures()["win01"]
    assert not done.ran("win01", "main", 1)


def test_what_a_file_replaced_in_a_folder_is_put_back(windows: SimulatorProcess, tmp_path: Path) -> None:
    [target, *_] = targets_of(windows)
    steps = [
        step("file.backup", path="C:\\CIS\\").model_copy(update={"origin": Origin.POLICY}),
        step("file.copy", src="station.ini", dest="C:\\CIS\\"),
    ]
    first = play(windows, tmp_path / "first", steps[1], files={"station.ini": b"old"})
    assert not first.failures(), first.failures()
    done = play(windows, tmp_path / "run", *steps, files={"station.ini": b"new"})
    assert [done.state(target.name, n) for n in (1, 2)] == ["saved", "copied"]
    kept = json.dumps({f"opsc_s{n}": done.fact(target.name, n) for n in (1, 2)})
    back = run_plain(
        tmp_path / "undo",
        plan_of(steps, [target]),
        [target],
        "--extra-vars",
        kept,
        files={"station.ini": b"new"},
        password=windows.password,
        undo=True,
    )
    assert not back.failures(), back.failures()
    files = windows.client.state(target.name)["files"]
    assert files[r"C:\CIS\station.ini"]["content"] == "old"
    assert not files[r"C:\CIS"].get("content")
    assert not any(name.startswith(r"C:\CIS\station.ini" + "\\") for name in files)


def test_what_was_done_is_undone(windows: SimulatorProcess, tmp_path: Path) -> None:
    before = {host["name"]: windows.client.state(host["name"]) for host in windows.ready["hosts"][:2]}
    done, _ = run(windows, tmp_path / "run")
    for host, state in before.items():
        targets = [t for t in targets_of(windows) if t.name == host]
        kept = json.dumps({f"opsc_s{n}": done.fact(host, n) for n in range(1, len(SENTENCE) + 1)})
        back = run_plain(
            tmp_path / f"undo-{host}",
            plan_of(SENTENCE, targets),
            targets,
            "--extra-vars",
            kept,
            files={"stationcontroller.exe": NEW},
            password=windows.password,
            undo=True,
        )
        assert not back.failures(), back.failures()
        after = windows.client.state(host)
        assert after["files"][PROGRAM]["sha256"] == state["files"][PROGRAM]["sha256"]
        assert after["services"][SERVICE]["state"] == state["services"][SERVICE]["state"]
