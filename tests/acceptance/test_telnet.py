# SPDX-License-Identifier: Apache-2.0
"""Machines that speak nothing but telnet, from the sentence to the answer: a real Debian host, and a switch."""

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.installation import Installation, cells
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.telnet_server import ADDRESS, Caller, telnet_server
from tests.fixtures.telnetd import serve_telnet
from tests.lab.lab import Lab

CLEAR = "The user and the password cross the network in clear"
PASSWORD = "Kn0wn-0nly-t0-the-sw1tch"
READINGS = (
    "check the uptime, the memory usage, the disk space and the cpu usage {where}, "
    "then search /srv/app.log for ERROR {where} and check if the process sshd is running {where}"
)
PAGE = "\r\n".join(f"line {n} of the version" for n in range(1, 8)) + "\r\n"


def approved(installation: Installation, sentence: str, *, code: int = 0) -> Any:
    """The job of a sentence, as `opsc jobs show --json` prints it."""
    plan = installation.plan(sentence)
    assert plan["risk"]["level"] in ("high", "critical")
    assert any(CLEAR in reason for reason in plan["risk"]["reasons"]), plan["risk"]
    assert plan["needs_approval"]
    installation.approve(plan)
    return installation.run(plan, code=code)


def held(installation: Installation, secret: str) -> list[Path]:
    """Files of the installation with the secret in them."""
    files = (path for path in installation.home.rglob("*") if path.is_file())
    return [path for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.rotating
def test_a_real_host_over_telnet_beside_one_over_ssh(
    linux_lab: Lab, module_linux_hosts: LinuxHostFactory, installation: Installation, telnetd: Path
) -> None:
    [host] = module_linux_hosts("telnet")
    serve_telnet(host, telnetd)
    (host.root / "srv/app.log").write_text("start\n$(id) ERROR ü\nfine\n")
    (host.root / "srv/app.log").chmod(0o644)
    password = linux_lab.access.deploy_password
    installation.opsc("groups", "add", "Boxes")
    installation.credential("box", password, user="deploy")
    installation.credential("root", host.key_path.read_text(), kind="ssh_key", user="root")
    place = ("--address", host.address, "--group", "Boxes")
    installation.opsc("assets", "add", "box-1", *place, "--credential", "box", "--connection", "telnet")
    installation.opsc("assets", "add", "web-1", *place, "--credential", "root")
    installation.opsc("assets", "trust", "web-1", "--yes")

    refused = installation.plan("restart cron on box-1", code=8)
    assert "cannot be run on box-1: it cannot be done over telnet" in refused["obstacles"][0]
    assert "over telnet" in installation.opsc("run", refused["id"], code=None).stderr

    both = approved(installation, READINGS.format(where="on all servers in 'Boxes'"))
    assert {r["status"] for r in both["results"]} == {"ok"}, both["results"]
    told = {answer["step"]: answer["answer"] for answer in both["answers"]}
    for answer in told.values():
        rows = [row[1:] for row in answer["rows"] if row[0] == "box-1"]
        assert rows, answer
        assert len(rows[0]) == len(next(row[1:] for row in answer["rows"] if row[0] == "web-1"))
    over_telnet, over_ssh = ([row[1:] for row in told[5]["rows"] if row[0] == name] for name in ("box-1", "web-1"))
    assert over_telnet == over_ssh == [["found", "$(id) ERROR ü"]]
    sizes = {row[0]: row[3] for row in told[3]["rows"] if row[2] == "/"}
    assert sizes["box-1"] == sizes["web-1"] > 0

    failed = approved(installation, "run `seq 1 200000` on box-1, then run `ls /nowhere` on box-1", code=21)
    assert [cells(failed, n)["box-1"] for n in (1, 2)] == ["changed", "failed"]
    counted, missed = installation.json("jobs", "output", failed["job"]["id"])
    assert counted["stdout"] == "".join(f"{n}\n" for n in range(1, 200_001))
    assert (counted["rc"], missed["rc"]) == (0, 2)
    assert "/nowhere" in missed["stdout"]
    assert held(installation, password) == []


async def switch(caller: Caller) -> None:
    """No shell: words of its own, pages, and no exit codes."""
    await caller.say(b"\r\nUser Access Verification\r\n\r\nUsername: ")
    await caller.line(echo=True)
    await caller.say(b"Password: ")
    if await caller.line() != PASSWORD:
        await caller.say(b"\r\n% Login invalid\r\n\r\nUsername: ")
        await caller.rest()
    await caller.say(b"\r\nsw-1>")
    while (line := await caller.line(echo=True)) != "exit":
        if line == "show version":
            await caller.say(PAGE.encode() + b" --More-- ")
            assert await caller.reader.read(1) == b" "
            await caller.say(b"\x08" * 10 + b" " * 10 + b"\x08" * 10 + b"uptime is 5 weeks\r\nsw-1>")
        else:
            await caller.say(b"              ^\r\n% Invalid input detected at '^' marker.\r\n\r\nsw-1>")


@pytest.mark.soak  # the session itself is tried with devices of all kinds in tests/integration/execution
def test_a_switch_is_asked_in_its_own_words(installation: Installation) -> None:
    with telnet_server(switch) as there:
        installation.credential("switches", PASSWORD, user="ops")
        installation.opsc(
            "assets", "add", "sw-1", "--platform", "linux", "--address", ADDRESS,
            "--connection", f"telnet port={there.port}", "--credential", "switches",
        )  # fmt: skip
        shown = approved(installation, "run `show version` on sw-1, then run `reload all` on sw-1", code=21)
    assert [cells(shown, n)["sw-1"] for n in (1, 2)] == ["changed", "failed"]
    told = installation.json("jobs", "output", shown["job"]["id"])
    assert [one["rc"] for one in told] == [None, None]
    assert told[0]["stdout"] == PAGE.replace("\r\n", "\n") + "uptime is 5 weeks"
    assert "The device did not take the command: % Invalid input" in shown["results"][1]["message"]
    assert held(installation, PASSWORD) == []
