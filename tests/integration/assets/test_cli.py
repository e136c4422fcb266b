# SPDX-License-Identifier: Apache-2.0
"""The commands of the asset database as an operator types them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from typer.testing import CliRunner, Result

from inventories.export import ExportFormat
from inventories.importers import ImportFormat
from opsconductor.actor import local_actor
from opsconductor.cli import inventory_files
from opsconductor.cli.commands import make_app
from opsconductor.errors import InvalidInput, NotFound, OpsConductorError
from opsconductor.services.credentials import CredentialInUse

PASSWORD = "s3cr3t-of-the-cli"
TEMPLATE = "{{ lookup('pipe','touch pwned') }}"
Opsc = Callable[..., Result]


@pytest.fixture
def opsc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Opsc:
    """Runs a command that must go well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(make_app(), arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


def data(result: Result) -> Any:
    return json.loads(result.stdout)


def test_an_estate_typed_in_by_hand(opsc: Opsc) -> None:
    opsc("credentials", "add", "CIS admin", "--user", "Administrator", "--stdin", stdin=PASSWORD + "\n")
    opsc("groups", "add", "Production", "--critical")
    opsc("groups", "add", "CIS servers", "--in", "Production", "--credential", "CIS admin")
    connections = ["--connection", "winrm scheme=http transport=ntlm", "--connection", "rdp"]
    machine = ["--platform", "windows", "--address", "10.1.0.1", "--group", "CIS servers"]
    opsc("assets", "add", "cis-10", *machine, *connections)
    opsc("assets", "add", "cis-2", *machine)
    assert [a["name"] for a in data(opsc("assets", "list", "--group", "Production", "--json"))] == ["cis-2", "cis-10"]

    shown = opsc("assets", "show", "cis-10").stdout
    assert "Credential: 'CIS admin'. Group 'CIS servers'" in shown
    assert "to 10.1.0.1:5985  (jobs run over it)" in shown
    assert "(for checks only)" in shown
    first, second = data(opsc("assets", "show", "cis-10", "--json"))["connections"]
    assert (first["use"]["credential"], first["use"]["source"], first["used_by_jobs"]) == ("CIS admin", "group", True)
    assert (second["kind"], second["used_by_jobs"], second["effective_port"]) == ("rdp", False, 3389)

    tree = opsc("groups", "show").stdout.splitlines()
    assert [line.rstrip() for line in tree] == [
        "Production  critical",
        "  CIS servers  credential 'CIS admin'",
        "    · cis-2",
        "    · cis-10",
    ]
    assert "asset group 'CIS servers'" in opsc("credentials", "show", "CIS admin").stdout
    everything = opsc("credentials", "list").stdout + opsc("credentials", "list", "--json").stdout + shown
    assert PASSWORD not in everything


def test_edit_by_options(opsc: Opsc) -> None:
    opsc("assets", "add", "bastion")
    opsc("assets", "add", "web1", "--address", "192.0.2.1", "--var", "http_port=80")
    add = "ssh port=2222 become=sudo jump=bastion"
    opsc("assets", "edit", "web1", "--remove-connection", "ssh", "--add-connection", add, "--add-tag", "a b")
    asset = data(opsc("assets", "edit", "web1", "--rename", "web-1", "--remove-var", "http_port", "--json"))
    assert (asset["name"], asset["tags"], asset["variables"]) == ("web-1", ["a b"], {})
    (connection,) = asset["connections"]
    assert (connection["port"], connection["become"]["method"], connection["jump"]) == (2222, "sudo", ["bastion"])
    shown = opsc("assets", "show", "web-1").stdout
    assert "ssh port=2222 jump=bastion become=sudo" in shown
    assert "No SSH host key is recorded" in shown
    assert "Credential: none." in shown


def test_a_tie_of_two_groups_is_shown_with_its_remedy(opsc: Opsc) -> None:
    for name in ("one", "two"):
        opsc("credentials", "add", name, "--stdin", stdin=PASSWORD)
        opsc("groups", "add", f"g {name}", "--credential", name)
    opsc("assets", "add", "w", "--group", "g one", "--group", "g two")
    assert "undecided" in opsc("assets", "show", "w").stdout
    use = data(opsc("assets", "show", "w", "--json"))["connections"][0]["use"]
    assert use["tie"]
    assert "'g one' gives 'one'" in use["reason"]
    opsc("assets", "edit", "w", "--credential", "two")
    assert "Credential: 'two'. Asset 'w' names it" in opsc("assets", "show", "w").stdout
    opsc("assets", "edit", "w", "--no-credential")
    assert "undecided" in opsc("assets", "show", "w").stdout


@pytest.mark.parametrize("name", [TEMPLATE, "[bold red]x[/bold red]", "[/]", "-x", "é 設備", "$(touch pwned)"])
def test_names_are_plain_text_everywhere(opsc: Opsc, tmp_path: Path, name: str) -> None:
    opsc("credentials", "add", "--stdin", "--", name, stdin=PASSWORD)
    opsc("groups", "add", f"--credential={name}", "--", name)
    opsc("assets", "add", "--address=h.example", f"--group={name}", f"--description={name}", "--", name)
    (tmp_path / "f").write_text("x")
    opsc("files", "add", "f", "--label", name)
    for command in (
        ["assets", "list"],
        ["assets", "show", "--", name],
        ["groups", "list"],
        ["groups", "show"],
        ["credentials", "list"],
    ):
        assert name in opsc(*command).stdout
    assert name in opsc("assets", "show", "--json", "--", name).stdout
    assert name in opsc("files", "list").stdout
    assert not (tmp_path / "pwned").exists()


def test_files(opsc: Opsc, tmp_path: Path) -> None:
    (tmp_path / "app.exe").write_bytes(b"MZ one")
    assert "version 1, 6 B" in opsc("files", "add", "app.exe", "--label", "1.0").stdout
    assert "unchanged" in opsc("files", "add", "app.exe").stdout
    assert data(opsc("files", "add", "-", "--name", "app.exe", "--json", stdin=b"MZ two\xff"))["version"] == 2
    assert [f["version"] for f in data(opsc("files", "show", "app.exe", "--json"))] == [2, 1]
    opsc("files", "get", "app.exe", "--version", "1", "--out", "old.exe")
    assert (tmp_path / "old.exe").read_bytes() == b"MZ one"
    with pytest.raises(OpsConductorError, match="there already"):
        opsc("files", "get", "app.exe", "--out", "old.exe")
    assert local_actor() in opsc("files", "list").stdout


def test_credentials_come_from_prompt_file_or_stdin_never_from_arguments(
    opsc: Opsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pw").write_text(PASSWORD + "\r\n")
    opsc("credentials", "add", "a", "--from-file", "pw")
    key = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(b"open sesame")
    )
    (tmp_path / "id").write_bytes(key)
    (tmp_path / "phrase").write_text("open sesame\n")
    shown = opsc("credentials", "add", "k", "--kind", "ssh_key", "--from-file", "id", "--passphrase-file", "phrase")
    assert "ssh-ed25519 AAAA" in shown.stdout
    with pytest.raises(InvalidInput, match="no terminal to ask for the passphrase") as refused:
        opsc("credentials", "replace", "k", "--from-file", "id")
    assert "--passphrase-file" in str(refused.value.remedy)
    with pytest.raises(InvalidInput, match="no terminal to ask for the password"):
        opsc("credentials", "add", "b")
    with pytest.raises(InvalidInput, match="cannot be typed in"):
        opsc("credentials", "add", "b", "--kind", "ssh_key")
    with pytest.raises(InvalidInput, match="given twice"):
        opsc("credentials", "add", "b", "--stdin", "--from-file", "pw")
    result = CliRunner().invoke(make_app(), ["credentials", "add", "b", PASSWORD])
    assert result.exit_code == 2


def test_a_used_credential_needs_force(opsc: Opsc) -> None:
    opsc("credentials", "add", "a", "--stdin", stdin=PASSWORD)
    opsc("assets", "add", "w", "--credential", "a")
    with pytest.raises(CredentialInUse, match="asset 'w'"):
        opsc("credentials", "remove", "a")
    assert "no credential any more: asset 'w'" in opsc("credentials", "remove", "a", "--force").stdout


def test_import_and_export_round(opsc: Opsc, tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[web]\nweb1 ansible_host=192.0.2.1\nweb2\n")
    assert "Would be" in opsc("assets", "import", "hosts.ini", "--dry-run").stdout
    assert data(opsc("assets", "list", "--json")) == []
    assert data(opsc("assets", "import", "hosts.ini", "--json"))["added"] == ["web1", "web2"]
    opsc("assets", "export", "--out", "all.yml")
    again = data(opsc("assets", "import", "all.yml", "--json"))
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], ["web1", "web2"])
    assert opsc("assets", "export").stdout == (tmp_path / "all.yml").read_text()


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["assets", "edit", "x"], InvalidInput),
        (["assets", "show", "x"], NotFound),
        (["groups", "edit", "x"], InvalidInput),
        (["groups", "show", "x"], NotFound),
        (["credentials", "show", "x"], NotFound),
        (["credentials", "edit", "x"], InvalidInput),
        (["files", "show", "x"], NotFound),
        (["files", "add", "none"], InvalidInput),
        (["assets", "import", "none"], InvalidInput),
        (["assets", "add", "x", "--var", "novalue"], InvalidInput),
    ],
)
def test_mistakes_say_what_to_do(opsc: Opsc, command: list[str], error: type[OpsConductorError]) -> None:
    with pytest.raises(error) as caught:
        opsc(*command)
    assert caught.value.remedy


def test_every_format_can_be_asked_for() -> None:
    assert set(get_args(inventory_files.ImportFormats)) == set(ImportFormat)
    assert set(get_args(inventory_files.ExportFormats)) == set(ExportFormat)
    assert CliRunner().invoke(make_app(), ["assets", "export", "--format", "excel"]).exit_code == 2


@pytest.mark.parametrize("noun", ["assets", "groups", "credentials", "files", "db"])
def test_help_teaches(noun: str) -> None:
    listing = CliRunner().invoke(make_app(), [noun, "--help"])
    assert listing.exit_code == 0
    adding = CliRunner().invoke(make_app(), [noun, "upgrade" if noun == "db" else "add", "--help"])
    assert adding.exit_code == 0
    assert noun == "db" or f"opsc {noun} add" in adding.output


def test_the_real_command(tmp_path: Path) -> None:
    env = {**os.environ, "OPSCONDUCTOR_HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path(__file__).parents[3])}

    def opsc(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "opsconductor.cli.main", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=env,
            timeout=60,
            check=False,
        )

    assert opsc("db", "current").returncode == 5
    assert opsc("credentials", "add", "login", "--stdin", stdin=PASSWORD).returncode == 0
    assert opsc("db", "current").returncode == 0
    assert opsc("assets", "add", "web1", "--credential", "login").returncode == 0
    near = opsc("assets", "show", "web2")
    assert (near.returncode, near.stdout) == (4, "")
    assert "Did you mean 'web1'" in near.stderr
    problem = opsc("assets", "show", "web2", "--json")
    assert json.loads(problem.stdout)["context"]["suggestions"] == ["web1"]
    (tmp_path / "home" / "master.key").chmod(0o644)
    refused = opsc("credentials", "replace", "login", "--stdin", stdin="a new one")
    assert refused.returncode == 9
    assert "chmod 600" in refused.stderr
    for path in (tmp_path / "home").rglob("*"):
        assert PASSWORD.encode() not in (path.read_bytes() if path.is_file() else b"")
        assert path.name == "master.key" or not path.stat().st_mode & 0o077
