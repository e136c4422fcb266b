# SPDX-License-Identifier: Apache-2.0
"""Tries the shipped templates out on one machine, by jobs like any other: planned, checked, approved, recorded."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from opsconductor import __version__
from opsconductor.clock import utc_now
from opsconductor.conformance.cases import ConformancePart, conformance_cases
from opsconductor.conformance.report import (
    ConformanceReport,
    Seen,
    Stage,
    StepReport,
    judge_foreseen,
    judge_read,
    judge_run,
    told,
)
from opsconductor.domain.documents import PlanDocument, StepSpec, TargetSpec
from opsconductor.domain.jobs import Job
from opsconductor.domain.plans import Options, Origin, Plan
from opsconductor.domain.results import GOOD, Result, ResultStatus
from opsconductor.errors import Conflict, NotFound
from opsconductor.services.approving import ApprovingService
from opsconductor.services.assets import AssetService
from opsconductor.services.following import FollowingService
from opsconductor.services.launching import LaunchingService
from opsconductor.services.planning import PlanningService

#: What the host says of itself that says nothing about whose it is.
_TOLD = ("system", "kernel", "architecture", "machine")
_NEVER = "never-there"

#: What else a cell of a job that went its way may be.
_TOLD_OF = frozenset({ResultStatus.FAILED, ResultStatus.ROLLED_BACK, ResultStatus.NOT_RUN})


class Interrupted(Conflict):
    """The machine cannot be tried any further."""

    code = "conformance-interrupted"


#: Waits until a job has ended.
Follow = Callable[[Job], None]
#: Told what is tried next.
Announce = Callable[[str], None]


@dataclass
class _Tried:
    """One step while it is tried."""

    spec: StepSpec
    seen: list[Seen] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class ConformanceService:
    """Runs the cases of a machine's platform and reports what each template did."""

    def __init__(
        self,
        planning: PlanningService,
        approving: ApprovingService,
        launching: LaunchingService,
        following: FollowingService,
        assets: AssetService,
    ) -> None:
        self.planning = planning
        self.approving = approving
        self.launching = launching
        self.following = following
        self.assets = assets

    def run(
        self, host: str, actor: str, follow: Follow, announce: Announce, only: Collection[str] | None = None
    ) -> ConformanceReport:
        """Try everything, or `only` the parts of these names, on `host`, an asset's name.

        Raises NotFound, Interrupted, and whatever keeps a plan from running there.
        """
        asset = self.assets.get(host)
        cases = conformance_cases(asset.platform)
        names = [part.name for part in cases.parts]
        if unknown := set(only or ()) - set(names):
            raise NotFound(f"There is no part '{min(unknown)}'.", remedy=f"Parts are {', '.join(names)}.")
        announce("what the machine is")
        _, [facts] = self.execute(host, [StepSpec(intent="host.facts")], Options(), actor, follow)
        steps: list[StepReport] = []
        for part in (part for part in cases.parts if not only or part.name in only):
            trial = _Trial(self, host, actor, follow, announce, part, cases.scratch)
            steps += trial.report()
        connection = asset.connections[0].kind.value if asset.connections else ""
        return ConformanceReport(
            version=__version__,
            at=utc_now(),
            platform=asset.platform,
            connection=connection,
            host={name: facts.facts[name] for name in _TOLD if name in facts.facts},
            steps=tuple(steps),
        )

    def execute(
        self, host: str, specs: list[StepSpec], options: Options, actor: str, follow: Follow
    ) -> tuple[Plan, list[Result]]:
        """One job: plan, check, approve, run, and what came of it."""
        document = PlanDocument(
            description="Conformance",
            targets=TargetSpec(hosts=(host,)),
            steps=tuple(specs),
            options=options,
        )
        record = self.planning.compose(document, actor)
        record = self.planning.with_verdict(record.plan.id)
        if record.plan.needs_approval:
            self.approving.approve(record.plan.id, record.digest or "", actor, "Conformance")
        job = self.launching.launch(record.plan.id, actor)
        follow(job)
        results = self.following.results(job.id)
        if lost := next((r for r in results if r.status not in GOOD | _TOLD_OF), None):
            raise Interrupted(
                f"{host} was lost on the way: {lost.message or lost.reason or lost.status.value}.",
                remedy=f"See opsc jobs show {job.id}, and look for what is named opsc-conformance on the machine.",
            )
        return record.plan, results


class _Trial:
    """One part: a dry run, then a run that does everything twice and takes it back; or just reading."""

    def __init__(
        self,
        service: ConformanceService,
        host: str,
        actor: str,
        follow: Follow,
        announce: Announce,
        part: ConformancePart,
        scratch: str,
    ) -> None:
        self.service = service
        self.host = host
        self.actor = actor
        self.follow = follow
        self.announce = announce
        self.part = part
        self.scratch = scratch
        self.tried = [_Tried(spec) for spec in part.steps]

    def report(self) -> list[StepReport]:
        """Try all of it."""
        if self.part.needs:
            self._do("preparing", list(self.part.needs), Options())
        try:
            if self.part.reads:
                self._until_nothing_fails(self._read)
            else:
                self._until_nothing_fails(self._foresee)
                self._until_nothing_fails(self._run)
        finally:
            if self.part.cleanup:
                self._do("cleaning up", list(self.part.cleanup), Options())
        return [
            StepReport(
                part=self.part.name,
                intent=one.spec.intent,
                params=one.spec.params,
                seen=tuple(dict.fromkeys(one.seen)),
                faults=tuple(one.faults),
            )
            for one in self.tried
        ]

    def _do(self, what: str, specs: list[StepSpec], options: Options) -> list[Result]:
        """The cells of one job, without those of steps that policy put there, in order."""
        self.announce(f"{self.part.name}: {what}")
        plan, results = self.service.execute(self.host, specs, options, self.actor, self.follow)
        cells = {result.step: result for result in results}
        return [cells[n] for n, step in enumerate(plan.steps, start=1) if step.origin is Origin.USER]

    def _until_nothing_fails(self, attempt: Callable[[list[_Tried]], int | None]) -> None:
        """One stage of the steps that have no fault yet; what fails is left out, and the rest is tried again."""
        for _ in self.part.steps:
            left = [one for one in self.tried if not one.faults]
            if not left or attempt(left) is None:
                return

    def _read(self, left: list[_Tried]) -> int | None:
        cells = self._do(Stage.READ.value, [one.spec for one in left], Options())
        if (failed := self._failed(Stage.READ, left, cells)) is not None:
            return failed
        for one, cell in zip(left, cells, strict=True):
            _note(one, *judge_read(cell))
        return None

    def _foresee(self, left: list[_Tried]) -> int | None:
        cells = self._do(Stage.DRY_RUN.value, [one.spec for one in left], Options(dry_run=True))
        if (failed := self._failed(Stage.DRY_RUN, left, cells)) is not None:
            return failed
        for one, cell in zip(left, cells, strict=True):
            _note(one, *judge_foreseen(cell))
        return None

    def _run(self, left: list[_Tried]) -> int | None:
        specs = [one.spec for one in left]
        # What fails at the end of the job takes back all that was done before it.
        last = StepSpec(intent="wait.file", params={"path": self._never(), "timeout": 1})
        cells = self._do(Stage.RUN.value, [*specs, *specs, last], Options(rollback=True))
        if cells[-1].status is ResultStatus.NOT_RUN:
            return self._failed(Stage.RUN, [*left, *left], cells)
        for one, first, again in zip(left, cells[: len(left)], cells[len(left) : -1], strict=True):
            _note(one, *judge_run(first, again))
        return None

    def _failed(self, stage: Stage, left: list[_Tried], cells: list[Result]) -> int | None:
        """The place of the step that failed by itself, its fault noted."""
        run = [at for at, cell in enumerate(cells) if cell.status is not ResultStatus.NOT_RUN]
        if len(run) == len(cells) and all(cell.status in GOOD for cell in cells):
            return None
        at = run[-1] if run else 0
        left[at].faults.append(f"{stage.value}: {told(cells[at])}")
        return at

    def _never(self) -> str:
        separator = "\\" if "\\" in self.scratch else "/"
        return f"{self.scratch}{separator}{_NEVER}"


def _note(one: _Tried, seen: tuple[Seen, ...], fault: str | None) -> None:
    one.seen += seen
    one.faults += [fault] if fault else []
