# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launcher asks for: a command, its folder, environment and standard streams."""

import array
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from opsconductor.execution.confinement import confinement, difference
from opsconductor.execution.warm_profile import Profile

_HEADER = struct.Struct("<IIII")
#: Bytes of the largest request; the kernel allows arguments and environment of 2 MB.
_LARGEST = 4 << 20
_TIMEOUT = 5.0
_STREAMS = 3


class Refused(Exception):
    """The run cannot be taken; the message says why."""


@dataclass(frozen=True)
class Request:
    """One run."""

    command: list[str]
    folder: str
    environment: dict[str, str]
    umask: int
    peer: int  #: process of the launcher
    ignores_hangup: bool
    #: Standard input, output and error: descriptors of this process.
    streams: tuple[int, ...]

    def check(self, profile: Profile) -> None:
        """Raises Refused when a fork of this process would not be what a fresh start is."""
        try:
            differs = difference(confinement(self.peer), confinement())
        except OSError as error:
            raise Refused("what it may do cannot be read") from error
        if differs:
            raise Refused(f"{differs} of its process differs")
        if (Path(self.folder) / "ansible.cfg").exists() and "ANSIBLE_CONFIG" not in self.environment:
            raise Refused("there is an ansible.cfg in its folder")
        try:
            configuration = Path(self.environment["ANSIBLE_CONFIG"]).read_text(encoding="utf-8")
        except (KeyError, OSError, ValueError) as error:
            raise Refused("its ansible.cfg cannot be read") from error
        if why := profile.refusal(self.environment, configuration):
            raise Refused(why)


def receive(connection: socket.socket) -> Request:
    """The request of a launcher of this user. Raises Refused, OSError."""
    connection.settimeout(_TIMEOUT)
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    launcher, user, _group = struct.unpack("3i", peer)
    if user != os.geteuid():
        raise Refused("it comes from another user")
    data, ancillary, _flags, _address = connection.recvmsg(
        1 << 16, socket.CMSG_SPACE(_STREAMS * array.array("i").itemsize), socket.MSG_CMSG_CLOEXEC
    )
    streams = _descriptors(ancillary)
    while len(data) < _HEADER.size:
        data += _more(connection)
    length, count, umask, ignores_hangup = _HEADER.unpack_from(data)
    if length > _LARGEST or len(streams) != _STREAMS:
        raise Refused("it is no request")
    while len(data) < _HEADER.size + length:
        data += _more(connection)
    connection.settimeout(None)
    folder, *parts = (os.fsdecode(part) for part in data[_HEADER.size :].split(b"\0"))
    environment = dict(part.split("=", 1) for part in parts[count:] if "=" in part)
    return Request(parts[:count], folder, environment, umask, launcher, bool(ignores_hangup), streams)


def _more(connection: socket.socket) -> bytes:
    if not (data := connection.recv(1 << 20)):
        raise OSError("the launcher went away")
    return data


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, ...]:
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return tuple(found)
