# SPDX-License-Identifier: Apache-2.0
"""The second dialect: plans and jobs in the shapes and words that dashboards were first promised."""

from collections.abc import Mapping
from typing import Any

from fastapi.concurrency import run_in_threadpool

from api.container import Container
from api.feed import Feed, changed_cells
from api.viewing import Subscribe, log_line
from inventories.binding import Binder
from opsconductor.domain.assets import Asset, Connection, ConnectionKind
from opsconductor.domain.credentials import Credential
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import Outcome, PlanRecord, Step
from opsconductor.domain.progress import Progress, StepProgress
from opsconductor.domain.results import FINAL, GOOD, Result, ResultStatus
from opsconductor.errors import AmbiguousCredential

#: Log lines a JobProgress carries.
LINES = 10
_STATUS = {
    JobStatus.QUEUED: "queued",
    JobStatus.WAITING: "queued",
    JobStatus.SUCCEEDED: "completed",
    JobStatus.PARTIALLY_FAILED: "failed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "failed",
    JobStatus.INTERRUPTED: "failed",
}
_NOTHING: frozenset[ResultStatus] = frozenset({ResultStatus.NOT_RUN, ResultStatus.CANCELLED})


def job_status(status: JobStatus) -> str:
    """queued, running, completed or failed."""
    return _STATUS.get(status, "running")


def explanation(record: PlanRecord) -> str:
    """What the plan will do, ticked line by line, with what is still to say."""
    plan = record.plan
    if plan.refusal is not None:
        nearest = "".join(f"\n• {phrase}" for phrase in plan.refusal.nearest)
        return plan.refusal.text + (f"\nNearest:{nearest}" if nearest else "")
    lines = [plan.title, *(f"✓ {line}" for line in plan.explanation), *(f"? {q.text}" for q in plan.questions)]
    if plan.estimate:
        low, high = (max(1, round(seconds / 60)) for seconds in (plan.estimate.low, plan.estimate.high))
        lines.append(f"Estimated completion time: {low}-{high} minutes" if low != high else f"Estimated: {low} min")
    if plan.answer is not None:
        lines = [plan.answer.summary]
    if plan.complete:
        lines.append("Would you like me to proceed?")
    return "\n".join(line for line in lines if line)


def workflow_step(number: int, step: Step) -> dict[str, Any]:
    """A step as id, library, function and inputs: `service.stop` is `stop_service` of the platform's library."""
    family, action = step.intent.split(".", 1)
    action = f"undo_{action}" if step.undo_of is not None else action
    platform = step.platforms[0] if len(step.platforms) == 1 else None
    return {
        "id": f"step{number}_{action}_{family}",
        "name": step.title,
        "library": f"{platform or 'cross_platform'}_management",
        "function": f"{action}_{family}",
        "inputs": step.params,
    }


def created_job(record: PlanRecord) -> dict[str, Any]:
    """The answer to `create-job`: nothing has started."""
    plan = record.plan
    return {
        "explanation": explanation(record),
        "workflow": {
            "id": plan.id,
            "name": plan.title,
            "steps": [workflow_step(n, step) for n, step in enumerate(plan.steps, start=1)],
        },
        "estimated_duration": round(plan.estimate.seconds) if plan.estimate else None,
        "target_count": len(plan.targets.resolved),
        "outcome": plan.outcome,
        "can_execute": plan.complete and plan.outcome in (Outcome.PLAN, Outcome.QUERY),
        "questions": [q.model_dump(mode="json") for q in plan.questions],
        "digest": record.digest,
    }


def group_target(asset: Asset, binder: Binder, credentials: Mapping[str, Credential]) -> dict[str, Any]:
    """An asset as a target of a group: its services are its connections, its credential that of the first one."""
    services = [
        {"type": c.kind.value, "port": c.effective_port, "credential": _credential(asset, c, binder, credentials)}
        for c in asset.connections
    ]
    return {
        "id": asset.id,
        "hostname": asset.name,
        "ip_address": asset.address,
        "os_type": asset.platform.value,
        "os_version": asset.os_version,
        "groups": asset.groups,
        "credential": services[0]["credential"] if services else None,
        "services": services,
    }


def _credential(
    asset: Asset, connection: Connection, binder: Binder, credentials: Mapping[str, Credential]
) -> dict[str, Any] | None:
    if connection.kind is ConnectionKind.LOCAL:
        return None
    try:
        name = binder.explain(asset, connection).credential
    except AmbiguousCredential:
        return None  # undecided: a job on it is refused, and says why
    found = credentials.get(name) if name else None
    return {"name": found.name, "type": found.kind.value, "username": found.user} if found else None


def job_progress(progress: Progress, feed: Feed) -> dict[str, Any]:
    """JobProgress."""
    number = progress.current_step or sum(s.status != "pending" for s in progress.steps)
    totals = progress.totals
    return {
        "jobId": progress.job_id,
        "status": job_status(progress.status),
        "currentStep": number,
        "totalSteps": len(progress.steps),
        "stepName": progress.steps[number - 1].title if number else "",
        "targetProgress": {
            "completed": totals.completed,
            "failed": totals.failed,
            "total": totals.total,
            "currentTarget": progress.current_targets[0] if progress.current_targets else None,
        },
        "estimatedTimeRemaining": progress.eta_seconds or 0,
        "startTime": progress.started_at.isoformat() if progress.started_at else None,
        "logs": [log_line(entry) for entry in feed.entries_since(0)[-LINES:]],
    }


class VisionViewer:
    """Typed messages for what changed, each with all fields of JobProgress, then the JobProgress itself."""

    def __init__(self, services: Container) -> None:
        self.seen = 0
        self._services = services
        self._shown: Progress | None = None

    def subscribed(self, wish: Subscribe) -> None:
        """Log lines are part of every message here."""

    async def messages(self, feed: Feed) -> list[dict[str, Any]]:
        """What has changed since the last look, in step and target order."""
        progress, before = feed.progress, self._shown
        if progress is None or feed.looks == self.seen:
            return []
        self._shown, self.seen = progress, feed.looks
        state = job_progress(progress, feed)
        typed: list[dict[str, Any]] = []
        if before is not None:
            results = await self._results(progress.job_id, before, progress)
            typed = [state | message for message in changes(before, progress, results)]
        return [*typed, state | {"type": "status"}]

    async def _results(self, job_id: str, before: Progress, now: Progress) -> dict[tuple[int, str], Result]:
        if not any(ResultStatus(status) in FINAL for _, _, status in changed_cells(before, now)):
            return {}
        found = await run_in_threadpool(self._services.following.results, job_id)
        return {(result.step, result.target): result for result in found}


def changes(before: Progress, now: Progress, results: dict[tuple[int, str], Result]) -> list[dict[str, Any]]:
    """step_started, target_started, target_completed and target_failed between two snapshots."""
    timestamp = now.at.isoformat() if now.at else None
    found: list[dict[str, Any]] = []
    started: set[int] = set()
    for step, column, value in changed_cells(before, now):
        status, target, line = ResultStatus(value), now.targets[column], now.steps[step - 1]
        if status in _NOTHING:
            continue
        if before.steps[step - 1].status == "pending" and step not in started:
            started.add(step)
            count = sum(line.counts.values())
            found.append(
                {"type": "step_started", "step_name": line.title, "target_count": count, "timestamp": timestamp}
            )
        common = {"step_name": line.title, "progress": _counts(line), "timestamp": timestamp}
        if before.cells[step - 1][column] is ResultStatus.PENDING:
            found.append({"type": "target_started", "current_target": target, **common})
        if status in FINAL:
            found.append({"target": target, **_ended(status, results.get((step, target))), **common})
    return found


def _ended(status: ResultStatus, result: Result | None) -> dict[str, Any]:
    message = (result.message or result.reason) if result else None
    if status in GOOD:
        return {"type": "target_completed", "status": "success", "result": message or status.value}
    return {"type": "target_failed", "status": "failed", "error": message or status.value}


def _counts(line: StepProgress) -> dict[str, int]:
    good = sum(line.counts.get(status.value, 0) for status in GOOD)
    failed = sum(line.counts.get(status.value, 0) for status in FINAL - GOOD)
    return {"completed": good, "failed": failed, "total": sum(line.counts.values())}
