# SPDX-License-Identifier: Apache-2.0
"""The file library: versions by content, bytes verified on every way out."""

import hashlib
import io
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from opsconductor.blobs.folder import FolderBlobs
from opsconductor.blobs.store import BlobDamaged, BlobMissing
from opsconductor.domain.names import InvalidName
from opsconductor.domain.templates import Parameter, ParameterType
from opsconductor.errors import InvalidInput, NotFound
from planner.values import check_value
from tests.integration.assets.conftest import ME, World

BIG = bytes(range(256)) * 10_000


def test_the_same_content_is_the_same_version(world: World, tmp_path: Path) -> None:
    path = tmp_path / "app (2) v1.exe"
    path.write_bytes(b"one")
    first = world.files.add(path, ME, label="1.0")
    assert (first.name, first.version, first.size) == ("app (2) v1.exe", 1, 3)
    assert first.sha256 == hashlib.sha256(b"one").hexdigest()
    assert world.files.add(path, "local:other") == first
    path.write_bytes(b"two")
    second = world.files.add(path, "local:other", label="2.0")
    path.write_bytes(b"one")
    third = world.files.add(path, ME)
    assert [f.version for f in world.files.versions(first.name)] == [3, 2, 1]
    assert world.files.get(first.name, 2) == second
    assert world.files.list() == (third,)
    assert world.assets.estate().files == (first.name,)
    assert world.actions() == [("file.added", f"file:{first.name}")] * 3


def test_content_comes_back_verified(world: World, tmp_path: Path) -> None:
    file = world.files.add(io.BytesIO(BIG), ME, name="big.bin")
    assert b"".join(world.files.read(file)) == BIG
    world.files.fetch(file, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == BIG
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_damaged_content_is_never_handed_out_and_adding_it_again_heals(world: World, tmp_path: Path) -> None:
    file = world.files.add(io.BytesIO(BIG), ME, name="big.bin")
    stored = world.settings.blobs / file.sha256[:2] / file.sha256
    stored.write_bytes(BIG[:-1] + b"x")
    with pytest.raises(BlobDamaged, match=file.sha256):
        next(world.files.read(file))
    with pytest.raises(BlobDamaged):
        world.files.fetch(file, tmp_path / "out")
    assert not [path for path in tmp_path.iterdir() if path.name != "home"]
    world.files.add(io.BytesIO(BIG), ME, name="big.bin")
    assert b"".join(world.files.read(file)) == BIG
    stored.unlink()
    with pytest.raises(BlobMissing):
        world.files.fetch(file, tmp_path / "out")


def test_everything_stored_is_for_its_owner_alone(world: World) -> None:
    world.files.add(io.BytesIO(b"x"), ME, name="a")
    for path in [world.settings.blobs, *world.settings.blobs.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert not list((world.settings.blobs / "incoming").iterdir())


def test_a_failure_while_storing_leaves_nothing(tmp_path: Path) -> None:
    stream = io.BytesIO(b"x")
    with patch.object(FolderBlobs, "_path", side_effect=ConnectionResetError), pytest.raises(ConnectionResetError):
        FolderBlobs(tmp_path).put(stream)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_mistakes_are_explained(world: World, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        world.files.add(tmp_path, ME)
    with pytest.raises(InvalidInput, match="cannot be read"):
        world.files.add(tmp_path / "none", ME)
    with pytest.raises(InvalidInput, match="no name of its own"):
        world.files.add(io.BytesIO(b""), ME)
    with pytest.raises(InvalidName, match="without a folder"):
        world.files.add(io.BytesIO(b""), ME, name="../x")
    world.files.add(io.BytesIO(b""), ME, name="agent.conf")
    with pytest.raises(NotFound, match="no version 7"):
        world.files.get("agent.conf", 7)
    with pytest.raises(NotFound, match=r"Did you mean 'agent.conf'"):
        world.files.get("agnt.conf")
    with pytest.raises(InvalidInput, match="no SHA-256"):
        FolderBlobs(tmp_path).has("../../etc/passwd")


def test_a_name_no_request_could_say_is_refused_until_another_is_given(world: World, tmp_path: Path) -> None:
    path = tmp_path / "{{ lookup('pipe','id') }}.conf"
    path.write_bytes(b"x")
    with pytest.raises(InvalidName, match="no request could name it") as caught:
        world.files.add(path, ME)
    assert "--name" in str(caught.value.remedy)
    assert world.files.list() == ()
    added = world.files.add(path, ME, name="agent.conf")
    parameter = Parameter(type=ParameterType.FILE, description="what to copy")
    assert check_value("src", parameter, added.name) == "agent.conf"
    with pytest.raises(InvalidInput):
        check_value("src", parameter, path.name)
