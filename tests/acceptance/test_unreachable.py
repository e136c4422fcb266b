# SPDX-License-Identifier: Apache-2.0
"""One job over machines that let nobody in: each says why and what to do, runs nothing, and stops no other."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.installation import Installation, cells, windows_asset
from tests.lab.host import Host
from tests.lab.lab import Lab

SENTENCE = "Run 'hostname' on all machines in group 'Mixed'"
WRONG = "not-the-password-7Qx"
#: Target → what its message must hold: what is wrong, in an operator's words.
SAYS = {
    "win-wrong-password": ("password was refused", "opsc credentials replace"),
    "win-refused": ("the connection to 127.28.3.3 port 5985 was refused", "opsc assets check"),
    "lin-wrong-password": ("login was refused for password", "opsc credentials replace"),
    "lin-refused": ("the connection to 127.28.3.200 port", "opsc assets check"),
    "lin-changed-key": ("host key is not the recorded one", "opsc assets trust"),
}


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """Three simulated Windows hosts; nobody listens at the third's port."""
    with SimulatorProcess(tmp_path / "lab", "--count", "3", "--address", "127.28.3.1", "--name", "win-{}") as lab:
        lab.client.fault("win-3", "refuse")
        yield lab


def linux(name: str, address: str, key: str, credential: str, port: int = 22) -> dict[str, Any]:
    """A Linux asset whose recorded host key is `key`."""
    ssh = {"kind": "ssh", "port": port}
    place = {"name": name, "platform": "linux", "address": address, "groups": ["Mixed"]}
    return {**place, "credential": credential, "host_keys": [key], "connections": [ssh]}


def test_the_reachable_ones_run_and_the_others_say_why(
    installation: Installation, windows: SimulatorProcess, linux_lab: Lab
) -> None:
    hosts = good_host, changed = linux_lab.up_light("lin-good", "lin-changed-key")
    try:
        _estate(installation, windows, good_host, changed)
        changed.change_host_key()
        plan = installation.plan(SENTENCE)
        assert len(plan["targets"]["resolved"]) == 7
        installation.approve(plan)
        shown = installation.run(plan, code=20)
    finally:
        linux_lab.down(hosts)

    assert shown["job"]["status"] == "partially_failed"
    good = {"win-good": "changed", "lin-good": "changed"}
    assert cells(shown, 1) == {**dict.fromkeys(SAYS, "unreachable"), **good}
    messages = {r["target"]: r["message"] or "" for r in shown["results"]}
    said = {t: [w for w in words if w.lower() not in messages[t].lower()] for t, words in SAYS.items()}
    assert not any(said.values()), {t: messages[t] for t, missing in said.items() if missing}
    assert WRONG not in str(shown)
    assert windows.client.requests("win-1") != []
    assert windows.client.requests("win-2") == []
    assert windows.client.requests("win-3") == []


def _estate(site: Installation, lab: SimulatorProcess, good: Host, changed: Host) -> None:
    site.credential("windows", lab.password, user="Administrator")
    site.credential("wrong windows", WRONG, user="Administrator")
    site.credential("linux", good.key_path.read_text(), kind="ssh_key", user="root")
    site.credential("wrong linux", WRONG, user="deploy")
    with socket.socket() as free:
        free.bind(("127.28.3.200", 0))
        closed = free.getsockname()[1]
    first, second, third = lab.ready["hosts"]
    mixed = {"groups": ["Mixed"]}
    key = good.host_key
    site.estate(
        [
            windows_asset({**first, "name": "win-good"}, **mixed, credential="windows"),
            windows_asset({**second, "name": "win-wrong-password"}, **mixed, credential="wrong windows"),
            windows_asset({**third, "name": "win-refused"}, **mixed, credential="windows"),
            linux("lin-good", good.address, key, "linux"),
            linux("lin-wrong-password", good.address, key, "wrong linux"),
            linux("lin-refused", "127.28.3.200", key, "linux", closed),
            linux("lin-changed-key", changed.address, changed.host_key, "linux"),
        ]
    )
