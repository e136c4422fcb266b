# SPDX-License-Identifier: Apache-2.0
"""Which kinds of tokens may be the value of a parameter of a type."""

from opsconductor.domain.templates import ParameterType
from planner.tokens import Kind

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
