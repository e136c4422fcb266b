# SPDX-License-Identifier: Apache-2.0
"""Package steps by the generic module: Ansible's own module for apk, on a Debian host whose `apk` hands on to apt.

The way through the templates is real; Alpine is not.
"""

import json
from pathlib import Path

import pytest

from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.integration.playbooks.test_linux import target_of
from tests.lab.linux_host import LinuxHost

APK = """\
#!/bin/sh
export DEBIAN_FRONTEND=noninteractive
while [ "${1#-}" != "$1" ]; do shift; done
what=$1
shift
case "$what $1" in
  "add --upgrade") shift; apt-get install --yes -q "$@" ;;
  "add --simulate"|"del --purge --simulate") exit 0 ;;
  "add "*) apt-get install --yes -q "$@" && printf '%s\\n' "$@" >> /etc/apk/world ;;
  "del --purge") shift; apt-get remove --yes -q "$@" ;;
  "info --installed") dpkg-query -W -f '${db:Status-Abbrev}' "$2" 2>/dev/null | grep -q ^ii ;;
esac
"""
STEPS = [
    step("package.install", package=["cron"]),
    step("package.install", package=["cron"]),
    step("package.update", package=["cron"]),
    step("package.check", package=["cron"]),
    step("package.remove", package=["cron", "no-such-package"]),
    step("package.check", package=["cron"]),
]


def play(folder: Path, host: LinuxHost, steps: list[object], *more: str) -> PlainRun:
    targets = [target_of(host)]
    told = json.dumps({f"opsc_r{n}_manager": "apk" for n in range(1, len(steps) + 1)})
    arguments = ["--private-key", str(host.key_path), "-e", told, *more]
    return run_plain(folder, plan_of(steps, targets), targets, *arguments)  # type: ignore[arg-type]


@pytest.mark.rotating
def test_they_work_and_are_marked_as_not_verified(module_linux_hosts: LinuxHostFactory, tmp_path: Path) -> None:
    [host] = module_linux_hosts("alpine")
    (host.root / "usr/bin/apk").write_text(APK)
    (host.root / "usr/bin/apk").chmod(0o755)
    (host.root / "etc/apk").mkdir()
    (host.root / "etc/apk/world").touch()

    done = play(tmp_path / "run", host, [*STEPS])
    assert not done.failures(), done.failures()
    states = [done.state(host.name, n) for n in range(1, len(STEPS) + 1)]
    assert states == [
        "installed_unverified", "present", "updated_unverified", "installed", "removed_unverified", "missing",
    ]  # fmt: skip
    assert "changed" in done.ran(host.name, "main", 1)
    assert "changed" not in done.ran(host.name, "main", 3)
    assert not (host.root / "usr/sbin/cron").exists()

    refused = play(tmp_path / "version", host, [step("package.install", package=["cron"], version="9")])
    assert "a version can be named with apt and dnf only" in refused.failures()[host.name]
