# SPDX-License-Identifier: Apache-2.0
"""The vision's sentence with all that can go wrong on a Windows host: the result matrix, and what is on the hosts then.

The hosts are simulated; the plan, the job, Ansible and WinRM are real.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.cli.demo.site import FILE, GROUP, PROGRAM, SENTENCE, SERVICE
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation

OLD, NEW = b"MZ old program" * 100, b"MZ new program" * 100
ADDRESS = "127.28.9.1"


@dataclass(frozen=True)
class Host:
    """What is wrong with a host, and what it must come to: its row of the matrix and what is on it then.

    The steps: check, stop, back up (added by policy), copy, start, verify.
    """

    fault: dict[str, Any] | None
    plain: str
    rolled_back: str
    says: str = ""  #: why, with a rollback
    running: tuple[bool, bool] = (True, True)  #: whether the service runs: plain, rolled back
    new: tuple[bool, bool] = (False, False)  #: whether the new file is there


BAD = ("failed", "unreachable", "rolled_back")
WELL = "ok changed changed changed changed ok"
WAS_STOPPED = "ok skipped changed changed changed ok"
HOSTS = {
    "good": Host(None, WELL, WELL, new=(True, True)),
    "was-stopped": Host(None, WAS_STOPPED, WAS_STOPPED, new=(True, True)),
    "does-not-stop": Host(
        {"kind": "service_stop", "target": SERVICE, "message": "It did not respond in a timely fashion"},
        "ok failed not_run not_run not_run not_run",
        "ok rolled_back not_run not_run not_run not_run",
        "cannot be stopped",
    ),
    "access-denied": Host(
        {"kind": "service_access", "target": SERVICE},
        "ok failed not_run not_run not_run not_run",
        "ok failed not_run not_run not_run not_run",
        "step 2 was not rolled back: ",
    ),
    "file-locked": Host(
        {"kind": "file_lock", "target": PROGRAM},
        "ok changed changed failed not_run not_run",
        "ok rolled_back changed rolled_back not_run not_run",
        "being used by another process; rolled back steps 4 and 2",
        running=(False, True),
    ),
    "copy-denied-once": Host(
        {"kind": "file_access", "target": PROGRAM, "times": 1},
        "ok changed changed failed not_run not_run",
        "ok rolled_back changed rolled_back not_run not_run",
        "denied; rolled back steps 4 and 2",
        running=(False, True),
    ),
    "goes-down": Host(
        {"kind": "host_down", "target": "win_copy", "after": 1},
        "ok changed changed unreachable not_run not_run",
        "ok changed changed unreachable not_run not_run",
        "rolling back was not finished",
        running=(False, False),
    ),
    "starts-and-dies": Host(
        {"kind": "service_dies", "target": SERVICE, "seconds": 0, "times": 1},
        "ok changed changed changed failed not_run",
        "ok rolled_back changed rolled_back rolled_back not_run",
        "rolled back steps 5, 4 and 2",
        running=(False, True),
        new=(True, False),
    ),
}


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SimulatorProcess]:
    """So many simulated hosts: one for each thing that can go wrong, and more."""
    service = {"path": f'"{PROGRAM}"', "display_name": "Station Controller"}
    files = {PROGRAM: {"base64": base64.b64encode(OLD).decode()}}
    stopped = list(HOSTS).index("was-stopped") + 1
    state = tmp_path / "state.yml"
    state.write_text(
        yaml.safe_dump(
            {
                "schema_version": 1,
                "defaults": {"services": {SERVICE: service}, "files": files},
                "hosts": {str(stopped): {"services": {SERVICE: {"state": "stopped"}}}},
            }
        )
    )
    options = ("--count", str(request.param), "--address", ADDRESS, "--name", "host-{:02}")
    with SimulatorProcess(tmp_path / "lab", *options, "--state", str(state)) as lab:
        yield lab


@pytest.mark.parametrize(
    ("lab", "rollback", "dies_after"),
    [
        pytest.param(len(HOSTS), True, 4, id="rolled back"),
        pytest.param(25, True, 45, id="25 rolled back", marks=pytest.mark.soak),
        pytest.param(25, False, 45, id="25 plain", marks=pytest.mark.soak),
    ],
    indirect=["lab"],
)
@pytest.mark.rotating
def test_each_fault_ends_its_own_host_and_a_rollback_leaves_it_as_it_was(
    lab: SimulatorProcess, installation: Installation, tmp_path: Path, *, rollback: bool, dies_after: int
) -> None:
    # "Verify startup" has what was started watched: a minute where nobody says another time.
    installation.settings["OPSCONDUCTOR_WATCH_SECONDS"] = "8" if dies_after < 8 else "60"
    listed = installation_hosts(lab, installation, tmp_path)
    names = dict(zip(listed, HOSTS, strict=False))
    for name, what in names.items():
        if fault := HOSTS[what].fault:
            lab.client.fault(name, **fault | ({"seconds": dies_after} if "seconds" in fault else {}))

    sentence = SENTENCE.format(count=len(listed))
    plan = plan_of(installation, sentence + (". Roll back if anything fails." if rollback else ""))
    assert plan["options"]["rollback"] is rollback
    installation.approve(plan)
    shown = installation.run(plan, code=20)

    expected = {what: host.rolled_back if rollback else host.plain for what, host in HOSTS.items()}
    assert matrix(shown, names) == expected
    assert shown["job"]["status"] == "partially_failed"
    assert shown["progress"]["totals"]["completed"] == len(listed) - sum(
        host.fault is not None for host in HOSTS.values()
    )
    bad = sorted((r for r in shown["results"] if r["status"] in BAD), key=lambda r: r["step"])
    whys = {names[r["target"]]: r["message"] for r in bad}
    for what, host in HOSTS.items():
        if rollback:
            assert host.says in whys.get(what, ""), (what, whys.get(what))
        elif host.fault:
            assert "rolled back" not in whys[what]
    for name, what in names.items():
        assert_on(lab, name, HOSTS[what], rollback=rollback)


def installation_hosts(lab: SimulatorProcess, site: Installation, folder: Path) -> list[str]:
    """The hosts as assets, with the new file in the file library."""
    site.credential("windows", lab.password, user="Administrator")
    source = folder / FILE
    source.write_bytes(NEW)
    site.opsc("files", "add", str(source))
    return site.windows(lab, GROUP, credential="windows")


def plan_of(site: Installation, sentence: str) -> Any:
    """The plan, with its two questions answered: which file, and that it goes where the service's own is."""
    draft = site.plan(sentence, code=10)
    plan = site.plan(sentence, *(f"{question['id']}=1" for question in draft["questions"]))
    assert [s["intent"].partition(".")[2] for s in plan["steps"]] == [
        "check",
        "stop",
        "backup",
        "copy",
        "start",
        "status",
    ]
    return plan


def matrix(shown: Any, names: dict[str, str]) -> dict[str, str]:
    """What is wrong with the host → the statuses of its steps, in order."""
    results = sorted(shown["results"], key=lambda r: r["step"])
    return {what: " ".join(r["status"] for r in results if r["target"] == name) for name, what in names.items()}


def assert_on(lab: SimulatorProcess, name: str, host: Host, *, rollback: bool) -> None:
    """What is on the host, as it says itself."""
    state = lab.client.state(name)
    assert (state["services"][SERVICE]["state"] == "running") is host.running[rollback], name
    expected = NEW if host.new[rollback] else OLD
    assert state["files"][PROGRAM]["sha256"] == hashlib.sha256(expected).hexdigest(), name
