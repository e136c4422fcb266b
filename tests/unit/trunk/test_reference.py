# SPDX-License-Identifier: Apache-2.0
"""The reference in docs/ is what the code says."""

from pathlib import Path

import pytest

from opsconductor import errors
from opsconductor.cli.reference import reference
from opsconductor.domain.jobs import ENDED, EXIT_CODES
from opsconductor.playbooks import verified
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from opsconductor.playbooks.verified import Verified, table

DOCS = Path(__file__).parents[3] / "docs" / "reference"


def test_commands_are_documented_as_they_are() -> None:
    assert (DOCS / "commands.md").read_text() == reference(), "run scripts/reference"


def test_every_exit_code_is_documented() -> None:
    text = (DOCS / "cli.md").read_text()
    kinds = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.OpsConductorError)]
    for code in {c.exit_code for c in kinds} | set(EXIT_CODES.values()):
        assert f"\n| {code} | " in text
    assert set(EXIT_CODES) == set(ENDED)


def test_the_table_of_templates_is_made_from_manifests_and_results() -> None:
    assert (DOCS / "templates.md").read_text() == table(load_catalogue(template_paths())), "run scripts/reference"


def test_the_record_holds_what_tests_have_seen_of_nearly_all_templates() -> None:
    catalogue = load_catalogue(template_paths())
    tried = {(row.intent, row.platform) for row in verified.read_verified() if row.seen}
    able = {(t.id, platform.value) for t in catalogue for platform in t.platforms}
    # A kernel of one's own is needed for its modules: no host of the tests has one.
    assert able - tried <= {("kernel_module.load", "linux")}


def test_a_template_whose_task_files_have_changed_since_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = load_catalogue(template_paths())
    seen = Verified(intent="host.ping", platform="linux", host="Debian 12", seen=("read",), task_files="other")
    monkeypatch.setattr(verified, "read_verified", lambda: (seen,))
    [row] = [line for line in table(catalogue).splitlines() if line.startswith("| `host.ping`")]
    assert "Debian 12: read; task files changed since<br>windows: not verified" in row
