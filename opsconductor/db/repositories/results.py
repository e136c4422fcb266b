# SPDX-License-Identifier: Apache-2.0
"""Cells and host values in the database."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session, col, delete, select

from opsconductor.db.bulk import upsert
from opsconductor.db.tables.results import HostValueRow, ResultRow
from opsconductor.domain.results import Result


class ResultRepository:
    """All SQL about results and the values steps set about themselves."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def save(self, job_id: str, results: Iterable[Result]) -> None:
        """Store cells and their facts as they are now."""
        cells = list(results)
        upsert(self.session, ResultRow, [{"job_id": job_id} | r.model_dump(exclude={"facts"}) for r in cells])
        values = [{"job_id": job_id, "target": r.target, "step": r.step, "value": r.facts} for r in cells if r.facts]
        upsert(self.session, HostValueRow, values)

    def forget(self, job_id: str, steps: Mapping[str, Iterable[int]]) -> None:
        """Drop the values of some steps: target → step numbers."""
        for target, numbers in steps.items():
            self.session.exec(
                delete(HostValueRow).where(
                    col(HostValueRow.job_id) == job_id,
                    col(HostValueRow.target) == target,
                    col(HostValueRow.step).in_(list(numbers)),
                )
            )

    def of_job(
        self, job_id: str, *, step: int | None = None, target: str | None = None, status: str | None = None
    ) -> list[Result]:
        """The stored cells of a job in step and target order; cells never touched are not among them."""
        statement = select(ResultRow).where(ResultRow.job_id == job_id)
        for column, value in ((ResultRow.step, step), (ResultRow.target, target), (ResultRow.status, status)):
            if value is not None:
                statement = statement.where(col(column) == value)
        statement = statement.order_by(col(ResultRow.step), col(ResultRow.target))
        return [Result.model_validate(row.model_dump(exclude={"job_id"})) for row in self.session.exec(statement)]

    def values(self, job_id: str, targets: Iterable[str]) -> dict[str, dict[str, dict[str, Any]]]:
        """target → {"opsc_s<step>": value} as host variables."""
        wanted = set(targets)
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self.session.exec(select(HostValueRow).where(HostValueRow.job_id == job_id)):
            if row.target in wanted:
                found.setdefault(row.target, {})[f"opsc_s{row.step}"] = row.value
        return found
