# SPDX-License-Identifier: Apache-2.0
"""Questions to the records: jobs by what they did, where and when; machines by what is known of them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Text, and_, cast, exists, func, or_
from sqlmodel import Session, col, select

from opsconductor.db.repositories.names import CHUNK, chunks
from opsconductor.db.tables.assets import AssetRow, AssetTagRow, ConnectionRow, HostKeyRow
from opsconductor.db.tables.groups import AssetGroupRow, GroupMemberRow
from opsconductor.db.tables.jobs import JobRow
from opsconductor.db.tables.plans import PlanRow
from opsconductor.db.tables.results import ResultRow
from opsconductor.domain.assets import Connection, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.records import JobFilter, JobLine, MachineLine
from opsconductor.domain.results import STOPPING

#: Beyond so many names the database is not asked for each: all jobs are looked at.
_MOST_NAMES = 50
_STOPPED = [status.value for status in STOPPING]


class RecordRepository:
    """Reads only."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def jobs(self, wanted: JobFilter, limit: int) -> tuple[list[JobLine], int]:
        """The newest jobs that match, newest first, and how many match in all."""
        found = self._matching(wanted)
        ids = [job_id for _, job_id in sorted(found, reverse=True)[:limit]]
        lines: dict[str, JobLine] = {}
        statement: Any = select(  # type: ignore[call-overload] # as many columns as these have no typed form
            JobRow.id, JobRow.title, JobRow.status, JobRow.reason, JobRow.actor, JobRow.created_at,
            col(JobRow.spec)["shape"]["targets"],
        )  # fmt: skip
        for some in chunks(ids):
            for row in self.session.exec(statement.where(col(JobRow.id).in_(some))):
                lines[row[0]] = JobLine(
                    id=row[0], title=row[1], status=JobStatus(row[2]), reason=row[3], actor=row[4], created_at=row[5],
                    targets=len(row[6] or ()),
                )  # fmt: skip
        return [lines[job_id] for job_id in ids], len(found)

    def _matching(self, wanted: JobFilter) -> list[tuple[Any, str]]:
        """(made, id) of the jobs that match. What the database cannot compare exactly is compared here."""
        targets = col(JobRow.spec)["shape"]["targets"] if wanted.targets is not None else None
        steps = col(PlanRow.document)["steps"] if wanted.intents is not None or wanted.about else None
        columns = [col(JobRow.created_at), col(JobRow.id), *(c for c in (targets, steps) if c is not None)]
        statement: Any = select(*columns).where(*self._conditions(wanted))
        if steps is not None:
            statement = statement.join(PlanRow, col(PlanRow.id) == col(JobRow.plan_id))
        found = []
        for row in self.session.exec(statement.execution_options(yield_per=CHUNK)):
            ran_on = row[2] if targets is not None else ()
            did = row[-1] if steps is not None else ()
            if wanted.targets is not None and wanted.targets.isdisjoint(ran_on or ()):
                continue
            if steps is not None and not any(_is_step(step, wanted) for step in did or ()):
                continue
            found.append((row[0], row[1]))
        return found

    def _conditions(self, wanted: JobFilter) -> Iterator[Any]:
        if wanted.statuses:
            yield col(JobRow.status).in_(sorted(wanted.statuses))
        if wanted.since is not None:
            yield col(JobRow.created_at) >= wanted.since
        if wanted.until is not None:
            yield col(JobRow.created_at) < wanted.until
        if wanted.actor is not None:
            actor, name = func.lower(JobRow.actor), wanted.actor.lower()
            yield or_(actor == name, actor.endswith(f":{name}", autoescape=True))
        if wanted.job is not None:
            job_id = col(JobRow.id)
            yield or_(job_id.startswith(wanted.job, autoescape=True), job_id.endswith(wanted.job, autoescape=True))
        yield from self._on_targets(wanted)
        if wanted.intents is not None:
            yield or_(*(_holds(JobRow.spec, intent) for intent in sorted(wanted.intents)))
        if wanted.about is not None and wanted.about.isascii():
            part = json.dumps(wanted.about)[1:-1]
            yield cast(col(PlanRow.document), Text).icontains(_singular(part), autoescape=True)

    def _on_targets(self, wanted: JobFilter) -> Iterator[Any]:
        names = sorted(wanted.targets) if wanted.targets is not None else None
        few = names is not None and len(names) <= _MOST_NAMES
        if names is not None and few:
            yield or_(*(_holds(JobRow.spec, name) for name in names))
        cell = [col(ResultRow.job_id) == col(JobRow.id)]
        if names is not None and few:
            cell.append(col(ResultRow.target).in_(names))
        if wanted.failed_there is not None:
            failed = exists().where(and_(*cell, col(ResultRow.status).in_(_STOPPED)))
            yield failed if wanted.failed_there else ~failed
        if wanted.changes:
            yield exists().where(and_(*cell, col(ResultRow.changed).is_(True)))

    def outcomes(self, job_ids: Iterable[str], target: str) -> dict[str, list[tuple[str, bool]]]:
        """Job → (status, changed) of each step on a target."""
        found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        statement = select(ResultRow.job_id, ResultRow.status, ResultRow.changed).where(ResultRow.target == target)
        for some in chunks(job_ids):
            for job_id, status, changed in self.session.exec(statement.where(col(ResultRow.job_id).in_(some))):
                found[job_id].append((status, changed))
        return found

    def machines(self, names: Iterable[str] | None = None) -> list[MachineLine]:
        """These machines, or all, in the natural order of their names; few statements however many they are."""
        wanted = set(names) if names is not None else None
        few = sorted(wanted) if wanted is not None and len(wanted) <= CHUNK else None
        rows = self._rows(few)
        if wanted is not None and few is None:
            rows = [row for row in rows if row[1] in wanted]
        ids = [row[0] for row in rows] if few is not None else None
        groups = self._grouped(_GROUPS, GroupMemberRow.asset_id, ids)
        tags = self._grouped(_TAGS, AssetTagRow.asset_id, ids)
        ways = self._grouped(_WAYS, ConnectionRow.asset_id, ids)
        keys = self._grouped(_KEYS, HostKeyRow.asset_id, ids)
        return [_machine(row, groups, tags, ways, keys) for row in rows]

    def _rows(self, names: list[str] | None) -> list[Any]:
        statement = select(*_MACHINE).order_by(col(AssetRow.sort_key), col(AssetRow.name))  # type: ignore[call-overload]
        return list(
            self.session.exec(statement.where(col(AssetRow.name).in_(names)) if names is not None else statement)
        )

    def _grouped(self, statement: Any, column: Any, ids: list[str] | None) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self.session.exec(statement.where(col(column).in_(ids)) if ids is not None else statement):
            found[row[0]].append(row)
        return found


_MACHINE = (
    AssetRow.id, AssetRow.name, AssetRow.platform, AssetRow.os_version, AssetRow.role, AssetRow.address,
    AssetRow.description, AssetRow.credential_id,
)  # fmt: skip
_GROUPS = (
    select(GroupMemberRow.asset_id, AssetGroupRow.name)
    .join(AssetGroupRow, col(AssetGroupRow.id) == col(GroupMemberRow.group_id))
    .order_by(col(AssetGroupRow.sort_key), col(AssetGroupRow.name))
)
_TAGS = select(AssetTagRow.asset_id, AssetTagRow.tag).order_by(col(AssetTagRow.tag))
_WAYS = select(
    ConnectionRow.asset_id, ConnectionRow.kind, ConnectionRow.port, ConnectionRow.credential_id, ConnectionRow.settings
).order_by(col(ConnectionRow.preference), col(ConnectionRow.id))  # type: ignore[call-overload]
_KEYS = select(HostKeyRow.asset_id, HostKeyRow.kind)


def _machine(row: Any, groups: Any, tags: Any, ways: Any, keys: Any) -> MachineLine:
    asset_id, name, platform, os_version, role, address, description, credential = row
    mine = ways.get(asset_id, ())
    return MachineLine(
        name=name,
        platform=Platform(platform),
        os_version=os_version,
        role=role,
        address=address,
        description=description,
        has_credential=credential is not None or any(way[3] is not None for way in mine),
        groups=tuple(group for _, group in groups.get(asset_id, ())),
        tags=tuple(tag for _, tag in tags.get(asset_id, ())),
        connections=tuple(_way(way) for way in mine),
        kinds=frozenset(way[1] for way in mine),
        has_host_key=asset_id in keys,
    )


def _way(way: Any) -> str:
    _, kind, port, _, settings = way
    if kind == ConnectionKind.LOCAL:
        return str(kind)
    made = Connection(id="", kind=kind, port=port, settings=settings or {})
    return f"{kind} {made.effective_port}"


def _holds(column: Any, text: str) -> Any:
    """Whether a JSON column holds a text as a whole string, as it is written in JSON."""
    return cast(col(column), Text).contains(json.dumps(text), autoescape=True)


def _is_step(step: dict[str, Any], wanted: JobFilter) -> bool:
    """Whether a plan's step is of a wanted intent and about the wanted thing."""
    if wanted.intents is not None and step.get("intent") not in wanted.intents:
        return False
    return wanted.about is None or _is_about(step, wanted.about.casefold())


def _is_about(step: dict[str, Any], about: str) -> bool:
    if _singular(about) in re.split(r"[._]", str(step.get("intent", ""))):
        return True
    return any(_speaks_of(str(value).casefold(), about) for value in _values(step.get("params") or {}))


def _values(params: dict[str, Any]) -> Iterator[Any]:
    for value in params.values():
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value


def _speaks_of(value: str, about: str) -> bool:
    """Whether a value is the thing, or names it as a part: nginx of /etc/nginx/nginx.conf, never of nginxplus."""
    if value == about or about in re.split(r"[\W_]+", value):
        return True
    return not about.isalnum() and about in value


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
