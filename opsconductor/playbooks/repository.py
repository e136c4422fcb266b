# SPDX-License-Identifier: Apache-2.0
"""The git repository of rendered playbooks: one branch and one commit per plan.

The tree of a commit is exactly what a job runs with, nothing of other plans. A branch of its own keeps every plan's
commit reachable, and plans that are made at the same time out of each other's way.
"""

import fcntl
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from dulwich.errors import ChecksumMismatch, FileFormatException, NotGitRepository, ObjectFormatException
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from opsconductor.clock import utc_now
from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.domain.plans import Plan
from opsconductor.errors import Broken, Conflict, NotFound
from opsconductor.playbooks.rendered import RenderedPlaybook

_BRANCHES = "refs/heads/plans/"
_FILE_MODE = 0o100644
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z]+|known_hosts")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PLAN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")
#: What dulwich raises on objects that are not what git writes.
_DAMAGE = (zlib.error, ChecksumMismatch, FileFormatException, ObjectFormatException, AssertionError, ValueError)
_RESTORE = "Restore HOME from a backup, or make the plan anew."
_COMMITTER = b"OpsConductor <opsconductor@localhost>"


class CommitDamaged(Broken):
    """A commit of the playbook repository is not what it was when it was made."""

    code = "commit-damaged"


class PlaybookRepository:
    """A bare repository; made on the first commit. Safe to use from several processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def commit(self, plan: Plan, rendered: RenderedPlaybook, snapshot: InventorySnapshot, actor: str) -> str:
        """Commit a plan with everything a run of it needs; returns the commit's id (hex). Raises Broken."""
        if not _PLAN_ID.fullmatch(plan.id):
            raise Broken(f"{plan.id!a} is no plan id.", remedy="Report this.")
        title = " ".join((plan.title or plan.text).split())[:120] or "Plan"
        message = f"{title}\n\nPlan: {plan.id}\nDigest: {plan.digest}\nActor: {' '.join(actor.split())}\n"
        tree, objects = Tree(), list[ShaFile]()
        for name, content in sorted(rendered.tree(plan, snapshot).items()):
            blob = Blob.from_string(content)
            tree.add(name.encode(), _FILE_MODE, blob.id)
            objects.append(blob)
        branch = Ref(f"{_BRANCHES}{plan.id}".encode())
        with self._locked() as repository:
            parent = repository.refs.as_dict().get(branch)
            commit = _commit(tree.id, parent, message, actor)
            for item in (*objects, tree, commit):
                if item.id not in repository.object_store:
                    repository.object_store.add_object(item)
            if not repository.refs.set_if_equals(branch, parent, commit.id):
                raise Broken("The playbook repository was changed by another program.", remedy="Try again.")
        return commit.id.decode()

    def read(self, commit: str, name: str) -> bytes:
        """One file of a commit. Raises NotFound, CommitDamaged."""
        with self._opened() as repository:
            entries = _entries(repository, commit)
            if name not in entries:
                raise NotFound(f"Commit {commit[:12]} has no file {name!a}.", remedy="Look at what it holds.")
            return cast(Blob, _object(repository, entries[name], Blob)).data

    def files(self, commit: str) -> dict[str, bytes]:
        """All files of a commit by name. Raises NotFound, CommitDamaged."""
        with self._opened() as repository:
            entries = _entries(repository, commit)
            return {n: cast(Blob, _object(repository, key, Blob)).data for n, key in entries.items()}

    def checkout(self, commit: str, folder: Path) -> None:
        """Write exactly the files of a commit into a new or empty folder. Raises NotFound, Conflict, CommitDamaged."""
        files = self.files(commit)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise Conflict(f"{folder} is not empty: a checkout would mix with what is there.", remedy="Name another.")
        for name, content in files.items():
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)

    @contextmanager
    def _locked(self) -> Iterator[Repo]:
        """The repository, for one writer at a time on this machine."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_name(self.path.name + ".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            repository = self._open() if self.path.exists() else self._make()
            try:
                yield repository
            finally:
                repository.close()
        finally:
            os.close(descriptor)

    def _make(self) -> Repo:
        """A new repository, put in its place whole: readers take no lock."""
        made = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        made.mkdir(mode=0o700)
        Repo.init_bare(made, default_branch=b"main").close()
        made.rename(self.path)
        return self._open()

    def _open(self) -> Repo:
        try:
            return Repo(str(self.path))
        except NotGitRepository:
            raise CommitDamaged(f"{self.path} is no git repository any more.", remedy=_RESTORE) from None

    @contextmanager
    def _opened(self) -> Iterator[Repo]:
        if not self.path.exists():
            raise NotFound("There is no playbook repository yet.", remedy="Make a plan first.")
        repository = self._open()
        try:
            yield repository
        finally:
            repository.close()


def _commit(tree: ObjectID, parent: ObjectID | None, message: str, actor: str) -> Commit:
    commit = Commit()
    commit.tree = tree
    commit.parents = [parent] if parent else []
    # Git's own format ends a name at these.
    name = re.sub(r"[<>\n\0]", " ", actor).strip() or "unknown"
    commit.author = f"{name} <>".encode()
    commit.committer = _COMMITTER
    commit.author_time = commit.commit_time = int(utc_now().timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    return commit


def _object(repository: Repo, key: ObjectID, kind: type[ShaFile]) -> ShaFile:
    """An object whose content has the id it goes by."""
    try:
        kept_kind, content = repository.object_store.get_raw(key)
        found = ShaFile.from_raw_string(kept_kind, content)
    except KeyError:
        raise CommitDamaged(f"Object {key.decode()[:12]} is missing.", remedy=_RESTORE) from None
    except _DAMAGE as error:
        raise CommitDamaged(f"Object {key.decode()[:12]} cannot be read: {error}.", remedy=_RESTORE) from None
    if found.id != key or not isinstance(found, kind):
        raise CommitDamaged(f"Object {key.decode()[:12]} was changed.", remedy=_RESTORE)
    return found


def _entries(repository: Repo, commit: str) -> dict[str, ObjectID]:
    """Name → blob of a commit's tree, which holds plain files with our names only."""
    key = ObjectID(commit.encode(errors="replace"))
    if not _COMMIT.fullmatch(commit) or key not in repository.object_store:
        raise NotFound(f"There is no commit {commit[:40]!a}.", remedy="See 'opsc plans list'.")
    head = cast(Commit, _object(repository, key, Commit))
    tree = cast(Tree, _object(repository, head.tree, Tree))
    entries: dict[str, ObjectID] = {}
    for item in tree.items():
        name = item.path.decode(errors="replace")
        if item.mode != _FILE_MODE or not _NAME.fullmatch(name):
            raise CommitDamaged(f"Commit {commit[:12]} holds {name!a}, which is none of ours.", remedy="Plan anew.")
        entries[name] = item.sha
    return entries
