# SPDX-License-Identifier: Apache-2.0
"""Where the first way to handle a service does not exist on the target: its script on Linux, sc.exe on Windows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Condition
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.lab.host import Host
from tests.lab.lab import Lab

SERVICE = "pumpd"
#: A service as it comes with a Debian package, for hosts without systemd.
SCRIPT = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides: pumpd
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: a service for a test
### END INIT INFO
. /lib/lsb/init-functions
PIDFILE=/run/pumpd.pid
case "$1" in
  start) start-stop-daemon --start --quiet --background --make-pidfile --pidfile $PIDFILE \\
    --exec /usr/bin/tail -- -f /dev/null ;;
  stop) start-stop-daemon --stop --quiet --oknodo --remove-pidfile --pidfile $PIDFILE ;;
  restart) $0 stop; $0 start ;;
  status) status_of_proc -p $PIDFILE /usr/bin/tail pumpd ;;
  *) exit 3 ;;
esac
"""
#: What Windows says of a module that it cannot load, word for word as far as it is known.
UNABLE = "Cannot add type. Definition of new types is not supported in this language mode."
STEPS = [
    step("service.status", service=SERVICE),
    step("service.stop", service=SERVICE, timeout=10),
    step("service.stop", service=SERVICE),
    step("service.status", service=SERVICE, expect="stopped", timeout=6),
    step("service.start", service=SERVICE, timeout=10),
    step("service.start", service=SERVICE),
    step("service.restart", service=SERVICE, timeout=10),
    step("service.status", service=SERVICE, expect="running", timeout=6),
    step("host.ping").model_copy(update={"when": (Condition(fact="service_running", subject=SERVICE, negate=True),)}),
    step("service.status", service="nowhere"),
]
STATES = [
    "running", "stopped", "already_stopped", "stopped", "started", "running", "restarted", "running", None, "missing",
]  # fmt: skip


@pytest.fixture
def light(linux_lab: Lab) -> Iterator[Host]:
    """A Debian host on which systemd is installed and does not run."""
    [host] = linux_lab.up_light("sysv-1")
    host.run("sh", "-c", f"cat > /etc/init.d/{SERVICE} <<'END'\n{SCRIPT}END\nchmod 755 /etc/init.d/{SERVICE}")
    host.run("service", SERVICE, "start")
    try:
        yield host
    finally:
        linux_lab.down([host])


def on_linux(host: Host) -> tuple[BoundTarget, list[str]]:
    """The host as a target, and how ansible-playbook logs in."""
    kind, public = host.host_key.split()
    target = BoundTarget(
        asset_id=host.name,
        name=host.name,
        platform=Platform.LINUX,
        kind=ConnectionKind.SSH,
        address=host.address,
        port=host.port,
        user="root",
        host_keys=(make_host_key(kind, public),),
    )
    return target, ["--private-key", str(host.key_path)]


def process(host: Host) -> str:
    """The number of the service's process; empty where it does not run."""
    return host.run("sh", "-c", f"pgrep -F /run/{SERVICE}.pid 2>/dev/null || true").strip()


@pytest.mark.rotating
def test_a_linux_host_without_systemd_is_handled_by_the_scripts_of_its_services(light: Host, tmp_path: Path) -> None:
    target, arguments = on_linux(light)
    assert not light.succeeds("test", "-e", "/run/systemd/system")
    first = process(light)
    assert first
    foreseen = run_plain(tmp_path / "check", plan_of(STEPS[1:2], [target]), [target], *arguments, "--check", "--diff")
    assert foreseen.ran(light.name, "fallback", 1) == {"changed"}
    assert process(light) == first

    done = run_plain(tmp_path / "run", plan_of(STEPS, [target]), [target], *arguments)
    assert_done(done, light.name, by="service")
    assert process(light) not in ("", first)

    stopped = run_plain(tmp_path / "stop", plan_of(STEPS[1:2], [target]), [target], *arguments)
    assert process(light) == ""
    facts = ["--extra-vars", json.dumps({"opsc_s1": stopped.fact(light.name, 1)})]
    back = run_plain(tmp_path / "undo", plan_of(STEPS[1:2], [target]), [target], *arguments, *facts, undo=True)
    assert not back.failures(), back.failures()
    assert process(light)

    unknown = run_plain(
        tmp_path / "no", plan_of([step("service.start", service="nowhere")], [target]), [target], *arguments
    )
    assert "no service named 'nowhere'" in unknown.failures()[light.name]


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """A simulated host that cannot load the modules for services."""
    state = tmp_path / "state.yml"
    program = r"C:\Pump\pumpd.exe"
    world = {"services": {SERVICE: {"path": program, "display_name": "Pump"}}, "files": {program: "MZ"}}
    state.write_text(yaml.safe_dump({"schema_version": 1, "defaults": world}), encoding="utf-8")
    options = ("--count", "1", "--state", str(state), "--address", "127.34.5.1")
    with SimulatorProcess(tmp_path / "simulator", *options) as made:
        made.client.fault("win01", "module", target="win_service*", message=UNABLE)
        yield made


@pytest.mark.rotating
def test_a_windows_host_that_cannot_load_the_service_modules_is_handled_by_sc(
    windows: SimulatorProcess, tmp_path: Path
) -> None:
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
    done = run_plain(tmp_path / "run", plan_of(STEPS, [target]), [target], password=windows.password)
    assert_done(done, host["name"], by="sc.exe")
    assert windows.client.state(host["name"])["services"][SERVICE]["state"] == "running"

    stopped = run_plain(tmp_path / "stop", plan_of(STEPS[1:2], [target]), [target], password=windows.password)
    assert windows.client.state(host["name"])["services"][SERVICE]["state"] == "stopped"
    facts = ["--extra-vars", json.dumps({"opsc_s1": stopped.fact(host["name"], 1)})]
    undone = plan_of(STEPS[1:2], [target])
    back = run_plain(tmp_path / "undo", undone, [target], *facts, password=windows.password, undo=True)
    assert not back.failures(), back.failures()
    assert windows.client.state(host["name"])["services"][SERVICE]["state"] == "running"


def assert_done(done: PlainRun, name: str, *, by: str) -> None:
    """Every step came to its state, the changing ones by the fallback and by nothing else."""
    assert not done.failures(), done.failures()
    assert [done.state(name, n) for n in range(1, len(STEPS) + 1)] == STATES
    for n in (2, 5, 7):
        assert done.ran(name, "main", n) == {"skipped"}
        assert "changed" in done.ran(name, "fallback", n)
        assert done.fact(name, n)["by"] == by
        assert done.fact(name, n)["message"].startswith("by ")
