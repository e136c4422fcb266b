# SPDX-License-Identifier: Apache-2.0
"""A command loads what it needs: `opsc plan` is waited for by somebody, and most of its time goes into loading."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "startup" / "absent.yml").read_text(encoding="utf-8"))
HOST_KEY = "192.0.2.10 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBbAFzNP0IlpPPjRpKr3yYPZGZTPxPyVnFRSsfDAd6TZ\n"
#: Runs one command and names all modules that it has loaded.
_PROGRAM = """
import json, sys
from opsconductor.cli.main import main
end = 0
try:
    main()
except SystemExit as ended:
    end = ended.code
json.dump([end, sorted(sys.modules)], sys.stderr)
"""


def loaded(home: Path, arguments: Sequence[str], stdin: str = "") -> tuple[int, list[str]]:
    """The exit code of a command in a process of its own, and the modules it has loaded."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        env=kept | {"OPSCONDUCTOR_HOME": str(home), "OPSCONDUCTOR_CONFIG": "/nowhere.toml"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code or 0, modules


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that knows one machine and has planned before: the catalogue is kept."""
    home = tmp_path_factory.mktemp("installation") / "home"
    assert loaded(home, ["assets", "add", "web-01", "--address", "192.0.2.10"])[0] == 0
    assert loaded(home, ["assets", "import", "--format", "known-hosts", "-"], HOST_KEY)[0] == 0
    code, modules = loaded(home, ["plan", "restart nginx on web-01"])
    assert code == 0
    assert "ruamel.yaml" in modules  # nothing was kept yet: every manifest was read
    return home


@pytest.mark.parametrize("command", CASES["commands"], ids=" ".join)
def test_a_plan_loads_nothing_that_its_request_does_not_need(home: Path, command: list[str]) -> None:
    _, modules = loaded(home, command)

    names = CASES["absent"]
    assert "planner.planner" in modules
    assert [m for m in modules if any(m == name or m.startswith(f"{name}.") for name in names)] == []


def test_a_command_leaves_the_others_unread(home: Path) -> None:
    """All are loaded where no single one is named, so that help and near misses know them."""
    _, few = loaded(home, ["db", "current"])
    code, all_of_them = loaded(home, ["--help"])

    commands = {name for name in all_of_them if name.startswith("opsconductor.cli.")}
    assert code == 0
    assert {"opsconductor.cli.plans", "opsconductor.cli.server"} <= commands
    assert commands.isdisjoint(
        set(few)
        - {"opsconductor.cli.database", "opsconductor.cli.main", "opsconductor.cli.commands", "opsconductor.cli.output"}
    )
