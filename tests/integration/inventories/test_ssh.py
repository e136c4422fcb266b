# SPDX-License-Identifier: Apache-2.0
"""Trust and check against real OpenSSH servers."""

from pathlib import Path

import pytest

from opsconductor.domain.checks import CheckResult, KeyState, Verdict
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import AssetEdit, GroupSpec
from opsconductor.services.binding import BindingService, UntrustedTarget
from opsconductor.services.checks import FingerprintDiffers, HostKeyChanged
from tests.fixtures.inventory_world import ACTOR, InventoryWorld, ssh
from tests.integration.inventories.conftest import USER, Servers, SshServer, new_key


@pytest.fixture
def server(ssh_server: Servers, world: InventoryWorld) -> SshServer:
    """One server, which the database knows as the asset `{{ web }} 1` with its right key."""
    made = ssh_server("127.31.7.1")
    world.credential("the key", CredentialKind.SSH_KEY, made.private, USER)
    world.asset("{{ web }} 1", made.address, ssh(made.port), credential="the key")
    return made


def check(world: InventoryWorld, name: str = "{{ web }} 1") -> CheckResult:
    """The check of an asset's only connection."""
    (result,) = world.checks.check([name])
    return result


def test_a_machine_is_tried_only_after_its_key_is_trusted(world: InventoryWorld, server: SshServer) -> None:
    before = check(world)
    assert (before.reachable, before.host_key, before.login) == (Verdict.OK, Verdict.FAILED, Verdict.NOT_TRIED)
    assert before.remedy is not None
    assert "opsc assets trust '{{ web }} 1'" in before.remedy

    (found,) = world.checks.offered(["{{ web }} 1"])
    assert found.state is KeyState.NEW
    recorded = world.checks.trust(found, ACTOR)
    assert [key.kind for key in recorded.recorded] == ["ssh-ed25519"]
    assert world.checks.offered(["{{ web }} 1"])[0].state is KeyState.SAME

    after = check(world)
    assert after.good, after
    assert after.login is Verdict.OK


def test_a_changed_key_is_loud_and_replaced_only_when_told(world: InventoryWorld, server: SshServer) -> None:
    world.trust("{{ web }} 1")
    server.stop()
    server.change_host_key()
    server.start()

    result = check(world)
    assert (result.host_key, result.login) == (Verdict.FAILED, Verdict.NOT_TRIED), result
    assert result.message.startswith("HOST KEY CHANGED")

    (found,) = world.checks.offered(["{{ web }} 1"])
    assert found.state is KeyState.CHANGED
    with pytest.raises(HostKeyChanged, match="HOST KEY CHANGED"):
        world.checks.trust(found, ACTOR)
    world.checks.trust(found, ACTOR, replace=True)
    assert world.assets.get("{{ web }} 1").host_keys == found.offered
    assert check(world).good


def test_the_system_is_recorded_once_and_what_a_person_said_stays(world: InventoryWorld, server: SshServer) -> None:
    world.trust("{{ web }} 1")
    assert check(world).system is None, "who only looks records nothing"
    (first,) = world.checks.check(["{{ web }} 1"], ACTOR)
    known = world.assets.get("{{ web }} 1").os_version
    assert first.system == known is not None
    assert f"It runs {known}: recorded." in first.message
    world.assets.edit("{{ web }} 1", AssetEdit(os_version="as I say"), ACTOR)
    (second,) = world.checks.check(["{{ web }} 1"], ACTOR)
    assert (second.good, second.system) == (True, None)
    assert not world.assets.record_system("{{ web }} 1", "Debian 12", ACTOR)
    assert world.assets.get("{{ web }} 1").os_version == "as I say"


def test_where_python_is_is_recorded_and_told_when_it_is_news(world: InventoryWorld, ssh_server: Servers) -> None:
    server = ssh_server("127.31.7.3", bare=True)
    world.credential("its key", CredentialKind.SSH_KEY, server.private, USER)
    world.asset("shore", server.address, ssh(server.port), credential="its key")
    world.assets.edit("shore", AssetEdit(variables={}), ACTOR)
    world.trust("shore")
    assert check(world, "shore").interpreter is None, "who only looks records nothing"
    assert world.assets.get("shore").interpreter is None
    (first,) = world.checks.check(["shore"], ACTOR)
    known = world.assets.get("shore").interpreter
    assert first.interpreter == known is not None
    assert Path(known).exists()
    assert f"Its Python is {known}: recorded." in first.message
    assert world.checks.check(["shore"], ACTOR)[0].interpreter is None, "it is no news"
    world.assets.record_interpreter("shore", "/opt/gone/python3", ACTOR)
    assert world.checks.check(["shore"], ACTOR)[0].interpreter == world.assets.get("shore").interpreter == known


def test_an_expected_fingerprint_that_differs_records_nothing(world: InventoryWorld, server: SshServer) -> None:
    (found,) = world.checks.offered(["{{ web }} 1"])
    with pytest.raises(FingerprintDiffers, match="offers no key"):
        world.checks.trust(found, ACTOR, expected="SHA256:AAAA")
    assert world.assets.get("{{ web }} 1").host_keys == ()


def test_a_wrong_key_names_the_credential_to_replace(world: InventoryWorld, server: SshServer) -> None:
    world.credential("other key", CredentialKind.SSH_KEY, new_key()[0], USER)
    world.asset("wrong", server.address, ssh(server.port), credential="other key")
    world.trust("wrong")
    result = check(world, "wrong")
    assert (result.host_key, result.login) == (Verdict.OK, Verdict.FAILED)
    assert result.remedy == "Give its present value: opsc credentials replace 'other key'"


def test_no_credential_at_all_is_said(world: InventoryWorld, server: SshServer) -> None:
    world.asset("bare", server.address, ssh(server.port, USER))
    world.trust("bare")
    result = check(world, "bare")
    assert result.login is Verdict.FAILED
    assert "no credential applies" in result.message


def test_a_refused_port_names_service_and_port(world: InventoryWorld, server: SshServer) -> None:
    world.trust("{{ web }} 1")
    server.stop()
    result = check(world)
    assert (result.reachable, result.login) == (Verdict.FAILED, Verdict.NOT_TRIED)
    assert "refused" in result.message
    assert result.remedy is not None
    assert "Start the SSH server" in result.remedy
    assert world.checks.offered(["{{ web }} 1"])[0].state is KeyState.UNREACHABLE


def test_jump_hosts_are_passed_with_their_own_checked_keys(
    world: InventoryWorld, server: SshServer, ssh_server: Servers
) -> None:
    first, second = ssh_server("127.31.7.2"), ssh_server("127.31.7.3")
    for name, hop in (("first hop", first), ("second hop", second)):
        world.credential(f"{name} key", CredentialKind.SSH_KEY, hop.private, USER)
    world.asset("first hop", first.address, ssh(first.port), credential="first hop key")
    world.asset("second hop", second.address, ssh(second.port), credential="second hop key")
    way = ("first hop", "second hop")
    world.asset("inner", server.address, ssh(server.port, jump=way), credential="the key")

    assert world.checks.offered(["inner"])[0].state is KeyState.UNREACHABLE  # the hops are not trusted yet
    world.trust(*way)
    world.trust("inner")
    assert check(world, "inner").good, check(world, "inner")

    second.stop()
    second.change_host_key()
    second.start()
    result = check(world, "inner")
    assert result.login is not Verdict.OK


def test_two_machines_and_a_bad_credential_do_not_disturb_each_other(world: InventoryWorld, server: SshServer) -> None:
    world.trust("{{ web }} 1")
    world.credential("api", CredentialKind.API_KEY, "not-for-login")
    world.asset("odd", server.address, ssh(server.port, USER), credential="api")
    world.trust("odd")
    results = {result.asset: result for result in world.checks.check(["{{ web }} 1", "odd"])}
    assert results["{{ web }} 1"].good
    assert results["odd"].login is Verdict.FAILED
    assert "api_key" in results["odd"].message


def test_the_remedy_for_many_machines_covers_them_all(world: InventoryWorld) -> None:
    world.groups.add(GroupSpec(name="Plant 7"), ACTOR)
    names = [f"h{number}" for number in range(15)]
    for name in names:
        world.asset(name, "127.31.7.9", ssh(22))
        world.assets.edit(name, AssetEdit(groups=("Plant 7",) if name != "h3" else ()), ACTOR)
    with pytest.raises(UntrustedTarget, match="h0, h1, h10, h11, h12 and 10 more") as caught:
        BindingService(world.assets, world.credentials).bind(names)
    assert caught.value.remedy == "Compare and record them: opsc assets trust --group 'Plant 7' h3"
    assert set(world.checks.unrecorded(["Plant 7"])) == set(names) - {"h3"}
    with pytest.raises(UntrustedTarget) as few:
        BindingService(world.assets, world.credentials).bind(names[:7])
    assert few.value.remedy == "Compare and record them: opsc assets trust h0 h1 h2 h3 h4 h5 h6"


def test_an_asset_without_a_connection_is_told_with_a_command_to_paste(world: InventoryWorld) -> None:
    world.asset("bare {{ x }}", "127.31.7.9")
    assert check(world, "bare {{ x }}").remedy == "Add one: opsc assets edit 'bare {{ x }}' --add-connection ssh"
