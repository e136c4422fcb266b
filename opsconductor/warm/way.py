# SPDX-License-Identifier: GPL-3.0-or-later
"""What a way to a target rests on, so that a connection is used again only for exactly the same; and a fresh login."""

import hashlib
import json
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

#: Where a slice keeps its agent, identities and known hosts, below its folder.
_ACCESS = "access"
_ALIAS = re.compile(r"HostKeyAlias=([^\s\0'\"\\]+)")
#: Seconds for a fresh login.
_PATIENCE = 20.0
#: A login that carries no password proves something and tells nothing that has to stay secret for decades: it may use
#: the key exchange that takes a third of the time of OpenSSH's first choice. The way's own options come before it.
_QUICK = ("-o", "KexAlgorithms=^curve25519-sha256,ecdh-sha2-nistp256")


def fingerprint(stack: Sequence[Mapping[str, Any]], folder: Path) -> str:
    """Of the way as far as the login: address, user, options, and the content of the slice's files they name."""
    spec = stack[0]
    told = [spec["method"], *_flat(spec["kwargs"], folder / _ACCESS)]
    return _digest(told)


def step_of(spec: Mapping[str, Any]) -> str:
    """What becoming another user rests on."""
    return _digest([spec["method"], *_flat(spec["kwargs"], None)])


def _digest(told: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _flat(arguments: Mapping[str, Any], access: Path | None) -> list[str]:
    found = []
    for name, value in sorted(arguments.items()):
        values = value if isinstance(value, list | tuple) else [value]
        found += [f"{name}={type(value).__name__}", *(str(one) for one in values)]
    if access is None:
        return found
    text = "\0".join(found)
    named = sorted({Path(name) for name in re.findall(re.escape(str(access)) + r"/[^\s\0'\"\\,]+", text)})
    aliases = set(_ALIAS.findall(text))
    contents = [f"{path.name}={_content(path, aliases)}" for path in named]
    return [*text.replace(str(access), "").split("\0"), *contents]


def _content(path: Path, aliases: set[str]) -> str:
    """Of known hosts only the lines that matter; a socket has none."""
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    if path.name != "known_hosts":
        return text
    return "\n".join(line for line in text.splitlines() if line.split(" ", 1)[0] in aliases)


def moved(stack: Sequence[Mapping[str, Any]], slice_id: str, folder: Path) -> list[dict[str, Any]]:
    """The same way for another slice, whose files are in `folder`."""
    login, *become = stack
    before = login["slice"]["folder"]

    def renamed(value: Any) -> Any:
        if isinstance(value, str) and before in value:
            return value.replace(before, str(folder))
        return [renamed(one) for one in value] if isinstance(value, list | tuple) else value

    arguments = {name: renamed(value) for name, value in login["kwargs"].items()}
    now = {"id": slice_id, "folder": str(folder)}
    return [{**login, "slice": now, "kwargs": arguments}, *(dict(spec) for spec in become)]


def keepable(stack: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a fresh login can be tried without a terminal: it is by key, and nobody but sudo makes another user."""
    login, *become = stack
    return login["kwargs"].get("password") is None and all(spec["method"] == "sudo" for spec in become)


def login(stack: Sequence[Mapping[str, Any]]) -> frozenset[int] | None:
    """Log in anew, and become whom the way says: the numbers of the groups one is in then, or None when it fails.

    A connection that is open says nothing of whether it could be made now.
    """
    options = stack[0]["kwargs"]
    command = [options.get("ssh_path") or "ssh", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes"]
    command += ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "StrictHostKeyChecking=yes"]
    if options.get("username"):
        command += ["-l", str(options["username"])]
    if options.get("port"):
        command += ["-p", str(options["port"])]
    command += [str(option) for option in options.get("ssh_args") or ()]
    there, given = "id -G", ""
    for spec in stack[1:]:
        become = spec["kwargs"]
        # -k: whoever gave the password a minute ago has not given it now.
        words = [str(become.get("sudo_path") or "sudo"), "-k", "-H", "-u", str(become.get("username") or "root")]
        if become.get("password") is not None:
            given += f"{become['password']}\n"
            words += ["-S", "-p", ""]
        else:
            words += ["-n"]
        there = shlex.join([*words, "--", "/bin/sh", "-c", there])
    if not given:
        command += _quick(command[0])
    command += [str(options["hostname"]), there]
    try:
        done = subprocess.run(command, input=given.encode(), capture_output=True, timeout=_PATIENCE, check=False)
        return frozenset(map(int, done.stdout.split())) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


@cache
def _quick(ssh: str) -> tuple[str, ...]:
    """Options for the quick key exchange; none where this ssh, or the machine's policy, does not take them."""
    try:
        asked = [ssh, "-F", "none", "-G", *_QUICK, "localhost"]
        taken = subprocess.run(asked, capture_output=True, timeout=_PATIENCE, check=False).returncode == 0
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ()
    return _QUICK if taken else ()
