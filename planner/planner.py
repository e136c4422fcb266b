# SPDX-License-Identifier: Apache-2.0
"""The offline planner: a sentence becomes a plan, an answer or an edit becomes the next plan."""

from datetime import datetime
from typing import Any, Literal

from opsconductor import __version__
from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import (
    PLAN_SCHEMA_VERSION,
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
from planner.answering import apply_answers
from planner.finalise import check_edited, complete
from planner.guard import LONGEST, refusal_for
from planner.masking import mask_secrets, refuse_secrets
from planner.names import NameIndex, index_names
from planner.obstacles import Abilities
from planner.reading import Reading, read
from planner.records import with_records
from planner.targets import resolve
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
        text = text.strip()
        if len(text) > LONGEST:
            refusal = Refusal(
                reason="unsupported",
                text=f"The request has {len(text)} characters; {LONGEST} are read. Say it shorter.",
            )
            return self._refused(mask_secrets(text[:LONGEST]), refusal, plan_id)
        if guarded := refusal_for(text):
            return self._refused(mask_secrets(text), guarded, plan_id)
        try:
            index = self._names(estate)
            reading = read(text, self.catalogue, self.vocabulary, index, now)
            reading = with_records(reading, text, self.catalogue, self.vocabulary, index, now)
            if reading.refusal:
                return self._refused(text, reading.refusal, plan_id)
            return complete(self._draft(text, reading, plan_id), self.catalogue, estate, reading.questions, self.able)
        except Refused as error:
            reason: Literal["dangerous", "injection"] = "dangerous" if isinstance(error, Destructive) else "injection"
            return self._refused(text, Refusal(reason=reason, text=str(error)), plan_id)

    def answer(self, plan: Plan, answers: dict[str, Any], estate: Estate, now: datetime, *, plan_id: str) -> Plan:
        """The plan with answers to its questions, by question id.

        An answer is a choice (its label, its `sets`, or its number from 1) or, where the question has a
        parameter, a value. Raises InvalidInput saying what is accepted.
        """
        del now
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

    def resolve(self, selector: Selector, estate: Estate) -> tuple[str, ...]:
        """Names of the assets a selector names now, in natural order."""
        return resolve(selector, estate)

    # -- inside ---------------------------------------------------------------------------------------------

    def _names(self, estate: Estate) -> NameIndex:
        if self._index is None or self._index.estate is not estate:
            self._index = index_names(estate)
        return self._index

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

    def _refused(self, text: str, refusal: Refusal, plan_id: str) -> Plan:
        grave = refusal.reason in ("dangerous", "injection", "secrets")
        return Plan(
            id=plan_id,
            outcome=Outcome.REFUSE,
            text=text,
            title="Refused",
            explanation=(refusal.text,),
            risk=Risk(level=RiskLevel.CRITICAL if grave else RiskLevel.LOW, reasons=(refusal.text,)),
            refusal=refusal,
            provenance=_provenance(),
        )


def _provenance() -> Provenance:
    return Provenance(planner="offline", version=__version__)
