# SPDX-License-Identifier: Apache-2.0
"""Credentials: sealed on disk, opened for jobs only, never removed under somebody's feet."""

import io
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from pydantic import SecretStr

from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.errors import Broken, InvalidInput, NotFound
from opsconductor.logging import configure_logging
from opsconductor.secrets.box import SealBroken
from opsconductor.services.credentials import CredentialEdit, CredentialInUse, CredentialSpec
from opsconductor.services.groups import NameTaken
from opsconductor.settings import Settings
from tests.integration.assets.conftest import ME, World, make_world

PASSWORD = "Tr0ub4dor&3-κωδικός"
TOKEN = "api-token-6f1e2d"


def spec(name: str, value: str = PASSWORD, **fields: Any) -> CredentialSpec:
    return CredentialSpec.model_validate({"name": name, "kind": "password", "value": value} | fields)


def private_key(phrase: str) -> str:
    lock = BestAvailableEncryption(phrase.encode())
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, lock).decode()


def test_a_generated_password_is_random_and_stays_what_it_is(world: World) -> None:
    for name in ("generated-1", "generated-2"):
        world.credentials.generate(name, ME, "for a test")
    first, second = (world.credentials.open(name).value.get_secret_value() for name in ("generated-1", "generated-2"))
    assert len(first) == len(second) == 32
    assert first != second
    world.credentials.generate("generated-1", ME, "again")
    assert world.credentials.open("generated-1").value.get_secret_value() == first


def test_open_gives_back_what_was_stored_and_replace_changes_it(world: World) -> None:
    stored = world.credentials.add(spec("login", user="Administrator", description="d"), ME)
    secret = world.credentials.open("login")
    assert (secret.value.get_secret_value(), secret.user) == (PASSWORD, "Administrator")
    after = world.credentials.replace("login", SecretStr("another-one"), ME)
    assert after.updated_at > stored.updated_at
    assert world.credentials.open("login").value.get_secret_value() == "another-one"
    assert world.actions() == [("credential.added", "credential:login"), ("credential.replaced", "credential:login")]


def test_a_key_is_stored_without_its_passphrase(world: World) -> None:
    text = private_key("open sesame")
    world.credentials.add(spec("key", text, kind="ssh_key", passphrase="open sesame"), ME)
    secret = world.credentials.open("key")
    assert "BEGIN OPENSSH PRIVATE KEY" in secret.value.get_secret_value()
    assert (secret.public or "").startswith("ssh-ed25519 ")
    with pytest.raises(InvalidInput, match="has a passphrase"):
        world.credentials.replace("key", SecretStr(text), ME)
    assert world.credentials.open("key") == secret


def test_no_secret_is_in_any_file_log_or_shown_object(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        configure_logging(Settings(log_format="json", log_level="debug"))
        for handler in root.handlers:
            assert isinstance(handler, logging.StreamHandler)
            handler.setStream(stream)
        key = private_key("open sesame")
        world.credentials.add(spec("login"), ME)
        world.credentials.add(spec("token", TOKEN, kind="api_key"), ME)
        world.credentials.add(spec("key", key, kind="ssh_key", passphrase="open sesame"), ME)
        with pytest.raises(NameTaken):
            world.credentials.add(spec("login", PASSWORD + "x"), ME)
        opened = world.credentials.open_all(["login", "token", "key"])
        logging.getLogger("careless").warning("opened %s and %r", TOKEN, opened)
        logging.getLogger("careless").warning("password is " + opened["login"].value.get_secret_value())
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    key_body = opened["key"].value.get_secret_value().splitlines()[2]
    secrets = [PASSWORD, TOKEN, "open sesame", key_body, key.splitlines()[2]]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"opsconductor.db", "opsconductor.db-wal", "master.key"} <= {path.name for path in files}
    seen = b"".join(path.read_bytes() for path in files).decode("latin-1")
    seen += repr(world.credentials.list()) + repr(world.audit.list()) + repr(opened) + stream.getvalue()
    captured = capsys.readouterr()
    seen += captured.out + captured.err
    for secret in secrets:
        assert secret not in seen
        assert secret.encode().decode("latin-1") not in seen
    assert "opened ********" in stream.getvalue()


def test_a_secret_copied_to_another_row_does_not_open(world: World) -> None:
    world.credentials.add(spec("small"), ME)
    world.credentials.add(spec("great", "the-great-one"), ME)
    with sqlite3.connect(world.settings.home / "opsconductor.db") as raw:
        raw.execute(
            "UPDATE sealed_secrets SET sealed = (SELECT sealed FROM sealed_secrets JOIN credentials USING (id) "
            "WHERE name = 'great') WHERE id = (SELECT id FROM credentials WHERE name = 'small')"
        )
    raw.close()
    with pytest.raises(SealBroken, match="changed or damaged"):
        world.credentials.open("small")
    assert world.credentials.open("great").value.get_secret_value() == "the-great-one"


def test_another_master_key_is_told_and_a_new_value_helps(world: World) -> None:
    world.credentials.add(spec("login"), ME)
    world.settings.key_file.unlink()
    other = make_world(world.settings.home)
    with pytest.raises(SealBroken, match="sealed with master key"):
        other.credentials.open("login")
    other.credentials.replace("login", SecretStr("a new one"), ME)
    assert other.credentials.open("login").value.get_secret_value() == "a new one"
    other.database.engine.dispose()


def test_a_lost_secret_is_told(world: World) -> None:
    world.credentials.add(spec("login"), ME)
    with sqlite3.connect(world.settings.home / "opsconductor.db") as raw:
        raw.execute("DELETE FROM sealed_secrets")
    raw.close()
    with pytest.raises(Broken, match="'login' is missing from the secrets store"):
        world.credentials.open("login")


def test_a_credential_in_use_is_not_removed_and_its_users_are_named(world: World) -> None:
    world.credentials.add(spec("login"), ME)
    world.groups.add(GroupSpec(name="servers", credential="login"), ME)
    connection = ConnectionSpec(
        kind=ConnectionKind.SSH, credential="login", become=Become(method="sudo", credential="login")
    )
    asset = AssetSpec(name="web1", platform=Platform.LINUX, address="h", credential="login", connections=(connection,))
    world.assets.add(asset, ME)
    users = (
        "asset group 'servers'",
        "asset 'web1'",
        "the ssh connection of asset 'web1'",
        "become on the ssh connection of asset 'web1'",
    )
    assert world.credentials.users("login") == users
    with pytest.raises(CredentialInUse) as caught:
        world.credentials.remove("login", ME)
    assert all(user in caught.value.message for user in users)
    assert world.credentials.open("login").value.get_secret_value() == PASSWORD
    assert world.credentials.remove("login", ME, force=True) == users
    after = world.assets.get("web1")
    assert (after.credential, after.connections[0].credential) == (None, None)
    assert after.connections[0].become == Become(method="sudo")
    assert world.groups.get("servers").credential is None
    with pytest.raises(NotFound):
        world.credentials.open("login")


def test_edit_touches_the_public_side_only(world: World) -> None:
    world.credentials.add(spec("login", user="a"), ME)
    world.assets.add(AssetSpec(name="w", platform=Platform.LINUX, address="h", credential="login"), ME)
    after = world.credentials.edit("login", CredentialEdit(name="{{ login }}", user=""), ME)
    assert (after.name, after.user) == ("{{ login }}", None)
    assert world.assets.get("w").credential == "{{ login }}"
    assert world.credentials.open("{{ login }}").value.get_secret_value() == PASSWORD
