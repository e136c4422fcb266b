# SPDX-License-Identifier: Apache-2.0
"""What read-only steps answer on a simulated Windows host, compared with what the host is made of."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Outcome, Step
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step

LOG = "start\r\nan ERROR happened\r\n{{ 7 * 7 }} $(whoami) error\r\nfine\r\nthe last Error\r\n"
GB = 1024**3
STATE = {
    "schema_version": 1,
    "defaults": {
        "services": {"Web": {"path": r"C:\Web\web.exe", "ports": [8080, 8443]}},
        "files": {r"C:\Logs\app.log": LOG, r"C:\Logs\old": {"directory": True}},
        "programs": {"7-Zip 23.01 (x64)": {"version": "23.01"}, "Tool": "1.2.3"},
        "users": {"deploy": {"groups": ["Users", "Administrators"], "enabled": False}},
        "websites": {
            "http://localhost:8080/": {"content": "hello"},
            "http://localhost:8080/broken": {"status": 500, "reason": "Internal Server Error"},
        },
        "certificates": {8443: {"subject": "CN=web.example", "valid_for": 10 * 86_400}},
        "updates": [{"title": "Cumulative Update", "kb": ["5034439"], "categories": ["Security Updates"]}],
        "hotfixes": {"KB5012170": "01/10/2026"},
        "registry": {r"HKLM:\SOFTWARE\Acme": {"Mode": 1, "Place": r"C:\Acme"}, r"HKLM:\SOFTWARE\Acme\Sub": {"x": "y"}},
        "events": [
            {"provider": "Disk", "id": 7, "level": 2, "message": "The device has a bad block. [a]* $(id)", "ago": 50},
            {
                "provider": "Service Control Manager",
                "id": 7036,
                "message": "The Web service is running now.",
            },
            {"provider": "Disk", "id": 51, "level": 3, "message": "a paging error happened", "ago": 10},
            {"log": "Application", "provider": "Acme", "level": 2, "message": "fell over"},
        ],
        "disk_bytes": 64 * GB,
    },
}


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    folder = tmp_path_factory.mktemp("windows")
    (folder / "state.yml").write_text(yaml.safe_dump(STATE), encoding="utf-8")
    options = ("--count", "1", "--state", str(folder / "state.yml"), "--address", "127.36.1.1", "--port", "5985")
    with SimulatorProcess(folder / "simulator", *options) as process:
        yield process


def play(
    windows: SimulatorProcess,
    folder: Path,
    *steps: Step,
    question: bool = True,
    check: bool = False,
    apart: bool = False,
) -> PlainRun:
    """`apart`: each step on a name of the host of its own, so that one that fails stops no other: name-<step>."""
    [host] = windows.ready["hosts"]
    names = [f"name-{n}" for n in range(1, len(steps) + 1)] if apart else [host["name"]]
    targets = [
        BoundTarget(
            asset_id=name,
            name=name,
            platform=Platform.WINDOWS,
            kind=ConnectionKind.WINRM,
            address=host["address"],
            port=host["port"],
            user=windows.ready["user"],
            settings={"scheme": "http", "transport": "ntlm"},
        )
        for name in names
    ]
    own = [s.model_copy(update={"hosts": (t.name,)}) for s, t in zip(steps, targets, strict=True)] if apart else steps
    plan = plan_of(own, targets).model_copy(update={"outcome": Outcome.QUERY if question else Outcome.PLAN})
    return run_plain(folder, plan, targets, *(["--check"] if check else []), password=windows.password)


def fact(done: PlainRun, n: int) -> dict[str, Any]:
    [found] = [told for target in done.results if (told := done.fact(target, n))]
    return found


def rows(done: PlainRun, n: int) -> list[Any]:
    found: list[Any] = fact(done, n)["rows"]
    return found


READS = [
    (step("disk.check", metric="free"), "read"),
    (step("disk.check", metric="free", path=r"C:\Logs"), "read"),
    (step("disk.check", metric="free", path=r"X:\Logs"), "absent"),
    (step("memory.check"), "read"),
    (step("cpu.check"), "read"),
    (step("uptime.check"), "read"),
    (step("package.check", package="7-Zip"), "installed"),
    (step("package.check", package="Tool"), "installed"),
    (step("package.check", package="KB5012170"), "installed"),
    (step("package.check", package="Nothing"), "missing"),
    (step("port.check", port=8080), "open"),
    (step("port.check", port=9), "closed"),
    (step("file.check", path=r"C:\Logs\app.log"), "file"),
    (step("file.check", path=r"C:\Logs"), "folder"),
    (step("file.check", path=r"C:\Nowhere"), "absent"),
    (step("file.checksum", path=r"C:\Logs\app.log", algorithm="sha512"), "read"),
    (step("log.search", path=r"C:\Logs\app.log", pattern="error"), "found"),
    (step("log.search", path=r"C:\Logs\app.log", pattern="{{ 7 * 7 }} $(whoami)"), "found"),
    (step("log.search", path=r"C:\Logs\app.log", lines=2), "found"),
    (step("log.search", path=r"C:\Logs\app.log", pattern="not in it"), "none"),
    (step("user.check", user="deploy"), "present"),
    (step("user.check", user="nobody"), "absent"),
    (step("user.check", group="Administrators"), "present"),
    (step("user.check"), "present"),
    (step("host.facts"), "gathered"),
    (step("os.patch_check"), "pending"),
    (step("http.check", url="http://localhost:8080/"), "ok"),
    (step("http.check", url="http://localhost:8080/broken"), "wrong"),
    (step("http.check", url="http://localhost:9/"), "down"),
    (step("cert.check", port=8443), "expiring"),
    (step("cert.check", port=8080), "none"),
    (step("cert.check", port=9), "none"),
    (step("process.check", process="web.exe"), "running"),
]


@pytest.mark.rotating
def test_what_is_told_is_what_the_host_has(windows: SimulatorProcess, tmp_path: Path) -> None:
    steps = [one for one, _ in READS]
    before = windows.client.state("win01")
    done = play(windows, tmp_path / "run", *steps)
    assert not done.failures(), done.failures()
    assert [fact(done, n)["state"] for n in range(1, len(steps) + 1)] == [state for _, state in READS]
    assert "changed" not in done.status("win01").values()
    _machine(done, windows)
    _files(done)
    _network(done, windows)
    again = play(windows, tmp_path / "again", *steps, check=True)
    assert not again.failures(), again.failures()
    assert [fact(again, n)["state"] for n in range(1, len(steps) + 1)] == [state for _, state in READS]
    after = windows.client.state("win01")
    assert {key: after[key] for key in ("files", "services", "registry", "users")} == {
        key: before[key] for key in ("files", "services", "registry", "users")
    }


def _machine(done: PlainRun, windows: SimulatorProcess) -> None:
    state = windows.client.state("win01")
    [drive] = rows(done, 1)
    assert [drive["mount"], drive["size"], drive["size"] - drive["used"]] == ["C:", 64 * GB, drive["free"]]
    assert drive["used"] >= sum(file.get("size", 0) for file in state["files"].values())
    assert [row["mount"] for row in rows(done, 2)] == ["C:"]
    assert rows(done, 3) == []
    assert [fact(done, 4)[key] for key in ("total", "free", "swap_total", "swap_free")] == [
        8 * GB, 4 * GB, 1280 * 1024**2, 1200 * 1024**2,
    ]  # fmt: skip
    assert [fact(done, 5)["used_percent"], fact(done, 5)["cores"]] == [3, 4]
    assert 86_400 <= fact(done, 6)["seconds"] < 87_400
    assert rows(done, 7) == [{"package": "7-Zip 23.01 (x64)", "version": "23.01"}]
    assert rows(done, 8) == [{"package": "Tool", "version": "1.2.3"}]
    assert rows(done, 9)[0]["version"] == "01/10/2026"
    assert fact(done, 25)["addresses"] == state["address"]
    assert rows(done, 26) == [
        {"package": "Cumulative Update", "installed": "", "offered": "KB5034439", "security": "yes"}
    ]


def _files(done: PlainRun) -> None:
    data = LOG.encode()
    [seen] = rows(done, 13)
    assert [seen["size"], seen["sha256"]] == [len(data), hashlib.sha256(data).hexdigest()]
    assert [row["name"] for row in rows(done, 14)] == [r"C:\Logs", "app.log", "old"]
    assert [row["kind"] for row in rows(done, 14)] == ["folder", "file", "folder"]
    assert rows(done, 15) == []
    assert seen["owner"] == r"BUILTIN\Administrators"
    assert fact(done, 16)["checksum"] == hashlib.sha512(data).hexdigest()
    lines = LOG.splitlines()
    assert rows(done, 17) == [[lines[1]], [lines[2]], [lines[4]]]
    assert rows(done, 18) == [[lines[2]]]
    assert rows(done, 19) == [[lines[3]], [lines[4]]]
    assert fact(done, 19)["total"] == 5


def _network(done: PlainRun, windows: SimulatorProcess) -> None:
    [listener] = rows(done, 11)
    service = windows.client.state("win01")["services"]["Web"]
    assert [listener["name"], listener["pid"]] == ["web.exe", service["pid"]]
    [deploy] = rows(done, 21)
    assert [deploy["user"], deploy["groups"], deploy["locked"]] == ["deploy", "Administrators, Users", "yes"]
    assert [row["user"] for row in rows(done, 23)] == ["Administrator", "deploy"]
    assert [fact(done, n)["status"] for n in (27, 28, 29)] == [200, 500, ""]
    assert fact(done, 30)["subject"] == "CN=web.example"
    assert 9 * 86_400 < fact(done, 30)["left"] <= 10 * 86_400


EVENTS = [
    (step("log.events"), ["7036", "7", "51"]),
    (step("log.events", level="errors"), ["7"]),
    (step("log.events", level="warnings", lines=1), ["51"]),
    (step("log.events", pattern="[A]* $(id)"), ["7"]),
    (step("log.events", service="Web"), ["7036"]),
    (step("log.events", source="application"), ["1"]),
    (step("log.events", pattern="not in it"), []),
    (step("log.events", source="security"), []),
]
VALUES = [
    (step("registry.check", path=r"HKLM\SOFTWARE\Acme", name="Mode"), [("Mode", "REG_DWORD", "1")]),
    (step("registry.check", path=r"HKEY_LOCAL_MACHINE\SOFTWARE\Acme", name="Nothing"), []),
    (step("registry.check", path=r"HKLM:\SOFTWARE\Nowhere"), []),
    (
        step("registry.check", path="HKLM:\\SOFTWARE\\Acme\\"),
        [("Mode", "REG_DWORD", "1"), ("Place", "REG_SZ", r"C:\Acme"), ("Sub", "key", "")],
    ),
]


def test_events_and_the_registry_are_told_as_they_are(windows: SimulatorProcess, tmp_path: Path) -> None:
    done = play(windows, tmp_path / "run", *(one for one, _ in (*EVENTS, *VALUES)))
    assert not done.failures(), done.failures()
    for n, (_, wanted) in enumerate(EVENTS, start=1):
        told = rows(done, n)
        assert [row["origin"].rpartition("(")[2][:-1] for row in told] == wanted, n
        assert fact(done, n)["state"] == ("found" if wanted else "none")
        assert [row["time"] for row in told] == sorted(row["time"] for row in told)
    assert rows(done, 2)[0]["message"] == "The device has a bad block. [a]* $(id)"
    assert rows(done, 2)[0]["level"] == "error"
    for n, (_, values) in enumerate(VALUES, start=len(EVENTS) + 1):
        assert sorted((row["name"], row["kind"], row["value"]) for row in rows(done, n)) == values, n
        assert fact(done, n)["state"] == ("found" if values else "absent")
    assert "changed" not in done.status("win01").values()


@pytest.mark.rotating
def test_a_comparison_is_answered_and_a_check_fails_where_it_does_not_hold(
    windows: SimulatorProcess, tmp_path: Path
) -> None:
    steps = [
        step("disk.check", metric="free", op="<", threshold="10%"),
        step("disk.check", metric="used", op="<", threshold="80%"),
        step("memory.check", metric="free", op=">", threshold="5 GB"),
        step("cpu.check", op=">", threshold="50%"),
        step("http.check", url="http://localhost:8080/", status=204),
        step("cert.check", port=8443, within=30 * 86_400),
        step("file.checksum", path=r"C:\Logs\app.log", expected="0" * 64),
        step("log.search", path=r"C:\Nowhere.log"),
        step("log.search", path=r"C:\Logs"),
        step("wait.file", path=r"C:\Nowhere", timeout=1),
        step("wait.file", path=r"C:\Logs\app.log", timeout=1),
        step("wait.pause", seconds=1),
    ]
    asked = play(windows, tmp_path / "asked", *steps[:5])
    assert not asked.failures(), asked.failures()
    assert [fact(asked, n)["state"] for n in range(1, 6)] == ["differs", "matches", "differs", "differs", "wrong"]
    assert rows(asked, 1) == rows(asked, 3) == rows(asked, 4) == []
    checked = play(windows, tmp_path / "checked", *steps, question=False, apart=True)
    failed = checked.failures()
    assert sorted(failed) == ["name-10", "name-3", "name-5", "name-6", "name-7", "name-8", "name-9"]
    assert "Not free > 5 GB" in failed["name-3"]
    assert "does not answer with 204" in failed["name-5"]
    assert "expires on" in failed["name-6"]
    assert hashlib.sha256(LOG.encode()).hexdigest() in failed["name-7"]
    assert r"There is no C:\Nowhere.log on this target." in failed["name-8"]
    assert r"C:\Logs is a folder" in failed["name-9"]
    assert [fact(checked, n)["state"] for n in (1, 2, 4, 11, 12)] == [
        "differs", "matches", "differs", "present", "waited",
    ]  # fmt: skip


def test_what_may_not_be_read_fails_with_its_name(windows: SimulatorProcess, tmp_path: Path) -> None:
    windows.client.fault("win01", "file_access", target=r"C:\Logs\*", read=True)
    try:
        done = play(
            windows,
            tmp_path / "run",
            step("log.search", path=r"C:\Logs\app.log"),
            step("file.checksum", path=r"C:\Logs\app.log"),
            apart=True,
        )
    finally:
        windows.client.clear_faults()
    assert sorted(done.failures()) == ["name-1", "name-2"]
    assert all("denied" in message for message in done.failures().values())
