# SPDX-License-Identifier: Apache-2.0
"""The reference in docs/ is what the code says."""

from pathlib import Path

from opsconductor import errors
from opsconductor.cli.reference import reference
from opsconductor.domain.jobs import ENDED, EXIT_CODES

DOCS = Path(__file__).parents[3] / "docs" / "reference"


def test_commands_are_documented_as_they_are() -> None:
    assert (DOCS / "commands.md").read_text() == reference(), "run scripts/reference"


def test_every_exit_code_is_documented() -> None:
    text = (DOCS / "cli.md").read_text()
    kinds = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.OpsConductorError)]
    for code in {c.exit_code for c in kinds} | set(EXIT_CODES.values()):
        assert f"\n| {code} | " in text
    assert set(EXIT_CODES) == set(ENDED)
