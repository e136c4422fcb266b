# SPDX-License-Identifier: Apache-2.0
"""The plan: what a request was understood as. JSON with a published schema; plan in = plan out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from opsconductor.domain.answers import Answer
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.lint import LintVerdict
from opsconductor.domain.risk import Risk

#: Planner and source of evidence of a plan that was written as a document.
BY_HAND = "document"
#: The version of the plan JSON this code writes; the one before is still read.
PLAN_SCHEMA_VERSION = 1
#: Most targets that a number can speak of, and the longest pause between batches: a week, in seconds.
MOST_TARGETS = 1_000_000
LONGEST_PAUSE = 604_800


class Outcome(StrEnum):
    """What became of a request."""

    PLAN = "plan"  #: a reviewed change or check; with `missing` it still waits for answers
    QUERY = "query"  #: a read-only answer
    CLARIFY = "clarify"  #: one question is asked, nothing can run
    REFUSE = "refuse"  #: dangerous, injection, secrets or out of scope


class PlanStatus(StrEnum):
    """The life of a stored plan."""

    DRAFT = "draft"  #: questions are open
    PROPOSED = "proposed"  #: complete, committed, waiting for approval
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  #: an edited or answered plan took its place
    ANSWERED = "answered"  #: records answered it: it holds the answer, and nothing is to run


class Selector(Frozen):
    """Which machines the words name, before they are resolved. Names are those of the asset database."""

    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    role: str | None = None
    os: Platform | None = None
    os_version: str | None = None
    count: int | None = Field(default=None, ge=0)  #: how many the request speaks of
    count_from: Literal["all", "first", "last"] = "all"  #: "all": the count must be exactly what is found
    exclude: tuple[str, ...] = ()  #: names of assets or groups
    everything: bool = False  #: "all servers"


class Target(Frozen):
    """One asset in a plan."""

    name: str
    platform: Platform
    groups: tuple[str, ...] = ()
    #: The planner knows of telnet only; the services fill in the others.
    connection: ConnectionKind | None = None


class Targets(Frozen):
    """Selector and resolved targets, in the asset database's natural order of names."""

    selector: Selector = Selector()
    resolved: tuple[Target, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the resolved targets."""
        return tuple(t.name for t in self.resolved)


class Condition(Frozen):
    """Where a step runs: a fact compared with literals. `all` of the clauses of a step's `when` must hold."""

    fact: str
    subject: str | None = None
    op: Literal["<", "<=", ">", ">=", "==", "!=", "contains"] | None = None
    value: str | int | float | bool | None = None
    negate: bool = False


class Origin(StrEnum):
    """Who put a step into the plan."""

    USER = "user"
    POLICY = "policy"


class JobStep(Frozen):
    """A step of a job that was run."""

    job: str
    step: int  #: 1-based


class Step(Frozen):
    """One step: a template with parameters. Steps are numbered from 1 by their place."""

    intent: str
    params: dict[str, Any] = Field(default_factory=dict)
    when: tuple[Condition, ...] = ()
    hosts: tuple[str, ...] | None = None  #: names; None: all targets of the plan
    origin: Origin = Origin.USER
    title: str = ""  #: "Stop service stationcontroller", for people
    platforms: tuple[Platform, ...] = ()
    risk: Risk | None = None
    undo: str | None = None  #: how it is undone, a sentence
    irreversible: str | None = None  #: why it cannot be
    read_only: bool = False
    seconds: float | None = None  #: estimated seconds on one target
    undo_of: JobStep | None = None  #: the step does not do what its intent says but takes that step of a job back
    #: Names of targets where the job that is retried had already done the step.
    done_on: tuple[str, ...] = ()


#: "N%" of the targets, more than none of them and at most all.
Share = Annotated[str, Field(pattern=r"^(?:[1-9][0-9]?|100)%$")]
#: "N%" of the targets, none of them included.
Limit = Annotated[str, Field(pattern=r"^(?:[0-9]|[1-9][0-9]|100)%$")]


class Options(Frozen):
    """How the whole plan runs."""

    batch: Annotated[int, Field(ge=1, le=MOST_TARGETS)] | Share | None = None  #: targets at a time, or "N%"
    #: stop when MORE than this many fail; int or "N%"
    max_fail: Annotated[int, Field(ge=0, le=MOST_TARGETS)] | Limit | None = None
    canary: int | None = Field(default=None, ge=0, le=MOST_TARGETS)
    pause: int | None = Field(default=None, ge=0, le=LONGEST_PAUSE)  #: seconds between batches
    #: {"cron": …} or {"at": …}, on the clocks of its "zone" (UTC where there is none), see `domain.timing`
    schedule: dict[str, str] | None = None
    verify_timeout: int | None = Field(default=None, ge=1, le=3600)  #: seconds
    #: Seconds the job may take from its start, waits and pauses included; None: as the settings say.
    job_timeout: int | None = Field(default=None, ge=1, le=LONGEST_PAUSE)
    #: Seconds its tasks may take on one target, all together; None: as the settings say.
    target_timeout: int | None = Field(default=None, ge=1, le=LONGEST_PAUSE)
    rollback: bool = False
    dry_run: bool = False
    log: bool = False


class Choice(Frozen):
    """One offered answer."""

    label: str
    #: What choosing it sets: parameter names of the question's step, or selector fields for a target question.
    sets: dict[str, Any]


class Question(Frozen):
    """One thing that only the operator can say."""

    id: str  #: stable within the plan: "step3.dest", "targets", "step2.intent"
    text: str
    step: int | None = None  #: 1-based; None: about targets or the whole request
    param: str | None = None  #: the parameter a free answer fills; None: only the choices are answers
    choices: tuple[Choice, ...] = ()


class Evidence(Frozen):
    """Where one value of the plan came from."""

    path: str  #: "steps[0].params.process", "targets.selector.groups", "options.log"
    #: "request", "earlier" (from the plan that is followed up), "repair" (typo mended), "answer", "edit", "policy",
    #: "option:<option>" or "default:<template>"
    source: str
    start: int | None = None  #: span in the request, characters
    end: int | None = None
    text: str | None = None  #: the words themselves


class Refusal(Frozen):
    """Why nothing will be done, and what could be instead."""

    reason: Literal["dangerous", "injection", "secrets", "out_of_scope", "unsupported"]
    text: str
    nearest: tuple[str, ...] = ()  #: example phrases of the nearest templates


class Estimate(Frozen):
    """Computed duration in seconds with its interval and what it rests on."""

    seconds: float
    low: float
    high: float
    basis: str


class Provenance(Frozen):
    """Which planner read the request."""

    planner: str  #: "offline" or "model"; BY_HAND: no sentence was read
    version: str
    model: str | None = None


class RunbookUse(Frozen):
    """The runbook a plan was made from."""

    name: str
    version: int
    params: tuple[str, ...] = ()  #: names of the parameters that were given


class Plan(Frozen):
    """A request, understood."""

    schema_version: int = PLAN_SCHEMA_VERSION
    id: str
    outcome: Outcome
    text: str  #: the request; literal secrets masked
    title: str = ""
    explanation: tuple[str, ...] = ()  #: what it will do, line by line
    targets: Targets = Targets()
    steps: tuple[Step, ...] = ()
    options: Options = Options()
    risk: Risk | None = None
    missing: tuple[str, ...] = ()  #: "file.copy.src": intent and parameter
    obstacles: tuple[str, ...] = ()  #: why it cannot be run yet although it is understood, as sentences
    questions: tuple[Question, ...] = ()
    refusal: Refusal | None = None
    evidence: tuple[Evidence, ...] = ()
    estimate: Estimate | None = None
    provenance: Provenance | None = None
    follows: str | None = None  #: id of the plan that the request follows up
    runbook: RunbookUse | None = None  #: the runbook it was made from, while nobody has edited it
    needs_approval: bool = True  #: False where every step only reads and tells a state
    answer: Answer | None = None  #: what the records say, where they answer the request
    #: Filled once complete: SHA-256 over what is approved, see docs/reference/plan.md.
    digest: str | None = None

    @property
    def by_hand(self) -> bool:
        """Whether it was written as a document: no sentence was read."""
        return self.provenance is not None and self.provenance.planner == BY_HAND

    @property
    def changes_nothing(self) -> bool:
        """Whether no target is changed: a freeze does not hold it, and its locks are shared."""
        return self.options.dry_run or all(step.read_only for step in self.steps)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask and nothing in the way, so that it can be rendered, committed and approved."""
        return (
            self.outcome in (Outcome.PLAN, Outcome.QUERY)
            and not self.missing
            and not self.questions
            and not self.obstacles
            and bool(self.steps)
            and self.answer is None
        )


class PlanRecord(Frozen):
    """A stored plan with what became of it."""

    plan: Plan
    status: PlanStatus
    digest: str | None = None
    commit: str | None = None  #: of the playbook repository
    parts: dict[str, Any] | None = None  #: the hashed parts of the digest
    lint: LintVerdict = LintVerdict()
    parent_id: str | None = None
    actor: str
    created_at: datetime
