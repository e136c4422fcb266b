# SPDX-License-Identifier: Apache-2.0
"""What read-only steps answer on a real Debian host, compared with what the host says of itself."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Outcome, Step
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.lab.linux_host import LinuxHost

pytestmark = pytest.mark.rotating

LOG = "start\nan ERROR happened\n{{ 7 * 7 }} $(id) error `id`\nfine\nthe last Error\n"


@pytest.fixture(scope="module")
def host(module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = module_linux_hosts("web-1")
    (made.root / "srv/app.log").write_text(LOG)
    (made.root / "srv/secret").write_text("x")
    (made.root / "srv/secret").chmod(0o600)
    made.run("chown", "7:8", "/srv/app.log")
    return made


def play(
    folder: Path,
    host: LinuxHost,
    *steps: Step,
    question: bool = True,
    check: bool = False,
    user: str = "root",
    apart: bool = True,
) -> PlainRun:
    """`apart`: each step on a name of the host of its own, so that one that fails stops no other: name-<step>."""
    kind, public = host.host_key.split()
    names = [f"name-{n}" for n in range(1, len(steps) + 1)] if apart else [host.name]
    targets = [
        BoundTarget(
            asset_id=name,
            name=name,
            platform=Platform.LINUX,
            kind=ConnectionKind.SSH,
            address=host.address,
            port=host.port,
            user=user,
            host_keys=(make_host_key(kind, public),),
        )
        for name in names
    ]
    own = [s.model_copy(update={"hosts": (t.name,)}) for s, t in zip(steps, targets, strict=True)] if apart else steps
    plan = plan_of(own, targets).model_copy(update={"outcome": Outcome.QUERY if question else Outcome.PLAN})
    arguments = ["--private-key", str(host.key_path), "--forks", "4", *(["--check"] if check else [])]
    return run_plain(folder, plan, targets, *arguments)


def fact(done: PlainRun, n: int) -> dict[str, Any]:
    [found] = [told for target in done.results if (told := done.fact(target, n))]
    return found


def rows(done: PlainRun, n: int) -> list[Any]:
    found: list[Any] = fact(done, n)["rows"]
    return found


READS = [
    step("disk.check", metric="free"),
    step("disk.check", metric="free", path="/srv/app.log"),
    step("memory.check"),
    step("cpu.check"),
    step("uptime.check"),
    step("package.check", package="openssh-server"),
    step("package.check", package="no-such-package"),
    step("port.check", port=22),
    step("port.check", port=9),
    step("file.check", path="/srv/app.log"),
    step("file.check", path="/etc"),
    step("file.check", path="/srv/nowhere"),
    step("file.checksum", path="/srv/app.log", algorithm="sha-512"),
    step("file.checksum", path="/srv/nowhere"),
    step("log.search", path="/srv/app.log", pattern="error"),
    step("log.search", path="/srv/app.log", pattern="{{ 7 * 7 }} $(id)"),
    step("log.search", path="/srv/app.log", lines=2),
    step("log.search", path="/srv/app.log", pattern="error", lines=1),
    step("log.search", path="/srv/app.log", pattern="not in it"),
    step("user.check", user="ops"),
    step("user.check", user="nobody-at-all"),
    step("user.check", group="sudo"),
    step("user.check"),
    step("host.facts"),
    step("os.patch_check"),
    step("http.check", url="http://127.0.0.1:9/"),
    step("cert.check", port=9),
    step("user.check", user="games"),
]
STATES = [
    "read", "read", "read", "read", "read", "installed", "missing", "open", "closed", "file", "folder", "absent",
    "read", "absent", "found", "found", "found", "found", "none", "present", "absent", "present", "present", "gathered",
    None, "down", "none", "present",
]  # fmt: skip


def states(done: PlainRun, steps: Sequence[Step]) -> list[str | None]:
    assert not done.failures(), done.failures()
    return [fact(done, n).get("state") for n in range(1, len(steps) + 1)]


def test_what_is_told_is_what_the_host_has(host: LinuxHost, tmp_path: Path) -> None:
    done = play(tmp_path / "run", host, *READS, apart=False)
    told = states(done, READS)
    assert [t for t, wanted in zip(told, STATES, strict=True) if wanted] == [s for s in STATES if s]
    _disks(done, host)
    _machine(done, host)
    _files(done, host)
    _accounts(done, host)
    changed = {name for target in done.results for name, status in done.status(target).items() if status == "changed"}
    assert not changed
    again = play(tmp_path / "again", host, *READS, check=True, apart=False)
    assert states(again, READS) == told


def _disks(done: PlainRun, host: LinuxHost) -> None:
    real = os.statvfs(host.root)
    [root] = [row for row in rows(done, 1) if row["mount"] == "/"]
    assert root["size"] == real.f_blocks * real.f_frsize
    assert abs(root["free"] - real.f_bavail * real.f_frsize) < 512 * 1024**2
    assert abs(root["free_percent"] + root["used_percent"] - 100) < 0.2
    assert not [row for row in rows(done, 1) if row["mount"].startswith(("/dev", "/run", "/proc"))]
    assert [row["mount"] for row in rows(done, 2)] == ["/"]


def _machine(done: PlainRun, host: LinuxHost) -> None:
    memory = dict(line.split(":", 1) for line in host.run("cat", "/proc/meminfo").splitlines())
    assert fact(done, 3)["total"] == int(memory["MemTotal"].split()[0]) * 1024
    assert 0 < fact(done, 3)["free"] < fact(done, 3)["total"]
    assert 0 <= fact(done, 4)["used_percent"] <= 100
    assert fact(done, 4)["cores"] == os.cpu_count()
    up = float(host.run("cat", "/proc/uptime").split()[0])
    assert 0 <= up - fact(done, 5)["seconds"] < 300
    assert fact(done, 5)["since"].endswith("Z")
    assert rows(done, 6) == [{"package": "openssh-server", "version": host.package_version("openssh-server")}]
    assert rows(done, 7) == [{"package": "no-such-package", "version": ""}]
    assert {(row["name"], row["port"], row["protocol"]) for row in rows(done, 8)} == {("sshd", 22, "tcp")}
    assert rows(done, 9) == []
    assert fact(done, 24)["kernel"] == os.uname().release
    assert fact(done, 24)["system"].startswith("Debian 12")
    # /sys of a host without a network of its own knows no interface, so its addresses cannot be told here.
    assert fact(done, 24)["memory"] > 0
    simulated = host.run("apt-get", "--simulate", "dist-upgrade")
    offered = {line.split()[1] for line in simulated.splitlines() if line.startswith("Inst ")}
    assert {row["package"] for row in rows(done, 25)} == offered
    assert fact(done, 25)["state"] == ("pending" if offered else "current")


def _files(done: PlainRun, host: LinuxHost) -> None:
    [seen] = rows(done, 10)
    assert [seen["name"], seen["kind"]] == ["/srv/app.log", "file"]
    assert [seen["size"], seen["mode"], seen["owner"], seen["group"]] == [len(LOG), "0644", "lp", "mail"]
    assert seen["sha256"] == hashlib.sha256(LOG.encode()).hexdigest()
    real = host.run("date", "--utc", "--reference=/srv/app.log", "+%Y-%m-%dT%H:%M:%SZ").strip()
    assert seen["modified"] == real
    folder, *inside = rows(done, 11)
    assert [folder["name"], folder["kind"], folder["mode"]] == ["/etc", "folder", "0755"]
    assert [row["name"] for row in inside] == sorted(host.run("ls", "--almost-all", "/etc").split("\n")[:-1])
    assert {row["name"]: row["kind"] for row in inside}["mtab"] == "link"
    assert rows(done, 12) == []
    assert fact(done, 13)["checksum"] == hashlib.sha512(LOG.encode()).hexdigest()
    lines = LOG.splitlines()
    assert rows(done, 15) == [[lines[1]], [lines[2]], [lines[4]]]
    assert rows(done, 16) == [[lines[2]]]
    assert rows(done, 17) == [[lines[3]], [lines[4]]]
    assert rows(done, 18) == [[lines[4]]]
    assert fact(done, 18)["total"] == 3
    assert rows(done, 19) == []


def _accounts(done: PlainRun, host: LinuxHost) -> None:
    [ops] = rows(done, 20)
    assert ops["uid"] == int(host.run("id", "-u", "ops"))
    assert set(ops["groups"].split(", ")) == set(host.run("id", "-Gn", "ops").split())
    assert [ops["home"], ops["shell"], ops["locked"]] == ["/home/ops", "/bin/bash", "no"]
    assert rows(done, 28)[0]["locked"] == "yes"
    assert [host.run("passwd", "-S", name).split()[1] for name in ("ops", "games")] == ["P", "L"]
    assert rows(done, 21) == []
    assert [row["user"] for row in rows(done, 22)] == ["ops"]
    everybody = {line.split(":")[0] for line in host.run("getent", "passwd").splitlines()}
    assert {row["user"] for row in rows(done, 23)} == everybody


def test_the_journal_is_told_as_it_is(host: LinuxHost, tmp_path: Path) -> None:
    host.run("systemd-cat", "-t", "acme", "-p", "err", "echo", "Bad [a]* $(id) ü")
    host.run("systemd-cat", "-t", "acme", "-p", "info", "echo", "all is well")
    host.run("systemctl", "restart", "ssh")
    host.run("journalctl", "--sync")
    steps = [
        step("log.events", pattern="bad [A]* $(ID)"),
        step("log.events", pattern="not in the journal at all"),
        step("log.events", level="errors", lines=1),
        step("log.events", service="ssh", source="journal"),
        step("log.events", lines=3),
        step("log.events", source="security"),
    ]
    done = play(tmp_path / "run", host, *steps)
    assert list(done.failures()) == ["name-6"]
    assert "none that is named security" in done.failures()["name-6"]
    [bad] = rows(done, 1)
    assert [bad["level"], bad["origin"], bad["message"]] == ["error", "acme", "Bad [a]* $(id) ü"]
    assert rows(done, 2) == []
    assert [row["level"] for row in rows(done, 3)] == ["error"]
    origins = {row["origin"] for row in rows(done, 4)}
    assert {"sshd", "systemd"} <= origins
    assert "acme" not in origins
    assert len(rows(done, 5)) == 3
    assert [fact(done, n)["state"] for n in (1, 2)] == ["found", "none"]


def test_a_comparison_is_answered_and_a_check_fails_where_it_does_not_hold(host: LinuxHost, tmp_path: Path) -> None:
    steps = [
        step("disk.check", metric="free", op="<", threshold="100%"),
        step("disk.check", metric="free", op="<", threshold="1 KB", path="/"),
        step("disk.check", metric="used", op="<", threshold="100.5%"),
        step("disk.check", metric="free", op=">=", threshold="900 TB", path="/"),
        step("disk.check", metric="free", op="<", threshold="10%", path="/srv/nowhere"),
        step("memory.check", op="<", threshold="0.01%"),
        step("memory.check", metric="free", op=">", threshold="1MB"),
        step("cpu.check", op="<", threshold="101%"),
        step("file.checksum", path="/srv/app.log", expected="0" * 64),
        step("http.check", url="http://127.0.0.1:9/"),
    ]
    questions = [s for s in steps if "expected" not in s.params]
    asked = play(tmp_path / "asked", host, *questions, apart=False)
    told = states(asked, questions)
    assert told == ["matches", "differs", "matches", "differs", "absent", "differs", "matches", "matches", "down"]
    assert "/" in [row["mount"] for row in rows(asked, 1)]
    assert rows(asked, 2) == rows(asked, 4) == rows(asked, 6) == []

    checked = play(tmp_path / "checked", host, *steps, question=False)
    failed = checked.failures()
    assert sorted(failed) == ["name-10", "name-4", "name-5", "name-6", "name-9"]
    assert "Not free >= 900 TB on /." in failed["name-4"]
    assert "There is no /srv/nowhere on this target." in failed["name-5"]
    assert "Not used < 0.01%" in failed["name-6"]
    assert hashlib.sha256(LOG.encode()).hexdigest() in failed["name-9"]
    assert "does not answer with 200" in failed["name-10"]
    # What nobody wants to be so is only reported.
    assert checked.state("name-2", 2) == "differs"
    assert [row["mount"] for row in rows(checked, 2)] == ["/"]


def test_what_may_not_be_read_or_is_not_there_fails_with_its_name(host: LinuxHost, tmp_path: Path) -> None:
    done = play(
        tmp_path / "run",
        host,
        step("file.checksum", path="/srv/secret"),
        step("log.search", path="/srv/secret", pattern="x"),
        step("log.search", path="/srv/nowhere"),
        step("log.search", path="/srv"),
        step("user.check", user="deploy"),
        step("file.check", path="/root/x"),
        step("wait.file", path="/srv/nowhere", timeout=1),
        step("wait.file", path="/srv/app.log", timeout=1),
        step("wait.pause", seconds=1),
        user="ops",
    )
    failed = done.failures()
    assert sorted(failed) == ["name-1", "name-2", "name-3", "name-4", "name-6", "name-7"]
    assert "/srv/secret may not be read by the user that logs in" in failed["name-1"]
    assert "Permission denied" in failed["name-2"]
    assert "There is no /srv/nowhere on this target." in failed["name-3"]
    assert "/srv is a folder" in failed["name-4"]
    assert "Permission denied" in failed["name-6"]
    assert rows(done, 5)[0]["locked"] == ""
    assert [done.state("name-8", 8), done.state("name-9", 9)] == ["present", "waited"]


def test_certificates_and_pages(host: LinuxHost, tmp_path: Path) -> None:
    host.run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj", "/CN=web-1.example",
        "-keyout", "/srv/key.pem", "-out", "/srv/cert.pem",
    )  # fmt: skip
    serve = "systemd-run --unit=tls --quiet openssl s_server -accept 8443 -cert /srv/cert.pem -key /srv/key.pem -www"
    host.run("sh", "-c", f"{serve}; systemd-run --unit=web --quiet python3 -m http.server 8080 --directory /srv")
    listening = "ss -tln | grep -q :8443 && ss -tln | grep -q :8080"
    host.run("sh", "-c", f"for n in $(seq 50); do {listening} && exit; sleep .2; done")
    done = play(
        tmp_path / "run",
        host,
        step("cert.check", port=8443),
        step("cert.check", port=8443, within=86400),
        step("cert.check", port=8443, within=30 * 86400),
        step("http.check", url="http://127.0.0.1:8080/app.log"),
        step("http.check", url="http://127.0.0.1:8080/nowhere"),
        step("http.check", url="https://127.0.0.1:8443/"),
        step("http.check", url="http://127.0.0.1:8080/nowhere", status=404),
    )
    assert list(done.failures()) == ["name-3"]
    assert "expires on" in done.failures()["name-3"]
    told = [done.state(f"name-{n}", n) for n in (1, 2, 4, 5, 6, 7)]
    assert told == ["expiring", "valid", "ok", "wrong", "down", "ok"]
    assert fact(done, 1)["subject"] == "CN=web-1.example"
    ends = host.run("openssl", "x509", "-in", "/srv/cert.pem", "-noout", "-enddate", "-dateopt", "iso_8601")
    assert ends.strip() == "notAfter=" + fact(done, 1)["until"].replace("T", " ")
    assert fact(done, 5)["status"] == 404
    assert "certificate" in fact(done, 6)["told"].lower()
    assert json.dumps(done.results)
