# SPDX-License-Identifier: Apache-2.0
"""Values that steps take over from steps before: which types from which, and as what."""

from opsconductor.domain.templates import ParameterType

#: What a parameter of a type may be taken over from, nearest first.
TAKEN_FROM: dict[ParameterType, tuple[ParameterType, ...]] = {
    ParameterType.SERVICE: (ParameterType.SERVICE, ParameterType.PROCESS, ParameterType.PACKAGE),
    ParameterType.PROCESS: (ParameterType.PROCESS, ParameterType.SERVICE),
    ParameterType.PACKAGE: (ParameterType.PACKAGE, ParameterType.SERVICE),
    ParameterType.USER: (ParameterType.USER,),
    ParameterType.GROUP: (ParameterType.GROUP,),
    ParameterType.PATH: (ParameterType.PATH, ParameterType.GLOB),
    ParameterType.GLOB: (ParameterType.PATH, ParameterType.GLOB),
    ParameterType.FILE: (ParameterType.FILE,),
    ParameterType.SCRIPT: (ParameterType.PATH, ParameterType.GLOB, ParameterType.SCRIPT, ParameterType.FILE),
    ParameterType.NAME: (ParameterType.NAME,),
    ParameterType.TEXT: (ParameterType.PATH,),
    ParameterType.PORT: (ParameterType.PORT,),
}
#: Types whose values are taken over without being spoken of: "stop nginx, update, start".
UNSAID = frozenset(
    {ParameterType.SERVICE, ParameterType.PROCESS, ParameterType.PACKAGE, ParameterType.USER, ParameterType.PORT}
)


def carried(value: str, kind: ParameterType, wanted: ParameterType) -> str:
    """A value of one type as one of another: the service of stationcontroller.exe is stationcontroller."""
    if kind is ParameterType.PROCESS and wanted is ParameterType.SERVICE and value.casefold().endswith(".exe"):
        return value[:-4]
    return value
