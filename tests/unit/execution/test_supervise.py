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


def test_the_trace_is_there_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.model_validate({"database_url": URL, "log_format": "json"})
    assert supervise._run("s-1", 1, settings, lambda: compose(settings)) == 1
    log = capsys.readouterr().err
    assert "RuntimeError" in log
    assert "test_supervise.py" in log
    assert MASK in log
    assert "canary" not in log
