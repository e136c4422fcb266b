# SPDX-License-Identifier: Apache-2.0
"""Reboot and shutdown by plain ansible-playbook: real Debian hosts with systemd, and simulated Windows hosts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import plan_of, run_plain, step
from tests.fixtures.step_host import StepHost, target_of
from tests.fixtures.step_windows import StepWindows, step_windows
from tests.lab.errors import LabError
from tests.lab.linux_host import LinuxHost

BOOT_ID = "/proc/sys/kernel/random/boot_id"
REBOOT, SHUTDOWN = step("host.reboot", timeout=120), step("host.shutdown", timeout=60)


@pytest.fixture
def host(linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = linux_hosts("web-1")
    made.add_service("dataprocessor")
    return made


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[StepWindows]:
    with step_windows(tmp_path / "windows", [], "127.34.4.1") as made:
        yield made


@pytest.mark.soak
def test_a_real_machine_is_back_with_a_new_boot_id_and_then_off(host: LinuxHost, tmp_path: Path) -> None:
    before, machine = host.run("cat", BOOT_ID), StepHost(host)
    preview = machine.play(tmp_path / "preview", REBOOT, SHUTDOWN, check=True)
    assert not preview.failures(), preview.failures()
    assert [preview.ran(host.name, "main", n) for n in (1, 2)] == [{"ok", "changed"}, {"changed"}]
    assert host.run("cat", BOOT_ID) == before

    done = machine.play(tmp_path / "run", REBOOT)
    assert not done.failures(), done.failures()
    after = host.run("cat", BOOT_ID)
    assert after != before
    assert (done.state(host.name, 1), done.fact(host.name, 1)["boot"]) == ("rebooted", before.strip())
    assert host.service_state("dataprocessor") == "active"

    # A later attempt is given what was found out: the machine has rebooted since, and does not do it again.
    kept = json.dumps({"opsc_s1": done.fact(host.name, 1)})
    arguments = ["--private-key", str(host.key_path), "--extra-vars", kept]
    target = target_of(host)
    retried = run_plain(tmp_path / "retry", plan_of([REBOOT], [target]), [target], *arguments)
    assert not retried.failures(), retried.failures()
    assert retried.status(host.name)["Step 1: Reboot and wait until it answers · main"] == "skipped"
    assert host.run("cat", BOOT_ID) == after

    off = machine.play(tmp_path / "off", SHUTDOWN)
    assert not off.failures(), off.failures()
    assert off.state(host.name, 1) == "off"
    with pytest.raises(LabError, match="is not running"):
        host.run("true")


@pytest.mark.soak
def test_a_simulated_windows_host_is_back_and_then_off(windows: StepWindows, tmp_path: Path) -> None:
    named = step("host.hostname", hostname="store-7")
    preview = windows.play(tmp_path / "preview", REBOOT, SHUTDOWN, check=True)
    assert not preview.failures(), preview.failures()
    assert windows.seen("boots") == 0
    done = windows.play(tmp_path / "run", named, REBOOT)
    assert not done.failures(), done.failures()
    assert [done.state(windows.name, n) for n in (1, 2)] == ["pending", "rebooted"]
    assert (windows.seen("boots"), windows.seen("computer_name")) == (1, "STORE-7")
    off = windows.play(tmp_path / "off", SHUTDOWN)
    assert not off.failures(), off.failures()
    assert (off.state(windows.name, 1), windows.seen("online")) == ("off", False)


@pytest.mark.soak
def test_a_machine_that_does_not_reboot_fails_the_step(windows: StepWindows, tmp_path: Path) -> None:
    windows.process.client.fault(windows.name, "reboot")
    refused = windows.play(tmp_path / "run", REBOOT)
    assert "Access is denied" in refused.failures()[windows.name]
    assert windows.seen("boots") == 0
