# SPDX-License-Identifier: Apache-2.0
"""Every source of tests/cases/inventories/imports.yml is read, or refused, as the table says."""

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventories.import_set import AssetDraft
from inventories.importers import LARGEST_SOURCE, ImportFormat, read_source
from inventories.known_hosts import keys_of
from opsconductor.domain.assets import Asset, Connection, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.errors import OpsConductorError

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "inventories" / "imports.yml").read_text())
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def said(draft: AssetDraft, field: str) -> Any:
    """A field of a draft or of its first connection, as plain data."""
    first = draft.connections[0] if draft.connections else None
    if field in ("become_user", "become_credential"):
        become = first.become if first else None
        return getattr(become, field.removeprefix("become_")) if become else None
    if field == "become":
        return first.become.method if first and first.become else None
    value = getattr(first, field) if field in ("kind", "user", "port", "settings", "jump") else getattr(draft, field)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    data = case["text"].encode()
    if "refused" in case:
        with pytest.raises(OpsConductorError) as refusal:
            read_source(data, case["source"])
        assert case["refused"] in str(refusal.value)
        assert "hunter2" not in str(refusal.value)
        return
    found = read_source(data, case["source"])
    assert found.format == case.get("format", found.format)
    drafts = {draft.name: draft for draft in found.assets}
    for name, fields in case["assets"].items():
        for field, value in fields.items():
            assert said(drafts[name], field) == value, (name, field)
    if "groups" in case:
        assert {group.name: list(group.parents) for group in found.groups} == case["groups"]
    notes = "\n".join(str(note) for note in found.notes)
    for part in case.get("notes", ()):
        assert part in notes
    secrets = {secret.credential: secret.value.get_secret_value() for secret in found.secrets}
    assert secrets == case.get("secrets", {})
    assert "hunter2" not in found.model_dump_json()


def test_a_billion_laughs_is_refused_before_it_is_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(OpsConductorError, match="expands to more than"):
        read_source("\n".join(lines).encode(), "bomb.yml")


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000])
def test_endless_nesting_is_refused(text: str) -> None:
    with pytest.raises(OpsConductorError, match="nested deeper than"):
        read_source(text.encode(), "deep.yml")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x" * (LARGEST_SOURCE + 1), "is the most"),
        (b"name,address\nw\xe9b,1", "line 2: it is not UTF-8"),
        (b"\x00\x01binary", "no text file"),
    ],
    ids=["large", "latin1", "binary"],
)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(OpsConductorError, match=message):
        read_source(data, "upload")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_spreadsheets_write_byte_order_marks(encoding: str) -> None:
    (draft,) = read_source("name,address\nwéb,192.0.2.1\n".encode(encoding), "x.csv").assets
    assert draft.name == "wéb"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,address\na,192.0.2.1\n", "csv"),
        ("[web]\nweb1\n", "ansible-ini"),
        ("all:\n  hosts:\n    a:\n", "ansible-yaml"),
        ("assets:\n  - {name: a, address: 192.0.2.1}\n", "yaml"),
        (f"web1 ssh-ed25519 {KEY}\n", "known_hosts"),
        (f"# a comment\n@revoked web1 ssh-ed25519 {KEY}\n", "known_hosts"),
    ],
)
def test_the_format_is_told_without_a_file_name(text: str, expected: str) -> None:
    assert read_source(text.encode(), "standard input").format == expected


def known(asset: Asset, text: str) -> int:
    """How many keys of a known_hosts file belong to the asset."""
    return len(keys_of(asset, read_source(text.encode(), "known_hosts").known_hosts))


def test_known_hosts_by_name_address_port_and_hash() -> None:
    plain = Connection(id="c", kind=ConnectionKind.SSH)
    asset = Asset(id="a", name="Web1", platform=Platform.LINUX, address="192.0.2.1", connections=(plain,))
    odd = asset.model_copy(update={"connections": (plain.model_copy(update={"port": 2222}),)})
    line = f"ssh-ed25519 {KEY}\n"
    salt = b"12345678901234567890"
    digest = hmac.new(salt, b"[192.0.2.1]:2222", hashlib.sha1).digest()
    hashed = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()} {line}"

    assert known(asset, f"other,WEB1 {line}") == 1
    assert known(asset, f"192.0.2.1 {line}") == 1
    assert known(asset, f"[192.0.2.1]:2222 {line}") == 0
    assert known(odd, f"192.0.2.1 {line}") == 0
    assert (known(asset, hashed), known(odd, hashed)) == (0, 1)
    for unused in (f"*.example,192.0.2.* {line}", f"@cert-authority web1 {line}"):
        found = read_source(unused.encode(), "known_hosts")
        assert not found.known_hosts
        assert found.notes


@pytest.mark.parametrize("line", ["web1 ssh-rsa " + KEY, "web1 ssh-ed25519", "|1|x web1 ssh-ed25519 " + KEY])
def test_a_damaged_known_hosts_line_is_named(line: str) -> None:
    with pytest.raises(OpsConductorError, match="line 1"):
        read_source(line.encode(), "known_hosts", ImportFormat.KNOWN_HOSTS)
