# SPDX-License-Identifier: Apache-2.0
"""Whether a step acts, condition by condition, on a real Debian host and on a simulated Windows host."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Condition, Step
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.lab.linux_host import LinuxHost

pytestmark = pytest.mark.rotating

CASES = Path(__file__).parents[2] / "cases" / "conditions"
STATE = {
    "schema_version": 1,
    "defaults": {
        "services": {"Web": {"path": r"C:\Web\web.exe", "ports": [8080]}},
        "files": {r"C:\Logs\app.log": "x"},
        "programs": {"Tool": "1.2.3"},
    },
}


@pytest.fixture(scope="module")
def linux(module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = module_linux_hosts("web-1")
    made.add_service("dataprocessor")
    return made


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[SimulatorProcess]:
    state = tmp_path / "state.yml"
    state.write_text(yaml.safe_dump(STATE), encoding="utf-8")
    options = ("--count", "1", "--state", str(state), "--address", "127.34.7.1", "--port", "5985")
    with SimulatorProcess(tmp_path / "simulator", *options) as process:
        yield process


def cases(platform: Platform) -> list[tuple[tuple[Condition, ...], bool]]:
    read: list[dict[str, Any]] = yaml.safe_load((CASES / f"{platform}.yml").read_text("utf-8"))
    return [(tuple(Condition.model_validate(c) for c in case["when"]), case["acts"]) for case in read]


def linux_target(host: LinuxHost) -> BoundTarget:
    kind, public = host.host_key.split()
    return BoundTarget(
        asset_id=host.name,
        name=host.name,
        platform=Platform.LINUX,
        kind=ConnectionKind.SSH,
        address=host.address,
        port=host.port,
        user="root",
        host_keys=(make_host_key(kind, public),),
    )


def judged(folder: Path, target: BoundTarget, *arguments: str, password: str | None = None) -> list[str]:
    """What is not as its case says, after one run with a step per case."""
    given = cases(target.platform)
    steps = [Step(intent="host.ping", when=when) for when, _ in given]
    done = run_plain(folder, plan_of(steps, [target]), [target], *arguments, password=password)
    assert not done.failures(), done.failures()
    return [f"{when}: {acted}" for n, (when, acts) in enumerate(given, start=1) if (acted := ran(done, n)) is not acts]


def ran(done: PlainRun, n: int) -> bool:
    [host] = done.results
    return "ok" in done.ran(host, "main", n)


def test_conditions_decide_on_a_linux_host(linux: LinuxHost, tmp_path: Path) -> None:
    assert judged(tmp_path / "run", linux_target(linux), "--private-key", str(linux.key_path)) == []


def test_conditions_decide_on_a_windows_host(windows: SimulatorProcess, tmp_path: Path) -> None:
    [host] = windows.ready["hosts"]
    target = BoundTarget(
        asset_id=host["name"],
        name=host["name"],
        platform=Platform.WINDOWS,
        kind=ConnectionKind.WINRM,
        address=host["address"],
        port=host["port"],
        user=windows.ready["user"],
        settings={"scheme": "http", "transport": "ntlm"},
    )
    assert judged(tmp_path / "run", target, password=windows.password) == []


def test_a_step_waits_for_a_change_a_restart_and_a_filesystem(linux: LinuxHost, tmp_path: Path) -> None:
    linux.run("touch", "/run/reboot-required")
    key = ("--private-key", str(linux.key_path))
    target, changed = linux_target(linux), (Condition(fact="changed"),)
    steps = [
        step("file.mkdir", path="/srv/made"),
        Step(intent="host.ping", when=changed),  # it was made
        step("file.mkdir", path="/srv"),
        Step(intent="host.ping", when=changed),  # it was there
        Step(intent="host.ping", when=(Condition(fact="changed", negate=True),)),
        Step(intent="host.ping", when=(Condition(fact="reboot_required"),)),
    ]
    done = run_plain(tmp_path / "run", plan_of(steps, [target]), [target], *key)
    linux.run("rm", "/run/reboot-required")
    assert not done.failures(), done.failures()
    assert [ran(done, n) for n in (2, 4, 5, 6)] == [True, False, True, True]
    lost = Step(intent="host.ping", when=(Condition(fact="disk_free_pct", subject="/nowhere", op="<", value=10),))
    refused = run_plain(tmp_path / "lost", plan_of([lost], [target]), [target], *key)
    assert "no such filesystem" in refused.failures()[linux.name]
