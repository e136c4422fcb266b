# SPDX-License-Identifier: Apache-2.0
"""Assets in a real database: what goes in comes out, mistakes are explained and change nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsconductor.domain.assets import Asset, Become, ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.specs import AssetEdit, AssetFilter, AssetSpec, Change, ConnectionSpec, GroupEdit, GroupSpec
from opsconductor.errors import InvalidInput, NotFound
from opsconductor.services.assets import AssetInUse, AssetService, JumpCycle
from opsconductor.services.connection_rules import InvalidConnection
from opsconductor.services.credentials import CredentialSpec
from opsconductor.services.groups import NameTaken
from tests.integration.assets.conftest import ME, World

KEY = make_host_key("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
TEMPLATE = "{{ lookup('pipe','touch pwned') }}"


def spec(name: str, **fields: Any) -> AssetSpec:
    return AssetSpec(**({"name": name, "platform": Platform.LINUX, "address": "192.0.2.1"} | fields))


def add_password(world: World, name: str) -> None:
    value = "hunter2-" + name
    world.credentials.add(CredentialSpec.model_validate({"name": name, "kind": "password", "value": value}), ME)


def test_everything_about_an_asset_comes_back(world: World) -> None:
    add_password(world, "login")
    add_password(world, "root pw")
    world.groups.add(GroupSpec(name=TEMPLATE), ME)
    world.assets.add(spec("bastion"), ME)
    ssh = ConnectionSpec(
        kind=ConnectionKind.SSH,
        address="2001:DB8::1",
        port=2222,
        user="ops",
        credential="login",
        become=Become(method="su", user="app", credential="root pw"),
        jump=("bastion",),
    )
    given = spec(
        TEMPLATE,
        os_version="Debian 12",
        role="web server",
        tags=("b", "a", "b"),
        description="{{ 7*7 }}",
        credential="login",
        groups=(TEMPLATE,),
        connections=(ssh, ConnectionSpec(kind=ConnectionKind.TELNET)),
        host_keys=(KEY.model_copy(update={"fingerprint": "SHA256:made-up"}),),
        variables={"http_port": "{{ 8080 }}"},
    )
    asset = world.assets.add(given, ME)
    assert asset == world.assets.get(TEMPLATE)
    assert asset.tags == ("a", "b")
    assert asset.variables == {"http_port": "{{ 8080 }}"}
    assert asset.host_keys == (KEY,)  # the fingerprint is computed, never believed
    first, second = asset.connections
    assert (first.address, first.port, first.user, first.credential) == ("2001:db8::1", 2222, "ops", "login")
    assert (first.become, first.jump) == (ssh.become, ("bastion",))
    assert (second.kind, second.effective_port) == ("telnet", 23)
    assert world.actions()[-1] == ("asset.added", f"asset:{TEMPLATE}")


@pytest.mark.parametrize(("platform", "kind", "port"), [("linux", "ssh", 22), ("windows", "winrm", 5986)])
def test_an_asset_without_connections_gets_the_usual_one(world: World, platform: str, kind: str, port: int) -> None:
    asset = world.assets.add(spec("a", platform=platform), ME)
    assert [(c.kind, c.effective_port) for c in asset.connections] == [(kind, port)]
    assert world.assets.add(spec("b", connections=()), ME).connections == ()


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"name": "web1"}, NameTaken, "already"),
        ({"groups": ("nope",)}, NotFound, "no asset group 'nope'"),
        ({"credential": "logn"}, NotFound, "Did you mean 'login'"),
        ({"address": "a b"}, InvalidInput, "no address"),
        ({"connections": (ConnectionSpec(kind=ConnectionKind.SSH, jump=("web2",)),)}, NotFound, "Did you mean 'web1'"),
        ({"connections": (ConnectionSpec(kind=ConnectionKind.SSH, jump=("new",)),)}, JumpCycle, "over itself"),
        ({"connections": (ConnectionSpec(kind=ConnectionKind.SSH, credential="key"),)}, InvalidConnection, "API key"),
        ({"host_keys": (HostKey(kind="x", public="AAAA", fingerprint=""),)}, InvalidInput, "not of the type"),
    ],
)
def test_a_mistake_is_explained_and_nothing_is_stored(
    world: World, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    add_password(world, "login")
    world.credentials.add(CredentialSpec.model_validate({"name": "key", "kind": "api_key", "value": "abc123"}), ME)
    world.assets.add(spec("web1"), ME)
    before = world.assets.everything(), world.actions()
    with pytest.raises(error) as caught:
        world.assets.add(spec(**({"name": "new"} | fields)), ME)
    assert said in str(caught.value)
    assert (world.assets.everything(), world.actions()) == before


def test_edit_changes_what_was_given_and_leaves_the_rest(world: World) -> None:
    world.groups.add(GroupSpec(name="old"), ME)
    world.groups.add(GroupSpec(name="new"), ME)
    before = world.assets.add(spec("web1", role="web", tags=("x",), groups=("old",), description="d"), ME)
    edit = AssetEdit(
        name="web-1",
        role="",
        add_tags=("y",),
        remove_tags=("x",),
        add_groups=("new",),
        remove_groups=("old",),
        add_connections=(ConnectionSpec(kind=ConnectionKind.LOCAL, preference=0),),
        add_variables={"a": "1"},
    )
    after = world.assets.edit("web1", edit, ME)
    assert (after.id, after.name, after.role, after.description) == (before.id, "web-1", None, "d")
    assert (after.tags, after.groups, after.variables) == (("y",), ("new",), {"a": "1"})
    assert {c.kind for c in after.connections} == {"ssh", "local"}
    assert before.connections[0] in after.connections
    with pytest.raises(NotFound):
        world.assets.get("web1")
    entry = world.audit.list(subject="asset:web1", action="asset.changed").items[0]
    assert entry.details["tags"] == {"from": ["x"], "to": ["y"]}
    assert entry.actor == ME


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (AssetEdit(remove_groups=("none",)), "no group 'none'"),
        (AssetEdit(remove_tags=("none",)), "no tag 'none'"),
        (AssetEdit(remove_connections=("winrm",)), "no connection 'winrm'"),
        (AssetEdit(remove_variables=("none",)), "no host variable 'none'"),
    ],
)
def test_taking_away_what_is_not_there_is_an_error(world: World, edit: AssetEdit, said: str) -> None:
    world.assets.add(spec("web1"), ME)
    with pytest.raises(NotFound, match=said):
        world.assets.edit("web1", edit, ME)


def test_jump_hosts_never_go_in_a_circle_and_are_not_removed_while_used(world: World) -> None:
    names = [f"hop{i}" for i in range(50)]
    for i, name in enumerate(names):
        jump = (names[i - 1],) if i else ()
        world.assets.add(spec(name, connections=(ConnectionSpec(kind=ConnectionKind.SSH, jump=jump),)), ME)
    circle = AssetEdit(connections=(ConnectionSpec(kind=ConnectionKind.SSH, jump=("hop49",)),))
    with pytest.raises(JumpCycle, match="'hop0' → 'hop49' → 'hop48'"):
        world.assets.edit("hop0", circle, ME)
    with pytest.raises(AssetInUse, match="the jump host of 'hop1'") as caught:
        world.assets.remove("hop0", ME)
    assert caught.value.context == {"users": ["hop1"]}
    world.assets.remove("hop49", ME)
    world.assets.remove("hop48", ME)


def test_a_renamed_asset_stays_a_jump_host(world: World) -> None:
    world.assets.add(spec("bastion"), ME)
    world.assets.add(spec("inner", connections=(ConnectionSpec(kind=ConnectionKind.SSH, jump=("bastion",)),)), ME)
    with pytest.raises(JumpCycle):
        world.assets.edit(
            "bastion",
            AssetEdit(name="gate", connections=(ConnectionSpec(kind=ConnectionKind.SSH, jump=("inner",)),)),
            ME,
        )
    world.assets.edit("bastion", AssetEdit(name="gate"), ME)
    assert world.assets.get("inner").connections[0].jump == ("gate",)


def test_pages_follow_the_natural_order_and_survive_changes(world: World) -> None:
    for i in (10, 2, 1, 33, 4):
        world.assets.add(spec(f"web{i}"), ME)
    first = world.assets.list(limit=2)
    assert [a.name for a in first.items] == ["web1", "web2"]
    world.assets.add(spec("web0"), ME)
    world.assets.remove("web2", ME)
    second = world.assets.list(after=first.next, limit=2)
    assert [a.name for a in second.items] == ["web4", "web10"]
    last = world.assets.list(after=second.next, limit=2)
    assert ([a.name for a in last.items], last.next) == (["web33"], None)


def test_filters(world: World) -> None:
    world.groups.add(GroupSpec(name="all web"), ME)
    world.groups.add(GroupSpec(name="eu", parents=("all web",)), ME)
    world.groups.add(GroupSpec(name="berlin", parents=("eu",)), ME)
    world.assets.add(spec("w1", groups=("berlin",), tags=("rack 7",), role="web"), ME)
    world.assets.add(spec("w2", groups=("all web", "eu"), platform="windows"), ME)
    world.assets.add(spec("other", description="the 50% one"), ME)

    def names(**wanted: Any) -> list[str]:
        return [asset.name for asset in world.assets.list(AssetFilter(**wanted)).items]

    assert names(group="all web") == ["w1", "w2"]
    assert names(group="berlin") == ["w1"]
    assert names(group="eu", platform="windows") == ["w2"]
    assert names(tag="rack 7") == ["w1"]
    assert names(role="web") == ["w1"]
    assert names(text="50%") == ["other"]
    assert names(text="W1") == ["w1"]
    with pytest.raises(NotFound, match="Did you mean 'all web'"):
        names(group="All Web")


def test_the_estate_tells_names_and_kinds_only(world: World) -> None:
    world.groups.add(GroupSpec(name="top", critical=True), ME)
    world.groups.add(GroupSpec(name="sub", parents=("top",)), ME)
    world.assets.add(spec("web1", groups=("sub",), address="secret-address.example"), ME)
    estate = world.assets.estate()
    assert [a.name for a in estate.members("top")] == ["web1"]
    assert [g.name for g in estate.groups if g.critical] == ["top"]
    assert "secret-address" not in estate.model_dump_json()


def test_saving_again_adds_what_is_new_and_keeps_the_rest(world: World) -> None:
    world.groups.add(GroupSpec(name="one"), ME)
    world.groups.add(GroupSpec(name="two"), ME)
    connections = (ConnectionSpec(kind=ConnectionKind.SSH, port=2222), ConnectionSpec(kind=ConnectionKind.TELNET))
    world.assets.add(spec("web1", groups=("one",), role="web", host_keys=(KEY,), connections=connections), ME)
    before = world.assets.get("web1")

    def save(**fields: Any) -> Change:
        with world.database.session() as session:
            return world.assets.save(session, spec("web1", **fields), ME)

    assert save() is Change.UNCHANGED
    assert save(connections=connections) is Change.UNCHANGED
    assert save(groups=("two",), tags=("t",)) is Change.CHANGED
    after: Asset = world.assets.get("web1")
    assert (after.groups, after.tags) == (("one", "two"), ("t",))
    expected = before.model_copy(update={"groups": after.groups, "tags": after.tags})
    assert after == expected


def test_more_assets_than_fit_into_one_statement(world: World) -> None:
    world.groups.add(GroupSpec(name="g"), ME)
    with world.database.session() as session:
        for i in range(700):
            world.assets.save(session, spec(f"h{i}", groups=("g",)), ME)
    estate = world.assets.estate()
    assert [a.name for a in estate.assets[:3]] == ["h0", "h1", "h2"]
    assert len(estate.assets) == 700
    assets, _ = world.assets.everything()
    assert len({c.id for a in assets for c in a.connections}) == 700
    assert len(world.assets.some([f"h{i}" for i in range(600)])) == 600


def test_the_estate_is_read_again_only_after_a_change_whoever_made_it(world: World, tmp_path: Path) -> None:
    world.assets.add(spec("web1"), ME)
    elsewhere = AssetService(world.database, world.audit)
    assert world.assets.estate() is world.assets.estate()
    changes: list[Callable[[], object]] = [
        lambda: elsewhere.edit("web1", AssetEdit(add_tags=("edge",)), ME),
        lambda: elsewhere.edit("web1", AssetEdit(name="web01"), ME),
        lambda: elsewhere.add(spec("web2"), ME),
        lambda: elsewhere.remove("web2", ME),
        lambda: world.groups.add(GroupSpec(name="edge"), ME),
        lambda: world.groups.add(GroupSpec(name="inner", parents=("edge",), critical=True), ME),
        lambda: elsewhere.edit("web01", AssetEdit(add_groups=("inner",)), ME),
        lambda: world.groups.remove("inner", ME),
        lambda: world.files.add(tmp_path / "motd", ME),
    ]
    (tmp_path / "motd").write_text("hello")
    for change in changes:
        before = world.assets.estate()
        change()
        assert world.assets.estate() != before
        assert world.assets.estate() == AssetService(world.database, world.audit).estate()


def test_what_is_reached_in_another_way_is_told_once_it_is_stored(world: World) -> None:
    """Connections that are kept between jobs are closed then: nobody keeps root's where become was taken away."""
    ssh = ConnectionSpec(kind=ConnectionKind.SSH, become=Become(method="sudo"))
    add_password(world, "login")
    world.assets.add(spec("web", connections=(ssh,)), ME)
    world.groups.add(GroupSpec(name="all"), ME)
    told: list[object] = []

    def changed() -> None:
        told.append([asset.connections[0].become for asset in world.assets.list().items])

    world.assets.changed = world.groups.changed = changed
    world.assets.edit("web", AssetEdit(description="the first", add_tags=("red",)), ME)
    world.groups.edit("all", GroupEdit(description="all of them"), ME)
    assert told == []
    world.assets.edit("web", AssetEdit(connections=(ssh.model_copy(update={"become": None}),)), ME)
    assert told == [[None]]
    for edit in (GroupEdit(add_assets=("web",)), GroupEdit(credential="login"), GroupEdit(remove_assets=("web",))):
        world.groups.edit("all", edit, ME)
    assert len(told) == 4
    world.groups.remove("all", ME)
    world.assets.remove("web", ME)
    assert told[4:] == [[None], []]
