# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around a command is told with a remedy and the documented exit code, never as a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def opsc(home: Path, *arguments: str | bytes, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "opsconductor.cli.main", *arguments],
        env=kept | {"OPSCONDUCTOR_HOME": str(home), "OPSCONDUCTOR_CONFIG": "/nowhere.toml"} | environment,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_failures_are_told(tmp_path: Path) -> None:
    home, broken, no_folder, no_database = (tmp_path / n for n in ("home", "broken.toml", "file", "damaged"))
    broken.write_text("port = = 1\n")
    no_folder.write_text("")
    no_database.mkdir(mode=0o700)
    (no_database / "opsconductor.db").write_bytes(b"this is no database at all" * 100)
    listing = ("assets", "list")
    cases = [
        (opsc(home, *listing, OPSCONDUCTOR_PORT="abc"), 2, "port: Input should be a valid integer"),
        (opsc(home, *listing, OPSCONDUCTOR_TEMPLATE_PATH="a"), 2, "template_path"),
        (opsc(home, *listing, OPSCONDUCTOR_CONFIG=str(broken)), 2, "The settings file is no TOML"),
        (opsc(no_folder / "home", *listing), 9, "The system refused"),
        (opsc(no_database, *listing), 9, "The database could not be used"),
        (opsc(home, "plan", b"stop the spool\xff service"), 2, "no UTF-8 text"),
    ]
    for done, code, says in cases:
        told = " ".join(done.stderr.decode().split())
        assert done.returncode == code, told
        assert says in told
        assert "What to do:" in told
        assert "Traceback" not in told


def test_a_wrong_setting_is_not_repeated(tmp_path: Path) -> None:
    done = opsc(tmp_path, "assets", "list", OPSCONDUCTOR_APPROVAL_LIFETIME="hunter2-value")
    assert done.returncode == 2
    assert b"hunter2" not in done.stderr + done.stdout


@pytest.mark.parametrize("json", [True, False])
def test_a_program_gets_the_problem(tmp_path: Path, json: bool) -> None:
    done = opsc(tmp_path, "assets", "list", *["--json"] * json, OPSCONDUCTOR_PORT="abc")
    assert (b'"code": "invalid-input"' in done.stdout) is json


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost.evil.example", "127.evil.example", "::10"])  # noqa: S104
def test_nothing_but_loopback_is_served(tmp_path: Path, host: str) -> None:
    done = opsc(tmp_path, "serve", "--host", host, "--port", "0")
    assert done.returncode == 3
    assert f"Not serving on {host}".encode() in done.stderr
