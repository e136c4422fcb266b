# SPDX-License-Identifier: Apache-2.0
"""Checks of Windows connections: simulated Windows hosts over WinRM, and ports that speak RDP."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.checks import Verdict
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.simulate.windows import SimulatorProcess
from tests.fixtures.inventory_world import ACTOR, InventoryWorld

WINRM = ConnectionKind.WINRM


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """One simulated Windows host over HTTPS with a certificate of its own."""
    folder = tmp_path_factory.mktemp("windows")
    with SimulatorProcess(folder / "run", "--count", "1", "--address", "127.31.8.1", "--port", "5986", "--tls") as one:
        yield one


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """A port that answers one connection."""
    with socket.create_server(("127.31.8.9", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()
        thread.join(15)


def windows_asset(world: InventoryWorld, one: SimulatorProcess, password: str, **settings: str) -> None:
    """The simulated host as an asset."""
    host = one.ready["hosts"][0]
    world.credential("admin", CredentialKind.PASSWORD, password, one.ready["user"])
    connection = ConnectionSpec(kind=WINRM, port=host["port"], settings={"transport": "ntlm", **settings})
    world.asset("win", host["address"], connection, credential="admin", platform=Platform.WINDOWS)


def test_winrm_with_the_hosts_certificate_works(world: InventoryWorld, windows: SimulatorProcess) -> None:
    windows_asset(world, windows, windows.password, ca_file=windows.ready["certificate"])
    (result,) = world.checks.check(["win"], ACTOR)
    assert result.good, result
    assert result.host_key is Verdict.NONE
    assert result.system == world.assets.get("win").os_version == "Windows Server 2022"


def test_an_unknown_certificate_is_refused_by_default(world: InventoryWorld, windows: SimulatorProcess) -> None:
    windows_asset(world, windows, windows.password)
    (result,) = world.checks.check(["win"])
    assert result.login is Verdict.FAILED
    assert "certificate" in result.message
    assert result.remedy is not None
    assert "ca_file" in result.remedy


def test_a_wrong_password_names_the_credential(world: InventoryWorld, windows: SimulatorProcess) -> None:
    windows_asset(world, windows, "wrong-password", ca_file=windows.ready["certificate"])
    (result,) = world.checks.check(["win"])
    assert result.login is Verdict.FAILED
    assert result.remedy == "Give its present value: opsc credentials replace admin"
    assert "wrong-password" not in result.model_dump_json()


def test_a_closed_winrm_port_prints_the_preparation(world: InventoryWorld) -> None:
    connection = ConnectionSpec(kind=WINRM, port=5999)
    world.asset("win", "127.31.8.8", connection, platform=Platform.WINDOWS)
    (result,) = world.checks.check(["win"])
    assert (result.reachable, result.login) == (Verdict.FAILED, Verdict.NOT_TRIED)
    assert result.remedy is not None
    assert "Enable-PSRemoting -Force" in result.remedy
    assert "-LocalPort 5999" in result.remedy


def test_remote_desktop_is_told_from_any_open_port(world: InventoryWorld) -> None:
    confirm = bytes.fromhex("030000130ed000001234000200080002000000")

    def rdp(connection: socket.socket) -> None:
        connection.recv(64)
        connection.sendall(confirm)

    for answer, verdict in ((rdp, Verdict.OK), (lambda c: c.sendall(b"SSH-2.0-nothing\r\n"), Verdict.FAILED)):
        with answering(answer) as (address, port):
            name = f"desk-{verdict}"
            world.asset(name, address, ConnectionSpec(kind=ConnectionKind.RDP, port=port), platform=Platform.WINDOWS)
            (result,) = world.checks.check([name])
        assert (result.reachable, result.login) == (verdict, Verdict.NONE), result
