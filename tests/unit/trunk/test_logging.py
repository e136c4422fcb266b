# SPDX-License-Identifier: Apache-2.0
"""What never reaches a log."""

import json
import logging

import pytest

from opsconductor.logging import configure_logging, get_logger, redact, register_secret
from opsconductor.settings import Settings


def test_fields_named_like_secrets_are_masked_at_any_depth() -> None:
    event = {"user": "ops", "login": {"password": "hunter2", "api_key": "k", "passwords": 3}, "list": [{"token": "t"}]}
    assert redact(event) == {
        "user": "ops",
        "login": {"password": "********", "api_key": "********", "passwords": 3},
        "list": [{"token": "********"}],
    }


@pytest.mark.parametrize("library", [False, True], ids=["structlog", "standard library"])
def test_registered_values_are_masked_wherever_they_stand(library: bool, capsys: pytest.CaptureFixture[str]) -> None:
    register_secret("Canary-4711-log")
    configure_logging(Settings(log_format="json"))
    if library:
        logging.getLogger("urllib3").warning("GET /?q=%s", "Canary-4711-log")
    else:
        get_logger("test").warning("login failed with Canary-4711-log", answer={"body": "xCanary-4711-logx"})
    line = capsys.readouterr().err
    assert "Canary-4711" not in line
    assert "********" in line
    assert json.loads(line)["level"] == "warning"


def test_exceptions_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    register_secret("Canary-4711-exc")
    configure_logging(Settings(log_format="json"))
    try:
        raise ValueError("bad password Canary-4711-exc")
    except ValueError:
        get_logger("test").exception("it broke")
    err = capsys.readouterr().err
    assert "ValueError" in err
    assert "Canary-4711" not in err
