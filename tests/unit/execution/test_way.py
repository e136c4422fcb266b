# SPDX-License-Identifier: Apache-2.0
"""What a kept connection rests on: it is the same for the same way only, wherever a slice keeps its files."""

from pathlib import Path
from typing import Any

import pytest

from opsconductor.warm.way import fingerprint, keepable, step_of


def _stack(folder: Path, **changes: Any) -> list[dict[str, Any]]:
    access = folder / "access"
    options = (
        f"-F none -o UserKnownHostsFile={access}/known_hosts -o HostKeyAlias=opsc-web -o IdentityAgent={access}/agent"
    )
    arguments = [*options.split(), "-o", f"IdentityFile={access}/key.pub", *changes.pop("more", [])]
    kwargs = {"hostname": "192.0.2.1", "port": 22, "username": "ops", "password": None, "ssh_args": arguments} | changes
    return [{"method": "ssh", "kwargs": kwargs}]


def _slice(folder: Path, *, key: str = "ssh-ed25519 A", hosts: str = "opsc-web ssh-ed25519 H\n") -> Path:
    (folder / "access").mkdir(parents=True)
    (folder / "access" / "key.pub").write_text(key)
    (folder / "access" / "known_hosts").write_text(hosts)
    return folder


def test_two_slices_that_go_the_same_way_find_the_same_connection(tmp_path: Path) -> None:
    one = _slice(tmp_path / "1")
    other = _slice(tmp_path / "2", hosts="opsc-mail ssh-ed25519 M\nopsc-web ssh-ed25519 H\n")
    assert fingerprint(_stack(one), one) == fingerprint(_stack(other), other)


@pytest.mark.parametrize(
    ("files", "changes"),
    [
        ({"key": "ssh-ed25519 B"}, {}),
        ({"hosts": "opsc-web ssh-ed25519 OTHER\n"}, {}),
        ({}, {"username": "root"}),
        ({}, {"port": 2222}),
        ({}, {"hostname": "192.0.2.2"}),
        ({}, {"password": "secret"}),
        ({}, {"python_path": ["/opt/python3"]}),
        ({}, {"more": ["-o", "ProxyCommand=ssh -W x y"]}),
    ],
)
def test_whatever_differs_makes_another_connection(
    tmp_path: Path, files: dict[str, str], changes: dict[str, Any]
) -> None:
    one, other = _slice(tmp_path / "1"), _slice(tmp_path / "2", **files)
    assert fingerprint(_stack(one), one) != fingerprint(_stack(other, **changes), other)


def test_a_jump_hosts_key_is_part_of_the_way(tmp_path: Path) -> None:
    def way(name: str, key: str) -> str:
        folder = _slice(tmp_path / name)
        access = folder / "access"
        (access / "jump.pub").write_text(key)
        command = f"ssh -W '[%h]:%p' -F none -o 'IdentityFile=\"{access}/jump.pub\"' -- 192.0.2.9"
        return fingerprint(_stack(folder, more=["-o", f"ProxyCommand={command}"]), folder)

    assert way("1", "A") == way("2", "A") != way("3", "B")


def test_no_password_can_be_read_from_it(tmp_path: Path) -> None:
    folder = _slice(tmp_path / "1")
    assert "hunter2" not in fingerprint(_stack(folder, password="hunter2"), folder)
    assert len(step_of({"method": "sudo", "kwargs": {"password": "hunter2"}})) == 64


def test_only_what_can_be_tried_without_a_terminal_is_kept(tmp_path: Path) -> None:
    stack = _stack(tmp_path)
    sudo, su = ({"method": name, "kwargs": {"username": "root"}} for name in ("sudo", "su"))
    assert keepable(stack)
    assert keepable([*stack, sudo])
    assert not keepable([*stack, su])
    assert not keepable(_stack(tmp_path, password="x"))
