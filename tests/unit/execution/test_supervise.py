# SPDX-License-Identifier: Apache-2.0
"""What a supervisor that breaks leaves in its log."""

from contextlib import AbstractContextManager
from typing import Any

import pytest

from opsconductor import supervise
from opsconductor.logging import MASK, register_secret
from opsconductor.settings import Settings

URL = "postgresql+psycopg://ops:canary%21word@db/ops"


def compose(_settings: Settings) -> AbstractContextManager[Any]:
    register_secret("canary-of-the-slice")
    raise RuntimeError("canary!word and canary-of-the-slice did not work at " + URL)


def order(**settings: Any) -> dict[str, Any]:
    return {"settings": settings, "compose": f"{__name__}:compose", "slice": "s-1", "job": "j-1", "fence": 1}


def test_the_trace_is_there_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert supervise._run(order(database_url=URL, log_format="json")) == 1
    log = capsys.readouterr().err
    assert "RuntimeError" in log
    assert "test_supervise.py" in log
    assert MASK in log
    assert "canary" not in log


def test_settings_that_cannot_be_used_are_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert supervise._run(order(database_url=URL, port="canary-of-a-port")) == 1
    log = capsys.readouterr().err
    assert log.endswith("ValidationError\n")
    assert "canary" not in log
