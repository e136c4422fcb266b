# SPDX-License-Identifier: Apache-2.0
"""Commits of plans: exactly what was committed comes out again, or an error that says that it does not."""

import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from opsconductor.errors import Conflict, NotFound
from opsconductor.playbooks.rendered import RenderedPlaybook
from opsconductor.playbooks.repository import CommitDamaged, PlaybookRepository
from tests.fixtures.renderings import FOLDER, read_case, rendering


@pytest.fixture
def repository(tmp_path: Path) -> PlaybookRepository:
    return PlaybookRepository(tmp_path / "home" / "playbooks.git")


def commit(repository: PlaybookRepository, plan_id: str = "p1", text: str = "a request", actor: str = "ann") -> str:
    plan, snapshot, _ = read_case(FOLDER / "sentence.yml")
    _, rendered = rendering(FOLDER / "sentence.yml")
    plan = plan.model_copy(update={"id": plan_id, "text": text, "digest": "d" * 64})
    return repository.commit(plan, rendered, snapshot, actor)


def git(repository: PlaybookRepository, *arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", "--git-dir", str(repository.path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tree() -> tuple[RenderedPlaybook, dict[str, bytes]]:
    plan, rendered = rendering(FOLDER / "sentence.yml")
    return rendered, rendered.tree(plan, read_case(FOLDER / "sentence.yml")[1])


def test_a_checkout_is_what_was_committed(repository: PlaybookRepository, tmp_path: Path) -> None:
    made = commit(repository)
    repository.checkout(made, tmp_path / "out")
    rendered, files = tree()
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(files)
    assert (tmp_path / "out/playbook.yml").read_text() == rendered.playbook
    assert repository.read(made, "ansible.cfg").decode() == rendered.ansible_cfg
    with pytest.raises(Conflict, match="not empty"):
        repository.checkout(made, tmp_path / "out")


def test_git_itself_finds_it_in_order(repository: PlaybookRepository) -> None:
    made = commit(repository, actor="mallory <root@x>\n\nSigned-off-by: boss", text="one\n\nDigest: forged")
    git(repository, "fsck", "--strict", "--full")
    message = git(repository, "log", "-1", "--format=%B", made)
    assert message.splitlines()[0] == "one Digest: forged"
    assert message.count("\nDigest: ") == 1
    assert "\nSigned-off-by" not in message
    assert git(repository, "log", "-1", "--format=%an", made).startswith("mallory")


def test_the_same_plan_gives_the_same_tree(repository: PlaybookRepository) -> None:
    trees = {git(repository, "rev-parse", f"{commit(repository)}^{{tree}}") for _ in range(2)}
    assert len(trees) == 1


def test_many_at_once_lose_nothing(repository: PlaybookRepository) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: commit(repository, f"p{n}"), range(16)))
    assert len(set(made)) == 16
    for each in made:
        assert b"hosts: opsc_windows" in repository.read(each, "playbook.yml")
    git(repository, "fsck", "--strict", "--full")


def test_what_is_not_there_is_not_found(repository: PlaybookRepository) -> None:
    with pytest.raises(NotFound):
        repository.read("0" * 40, "playbook.yml")
    made = commit(repository)
    for wrong in ("0" * 40, "main", "../../etc", made[:12], "é"):
        with pytest.raises(NotFound):
            repository.read(wrong, "playbook.yml")
    with pytest.raises(NotFound, match="no file"):
        repository.read(made, "../plan.json")


def test_a_changed_object_is_noticed(repository: PlaybookRepository, tmp_path: Path) -> None:
    made = commit(repository)
    blob = git(repository, "rev-parse", f"{made}:playbook.yml").strip()
    place = repository.path / "objects" / blob[:2] / blob[2:]
    changed = zlib.decompress(place.read_bytes()).replace(b"stationcontroller.exe", b"stationcontroller.eve")
    place.chmod(0o600)
    place.write_bytes(zlib.compress(changed))
    with pytest.raises(CommitDamaged):
        repository.checkout(made, tmp_path / "out")
    place.write_bytes(b"garbage")
    with pytest.raises(CommitDamaged):
        repository.checkout(made, tmp_path / "out")
    place.unlink()
    with pytest.raises(CommitDamaged, match="missing"):
        repository.read(made, "playbook.yml")
