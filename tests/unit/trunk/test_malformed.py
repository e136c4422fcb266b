# SPDX-License-Identifier: Apache-2.0
"""Numbers beyond every use are refused in words, wherever they come in."""

from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from api.routes.runbooks import RunbookValues
from opsconductor.cli.runbooks import app
from opsconductor.clock import utc_now
from opsconductor.domain.runbooks import Runbook, RunbookDocument
from opsconductor.errors import InvalidInput
from opsconductor.services.runbooks import _details
from planner.values import seconds_of


def test_a_runbook_with_a_number_that_cannot_be_kept_is_refused() -> None:
    plan: dict[str, Any] = {"steps": [{"intent": "host.ping", "params": {"count": 10**30}}]}
    document = RunbookDocument.model_validate({"name": "Ping", "plan": plan})

    with pytest.raises(InvalidInput, match="cannot be kept"):
        _details(Runbook(id="r1", version=1, document=document, actor="test", created_at=utc_now()))


def test_a_version_that_no_database_holds_is_refused() -> None:
    assert RunbookValues(version=2**31 - 1).version == 2**31 - 1
    with pytest.raises(ValidationError):
        RunbookValues(version=2**63)
    for command in ("show", "run", "export"):
        assert CliRunner().invoke(app, [command, "Ping", "--version", str(2**63)]).exit_code == 2


@pytest.mark.parametrize("text", ["9" * 400, "9" * 13 + " s", "1." + "9" * 400 + "m"])
def test_a_duration_beyond_every_use_is_none(text: str) -> None:
    assert seconds_of(text) is None
    assert seconds_of("999999999999 s") == 999_999_999_999
