# SPDX-License-Identifier: Apache-2.0
"""The command that records the SSH host keys of exactly these assets, however many they are. Pure."""

import shlex
from collections import defaultdict
from collections.abc import Collection, Iterable

from inventories import nesting
from opsconductor.domain.assets import Asset, AssetGroup, ConnectionKind

#: So many names are listed one by one; beyond, groups stand for their members where they can.
_LISTED = 10
#: A group that stands for fewer is not worth its name.
_WORTH = 3


def unrecorded(assets: Iterable[Asset], groups: Iterable[AssetGroup]) -> dict[str, set[str]]:
    """Group name → assets in it, at any depth, that have an ssh connection and no recorded host key."""
    parents = nesting.parents_of(groups)
    found: dict[str, set[str]] = defaultdict(set)
    for asset in assets:
        if not asset.host_keys and any(c.kind is ConnectionKind.SSH for c in asset.connections):
            for group in nesting.ancestors(asset.groups, parents):
                found[group].add(asset.name)
    return found


def trust_command(names: Collection[str], assets: Iterable[Asset], groups: Iterable[AssetGroup]) -> str:
    """`opsc assets trust …` for these assets and for no other, quoted for a shell."""
    left = set(names)
    options: list[str] = []
    if len(left) > _LISTED:
        # Only groups that hold nobody else without a recorded key, the largest first.
        whole = {group: members for group, members in unrecorded(assets, groups).items() if members <= left}
        for group, members in sorted(whole.items(), key=lambda item: (-len(item[1]), item[0])):
            if len(members & left) >= _WORTH:
                options += ["--group", group]
                left -= members
    # A name that begins with a hyphen is a name behind "--" only.
    dashed = ["--"] if any(name.startswith("-") for name in left) else []
    return shlex.join(["opsc", "assets", "trust", *options, *dashed, *sorted(left)])
