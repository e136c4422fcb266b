# SPDX-License-Identifier: Apache-2.0
"""The runtime folder is ours alone, or nothing is put there."""

import os
from pathlib import Path

import pytest

from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.private_folder import NotPrivate, private_folder, runtime_folder
from opsconductor.pubsub.local import LocalBroker
from opsconductor.secrets.ssh_agent import SshAgent
from opsconductor.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir(mode=0o777)
    (tmp_path / "shared").chmod(0o1777)
    return Settings(home=tmp_path / "home")


def test_what_is_missing_is_made_for_this_user_alone(settings: Settings) -> None:
    made = runtime_folder(settings, "a", "b")
    assert made == settings.runtime / "a" / "b"
    assert [path.stat().st_mode & 0o777 for path in (settings.runtime, made.parent, made)] == [0o700] * 3
    assert runtime_folder(settings, "a", "b") == made


def test_ours_that_others_could_look_into_is_closed(settings: Settings) -> None:
    settings.runtime.mkdir()
    settings.runtime.chmod(0o755)
    runtime_folder(settings)
    assert settings.runtime.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_one_that_others_could_write_to_is_refused(settings: Settings, mode: int) -> None:
    settings.runtime.mkdir()
    settings.runtime.chmod(mode)
    with pytest.raises(NotPrivate, match="written to by others") as caught:
        runtime_folder(settings, "wake")
    assert "XDG_RUNTIME_DIR" in (caught.value.remedy or "")
    assert list(settings.runtime.iterdir()) == []


def test_a_link_is_refused_wherever_it_leads(settings: Settings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    settings.runtime.symlink_to(elsewhere)
    with pytest.raises(NotPrivate, match="no folder"):
        runtime_folder(settings, "s")
    assert list(elsewhere.iterdir()) == []


def test_a_file_is_refused(settings: Settings) -> None:
    settings.runtime.write_text("")
    with pytest.raises(NotPrivate, match="no folder"):
        runtime_folder(settings)


def test_one_of_another_user_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.runtime.mkdir(mode=0o700)
    stranger = os.geteuid() + 1
    runtime = settings.runtime
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(NotPrivate, match=f"belongs to user {stranger - 1}, not to {stranger}"):
        private_folder(runtime)


def test_everything_that_uses_it_looks_first(settings: Settings) -> None:
    settings.runtime.mkdir()
    settings.runtime.chmod(0o777)
    piece = SliceFolder(settings, "job", "slice")
    broker = LocalBroker(settings.runtime / "wake")
    for use in (piece.make, piece.hold, lambda: broker.subscribe("topic")):
        with pytest.raises(NotPrivate):
            use()
    broker.close()
    own = settings.runtime / "agent"
    own.mkdir()
    own.chmod(0o777)
    with pytest.raises(NotPrivate):
        SshAgent(own).start()
