# SPDX-License-Identifier: Apache-2.0
"""A connection in one argument: `ssh port=2222 user=ops jump=bastion become=sudo`."""

import shlex
from typing import Any

from opsconductor.domain.assets import Become, Connection, ConnectionKind
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.errors import InvalidInput

_PLAIN = ("address", "user", "credential")
_NUMBERS = ("port", "preference")
_SETTINGS = ("transport", "scheme", "verify", "ca_file")
_BECOME = ("become", "become-user", "become-credential")
_METHODS = ("sudo", "su", "doas", "runas")
_EXAMPLE = "For example: --connection 'ssh port=2222 credential=\"web key\" become=sudo jump=bastion'."


class BadConnectionText(InvalidInput):
    """The connection cannot be read."""

    code = "bad-connection"


def parse_connection(text: str) -> ConnectionSpec:
    """The connection an argument describes; `jump` may stand several times. Raises BadConnectionText."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise BadConnectionText(f"A quote is left open in {text[:80]!a}.", remedy=_EXAMPLE) from None
    if not words or words[0] not in list(ConnectionKind):
        kinds = ", ".join(ConnectionKind)
        raise BadConnectionText(f"{text[:80]!a} does not begin with a kind of connection ({kinds}).", remedy=_EXAMPLE)
    given: dict[str, str] = {}
    jump: list[str] = []
    for word in words[1:]:
        key, equals, value = word.partition("=")
        key = key.lower()
        if not equals or not value:
            raise BadConnectionText(f"{word[:80]!a} is not of the form key=value.", remedy=_EXAMPLE)
        if key == "jump":
            jump.append(value)
            continue
        if key in given:
            raise BadConnectionText(f"{key[:60]} is given twice.", remedy="Give it once; only jump may be repeated.")
        given[key] = value
    return _spec(ConnectionKind(words[0]), given, tuple(jump))


def _spec(kind: ConnectionKind, given: dict[str, str], jump: tuple[str, ...]) -> ConnectionSpec:
    fields: dict[str, Any] = {"kind": kind, "jump": jump}
    fields |= {key: given.pop(key) for key in _PLAIN if key in given}
    fields |= {key: _number(key, given.pop(key)) for key in _NUMBERS if key in given}
    fields["settings"] = {key: given.pop(key) for key in _SETTINGS if key in given}
    fields["become"] = _become({key: given.pop(key) for key in _BECOME if key in given})
    if given:
        known = ", ".join((*_PLAIN, *_NUMBERS, "jump", *_BECOME, *_SETTINGS))
        raise BadConnectionText(f"A connection has no {next(iter(given))[:60]!a}.", remedy=f"It may have: {known}.")
    return ConnectionSpec(**fields)


def _become(given: dict[str, str]) -> Become | None:
    if not given:
        return None
    method = given.get("become", "sudo")
    if method not in _METHODS:
        raise BadConnectionText(f"{method[:60]!a} is no become method.", remedy=f"Use one of: {', '.join(_METHODS)}.")
    return Become(method=method, user=given.get("become-user"), credential=given.get("become-credential"))


def _number(key: str, value: str) -> int:
    highest = 65535 if key == "port" else 10_000
    if not value.isdecimal() or not value.isascii() or int(value) > highest:
        raise BadConnectionText(f"{value[:60]!a} cannot be the {key}.", remedy=f"Give a number from 0 to {highest}.")
    return int(value)


def connection_text(connection: Connection) -> str:
    """The same the other way round, without the credential and address where none of its own is named."""
    words: list[str] = [connection.kind.value]
    pairs = [
        ("address", connection.address),
        ("port", connection.port),
        ("user", connection.user),
        ("credential", connection.credential),
        *(("jump", hop) for hop in connection.jump),
        *connection.settings.items(),
    ]
    if become := connection.become:
        pairs += [
            ("become", become.method),
            ("become-user", become.user),
            ("become-credential", become.credential),
        ]
    words += [f"{key}={shlex.quote(str(value))}" for key, value in pairs if value is not None]
    return " ".join(words)
