# SPDX-License-Identifier: Apache-2.0
"""Which kinds of tokens may be the value of a parameter of a type."""

from opsconductor.domain.templates import ParameterType
from planner.tokens import Kind, Token

#: Types whose values are recognised by the kind of their token alone; the others also take plain words that fit.
KINDS: dict[ParameterType, frozenset[Kind]] = {
    ParameterType.URL: frozenset({Kind.URL, Kind.REPOSITORY, Kind.QUOTED, Kind.WORD}),
    ParameterType.REPOSITORY: frozenset({Kind.REPOSITORY, Kind.URL, Kind.QUOTED, Kind.PATH}),
    ParameterType.ADDRESS: frozenset({Kind.ADDRESS, Kind.QUOTED}),
    ParameterType.MODE: frozenset({Kind.MODE, Kind.NUMBER, Kind.QUOTED}),
    ParameterType.SIZE: frozenset({Kind.SIZE, Kind.QUOTED}),
    ParameterType.PERCENTAGE: frozenset({Kind.PERCENT, Kind.NUMBER, Kind.QUOTED}),
    ParameterType.THRESHOLD: frozenset({Kind.PERCENT, Kind.SIZE, Kind.NUMBER, Kind.QUOTED}),
    ParameterType.REGISTRY_KEY: frozenset({Kind.REGISTRY, Kind.QUOTED}),
    ParameterType.SCHEDULE: frozenset({Kind.CRON}),
    ParameterType.TIMEZONE: frozenset({Kind.TIMEZONE, Kind.QUOTED, Kind.WORD}),
    ParameterType.PUBLIC_KEY: frozenset({Kind.PUBLIC_KEY, Kind.QUOTED}),
    ParameterType.DEVICE: frozenset({Kind.DEVICE, Kind.PATH, Kind.QUOTED, Kind.URL}),
}


def name_fit(kind: ParameterType, token: Token) -> int:
    """How well a name looks like one of a type: an .exe is a process, no service."""
    low = token.value.casefold()
    if kind is ParameterType.PROCESS:
        return 3 if low.endswith((".exe", ".com")) else 0
    if kind is ParameterType.SERVICE:
        return -2 if low.endswith(".exe") else 1
    if kind in (ParameterType.FILE, ParameterType.SCRIPT):
        return 2 if "." in low else 0
    if kind is ParameterType.WORDS:
        return -1
    if kind in (ParameterType.TEXT, ParameterType.PHRASE) and token.kind is Kind.WORD:
        return 0
    return 1
