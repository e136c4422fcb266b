# SPDX-License-Identifier: Apache-2.0
"""Asset groups: nested to any depth, never in a circle, and the circle is named."""

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.specs import AssetSpec, GroupEdit, GroupSpec
from opsconductor.errors import Conflict, NotFound
from opsconductor.services.groups import NameTaken, NestingCycle
from tests.integration.assets.conftest import ME, World


def nest(world: World, depth: int) -> list[str]:
    names = [f"level {i}" for i in range(depth)]
    for i, name in enumerate(names):
        world.groups.add(GroupSpec(name=name, parents=(names[i - 1],) if i else ()), ME)
    return names


def test_a_circle_at_depth_fifty_is_refused_naming_the_way_around(world: World) -> None:
    names = nest(world, 50)
    before = world.groups.list()
    with pytest.raises(NestingCycle) as caught:
        world.groups.edit("level 0", GroupEdit(add_parents=("level 49",), description="lost with the rest"), ME)
    assert caught.value.context["path"] == [*names, "level 0"]
    assert "'level 0' → 'level 1' → " in caught.value.message
    assert world.groups.list() == before
    with pytest.raises(NestingCycle, match="'level 7' → 'level 7'"):
        world.groups.edit("level 7", GroupEdit(add_parents=("level 7",)), ME)


def test_members_are_found_through_fifty_levels(world: World) -> None:
    nest(world, 50)
    world.assets.add(AssetSpec(name="a", platform=Platform.LINUX, address="h", groups=("level 49",)), ME)
    estate = world.assets.estate()
    assert [a.name for a in estate.members("level 0")] == ["a"]
    assert [line.depth for line in world.groups.tree("level 10")] == list(range(40))


def test_a_group_in_two_groups_is_no_circle_and_its_tree_is_printed_once(world: World) -> None:
    for name, parents in (("top", ()), ("left", ("top",)), ("right", ("top",)), ("low", ("left", "right"))):
        world.groups.add(GroupSpec(name=name, parents=parents), ME)
    world.groups.add(GroupSpec(name="lowest", parents=("low",)), ME)
    lines = [(line.depth, line.group.name, line.repeated) for line in world.groups.tree()]
    assert lines == [
        (0, "top", False),
        (1, "left", False),
        (2, "low", False),
        (3, "lowest", False),
        (1, "right", False),
        (2, "low", True),
    ]


def test_the_tree_of_many_diamonds_stays_small(world: World) -> None:
    """Thirty diamonds have a billion ways through; the tree has one line for each group and place."""
    world.groups.add(GroupSpec(name="n0"), ME)
    for i in range(30):
        world.groups.add(GroupSpec(name=f"a{i}", parents=(f"n{i}",)), ME)
        world.groups.add(GroupSpec(name=f"b{i}", parents=(f"n{i}",)), ME)
        world.groups.add(GroupSpec(name=f"n{i + 1}", parents=(f"a{i}", f"b{i}")), ME)
    assert len(world.groups.tree("n0")) == 1 + 30 * 4


def test_rename_keeps_members_nesting_and_sorts_naturally(world: World) -> None:
    world.groups.add(GroupSpec(name="g10"), ME)
    world.groups.add(GroupSpec(name="g2", parents=("g10",), critical=True), ME)
    world.assets.add(AssetSpec(name="a", platform=Platform.LINUX, address="h", groups=("g2",)), ME)
    after = world.groups.edit("g2", GroupEdit(name="g1", critical=False), ME)
    assert (after.name, after.parents, after.critical) == ("g1", ("g10",), False)
    assert world.groups.members("g1") == ("a",)
    assert [g.name for g in world.groups.list()] == ["g1", "g10"]
    with pytest.raises(NameTaken):
        world.groups.edit("g1", GroupEdit(name="g10"), ME)


def test_edit_puts_assets_in_and_out(world: World) -> None:
    world.groups.add(GroupSpec(name="g"), ME)
    for name in ("a1", "a2"):
        world.assets.add(AssetSpec(name=name, platform=Platform.LINUX, address="h"), ME)
    world.groups.edit("g", GroupEdit(add_assets=("a1", "a2")), ME)
    world.groups.edit("g", GroupEdit(remove_assets=("a1",)), ME)
    assert world.groups.members("g") == ("a2",)
    with pytest.raises(Conflict, match="'a1' is not directly in group 'g'"):
        world.groups.edit("g", GroupEdit(remove_assets=("a1",)), ME)
    with pytest.raises(NotFound, match="no asset 'a3'"):
        world.groups.edit("g", GroupEdit(add_assets=("a3",)), ME)


def test_removing_a_group_keeps_what_was_in_it(world: World) -> None:
    world.groups.add(GroupSpec(name="top"), ME)
    world.groups.add(GroupSpec(name="mid", parents=("top",)), ME)
    world.groups.add(GroupSpec(name="low", parents=("mid",)), ME)
    world.assets.add(AssetSpec(name="a", platform=Platform.LINUX, address="h", groups=("mid",)), ME)
    world.groups.remove("mid", ME)
    assert [(g.name, g.parents, g.children) for g in world.groups.list()] == [("low", (), ()), ("top", (), ())]
    assert world.assets.get("a").groups == ()
    assert world.actions()[-1] == ("group.removed", "group:mid")


def test_names_that_differ_in_the_case_of_letters_only_are_refused(world: World) -> None:
    world.groups.add(GroupSpec(name="Web Straße 2"), ME)
    world.groups.add(GroupSpec(name="other"), ME)
    for name in ("web straße 2", "WEB STRASSE 2"):
        with pytest.raises(NameTaken, match="There is a group 'Web Straße 2' already"):
            world.groups.add(GroupSpec(name=name), ME)
        with pytest.raises(NameTaken, match="'Web Straße 2'"):
            world.groups.edit("other", GroupEdit(name=name), ME)
    world.groups.add(GroupSpec(name="web straße 02"), ME)  # it sorts at the same place, and is another name
    assert world.groups.edit("Web Straße 2", GroupEdit(name="web STRASSE 2"), ME).name == "web STRASSE 2"
    assert world.groups.edit("web STRASSE 2", GroupEdit(description="x"), ME).description == "x"
