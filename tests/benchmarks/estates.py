# SPDX-License-Identifier: Apache-2.0
"""Large made-up estates: the tests' own company, and around it sites with groups per environment and role."""

from itertools import product

from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup

_SITES = (
    "Aachen", "Bergen", "Cardiff", "Dresden", "Evora", "Ferrara", "Gdansk", "Haarlem", "Izmir", "Jena", "Kassel",
    "Lisbon", "Malmo", "Nantes", "Oviedo", "Porto", "Quimper", "Reims", "Siena", "Tampere", "Uppsala", "Verona",
    "Warsaw", "Xanten", "York", "Zadar",
)  # fmt: skip
_STAGES = ("Prod", "Test", "Dev", "DR")
_ROLES = (
    ("Web", "web", Platform.LINUX, "Debian 12"),
    ("App", "app", Platform.LINUX, "Ubuntu 22.04"),
    ("DB", "db", Platform.LINUX, "RHEL 9"),
    ("Cache", "cache", Platform.LINUX, "Rocky 9.3"),
    ("Queue", "queue", Platform.LINUX, "Ubuntu 24.04"),
    ("Mail", "mail", Platform.LINUX, "Debian 11"),
    ("Files", "file", Platform.WINDOWS, "Windows Server 2022"),
    ("Terminals", "terminal", Platform.WINDOWS, "Windows 11"),
    ("Stations", "station", Platform.WINDOWS, "Windows Server 2019"),
)


def grown(core: Estate, assets: int, groups: int) -> Estate:
    """The core estate with generated machines and groups around it, so many of each in all; always the same.

    A group per site, under it one per stage, under that one per role and hall; machines are in the groups of roles.
    """
    made = list(core.groups)
    leaves: list[tuple[str, str, tuple[str, str, Platform, str]]] = []
    hall = 0
    while len(made) < groups:
        hall += 1
        for site in _SITES:
            if len(made) >= groups:
                break
            made += _site(site, hall, groups - len(made), leaves)
    machines = list(core.assets)
    counts: dict[str, int] = {}
    for number in range(assets - len(machines)):
        group, prefix, (_, role, platform, version) = leaves[number % len(leaves)]
        counts[group] = counts.get(group, 0) + 1
        name = f"{prefix}-{counts[group]:03d}"
        machines.append(EstateAsset(name=name, platform=platform, groups=(group,), role=role, os_version=version))
    return Estate(assets=tuple(machines), groups=tuple(made), files=core.files)


def _site(
    site: str, hall: int, room: int, leaves: list[tuple[str, str, tuple[str, str, Platform, str]]]
) -> list[EstateGroup]:
    """The groups of one hall of a site, at most `room` of them, parents last."""
    whole = f"{site} Hall {hall}"
    found: list[EstateGroup] = []
    below: dict[str, list[str]] = {stage: [] for stage in _STAGES}
    for stage, role in product(_STAGES, _ROLES):
        if len(found) + 1 + sum(1 for names in below.values() if names) + (not below[stage]) >= room:
            break
        name = f"{whole} {stage} {role[0]}"
        below[stage].append(name)
        found.append(EstateGroup(name=name, critical=stage == "Prod" and role[1] == "db"))
        leaves.append((name, f"{site[:3].lower()}{hall}-{stage.lower()}-{role[1]}", role))
    stages = [EstateGroup(name=f"{whole} {stage}", children=tuple(names)) for stage, names in below.items() if names]
    return [*found, *stages, EstateGroup(name=whole, children=tuple(g.name for g in stages))][:room]
