# SPDX-License-Identifier: Apache-2.0
"""Imports into a real database: all or nothing, again without a change, out and in again."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from sqlalchemy import event

from inventories.export import ExportFormat
from inventories.import_set import BadSource
from opsconductor.domain.assets import Asset
from opsconductor.services.credentials import CredentialSpec
from opsconductor.services.imports import SecretInSource
from tests.fixtures.inventory_world import ACTOR, InventoryWorld

EVIL = "{{ lookup('pipe','touch pwned') }}"
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAILDdiPLOqSuZSWVVeAEZ3gGS5yRhYPnJbYeMF7IkrfX7"
ESTATE = f"""\
groups:
  - name: Web
    parents: [Prod]
    credential: web key
  - name: Prod
    critical: true
  - name: "{EVIL}"
assets:
  - name: web1
    platform: linux
    address: 192.0.2.1
    os_version: Debian 12
    role: web server
    tags: [a, b]
    description: "first: of all"
    groups: [Web, "{EVIL}"]
    credential: web key
    connections:
      - kind: ssh
        preference: 5
        address: 192.0.2.2
        port: 2222
        user: ops
        become: {{method: sudo, user: root, credential: web key}}
        jump: [bastion]
      - kind: telnet
    host_keys: [ssh-ed25519 {KEY}]
    variables: {{x: "{EVIL}", y: "007"}}
  - name: "{EVIL}"
    platform: windows
    address: 192.0.2.3
    connections:
      - kind: winrm
        settings: {{transport: ntlm, scheme: http}}
  - name: bastion
    platform: linux
    address: 192.0.2.9
  - name: offline
    platform: linux
    address: 192.0.2.8
    connections: []
"""


@pytest.fixture
def estate(world: InventoryWorld) -> Iterator[InventoryWorld]:
    """A world that holds ESTATE."""
    world.credentials.add(CredentialSpec(name="web key", kind="password", value=SecretStr("web-word")), ACTOR)
    told: list[str] = []
    world.assets.changed = lambda: told.append("changed")
    world.imports.run(ESTATE.encode(), "estate.yml", ACTOR, dry_run=True)
    assert told == []
    summary = world.imports.run(ESTATE.encode(), "estate.yml", ACTOR)
    assert told == ["changed"], "what is kept open to them would be as it was"
    assert set(summary.added) == {"web1", EVIL, "bastion", "offline"}
    assert summary.groups_added == ("Web", "Prod", EVIL)
    yield world
    assert not Path("pwned").exists()


def without_ids(asset: Asset) -> Asset:
    """The asset as the user sees it."""
    connections = tuple(connection.model_copy(update={"id": ""}) for connection in asset.connections)
    return asset.model_copy(update={"id": "", "connections": connections})


def test_the_export_imports_into_an_empty_database_as_the_same(estate: InventoryWorld, tmp_path: Path) -> None:
    text = estate.imports.export(ExportFormat.YAML)
    assert "web-word" not in text
    again = estate.imports.run(text.encode(), "out.yml", ACTOR)
    assert (again.added, again.changed, again.groups_changed) == ((), (), ())

    other = InventoryWorld(tmp_path / "other")
    other.credentials.add(CredentialSpec(name="web key", kind="password", value=SecretStr("some value")), ACTOR)
    other.imports.run(text.encode(), "out.yml", ACTOR)
    assert other.imports.export(ExportFormat.YAML) == text
    assets, groups = other.assets.everything()
    before_assets, before_groups = estate.assets.everything()
    assert [without_ids(asset) for asset in assets] == [without_ids(asset) for asset in before_assets]
    assert [g.model_copy(update={"id": ""}) for g in groups] == [g.model_copy(update={"id": ""}) for g in before_groups]
    other.close()


def test_the_ansible_export_is_read_by_ansible_with_nothing_evaluated(estate: InventoryWorld, tmp_path: Path) -> None:
    path = tmp_path / "inventory.yml"
    path.write_text(estate.imports.export(ExportFormat.ANSIBLE), encoding="utf-8")
    program = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run([program, "-i", path, "--list"], capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    hosts = told["_meta"]["hostvars"]
    assert len(hosts) == 4
    assert hosts["web1"]["ansible_host"] == "192.0.2.2"
    assert hosts["web1"]["ansible_ssh_common_args"] == "-o ProxyJump=192.0.2.9:22"
    assert hosts["web1"]["x"] == {"__ansible_unsafe": EVIL}
    assert told["Prod"]["children"] == ["Web"]
    assert told["Web"]["hosts"] == ["web1"]


def test_the_csv_export_keeps_what_a_row_can_hold(estate: InventoryWorld) -> None:
    text = estate.imports.export(ExportFormat.CSV)
    again = estate.imports.run(text.encode(), "out.csv", ACTOR)
    assert again.added == ()
    assert len(estate.assets.get("web1").connections) == 2  # the second one is of a kind no row spoke of


def test_one_bad_line_stores_nothing(world: InventoryWorld) -> None:
    source = b"name,address,credential\ngood,192.0.2.1,\nbad,192.0.2.2,no such\nworse,not an address,\n"
    with pytest.raises(BadSource) as error:
        world.imports.run(source, "x.csv", ACTOR)
    assert "line 3: asset 'bad': There is no credential 'no such'" in str(error.value)
    assert "line 4: asset 'worse'" in str(error.value)
    assert world.assets.everything() == ((), ())
    assert world.audit.list().items == ()


def test_a_dry_run_stores_nothing_and_says_the_same(world: InventoryWorld) -> None:
    source = b"[web]\nw[1:3] ansible_user=ops\n"
    dry = world.imports.run(source, "x.ini", ACTOR, dry_run=True)
    assert world.assets.everything() == ((), ())
    real = world.imports.run(source, "x.ini", ACTOR)
    assert dry.model_copy(update={"dry_run": False}) == real
    assert [entry.action for entry in world.audit.list(action="assets.imported").items] == ["assets.imported"]


def test_passwords_are_refused_or_become_credentials(world: InventoryWorld) -> None:
    source = b"[web]\nw1\nw2\n[web:vars]\nansible_user=ops\nansible_password=hunter2hunter2\n"
    with pytest.raises(SecretInSource) as refusal:
        world.imports.run(source, "x.ini", ACTOR)
    assert "ansible_password of group 'web' (line 6)" in str(refusal.value)
    assert "--with-credentials" in str(refusal.value)
    assert world.assets.everything() == ((), ())

    summary = world.imports.run(source, "x.ini", ACTOR, with_credentials=True)
    assert summary.credentials_added == ("ops@web",)
    assert world.credentials.open("ops@web").value.get_secret_value() == "hunter2hunter2"
    assert world.assets.get("w2").credential == "ops@web"
    told = json.dumps([entry.model_dump(mode="json") for entry in world.audit.list().items]) + str(refusal.value)
    assert "hunter2" not in told
    assert b"hunter2" not in (world.home / "opsconductor.db").read_bytes()


def test_an_import_adds_and_undoes_nothing(estate: InventoryWorld) -> None:
    estate.imports.run(b"[extra]\nweb1 ansible_user=root\n", "x.ini", ACTOR)
    web1 = estate.assets.get("web1")
    assert set(web1.groups) == {"Web", EVIL, "extra"}
    assert [c.kind.value for c in web1.connections] == ["ssh", "telnet"]
    assert (web1.tags, web1.credential, web1.host_keys[0].public) == (("a", "b"), "web key", KEY)


def test_a_changed_host_key_is_kept_out_loudly(estate: InventoryWorld) -> None:
    line = f"[192.0.2.2]:2222 ssh-ed25519 {OTHER_KEY}\n192.0.2.9 ssh-ed25519 {KEY}\nelse ssh-ed25519 {KEY}x=\n"
    with pytest.raises(BadSource, match="line 3"):
        estate.imports.run(line.encode(), "known_hosts", ACTOR)
    line = line.rsplit("\n", 2)[0] + "\n"

    summary = estate.imports.run(line.encode(), "known_hosts", ACTOR)
    assert summary.host_keys == ("bastion",)
    assert any("HOST KEY CHANGED" in note and "'web1'" in note for note in summary.notes)
    assert [key.public for key in estate.assets.get("web1").host_keys] == [KEY]

    replaced = estate.imports.run(line.encode(), "known_hosts", ACTOR, replace_host_keys=True)
    assert replaced.host_keys == ("web1",)
    assert [key.public for key in estate.assets.get("web1").host_keys] == [OTHER_KEY]


def test_groups_in_a_circle_and_jump_hosts_in_a_circle_store_nothing(world: InventoryWorld) -> None:
    circle = {"groups": [{"name": "a", "parents": ["b"]}, {"name": "b", "parents": ["a"]}]}
    with pytest.raises(BadSource, match="inside itself"):
        world.imports.run(yaml.safe_dump(circle).encode(), "x.yml", ACTOR)
    jumps = [
        {"name": name, "platform": "linux", "address": name, "connections": [{"kind": "ssh", "jump": [other]}]}
        for name, other in (("one", "two"), ("two", "one"))
    ]
    with pytest.raises(BadSource, match="the jump hosts of 'one' and 'two' lead in a circle"):
        world.imports.run(yaml.safe_dump({"assets": jumps}).encode(), "x.yml", ACTOR)
    assert world.assets.everything() == ((), ())


def _statements(world: InventoryWorld, source: bytes) -> int:
    """How many SQL statements an import runs."""
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(world.database.engine, "before_cursor_execute", counted)
    world.imports.run(source, "x.csv", ACTOR)
    event.remove(world.database.engine, "before_cursor_execute", counted)
    return count


def test_more_rows_do_not_mean_more_statements(world: InventoryWorld) -> None:
    def source(name: str, count: int, role: str) -> bytes:
        rows = (f"{name}{i},10.0.0.{i},Site;Rack,prod,{role}" for i in range(count))
        return "\n".join(("name,address,groups,tags,role", *rows)).encode()

    _statements(world, source("first", 1, "web"))
    few, many = _statements(world, source("few", 5, "web")), _statements(world, source("many", 200, "web"))
    assert many == few
    assert _statements(world, source("many", 200, "database")) < few + 20
    asset = world.assets.get("many199")
    assert (asset.address, asset.groups, asset.tags, asset.role) == (
        "10.0.0.199",
        ("Rack", "Site"),
        ("prod",),
        "database",
    )
    assert [c.kind for c in asset.connections] == ["ssh"]
    entries = world.audit.list(subject="asset:many199").items
    assert [entry.action for entry in entries] == ["asset.changed", "asset.added"]


def test_every_faulty_row_is_named_and_two_rows_make_no_circle_together(world: InventoryWorld) -> None:
    def over(hop: str) -> list[dict[str, object]]:
        return [{"kind": "ssh", "jump": [hop]}]

    first: list[dict[str, object]] = [{"name": name, "platform": "linux", "address": name} for name in ("a", "b")]
    first += [{"name": f"over {n}", "platform": "linux", "address": "h", "connections": over(n)} for n in ("a", "b")]
    world.imports.run(yaml.safe_dump({"assets": first}).encode(), "x.yml", ACTOR)
    before = world.assets.everything()
    # Neither is the other's jump host, but the present ones lead from one to the other.
    second: list[dict[str, object]] = [
        {"name": "a", "connections": over("over b")},
        {"name": "b", "connections": over("over a")},
    ]
    second += [{"name": f"new {n}", "address": "h", "credential": f"gone {n}"} for n in (1, 2)]
    with pytest.raises(BadSource) as error:
        world.imports.run(yaml.safe_dump({"assets": second}).encode(), "x.yml", ACTOR)
    said = str(error.value)
    assert "asset 'b': Asset 'b' would be reached over itself" in said
    assert "asset 'new 1': There is no credential 'gone 1'" in said
    assert "asset 'new 2': There is no credential 'gone 2'" in said
    assert "asset 'a'" not in said
    assert world.assets.everything() == before
