# SPDX-License-Identifier: Apache-2.0
"""The printed `opsc assets trust` covers every machine it is about and nobody else."""

import shlex
from collections.abc import Iterable

import pytest

from opsconductor.domain.assets import Asset, AssetGroup, Connection, ConnectionKind, HostKey
from opsconductor.domain.base import Platform
from opsconductor.services.trust_command import trust_command, unrecorded

KEY = HostKey(kind="ssh-ed25519", public="AAAA", fingerprint="SHA256:x")


def asset(name: str, *groups: str, kind: ConnectionKind = ConnectionKind.SSH, known: bool = False) -> Asset:
    return Asset(
        id=name,
        name=name,
        platform=Platform.LINUX,
        address="h",
        groups=groups,
        connections=(Connection(id=f"c {name}", kind=kind),),
        host_keys=(KEY,) if known else (),
    )


GROUPS = [
    AssetGroup(id="1", name="Plant 7", children=("Cell A",)),
    AssetGroup(id="2", name="Cell A", parents=("Plant 7",)),
    AssetGroup(id="3", name="All"),
]
CELL = [asset(f"a{n}", "Cell A", "All") for n in range(20)]
ESTATE = [
    *CELL,
    *(asset(f"b{n}", "Plant 7", "All") for n in range(20)),
    asset("recorded", "Cell A", "All", known=True),
    asset("windows", "Cell A", "All", kind=ConnectionKind.WINRM),
    asset("elsewhere", "All"),
    asset("it's {{ x }}", "All"),
    asset("-x"),
]


def covered(command: str) -> set[str]:
    """What the command records, read as a shell and `opsc` read it."""
    words = shlex.split(command)
    assert words[:3] == ["opsc", "assets", "trust"]
    names: list[str] = []
    rest = iter(words[3:])
    for word in rest:
        if word == "--group":
            names += unrecorded(ESTATE, GROUPS)[next(rest)]
        elif word != "--":
            names.append(word)
    assert len(names) == len(set(names)), "named twice"
    return set(names)


@pytest.mark.parametrize(
    ("wanted", "groups"),
    [
        ([a.name for a in CELL], ["Cell A"]),
        ([a.name for a in ESTATE if a.name[0] in "ab"], ["Plant 7"]),
        ([*(a.name for a in CELL), "elsewhere", "it's {{ x }}"], ["Cell A"]),
        ([a.name for a in CELL[1:]], []),
        ([a.name for a in CELL[:7]], []),
        (["-x", *(a.name for a in CELL)], ["Cell A"]),
        (["elsewhere"], []),
    ],
)
def test_exactly_these_are_covered(wanted: Iterable[str], groups: list[str]) -> None:
    command = trust_command(set(wanted), ESTATE, GROUPS)
    assert covered(command) == set(wanted)
    words = shlex.split(command)
    assert [words[i + 1] for i, word in enumerate(words) if word == "--group"] == groups
