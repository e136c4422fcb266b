# SPDX-License-Identifier: Apache-2.0
"""The Python of a slice's targets: what is known of it spares Ansible the search, what Ansible finds is kept.

It is no part of what was approved: it says where a module runs on a target, never what it does there.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from opsconductor.db.engine import Database
from opsconductor.db.repositories.assets import AssetRepository
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.interpreters import VARIABLE, interpreter_of, is_missing
from opsconductor.domain.inventory import BoundTarget
from opsconductor.logging import get_logger

_FAILED = frozenset({EventKind.TARGET_FAILED, EventKind.TARGET_UNREACHABLE})
_log = get_logger(__name__)


class Interpreters:
    """One slice's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        #: Target → asset id, of those whose Python Ansible would look for.
        self._assets: dict[str, str] = {}
        #: Target → path.
        self._known: dict[str, str] = {}
        #: Asset id → path, or None where there is nothing any more.
        self._found: dict[str, str | None] = {}

    def open(self, targets: Sequence[BoundTarget]) -> None:
        """Read what is recorded of these targets."""
        self._assets = {
            target.name: target.asset_id
            for target in targets
            if target.kind is ConnectionKind.SSH
            and target.platform is Platform.LINUX
            and VARIABLE not in target.variables
        }
        with self.database.reading() as session:
            known = AssetRepository(session).interpreters(self._assets.values())
        self._known = {name: known[key] for name, key in self._assets.items() if key in known}

    def variables(self, target: str) -> dict[str, Any]:
        """Host variables of a target, which what its asset says goes before."""
        return {VARIABLE: self._known[target]} if target in self._known else {}

    def heard(self, event: JobEvent) -> None:
        """An event of the slice, in order."""
        target = event.target or ""
        if target not in self._assets:
            return
        if event.kind is EventKind.TARGET_OK and (path := interpreter_of(event.data.get("ansible_facts"))):
            self._found[self._assets[target]] = path
        elif event.kind in _FAILED and target in self._known and is_missing(self._known[target], _said(event)):
            self._found[self._assets[target]] = None  # the next job looks for it again

    def keep(self) -> None:
        """Record what was found. Nothing depends on it: where that fails, the next job finds it again."""
        try:
            if self._found:
                with self.database.session() as session:
                    AssetRepository(session).record_interpreters(self._found)
        except SQLAlchemyError as error:
            _log.warning("the place of Python on targets was not recorded", error=str(error))


def _said(event: JobEvent) -> str:
    return " ".join(str(event.data.get(key) or "") for key in ("msg", "module_stderr", "module_stdout", "stderr"))
