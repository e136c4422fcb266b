# SPDX-License-Identifier: Apache-2.0
"""The master key: from the environment, or a 0600 file that exactly one of several starters makes."""

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from pydantic import SecretStr

from opsconductor.secrets.keys import MasterKeyUnusable, load_master_key
from opsconductor.settings import Settings

GOOD = base64.b64encode(bytes(range(32))).decode()


def test_the_first_start_makes_a_key_and_the_next_finds_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")
    key = load_master_key(settings)
    assert len(key) == 32
    assert load_master_key(settings) == key
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert [path.name for path in settings.home.iterdir()] == ["master.key"]


def test_the_file_can_be_given_through_the_environment_as_it_is(tmp_path: Path) -> None:
    key = load_master_key(Settings(home=tmp_path))
    text = (tmp_path / "master.key").read_text()
    assert load_master_key(Settings(home=tmp_path / "other", master_key=SecretStr(text))) == key
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    path.write_text(GOOD)
    path.chmod(mode)
    with pytest.raises(MasterKeyUnusable, match=f"mode {mode:04o}") as caught:
        load_master_key(Settings(home=tmp_path))
    assert "chmod 600" in (caught.value.remedy or "")
    assert GOOD not in str(caught.value)


@pytest.mark.parametrize("content", ["", "abc", GOOD[:-4], base64.b64encode(bytes(33)).decode(), "é" * 20, "x" * 9999])
def test_a_file_of_the_wrong_size_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable, match="not 32 bytes"):
        load_master_key(Settings(home=tmp_path))
    assert path.read_text() == content
    with pytest.raises(MasterKeyUnusable, match="OPSCONDUCTOR_MASTER_KEY"):
        load_master_key(Settings(home=tmp_path, master_key=SecretStr(content)))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").mkdir(mode=0o700)
    with pytest.raises(MasterKeyUnusable, match="no regular file"):
        load_master_key(Settings(home=tmp_path))
    (tmp_path / "master.key").rmdir()
    os.mkfifo(tmp_path / "master.key", 0o600)
    with pytest.raises(MasterKeyUnusable, match="no regular file"):
        load_master_key(Settings(home=tmp_path))
    (tmp_path / "master.key").unlink()
    (tmp_path / "master.key").symlink_to(tmp_path / "nowhere")
    with pytest.raises(MasterKeyUnusable, match="cannot be read"):
        load_master_key(Settings(home=tmp_path))


def test_a_key_made_by_another_process_meanwhile_is_kept_and_used(tmp_path: Path) -> None:
    key = load_master_key(Settings(home=tmp_path))
    with patch("os.path.lexists", return_value=False):  # what a starter sees that is a moment too early
        assert load_master_key(Settings(home=tmp_path)) == key
    assert load_master_key(Settings(home=tmp_path)) == key
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_racing_starters_end_with_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from opsconductor.settings import Settings;"
        "from opsconductor.secrets.keys import load_master_key; sys.stdin.read(1);"
        "print(load_master_key(Settings(home=Path(sys.argv[1]))).hex())"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write(b"x")
        starter.stdin.flush()
    keys = {starter.communicate(timeout=60)[0] for starter in starters}
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]
