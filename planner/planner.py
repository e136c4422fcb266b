# SPDX-License-Identifier: Apache-2.0
"""The offline planner: a sentence becomes a plan, an answer or an edit becomes the next plan."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from opsconductor import __version__
from opsconductor.domain.documents import PlanDocument
from opsconductor.domain.estate import Estate
from opsconductor.domain.explanations import Explanation
from opsconductor.domain.plans import (
    PLAN_SCHEMA_VERSION,
    Choice,
    Outcome,
    Plan,
    Provenance,
    Refusal,
    Selector,
    Targets,
)
from opsconductor.domain.risk import Risk, RiskLevel
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import InvalidInput, Refused
from planner.answering import apply_answers, said_again
from planner.clocks import followed
from planner.composing import compose
from planner.explaining import Understanding, explained
from planner.finalise import check_edited, complete
from planner.followups import Before, FollowUp, FollowUps, offer_taken
from planner.guard import LONGEST, Finding, finding_in
from planner.masking import mask_secrets, refuse_secrets
from planner.names import NameIndex, index_names
from planner.nearest import LONGEST_OFFERED, cut, fewer_words, told
from planner.obstacles import Abilities
from planner.path_kinds import limits_files
from planner.reading import Reading, read
from planner.records import with_records
from planner.shortfalls import shortfall
from planner.targets import resolve
from planner.tokens import tidied
from planner.values import Destructive
from planner.vocabulary import build_vocabulary


class Planner:
    """Reads requests against a catalogue. Pure: no clock, no I/O, no state but caches."""

    def __init__(self, catalogue: Catalogue, able: Abilities | None = None) -> None:
        self.catalogue = catalogue
        self.vocabulary = build_vocabulary(catalogue)
        self.able = able or Abilities()
        self._index: NameIndex | None = None

    def propose(self, text: str, estate: Estate, now: datetime, *, plan_id: str) -> Plan:
        """What a request means. Never raises for what a text says: the outcome tells."""
        return self.understand(text, estate, now, plan_id=plan_id).plan

    def explain(self, text: str, estate: Estate, now: datetime) -> Explanation:
        """How a request is read: what `propose` makes its plan from, told."""
        return explained(self.understand(text, estate, now, plan_id="explained"), self.vocabulary, self._names(estate))

    def understand(
        self, text: str, estate: Estate, now: datetime, *, plan_id: str, meant: frozenset[str] = frozenset()
    ) -> Understanding:
        """The plan of a request together with what it was made from.

        `meant`: intents that were chosen where the words may mean several.
        """
        text = text.strip()
        if len(text) > LONGEST:
            refusal = Refusal(
                reason="unsupported",
                text=f"The request has {len(text)} characters; {LONGEST} are read. Say it shorter.",
            )
            return self._guarded(mask_secrets(text[:LONGEST]), Finding("length", refusal), plan_id)
        text = tidied(text)
        if finding := finding_in(text):
            return self._guarded(mask_secrets(text), finding, plan_id)
        reading: Reading | None = None
        try:
            index = self._names(estate)
            reading = read(text, self.catalogue, self.vocabulary, index, now, meant)
            reading = with_records(reading, text, self.catalogue, self.vocabulary, index, now)
            if reading.refusal:
                return Understanding(self._refused(text, reading.refusal, plan_id), reading=reading)
            reading = self._with_offers(text, reading, estate, now)
            draft = self._draft(text, reading, plan_id)
            return Understanding(complete(draft, self.catalogue, estate, reading.questions, self.able), reading=reading)
        except Refused as error:
            reason: Literal["dangerous", "injection"] = "dangerous" if isinstance(error, Destructive) else "injection"
            finding = Finding("value", Refusal(reason=reason, text=str(error)), *error.context.get("span", ()))
            return self._guarded(text, finding, plan_id, reading)
        except InvalidInput as error:
            told_why = " ".join(part for part in (error.message, error.remedy) if part)
            finding = Finding("value", Refusal(reason="unsupported", text=told_why))
            return self._guarded(text, finding, plan_id, reading)

    def follow_up(self, alone: Plan, before: Before, estate: Estate, now: datetime) -> FollowUp | None:
        """What a request means that speaks of the plan before; None when it stands on its own.

        `alone` is what `propose` made of the same text; the follow-up has its id. Never raises for what a text says.
        """
        if before.plan is not None and (chosen := offer_taken(alone, before.plan)) is not None:
            plan = self.answer(before.plan, chosen, estate, now, plan_id=alone.id)
            return FollowUp(plan.model_copy(update={"follows": before.plan.id}), replaces=True)
        now = followed(before.plan, alone.text, now)
        reader = FollowUps(self.catalogue, self.vocabulary, self._names(estate), self.able, now)
        try:
            return _spoken(reader.read(alone, before), alone)
        except Refused as error:
            reason: Literal["dangerous", "injection"] = "dangerous" if isinstance(error, Destructive) else "injection"
            return FollowUp(self._refused(alone.text, Refusal(reason=reason, text=str(error)), alone.id))

    def answer(self, plan: Plan, answers: dict[str, Any], estate: Estate, now: datetime, *, plan_id: str) -> Plan:
        """The plan with answers to its questions, by question id.

        An answer is a choice (its label, its `sets`, or its number from 1) or, where the question has a
        parameter, a value. Raises InvalidInput saying what is accepted.
        """
        if again := said_again(plan, answers):
            return self.understand(again[0], estate, now, plan_id=plan_id, meant=again[1]).plan
        answered, kept = apply_answers(plan, answers, self.catalogue, self.vocabulary, self._names(estate))
        return complete(answered.model_copy(update={"id": plan_id}), self.catalogue, estate, kept, self.able)

    def finalise(self, plan: Plan, estate: Estate) -> Plan:
        """An edited plan, validated like one of the planner's own; the selector decides about the targets."""
        if plan.outcome is Outcome.REFUSE or not plan.steps:
            raise InvalidInput("A plan without steps cannot be used.", remedy="Make a new plan from a request.")
        refuse_secrets("edited plan", plan.model_dump(mode="json", include={"targets", "steps", "options", "evidence"}))
        check_edited(plan, estate)
        targets = plan.targets
        if targets.selector == Selector() and targets.names:
            targets = Targets(selector=Selector(hosts=targets.names))
        update = {
            "text": mask_secrets(plan.text),
            "targets": targets,
            "schema_version": PLAN_SCHEMA_VERSION,
        }
        return complete(plan.model_copy(update=update), self.catalogue, estate, able=self.able)

    def compose(self, document: PlanDocument, estate: Estate, *, plan_id: str) -> Plan:
        """The plan a document describes, through the same gate as every other. Raises InvalidDocument or
        RefusedDocument with every fault at once."""
        draft = compose(document, self.catalogue, estate, plan_id=plan_id)
        return complete(draft, self.catalogue, estate, able=self.able)

    def resolve(self, selector: Selector, estate: Estate) -> tuple[str, ...]:
        """Names of the assets a selector names now, in natural order."""
        return resolve(selector, estate)

    # -- inside ---------------------------------------------------------------------------------------------

    def _names(self, estate: Estate) -> NameIndex:
        if self._index is None or self._index.estate is not estate:
            self._index = index_names(estate)
        return self._index

    def _with_offers(self, text: str, reading: Reading, estate: Estate, now: datetime) -> Reading:
        """The reading, its question offering what the request says without the words it stumbled over."""
        puzzles = reading.layers.drafting.puzzles if reading.layers else []
        if (
            not puzzles
            or not reading.questions
            or len(text) > LONGEST_OFFERED
            or limits_files(puzzles[0].clause.tokens)
        ):
            return reading
        if shortfall(puzzles[0].clause.tokens, self.catalogue):
            return reading  # with fewer words it would be another wish
        choices = []
        for gone in fewer_words(puzzles[0].clause.tokens, self.vocabulary):
            shorter = cut(text, gone)
            again = None if finding_in(shorter) else self._read_again(shorter, estate, now)
            if (
                again is not None
                and again.steps
                and not again.refusal
                and all(q.id != "request" for q in again.questions)
            ):
                choices.append(Choice(label=f"Leave out {told(text, gone)}", sets={"text": shorter}))
        asked = next((q for q in reading.questions if q.id == "request"), None)
        if not choices or asked is None or asked.choices:
            return reading
        offering = asked.model_copy(update={"choices": tuple(choices)})
        return replace(reading, questions=tuple(offering if q is asked else q for q in reading.questions))

    def _read_again(self, text: str, estate: Estate, now: datetime) -> Reading | None:
        try:
            return read(text, self.catalogue, self.vocabulary, self._names(estate), now)
        except Refused:
            return None

    def _draft(self, text: str, reading: Reading, plan_id: str) -> Plan:
        return Plan(
            id=plan_id,
            outcome=Outcome.QUERY if reading.is_question else Outcome.PLAN,
            text=text,
            targets=Targets(selector=reading.selector),
            steps=reading.steps,
            options=reading.options,
            evidence=reading.evidence,
            provenance=_provenance(),
        )

    def _guarded(self, text: str, finding: Finding, plan_id: str, reading: Reading | None = None) -> Understanding:
        return Understanding(self._refused(text, finding.refusal, plan_id), finding, reading)

    def _refused(self, text: str, refusal: Refusal, plan_id: str) -> Plan:
        grave = refusal.reason in ("dangerous", "injection", "secrets")
        return Plan(
            id=plan_id,
            outcome=Outcome.REFUSE,
            text=text.encode(errors="replace").decode(),
            title="Refused",
            explanation=(refusal.text,),
            risk=Risk(level=RiskLevel.CRITICAL if grave else RiskLevel.LOW, reasons=(refusal.text,)),
            refusal=refusal,
            provenance=_provenance(),
        )


def _spoken(followed: FollowUp | None, alone: Plan) -> FollowUp | None:
    """The follow-up as what a sentence made, also where the plan before was written by hand."""
    if followed is None or not followed.plan.by_hand:
        return followed
    return replace(followed, plan=followed.plan.model_copy(update={"provenance": alone.provenance}))


def _provenance() -> Provenance:
    return Provenance(planner="offline", version=__version__)
