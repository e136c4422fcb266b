# SPDX-License-Identifier: Apache-2.0
"""What a kept connection rests on: it is the same for the same way only, wherever a slice keeps its files."""

from pathlib import Path
from typing import Any

import pytest

from opsconductor.warm.way import fingerprint, keepable, login, step_of


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


def _ssh(folder: Path, *, takes: bool) -> Path:
    """A stand-in for ssh that writes down what it was called with, and is in group 0."""
    folder.mkdir()
    program = folder / "ssh"
    asked = f'[ "$3" = -G ] && exit {0 if takes else 255}'
    program.write_text(f'#!/bin/sh\n{asked}\nprintf "%s\\n" "$@" > {folder}/called\necho 0\n')
    program.chmod(0o755)
    return program


def _exchanges(program: Path) -> list[str]:
    return [word for word in (program.parent / "called").read_text().splitlines() if word.startswith("KexAlgorithms")]


def test_a_fresh_login_without_a_password_asks_for_the_quick_key_exchange_last(tmp_path: Path) -> None:
    ssh = _ssh(tmp_path / "bin", takes=True)
    own = ["-o", "KexAlgorithms=diffie-hellman-group16-sha512"]
    assert login(_stack(tmp_path, ssh_path=str(ssh), more=own)) == frozenset({0})
    mine, quick = _exchanges(ssh)  # ssh takes the first that it is told
    assert mine == own[1]
    assert quick.startswith("KexAlgorithms=^curve25519")


def test_an_ssh_that_does_not_know_the_quick_key_exchange_is_not_asked_for_it(tmp_path: Path) -> None:
    ssh = _ssh(tmp_path / "bin", takes=False)
    assert login(_stack(tmp_path, ssh_path=str(ssh))) == frozenset({0})
    assert _exchanges(ssh) == []


def test_a_password_of_sudo_goes_over_openssh_s_own_choice(tmp_path: Path) -> None:
    ssh = _ssh(tmp_path / "bin", takes=True)
    become = {"method": "sudo", "kwargs": {"username": "root", "password": "word"}}
    assert login([*_stack(tmp_path, ssh_path=str(ssh)), become]) == frozenset({0})
    assert _exchanges(ssh) == []
