# SPDX-License-Identifier: Apache-2.0
"""Where settings come from and who wins."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from opsconductor.settings import Settings


def test_home_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OPSCONDUCTOR_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = Settings()
    assert settings.home == tmp_path / "opsconductor"
    assert settings.database == f"sqlite:///{tmp_path}/opsconductor/opsconductor.db"


def test_arguments_win_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "opsconductor.toml"
    config.write_text('port = 1001\nhost = "127.0.0.9"\nforks = 7\n')
    monkeypatch.setenv("OPSCONDUCTOR_CONFIG", str(config))
    monkeypatch.setenv("OPSCONDUCTOR_PORT", "1002")
    settings = Settings(forks=9)
    assert (settings.host, settings.port, settings.forks) == ("127.0.0.9", 1002, 9)


def test_secrets_in_settings_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSCONDUCTOR_DATABASE_URL", "postgresql+psycopg://u:canary@db/ops")
    settings = Settings()
    assert "canary" not in repr(settings)
    assert settings.database.endswith("canary@db/ops")


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("history_days", 36_500),
        ("artifact_days", 36_500),
        ("approval_lifetime", 315_360_000),
        ("standing_approval_lifetime", 315_360_000),
        ("schedule_check", 315_360_000),
        ("conversation_lifetime", 315_360_000),
        ("pull_lifetime", 315_360_000),
    ],
)
def test_no_time_is_longer_than_dates_can_be_reckoned_with(name: str, most: int) -> None:
    assert getattr(Settings.model_validate({name: most}), name) == most
    with pytest.raises(ValidationError):
        Settings.model_validate({name: most + 1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"pull_address": "foo bar/x"},
        {"pull_address": "a\n"},
        {"pull_ports": "a8430-8449z"},
        {"pull_ports": "8449-8430"},
        {"pull_ports": "0-70000"},
    ],
)
def test_wrong_addresses_and_ports_are_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)
