# SPDX-License-Identifier: Apache-2.0
"""Two processes on one SQLite file: every write counts, none is lost, no reader waits."""

import os
import subprocess
import sys
from pathlib import Path

from opsconductor.domain.base import Platform
from opsconductor.domain.specs import AssetSpec
from tests.integration.assets.conftest import ME, World

CODE = """
import sys
from pathlib import Path
from opsconductor.domain.specs import AssetEdit
from tests.integration.assets.conftest import make_world
world = make_world(Path(sys.argv[1]))
sys.stdin.read(1)
for i in range(40):
    world.assets.edit("shared", AssetEdit(add_tags=(f"{sys.argv[2]}-{i}",)), "local:" + sys.argv[2])
"""


def test_edits_of_two_processes_are_all_kept(world: World) -> None:
    world.assets.add(AssetSpec(name="shared", platform=Platform.LINUX, address="h"), ME)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", CODE, str(world.settings.home), name],
            stdin=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": "."},
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"x")
        writer.stdin.flush()
    while any(writer.poll() is None for writer in writers):
        assert world.assets.get("shared").name == "shared"
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert len(world.assets.get("shared").tags) == 80
    assert len([1 for action, _ in world.actions() if action == "asset.changed"]) == 80


def test_a_reader_does_not_wait_for_a_writer(world: World) -> None:
    world.assets.add(AssetSpec(name="a", platform=Platform.LINUX, address="h"), ME)
    with world.database.session() as session:
        world.assets.save(session, AssetSpec(name="b", platform=Platform.LINUX, address="h"), ME)
        assert [asset.name for asset in world.assets.list().items] == ["a"]
    assert [asset.name for asset in world.assets.list().items] == ["a", "b"]
