# SPDX-License-Identifier: Apache-2.0
"""`opsc assets import`, `trust` and `check` as a user types them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.telnet_server import ADDRESS, Caller, telnet_server
from tests.integration.inventories.conftest import USER, SshServer

Opsc = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def opsc(tmp_path: Path) -> Iterator[Opsc]:
    """The command on an installation of its own, without a terminal."""
    with tempfile.TemporaryDirectory(prefix="opsc-test-", dir="/dev/shm") as runtime:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {
            **kept,
            "OPSCONDUCTOR_HOME": str(tmp_path / "home"),
            "XDG_RUNTIME_DIR": runtime,
            "COLUMNS": "200",
        }

        def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
            program = str(Path(sys.executable).with_name("opsc"))
            return subprocess.run(
                [program, *words],
                input=stdin,
                capture_output=True,
                text=True,
                env=environment,
                timeout=120,
                check=False,
            )

        yield run


@pytest.mark.rotating
def test_from_an_inventory_to_a_working_login(
    opsc: Opsc, ssh_server: Callable[[str], SshServer], tmp_path: Path
) -> None:
    server = ssh_server("127.31.6.1")
    (tmp_path / "key").write_text(server.private)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "group_vars").mkdir()
    source = tmp_path / "hosts.ini"
    source.write_text(
        f"[web]\nweb1 ansible_host={server.address} ansible_port={server.port} ansible_user={USER} "
        f"ansible_python_interpreter={sys.executable}\n"
    )
    imported = opsc("assets", "import", str(source))
    assert imported.returncode == 0, imported.stderr
    assert "1 assets added" in imported.stdout
    assert "group_vars/ beside it was not read" in imported.stdout

    added = opsc("credentials", "add", "the key", "--kind", "ssh_key", "--from-file", str(tmp_path / "key"))
    assert added.returncode == 0, added.stderr
    assert opsc("assets", "edit", "web1", "--credential", "the key").returncode == 0

    unconfirmed = opsc("assets", "trust", "web1", stdin="n\n")
    assert "SHA256:" in unconfirmed.stdout
    untrusted = opsc("assets", "check", "web1")
    assert untrusted.returncode == 7
    assert "opsc assets trust web1" in untrusted.stdout

    wrong = opsc("assets", "trust", "web1", "--fingerprint", "SHA256:wrong")
    assert wrong.returncode == 5
    assert "offers no key with the fingerprint" in wrong.stderr

    assert opsc("assets", "trust", "--group", "web", stdin="y\n").returncode == 0
    assert "Every SSH host key there is recorded." in opsc("assets", "trust", "--group", "web").stdout
    assert opsc("assets", "trust", "--group", "wbe").returncode == 4
    assert opsc("assets", "trust").returncode == 2
    checked = opsc("assets", "check", "web1", "--json")
    assert checked.returncode == 0, checked.stdout
    (result,) = json.loads(checked.stdout)
    assert (result["host_key"], result["login"]) == ("ok", "ok")
    opsc("assets", "edit", "web1", "--add-connection", "rdp preference=9")
    beside = opsc("assets", "check", "web1")
    assert beside.returncode == 0, "a connection that jobs do not use does not fail the check"
    assert "Remote Desktop" in beside.stdout
    opsc("assets", "add", "win1", "--platform", "windows", "--address", "127.31.6.1")
    keyless = opsc("assets", "trust", "win1", "--yes")
    assert keyless.returncode == 5
    assert "win1  It has no ssh connection." in keyless.stdout
    assert "opsc assets edit win1 --add-connection ssh" in keyless.stderr
    assert json.loads(opsc("assets", "trust", "win1", "--yes", "--json").stdout)["code"] == "conflict"

    server.stop()
    server.change_host_key()
    server.start()
    changed = opsc("assets", "trust", "web1", "--yes")
    assert changed.returncode == 5
    assert "HOST KEY CHANGED" in changed.stderr
    assert opsc("assets", "trust", "web1", "--replace", "--yes").returncode == 0


def test_a_telnet_login_is_tried_with_a_warning_and_no_password_is_printed(opsc: Opsc) -> None:
    async def switch(caller: Caller) -> None:
        await caller.say(b"Username: ")
        await caller.line(echo=True)
        await caller.say(b"Password: ")
        word = await caller.line(echo=True)
        if word == "Tr0ub4dor":
            await caller.say(b"switch>")
            await caller.line()
        else:
            await caller.say(f"{word} is wrong\r\nUsername: ".encode())
            await caller.rest()

    with telnet_server(switch) as there:
        stored = opsc(
            "credentials", "add", "switches", "--kind", "password", "--user", "ops", "--stdin", stdin="Tr0ub4dor"
        )
        assert stored.returncode == 0, stored.stderr
        connection = f"telnet port={there.port}"
        added = opsc(
            "assets", "add", "old", "--address", ADDRESS, "--connection", connection, "--credential", "switches"
        )
        assert added.returncode == 0, added.stderr
        good = opsc("assets", "check", "old")
        opsc("credentials", "replace", "switches", "--stdin", stdin="Wr0ngW0rd")
        bad = opsc("assets", "check", "old")
    assert there.heard == ["ops", "Tr0ub4dor", "exit", "ops", "Wr0ngW0rd"]
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Login works." in good.stdout
    assert "Warning: Telnet carries the user and the password in clear" in good.stdout
    assert bad.returncode == 7
    assert "opsc credentials replace switches" in bad.stdout
    said = good.stdout + good.stderr + bad.stdout + bad.stderr
    assert "Tr0ub4dor" not in said
    assert "Wr0ngW0rd" not in said
