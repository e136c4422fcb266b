# SPDX-License-Identifier: Apache-2.0
"""From a sentence to a committed plan: propose, answer, edit, and find out what has changed since."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlmodel import Session

from inventories.naming import target_names
from inventories.snapshot import snapshot_inventory
from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.plans import PlanRepository
from opsconductor.domain.conditions import FACTS
from opsconductor.domain.documents import PlanDocument
from opsconductor.domain.files import LibraryFile
from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.domain.misses import Miss
from opsconductor.domain.plain_text import check_unicode
from opsconductor.domain.plans import Outcome, Plan, PlanRecord, PlanStatus, RunbookUse, Selector, Target
from opsconductor.domain.templates import Catalogue, ParameterType
from opsconductor.domain.watching import watches
from opsconductor.errors import Conflict, InvalidInput, NotFound, Unsupported
from opsconductor.execution.staging import check_out
from opsconductor.ids import new_id, short
from opsconductor.playbooks.catalogue import template_paths
from opsconductor.playbooks.digest import digest_parts, plan_digest
from opsconductor.playbooks.render import render
from opsconductor.playbooks.repository import PlaybookRepository
from opsconductor.playbooks.structure import check_structure
from opsconductor.services.assets import AssetService
from opsconductor.services.audit import AuditService
from opsconductor.services.binding import BindingService, login_users
from opsconductor.services.conversations import ConversationService
from opsconductor.services.double_hop import double_hops
from opsconductor.services.estimating import EstimatingService
from opsconductor.services.files import FileService
from opsconductor.services.linting import LintService
from opsconductor.services.misses import MissService, asking
from opsconductor.services.records import RecordsService
from opsconductor.services.shaping import deployed_files
from opsconductor.settings import Settings
from planner.composing import document_of
from planner.finalise import without_gone
from planner.followups import FollowUp, may_follow
from planner.guard import refusal_for
from planner.misses import Denial, read_denial
from planner.overlay import FOLLOWS
from planner.planner import Planner

OPEN = frozenset({PlanStatus.DRAFT, PlanStatus.PROPOSED})
#: A plan in one of these can be edited.
EDITABLE = OPEN | {PlanStatus.APPROVED, PlanStatus.ANSWERED}
#: How often a follow-up is read anew when the same actor speaks of something else at the same time.
_TRIES = 5


class _SpokenMeanwhile(Exception):
    """The plan that was followed up is not any more what the actor spoke of last."""


class NotRunnableYet(Unsupported):
    """The plan is understood, but some of it cannot be run yet."""

    code = "not-runnable-yet"


class AlreadyAnswered(Conflict):
    """The plan was answered from the records; nothing of it runs."""

    code = "already-answered"


def refuse_obstacles(plan: Plan) -> None:
    """Raise when nothing of a plan can run: AlreadyAnswered, or NotRunnableYet, which names the steps."""
    if plan.answer is not None:
        raise AlreadyAnswered(
            f"Plan {short(plan.id)} is already answered: the records hold what it asks, and nothing is to run.",
            remedy=f"See the answer: `opsc plans show {short(plan.id)}`. Ask again for what is known by now.",
        )
    if plan.obstacles:
        raise NotRunnableYet(
            f"Plan {short(plan.id)} cannot be run yet. {' '.join(plan.obstacles)}",
            remedy="Leave that out of the request. `opsc templates list` shows what can run.",
            obstacles=list(plan.obstacles),
        )


class PlanningService:
    """Makes plans and keeps them. Every change of a plan is a new plan that supersedes the one before."""

    def __init__(
        self,
        database: Database,
        planner: Planner,
        catalogue: Catalogue,
        assets: AssetService,
        files: FileService,
        binding: BindingService,
        playbooks: PlaybookRepository,
        linting: LintService,
        misses: MissService,
        audit: AuditService,
        conversations: ConversationService,
        records: RecordsService,
        settings: Settings,
        estimating: EstimatingService | None = None,
    ) -> None:
        """Without `estimating` a plan's time is what its templates say, whatever was seen since."""
        self.database = database
        self.planner = planner
        self.catalogue = catalogue
        self.assets = assets
        self.files = files
        self.binding = binding
        self.playbooks = playbooks
        self.linting = linting
        self.misses = misses
        self.audit = audit
        self.conversations = conversations
        self.records = records
        self.settings = settings
        self.estimating = estimating

    def warm(self) -> None:
        """Load what the first request would otherwise wait for."""
        self.planner.resolve(Selector(everything=True), self.assets.estate())

    def propose(self, text: str, actor: str, *, follow: bool = True) -> PlanRecord:
        """Read a request. The record is a draft while questions are open, else proposed and committed.

        The request may follow up the plan that the actor spoke of last, unless `follow` is false.
        """
        check_unicode(text, "request")
        denial = read_denial(text) if refusal_for(text) is None else None
        if denial is not None:
            return self._denied(text, denial, actor)
        record = self._said(text, actor, follow=follow)
        self.misses.link(record)
        return record

    def compose(self, document: PlanDocument, actor: str, *, runbook: RunbookUse | None = None) -> PlanRecord:
        """Take a plan that was written instead of said; it goes through the gate that every plan goes through.

        Raises InvalidDocument or RefusedDocument with every fault at once, and SecretGiven.
        """
        plan = self.composed(document)
        return self._keep(plan.model_copy(update={"runbook": runbook}), actor, parent=None)

    def composed(self, document: PlanDocument) -> Plan:
        """The plan a document gives, checked and not kept. Raises as `compose`, and NotFound for a credential."""
        check_unicode(document.model_dump(mode="json"), "plan document")
        plan = self.planner.compose(document, self.assets.estate(), plan_id=new_id())
        self._check_credentials(plan)
        return plan

    def document(self, plan_id: str) -> PlanDocument:
        """The document that gives a stored plan again. Raises InvalidInput where none can."""
        return document_of(self.get(plan_id).plan)

    def correct(self, plan_id: str, meant: str | None, actor: str) -> tuple[Miss, PlanRecord | None]:
        """Keep that a plan is not what was meant; the correction, where there is one, is planned right away."""
        record = self.get(plan_id)
        if record.plan.by_hand:
            raise Conflict(
                f"Plan {short(record.plan.id)} was written by hand: no sentence was misread.",
                remedy="Correct the document and make a plan of it.",
            )
        if meant is None or not meant.strip():
            return self.misses.record(record, actor), None
        check_unicode(meant, "correction")
        corrected = self._read(meant, actor)
        return self.misses.record(record, actor, meant.strip(), corrected.plan.id), corrected

    def answer(self, plan_id: str, answers: dict[str, Any], actor: str) -> PlanRecord:
        """Answer questions of a draft, by question id."""
        record = self.get(plan_id)
        self._refuse_unless(record, OPEN)
        check_unicode(answers, "answer")
        plan = self.planner.answer(record.plan, answers, self.assets.estate(), utc_now(), plan_id=new_id())
        return self._keep(plan, actor, parent=record)

    def edit(self, plan_id: str, edited: Plan, actor: str) -> PlanRecord:
        """Take an edited plan in the place of `plan_id`; it is validated like any other."""
        record = self.get(plan_id)
        self._refuse_unless(record, EDITABLE)
        plan = self.planner.finalise(_follows_as(edited, record.plan), self.assets.estate())
        return self._keep(plan, actor, parent=record)

    def renewed(self, plan_id: str, actor: str, schedule: dict[str, str] | None = None) -> PlanRecord:
        """The same plan made anew, against what is there now, as a plan beside it; `schedule`: for other times.

        Machines that are gone are left out, as long as others are left. It has its own digest and is approved by
        itself. Raises what `edit` raises.
        """
        before, estate = self.get(plan_id).plan, self.assets.estate()
        options = before.options if schedule is None else before.options.model_copy(update={"schedule": schedule})
        again = without_gone(before, estate).model_copy(update={"id": new_id(), "options": options})
        return self._keep(self.planner.finalise(again, estate), actor, parent=None)

    def digest(self, plan: Plan) -> str:
        """The digest that a complete plan would have, without keeping it."""
        return plan_digest(self._parts(plan, self.binding.bind(plan.targets.names)))

    def get(self, plan_id: str) -> PlanRecord:
        """The stored plan, by id or by the last (or first) eight or more characters of it."""
        with self.database.reading() as session:
            return PlanRepository(session).get(plan_id)

    def recent(self, after: str | None = None, limit: int = 50) -> list[PlanRecord]:
        """Newest first, keyset by id."""
        with self.database.reading() as session:
            return PlanRepository(session).page(after, limit)

    def playbook(self, plan_id: str) -> str:
        """The rendered playbook as it was committed."""
        record = self.get(plan_id)
        refuse_obstacles(record.plan)
        if record.commit is None:
            raise Conflict(
                f"Plan {short(record.plan.id)} has no playbook yet.",
                remedy="Answer its questions first: `opsc plans show`.",
            )
        return self.playbooks.read(record.commit, "playbook.yml").decode()

    def export(self, plan_id: str, folder: Path) -> None:
        """The plan's commit and the files it deploys in a new or empty folder, for plain ansible-playbook."""
        record = self.get(plan_id)
        refuse_obstacles(record.plan)
        if record.commit is None:
            raise Conflict(f"Plan {short(record.plan.id)} has no playbook yet.", remedy="Answer its questions first.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(f"{folder} is not an empty folder.", remedy="Name a new one.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_out(self.playbooks, self.files.blobs, record.commit, folder)

    def with_verdict(self, plan_id: str, progress: Callable[[], None] | None = None) -> PlanRecord:
        """The plan with its lint verdict, waiting for the checks where they are still under way."""
        record = self.get(plan_id)
        if record.commit is not None:
            self.linting.wait(record.plan.id, record.commit, progress)
        return self.get(record.plan.id)

    def has_verdict(self, record: PlanRecord) -> bool:
        """Whether the lint verdict is there; where it is not, the checks are under way from now on."""
        return record.commit is None or self.linting.ready(record.plan.id, record.commit)

    def differences(self, record: PlanRecord) -> list[str]:
        """What is not any more as it was when the plan was committed, as sentences; empty when all is the same."""
        if record.parts is None:
            raise Conflict(f"Plan {short(record.plan.id)} was never completed.", remedy="Answer its questions first.")
        estate = self.assets.estate()
        names = self.planner.resolve(record.plan.targets.selector, estate)
        found = [f"target {n} was added" for n in sorted(set(names) - set(record.plan.targets.names))]
        found += [f"target {n} is gone" for n in sorted(set(record.plan.targets.names) - set(names))]
        if found:
            return found
        present = self._parts(record.plan, self.binding.bind(record.plan.targets.names))
        for part, before in record.parts.items():
            now = present.get(part)
            if isinstance(before, dict) and isinstance(now, dict):
                changed = sorted(k for k in {*before, *now} if before.get(k) != now.get(k))
                found += [f"{part.removesuffix('s')} {name} has changed" for name in changed]
            elif before != now:
                found.append(f"the plan's {part} have changed")
        return found

    def snapshot(self, commit: str) -> InventorySnapshot:
        """The inventory snapshot that was committed with a plan."""
        return InventorySnapshot.model_validate_json(self.playbooks.read(commit, "snapshot.json"))

    # -- inside -------------------------------------------------------------------------------------------

    def _said(self, text: str, actor: str, *, follow: bool) -> PlanRecord:
        """The plan of a request, read with the one before where it speaks of that."""
        for _ in range(_TRIES):
            estate, now = self.assets.estate(), utc_now()
            alone = self.planner.propose(text, estate, now, plan_id=new_id())
            if not follow or not may_follow(alone):
                return self._keep(alone, actor, parent=None)
            before, record = self.conversations.before(actor)
            followed = self.planner.follow_up(alone, before, estate, now)
            if followed is None:
                return self._keep(alone, actor, parent=None)
            try:
                return self._keep_followed(followed, record, actor)
            except _SpokenMeanwhile:
                continue  # another request of the same actor came first: what it follows up is another plan now
        raise Conflict("Several requests of yours came at once.", remedy="Say this one again.")

    def _read(self, text: str, actor: str) -> PlanRecord:
        plan = self.planner.propose(text, self.assets.estate(), utc_now(), plan_id=new_id())
        return self._keep(plan, actor, parent=None)

    def _denied(self, text: str, denial: Denial, actor: str) -> PlanRecord:
        """The plan before was misread: plan the correction that was said with it, or ask for one."""
        before = self.misses.before(actor)
        if before is not None and denial.meant is not None:
            _, corrected = self.correct(before.plan.id, denial.meant, actor)
            if corrected is not None:
                return corrected
        if before is not None:
            self.misses.record(before, actor)
        if before is None and denial.meant is not None:
            return self._read(denial.meant, actor)
        return self._keep(asking(text.strip(), before, new_id()), actor, parent=None)

    def _refuse_unless(self, record: PlanRecord, allowed: frozenset[PlanStatus]) -> None:
        if record.status not in allowed:
            raise Conflict(
                f"Plan {short(record.plan.id)} is {record.status} and cannot be changed.",
                remedy="Make a new plan from the request.",
            )

    def _library(self, plan: Plan) -> dict[str, LibraryFile]:
        """The newest version of every library file that the plan deploys."""
        return {name: self.files.get(name) for name in sorted(deployed_files(plan, self.catalogue))}

    def _check_credentials(self, plan: Plan) -> None:
        """Where a stored credential is to be named there must be one of that name: anything else may be a secret.

        Raises NotFound, which does not repeat what was given.
        """
        known: frozenset[str] | None = None
        for step in plan.steps:
            template = self.catalogue.get(step.intent)
            for name, parameter in template.parameters.items() if template else ():
                value = step.params.get(name)
                if parameter.type is not ParameterType.SECRET or value in (None, "generate"):
                    continue
                known = known if known is not None else frozenset(login_users(self.binding.credentials))
                if value not in known:
                    raise NotFound(
                        f"What was given for {step.intent}.{name} is not the name of a stored credential, "
                        "and was not kept.",
                        remedy="Store it with `opsc credentials add`, then name it; or say generate.",
                    )

    def _parts(self, plan: Plan, snapshot: InventorySnapshot) -> dict[str, Any]:
        read = {fact.template for s in plan.steps for c in s.when if (fact := FACTS.get(c.fact)) and fact.template}
        intents = {s.intent for s in plan.steps} | read
        hashes = {i: t.sha256 for i in sorted(intents) if (t := self.catalogue.get(i))}
        content = {name: file.sha256 for name, file in self._library(plan).items()}
        return digest_parts(plan, snapshot, hashes, content)

    def _keep_followed(self, followed: FollowUp, before: PlanRecord | None, actor: str) -> PlanRecord:
        """Keep a plan that speaks of the one before; that one is superseded where it was only changed."""
        plan = followed.plan
        parent = before if followed.replaces and before and before.status in EDITABLE else None
        follows = before.plan if before is not None and plan.follows == before.plan.id else None
        return self._keep(plan, actor, parent, follows, forgets=followed.forgets)

    def _keep(
        self,
        plan: Plan,
        actor: str,
        parent: PlanRecord | None,
        follows: Plan | None = None,
        *,
        forgets: bool = False,
    ) -> PlanRecord:
        self._check_credentials(plan)
        if plan.complete and self.estimating is not None:
            sizes = {name: file.size for name, file in self._library(plan).items()}
            plan = self.estimating.estimated(plan, self.catalogue, sizes)
        record = PlanRecord(plan=plan, status=PlanStatus.DRAFT, actor=actor, created_at=utc_now())
        if parent is not None:
            record = record.model_copy(update={"parent_id": parent.plan.id})
        if self.records.answers(plan):
            answered = plan.model_copy(update={"answer": self.records.answer(plan, actor, utc_now())})
            record = record.model_copy(update={"plan": answered, "status": PlanStatus.ANSWERED})
        elif plan.complete:
            record = self._commit(record, actor)
        with self.database.session() as session:
            plans = PlanRepository(session)
            plans.add(record)
            if follows is not None and not self.conversations.go_on(session, actor, follows, plan):
                raise _SpokenMeanwhile
            if parent is not None and not plans.set_status(parent.plan.id, PlanStatus.SUPERSEDED, only_from=EDITABLE):
                raise Conflict(f"Plan {short(parent.plan.id)} was changed by someone else.", remedy="Look at it again.")
            if forgets:
                self.conversations.forget(session, actor)
            elif follows is None:
                self.conversations.remember(session, actor, plan)
            self._note(session, record, actor)
        if record.commit is not None:
            self.linting.start(record.plan.id, record.commit)
        return record

    def _note(self, session: Session, record: PlanRecord, actor: str) -> None:
        """The audit entry of a new plan."""
        plan = record.plan
        action = f"plan.{record.status}" if plan.outcome is not Outcome.REFUSE else "plan.refused"
        details: dict[str, Any] = {"outcome": plan.outcome, "digest": record.digest, "commit": record.commit}
        if plan.follows is not None:
            details["follows"] = plan.follows
        if plan.by_hand:
            details["written_as"] = "document"
        if plan.runbook is not None:
            details["runbook"] = plan.runbook.model_dump(mode="json")
        self.audit.append(session, actor, action, f"plan:{plan.id}", details)

    def _commit(self, record: PlanRecord, actor: str) -> PlanRecord:
        """Bind, render, check and commit a complete plan."""
        snapshot = self.binding.bind(record.plan.targets.names)
        kinds = {t.name: t.kind for t in snapshot.targets}
        resolved = tuple(
            Target(name=t.name, platform=t.platform, groups=t.groups, connection=kinds[t.name])
            for t in record.plan.targets.resolved
        )
        targets = record.plan.targets.model_copy(update={"resolved": resolved})
        told = (
            *watches(record.plan, self.catalogue, self.settings.watch_seconds),
            *double_hops(record.plan, self.catalogue, snapshot),
        )
        explanation = (*(line for line in record.plan.explanation if line not in told), *told)
        plan = record.plan.model_copy(update={"targets": targets, "explanation": explanation})
        if not resolved:
            raise InvalidInput("The plan has no target.", remedy="Name a group or hosts.")
        parts = self._parts(plan, snapshot)
        plan = plan.model_copy(update={"digest": plan_digest(parts)})
        rendered = render(
            plan,
            snapshot,
            self.catalogue,
            self._library(plan),
            task_timeout=self.settings.task_timeout,
            watch_seconds=self.settings.watch_seconds,
            inventory=snapshot_inventory(snapshot),
            host_names={target: name for name, target in target_names(snapshot.targets).items()},
            template_roots=template_paths(self.settings.template_path),
        )
        check_structure(rendered, plan)
        commit = self.playbooks.commit(plan, rendered, snapshot, actor)
        return record.model_copy(
            update={
                "plan": plan,
                "status": PlanStatus.PROPOSED,
                "digest": plan.digest,
                "commit": commit,
                "parts": parts,
            }
        )


def _follows_as(edited: Plan, before: Plan) -> Plan:
    """An edited plan under a new id: what it follows up is what the plan before does, and an undo stays one."""
    if any(s.undo_of is not None for s in before.steps) and any(s.undo_of is None for s in edited.steps):
        raise InvalidInput(
            f"Plan {short(before.id)} takes back what a job did; its steps cannot become others.",
            remedy="Make a new plan from a request.",
        )
    said = [e for e in edited.evidence if e.path != FOLLOWS]
    kept = [e for e in before.evidence if e.path == FOLLOWS]
    update = {"id": new_id(), "follows": before.follows, "evidence": (*kept, *said), "runbook": None}
    return edited.model_copy(update={**update, "provenance": before.provenance})
