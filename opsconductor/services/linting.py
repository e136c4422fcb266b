# SPDX-License-Identifier: Apache-2.0
"""Lint and syntax verdicts beside the way of a request: started at the commit, waited for at the approval."""

import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock

from opsconductor.db.engine import Database
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.lint import LintStatus, LintVerdict
from opsconductor.execution.environment import shipped_collections
from opsconductor.logging import get_logger
from opsconductor.playbooks.lint import lint
from opsconductor.playbooks.repository import PlaybookRepository


class LintService:
    """One check at a time (each takes seconds of a whole core); a verdict belongs to a commit and is kept."""

    def __init__(self, database: Database, playbooks: PlaybookRepository, cache: Path, *, eager: bool) -> None:
        self.database = database
        self.playbooks = playbooks
        self.cache = cache
        #: A long-lived process checks at once; a command leaves it to the approval.
        self.eager = eager
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lint")
        self._running: dict[str, Future[LintVerdict]] = {}
        self._lock = Lock()

    def start(self, plan_id: str, commit: str) -> None:
        """Begin the checks of a commit, if this process is one that stays."""
        if self.eager:
            self._submit(plan_id, commit)

    def ready(self, plan_id: str, commit: str) -> bool:
        """Whether the verdict is there. Where it is not, the checks are under way from now on; nobody waits here."""
        with self.database.reading() as session:
            verdict = PlanRepository(session).get(plan_id).lint
        if verdict.status is LintStatus.PENDING:
            self._submit(plan_id, commit)
        return verdict.status is not LintStatus.PENDING

    def wait(self, plan_id: str, commit: str, progress: Callable[[], None] | None = None) -> LintVerdict:
        """The verdict, when it is there; checks now what was never checked. `progress` is called now and then."""
        with self.database.reading() as session:
            verdict = PlanRepository(session).get(plan_id).lint
        if verdict.status is not LintStatus.PENDING:
            return verdict
        future = self._submit(plan_id, commit)
        while not wait([future], timeout=0.2).done:
            if progress:
                progress()
        return future.result()

    def close(self) -> None:
        """Wait for the check that is under way and drop the others."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, plan_id: str, commit: str) -> Future[LintVerdict]:
        with self._lock:
            if plan_id not in self._running:
                self._running[plan_id] = self._pool.submit(self._check, plan_id, commit)
            return self._running[plan_id]

    def _check(self, plan_id: str, commit: str) -> LintVerdict:
        try:
            with tempfile.TemporaryDirectory(prefix="opsc-lint-") as folder:
                self.playbooks.checkout(commit, Path(folder))
                verdict = lint(Path(folder), cache=self.cache, collections=shipped_collections())
            with self.database.session() as session:
                PlanRepository(session).set_lint(plan_id, verdict)
        except Exception:
            # Not a verdict: the plan stays pending and the next approval tries again.
            get_logger(__name__).exception("lint failed", plan=plan_id, commit=commit)
            raise
        finally:
            with self._lock:
                self._running.pop(plan_id, None)
        return verdict
