# SPDX-License-Identifier: Apache-2.0
"""Parameter values: read and validated by type, for sentences, answers and edited plans alike."""

import re
from collections.abc import Callable
from typing import Any

from opsconductor.domain.names import FILE_NAME
from opsconductor.domain.templates import Parameter, ParameterType
from opsconductor.errors import InvalidInput, Refused
from planner.hazards import danger_in, injection_in, shell_in
from planner.words import NUMBERS


class UnsafeValue(Refused):
    """A value holds code."""

    code = "unsafe-value"


class Destructive(Refused):
    """A value would destroy a system."""

    code = "destructive"


_Reader = Callable[[str, Parameter, Any], Any]
_NAME = r"[^\W_](?:[\w .@$+-]{0,254}[\w$])?"
_PATTERNS: dict[ParameterType, tuple[str, str]] = {
    ParameterType.SERVICE: (_NAME, "letters, digits, space and . _ - @ $ +"),
    ParameterType.PROCESS: (_NAME, "letters, digits, space and . _ - @ $ +"),
    ParameterType.PACKAGE: (r"[A-Za-z0-9][A-Za-z0-9.+_:@~-]{0,200}", "letters, digits and . + _ - : @ ~"),
    ParameterType.VERSION: (r"[0-9A-Za-z][0-9A-Za-z.+:~_-]{0,100}", "a version such as 1.24.0-2"),
    ParameterType.PATH: (
        r"/[^\x00-\x1f\x7f*?\"]*|[A-Za-z]:\\[^\x00-\x1f\x7f*?\"<>|/:]*|\\\\[^\x00-\x1f\x7f*?\"<>|"
        r"/:\\]+\\[^\x00-\x1f\x7f*?\"<>|/:]+",
        "an absolute path: /etc/hosts, C:\\Folder\\file.exe or \\\\server\\share\\file",
    ),
    ParameterType.FILE: (FILE_NAME, "the name of a file in the file library, without a folder"),
    ParameterType.USER: (
        r"(?:[\w.-]{1,64}\\)?[^\W\d][\w.-]{0,62}\$?(?:@[\w.-]+)?|[^\W_](?:[\w .-]{0,62}\w)?",
        "an account's name: letters, digits and . _ - $, a domain and \\ before it",
    ),
    ParameterType.GROUP: (
        r"(?:[\w.-]{1,64}\\)?[^\W_](?:[\w .-]{0,100}[\w$])?",
        "a group's name: letters, digits, blanks and . _ - $",
    ),
    ParameterType.NAME: (r"[^\W_](?:[\w .()/$-]{0,200}[\w$)])?", "a name: letters, digits, blanks and . _ - $ /"),
    ParameterType.SCRIPT: (FILE_NAME, "the name of a file in the file library, or an absolute path on the target"),
    ParameterType.URL: (
        r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>`]+|[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:/[^\s\"'<>`]*)"
        r"?|localhost(?::\d+)?(?:/\S*)?",
        "a URL such as https://host/path",
    ),
    ParameterType.REPOSITORY: (
        r"(?:https?|ssh|git|file)://[^\s\"'<>`]+|[\w.-]+@[\w.-]+:[\w./~-]+|[\w.-]+(?:/[\w.-]+)+|/[\w./-]+",
        "a git repository such as https://host/team/app.git",
    ),
    ParameterType.ADDRESS: (
        r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?|[0-9a-fA-F]*:[0-9a-fA-F:]+(?:/\d{1,3})?",
        "an IP address or network such as 10.0.0.0/8",
    ),
    ParameterType.MODE: (
        r"0?[0-7]{3,4}|[ugoa]{0,4}[+=-][rwxXst]+(?:,[ugoa]{0,4}[+=-][rwxXst]+)*",
        "permissions such as 0644 or u+x",
    ),
    ParameterType.SIZE: (r"\d+(?:\.\d+)?\s?[A-Za-z]{0,9}", "a size such as 500 MB"),
    ParameterType.PERCENTAGE: (r"(?:100|\d{1,2})(?:\.\d+)?\s?(?:%|percent|per cent)?", "a percentage such as 10%"),
    ParameterType.THRESHOLD: (r"\d+(?:\.\d+)?\s?(?:%|[A-Za-z]{1,9}|per cent)?", "a number, a percentage or a size"),
    ParameterType.REGISTRY_KEY: (
        r"(?i:(?:Registry::)?(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+):?)\\[^\x00-\x1f\"<>|*?]+",
        "a registry key such as HKLM:\\SOFTWARE\\Acme",
    ),
    ParameterType.SCHEDULE: (r"[^\x00-\x1f\x7f\"'<>`$]{1,100}", "a cron line, or a time such as 2026-03-05T18:00"),
    ParameterType.TIMEZONE: (
        r"[A-Z][a-z]+/[A-Za-z0-9_+/-]+|[A-Za-z]{3,5}(?:[+-]\d{1,2})?|[A-Z][\w.]*(?: [\w.()]+){0,4} Time",
        "a time zone such as Europe/Berlin",
    ),
    ParameterType.DEVICE: (
        r"/dev/[\w./-]+|[A-Za-z0-9][\w.-]*:/[^\s\"'<>|,;`]*|//[^\s\"'<>|,;`]+|\\\\[^\s\"'<>|,;`]+|"
        r"(?:PART)?(?:UUID|LABEL)=[\w-]+|tmpfs|/[\w./ -]+",
        "a device or share such as /dev/sdb1, host:/export or //server/share",
    ),
    ParameterType.GLOB: (
        r"/[^\x00-\x1f\x7f\"]*|[A-Za-z]:\\[^\x00-\x1f\x7f\"<>|/:]*|\\\\[^\x00-\x1f\x7f*?\"<>|/:\\]+\\[^\x00-\x1"
        r"f\x7f\"<>|/:]+",
        "an absolute path; the last parts may hold * and ?",
    ),
    ParameterType.WORDS: (r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{1,4000}", "text without control characters"),
    ParameterType.PHRASE: (r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{1,4000}", "text without control characters"),
    ParameterType.HOST: (r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", "a machine's name or address"),
    ParameterType.TEXT: (r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{1,4000}", "text without control characters"),
    ParameterType.SECRET: (r"[^\W_][\w .@-]{0,200}", "the name of a stored credential, or generate"),
    ParameterType.PUBLIC_KEY: (
        r"(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-[\w.@-]+) AAAA[A-Za-z0-9+/=]{4,}(?: [\w.@ -]{1,100})?",
        "a public SSH key: ssh-ed25519 AAAA… somebody@somewhere",
    ),
    ParameterType.MOMENT: (
        r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d",
        "a time such as 2026-03-04T10:00, UTC",
    ),
}
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s*(ms|milli\w*|[smhd])?[a-z]*", re.IGNORECASE)


def check_value(name: str, parameter: Parameter, raw: Any) -> Any:
    """The value in its own type. InvalidInput names what is accepted; UnsafeValue when it carries code."""
    if parameter.many:
        parts = raw.split(",") if isinstance(raw, str) else raw if isinstance(raw, list | tuple) else [raw]
        return [_check_one(name, parameter, part) for part in parts]
    return _check_one(name, parameter, raw)


def _check_one(name: str, parameter: Parameter, raw: Any) -> Any:
    reader: _Reader = _READERS.get(parameter.type, _read_text)
    value = reader(name, parameter, raw)
    if parameter.pattern is not None and not re.fullmatch(parameter.pattern, str(value)):
        raise _wrong(name, raw, f"something of the form {parameter.pattern}")
    return value


def is_path(text: str) -> bool:
    """Whether a text is an absolute path on a target."""
    return re.fullmatch(_PATTERNS[ParameterType.PATH][0], text) is not None


def fits(parameter: Parameter, raw: Any) -> bool:
    """Whether `check_value` would take it."""
    try:
        check_value("value", parameter, raw)
    except InvalidInput:
        return False
    return True


def seconds_of(text: str) -> int | None:
    """Whole seconds of a duration such as "30s" or "5 minutes"; a bare number is seconds."""
    first, _, rest = text.strip().partition(" ")
    if first.casefold() in NUMBERS:
        text = f"{NUMBERS[first.casefold()]} {rest}"
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    unit = (match[2] or "s").casefold()
    return round(float(match[1]) * _SECONDS["ms" if unit.startswith(("ms", "milli")) else unit[0]])


def split_command(line: str) -> list[str]:
    """A command line as its arguments: quotes group, a backslash is an ordinary character (Windows paths)."""
    arguments = re.findall(r"(?:[^\s\"']+|\"[^\"]*\"|'[^']*')+", line)
    return [re.sub(r"\"([^\"]*)\"|'([^']*)'", _unquoted, argument) for argument in arguments]


def _unquoted(match: re.Match[str]) -> str:
    return match[1] if match[1] is not None else match[2]


def accepted_by(parameter: Parameter) -> str:
    """What a parameter takes, in words."""
    if parameter.choices:
        return "one of " + ", ".join(parameter.choices)
    if parameter.type in _PATTERNS:
        return _PATTERNS[parameter.type][1]
    return {
        ParameterType.PORT: "a port from 1 to 65535",
        ParameterType.SECONDS: f"a duration such as 30s or 5 minutes{_range(parameter)}",
        ParameterType.INTEGER: f"a whole number{_range(parameter)}",
        ParameterType.BOOLEAN: "yes or no",
        ParameterType.COMMAND: "a program and its arguments, without pipes, redirections or variables",
    }[parameter.type]


def _range(parameter: Parameter) -> str:
    if parameter.minimum is None and parameter.maximum is None:
        return ""
    return f" from {parameter.minimum or 0} to {parameter.maximum if parameter.maximum is not None else 'any'}"


def _wrong(name: str, raw: Any, accepted: str) -> InvalidInput:
    shown = str(raw)
    return InvalidInput(
        f"{shown[:80]!r} is no value for {name}.", remedy=f"Accepted is {accepted}.", parameter=name, accepted=accepted
    )


#: Types that a program may give as a number.
_NUMERIC = frozenset({ParameterType.MODE, ParameterType.PERCENTAGE, ParameterType.THRESHOLD, ParameterType.SIZE})
#: Types in which `&`, `?` and `;` have a meaning of their own and no shell reads them.
_WEB = frozenset({ParameterType.URL, ParameterType.REPOSITORY})


def _plain(name: str, raw: Any, *, url: bool = False) -> None:
    text = re.sub(r"[;|]", "", str(raw)) if url else str(raw)
    if what := injection_in(text):
        raise UnsafeValue(
            f"The value for {name} holds {what}, which is code and not data.", remedy="Give it as plain text."
        )


def _read_text(name: str, parameter: Parameter, raw: Any) -> str:
    pattern, accepted = _PATTERNS[parameter.type]
    if isinstance(raw, int | float) and not isinstance(raw, bool) and parameter.type in _NUMERIC:
        raw = str(raw)
    if not isinstance(raw, str):
        raise _wrong(name, raw, accepted)
    value = raw.strip()
    _plain(name, value, url=parameter.type in _WEB)
    if not re.fullmatch(pattern, value) and not (parameter.type is ParameterType.SCRIPT and is_path(value)):
        # What is no credential's name may be the secret itself.
        raise _wrong(name, "•••" if parameter.type is ParameterType.SECRET else raw, accepted)
    return value


#: Protocols that stand for the port they are known by.
PORT_NAMES = {
    "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "dns": 53, "http": 80, "kerberos": 88, "ntp": 123, "snmp": 161,
    "ldap": 389, "https": 443, "smb": 445, "syslog": 514, "ldaps": 636, "nfs": 2049, "mysql": 3306, "rdp": 3389,
    "postgresql": 5432, "postgres": 5432, "winrm": 5985,
}  # fmt: skip


def _read_integer(name: str, parameter: Parameter, raw: Any) -> int:
    number = raw if isinstance(raw, int) and not isinstance(raw, bool) else None
    if parameter.type is ParameterType.PORT and isinstance(raw, str):
        number = PORT_NAMES.get(raw.strip().casefold())
    if isinstance(raw, str) and re.fullmatch(r"\s*\d{1,12}\s*", raw):
        number = int(raw)
    if parameter.type is ParameterType.SECONDS and isinstance(raw, str):
        number = seconds_of(raw)
    low = 1 if parameter.type is ParameterType.PORT else parameter.minimum
    high = 65535 if parameter.type is ParameterType.PORT else parameter.maximum
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        raise _wrong(name, raw, accepted_by(parameter))
    return number


def _read_boolean(name: str, parameter: Parameter, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    known = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
    if isinstance(raw, str) and raw.strip().casefold() in known:
        return known[raw.strip().casefold()]
    raise _wrong(name, raw, accepted_by(parameter))


def _read_choice(name: str, parameter: Parameter, raw: Any) -> str:
    for choice in parameter.choices:
        if isinstance(raw, str) and raw.strip().casefold() == choice.casefold():
            return choice
    raise _wrong(name, raw, accepted_by(parameter))


def _read_command(name: str, parameter: Parameter, raw: Any) -> list[str]:
    if isinstance(raw, str):
        _plain(name, raw)
        raw = split_command(raw)
    if not isinstance(raw, list | tuple) or not raw or not all(isinstance(a, str) and a.strip() for a in raw):
        raise _wrong(name, raw, accepted_by(parameter))
    for argument in raw:
        _plain(name, argument)
    if what := danger_in(" ".join(raw)):
        raise Destructive(f"{what} OpsConductor never does that.", remedy="Give another command.")
    if shell := shell_in(raw):
        raise UnsafeValue(
            f"'{shell}' would read its argument as a program of its own; a command is one program with its arguments.",
            remedy="Name the program itself, or one command for each step.",
        )
    return list(raw)


_READERS: dict[ParameterType, _Reader] = {
    ParameterType.PORT: _read_integer,
    ParameterType.SECONDS: _read_integer,
    ParameterType.INTEGER: _read_integer,
    ParameterType.BOOLEAN: _read_boolean,
    ParameterType.CHOICE: _read_choice,
    ParameterType.COMMAND: _read_command,
}
