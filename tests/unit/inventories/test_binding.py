# SPDX-License-Identifier: Apache-2.0
"""Which credential applies, and why; what cannot be bound."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from inventories.binding import Binder, NotRunnable, bind, credential_names
from inventories.nesting import GroupCycle
from inventories.slice import slice_inventory
from inventories.snapshot import snapshot_inventory
from inventories.ssh_options import SlicePaths
from opsconductor.domain.assets import Asset, AssetGroup, Become, Connection, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind, Secret
from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.errors import AmbiguousCredential, InvalidInput, NotFound


def group(name: str, *parents: str, credential: str | None = None) -> AssetGroup:
    """A group in others."""
    return AssetGroup(id=name, name=name, parents=parents, credential=credential)


def asset(
    name: str = "web1",
    *connections: Connection,
    groups: tuple[str, ...] = (),
    credential: str | None = None,
) -> Asset:
    """An asset that is reached by ssh unless told otherwise."""
    return Asset(
        id=f"id-{name}",
        name=name,
        platform=Platform.LINUX,
        address="192.0.2.1",
        groups=groups,
        credential=credential,
        connections=connections or (ssh(),),
    )


def ssh(**fields: object) -> Connection:
    """An ssh connection."""
    return Connection.model_validate({"id": "c", "kind": ConnectionKind.SSH, **fields})


OUTER = group("Prod", credential="of prod")
INNER = group("Web", "Prod", credential="of web")
NEIGHBOUR = group("{{ dc }}", "Prod", credential="of dc")


@pytest.mark.parametrize(
    ("connection", "own", "member", "expected", "source"),
    [
        ("of connection", "of asset", ("Web",), "of connection", "connection"),
        (None, "of asset", ("Web",), "of asset", "asset"),
        (None, None, ("Web",), "of web", "group"),
        (None, None, ("Prod",), "of prod", "group"),
        (None, None, ("Prod", "Web"), "of web", "group"),
        (None, None, (), None, "none"),
    ],
)
def test_the_nearest_credential_wins(
    connection: str | None, own: str | None, member: tuple[str, ...], expected: str | None, source: str
) -> None:
    one = asset("web1", ssh(credential=connection), groups=member, credential=own)
    use = Binder((one,), (OUTER, INNER)).explain(one, one.connections[0])
    assert (use.credential, use.source) == (expected, source)
    assert "web1" in use.reason


def test_two_deepest_groups_that_differ_are_an_error_naming_both() -> None:
    one = asset(groups=("Web", "{{ dc }}"))
    with pytest.raises(AmbiguousCredential) as tie:
        bind([one], [OUTER, INNER, NEIGHBOUR], ["web1"])
    assert "group 'Web' gives 'of web'" in str(tie.value)
    assert "group '{{ dc }}' gives 'of dc'" in str(tie.value)
    assert "opsc assets edit web1 --credential" in str(tie.value)


def test_two_deepest_groups_that_agree_are_none() -> None:
    same = NEIGHBOUR.model_copy(update={"credential": "of web"})
    (target,) = bind([asset(groups=("Web", "{{ dc }}"))], [OUTER, INNER, same], ["web1"])
    assert target.credential == "of web"
    assert target.credential_reason.startswith("Groups 'Web' and '{{ dc }}'")


def test_a_tie_behind_a_deeper_group_does_not_matter() -> None:
    deepest = group("Rack", "Web", credential="of rack")
    (target,) = bind([asset(groups=("Rack", "{{ dc }}"))], [OUTER, INNER, NEIGHBOUR, deepest], ["web1"])
    assert target.credential == "of rack"
    assert target.groups == ("Prod", "Rack", "Web", "{{ dc }}")


def test_depth_is_the_longest_way_and_nesting_may_be_very_deep() -> None:
    chain = [group("g0", credential="of g0")]
    chain += [group(f"g{n}", f"g{n - 1}") for n in range(1, 3000)]
    chain.append(group("low", "g2999", "g0", credential="of low"))
    shallow = group("one", "g0", credential="of one")
    (target,) = bind([asset(groups=("low", "one"))], [*chain, shallow], ["web1"])
    assert target.credential == "of low"


def test_groups_in_a_circle_are_named() -> None:
    with pytest.raises(GroupCycle, match="'a' is in 'b' is in 'a'"):
        bind([asset()], [group("a", "b"), group("b", "a")], ["web1"])


def test_children_count_like_parents() -> None:
    outer = AssetGroup(id="p", name="p", children=("c",), credential="of p")
    (target,) = bind([asset(groups=("c",))], [outer, group("c")], ["web1"])
    assert target.credential == "of p"


def test_targets_come_once_and_sorted_with_the_preferred_runnable_connection() -> None:
    desk = asset("b", Connection(id="1", kind=ConnectionKind.RDP), ssh(port=2222, user="ops", address="10.0.0.1"))
    targets = bind([desk, asset("a")], [], ["b", "a", "b"])
    assert [t.name for t in targets] == ["a", "b"]
    assert (targets[1].kind, targets[1].address, targets[1].port, targets[1].user) == (
        ConnectionKind.SSH,
        "10.0.0.1",
        2222,
        "ops",
    )


@pytest.mark.parametrize(
    ("kind", "platform"), [(ConnectionKind.RDP, Platform.LINUX), (ConnectionKind.TELNET, Platform.WINDOWS)]
)
def test_what_no_job_can_run_over_is_refused(kind: ConnectionKind, platform: Platform) -> None:
    only = asset("x", Connection(id="1", kind=kind)).model_copy(update={"platform": platform})
    with pytest.raises(NotRunnable, match=f"it has {kind.value}"):
        bind([only], [], ["x"])


def test_telnet_is_taken_where_nothing_else_leads_and_nowhere_else() -> None:
    telnet = Connection(id="1", kind=ConnectionKind.TELNET)
    both, only = bind([asset("both", telnet, ssh()), asset("only", telnet)], [], ["both", "only"])
    assert [(both.kind, both.play), (only.kind, only.play)] == [
        (ConnectionKind.SSH, "linux"),
        (ConnectionKind.TELNET, "telnet"),
    ]


def test_the_inventory_of_a_telnet_target_names_our_connection_and_holds_its_password() -> None:
    telnet = Connection(id="1", kind=ConnectionKind.TELNET, port=2323, user="ops", credential="box")
    (target,) = bind([asset("box", telnet)], [], ["box"])
    secret = Secret(kind=CredentialKind.PASSWORD, value=SecretStr("s3cret"))
    made = slice_inventory([target], {"box": secret}, SlicePaths(known_hosts=Path("/none")))
    assert made["opsc_telnet"] == {"hosts": ["box"]}
    assert "opsc_linux" not in made
    found = made["_meta"]["hostvars"]["box"]
    assert (found["ansible_connection"], found["ansible_port"]) == ("opsconductor.core.telnet", 2323)
    assert found["ansible_password"] == "s3cret"
    assert "s3cret" not in snapshot_inventory(InventorySnapshot(targets=(target,)))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        bind([asset()], [], ["nobody"])


def test_jump_hosts_bring_their_own_credentials() -> None:
    bastion = asset("bastion", ssh(user="jump", port=2200), credential="bastion key")
    inner = asset("inner", ssh(jump=("bastion",), become=Become(credential="sudo")), credential="inner key")
    (target,) = bind([bastion, inner], [], ["inner"])
    assert [(hop.name, hop.port, hop.user, hop.credential) for hop in target.jump] == [
        ("bastion", 2200, "jump", "bastion key")
    ]
    assert credential_names([target]) == {"bastion key", "inner key", "sudo"}


def test_users_are_bound_the_connections_before_the_credentials() -> None:
    users = {"key": "deploy", "admin": "Administrator"}
    bastion = asset("bastion", credential="key")
    runas = Become(method="runas", credential="admin")
    found = bind(
        [
            bastion,
            asset("a", ssh(jump=("bastion",), become=Become(credential="admin")), credential="key"),
            asset("b", ssh(user="ops", become=runas), credential="key"),
            asset("c", ssh(become=runas.model_copy(update={"user": "svc"})), credential="nobody's"),
        ],
        [],
        ["a", "b", "c"],
        users,
    )
    assert [target.user for target in found] == ["deploy", "ops", None]
    assert [target.become.user if target.become else "" for target in found] == [None, "Administrator", "svc"]
    assert [hop.user for hop in found[0].jump] == ["deploy"]


def test_a_machine_is_not_its_own_jump_host() -> None:
    with pytest.raises(InvalidInput, match="its own jump host"):
        bind([asset("x", ssh(jump=("x",)))], [], ["x"])


def test_this_machine_itself_needs_no_login_even_in_a_tie() -> None:
    local = asset("here", Connection(id="1", kind=ConnectionKind.LOCAL), groups=("Web", "{{ dc }}"))
    (target,) = bind([local], [OUTER, INNER, NEIGHBOUR], ["here"])
    assert target.credential is None
