# SPDX-License-Identifier: Apache-2.0
"""A plan document becomes a draft, and a plan becomes the document that would give it. No sentence is read."""

from typing import Any

from rapidfuzz import process

from opsconductor import __version__
from opsconductor.domain.documents import Fault, PlanDocument, StepSpec, TargetSpec, raise_faults
from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import (
    BY_HAND,
    Condition,
    Evidence,
    Origin,
    Outcome,
    Plan,
    Provenance,
    Selector,
    Step,
    Targets,
)
from opsconductor.domain.templates import Catalogue, Template
from opsconductor.domain.timing import timing_of
from opsconductor.errors import InvalidInput, Refused
from opsconductor.ids import short
from planner.condition_values import check_condition
from planner.finalise import check_paths, unfilled
from planner.masking import refuse_secrets
from planner.target_words import TargetWords
from planner.targets import resolve
from planner.values import check_value


def compose(document: PlanDocument, catalogue: Catalogue, estate: Estate, *, plan_id: str) -> Plan:
    """The draft a document describes. Raises InvalidDocument or RefusedDocument with every fault at once, and
    SecretGiven, which repeats nothing."""
    refuse_secrets("plan document", document.model_dump(mode="json"))
    composer = _Composer(catalogue, estate)
    draft = composer.draft(document, plan_id)
    raise_faults(composer.faults, refused=composer.refused)
    return draft


class _Composer:
    def __init__(self, catalogue: Catalogue, estate: Estate) -> None:
        self.catalogue = catalogue
        self.estate = estate
        self.faults: list[Fault] = []
        self.refused = False

    def draft(self, document: PlanDocument, plan_id: str) -> Plan:
        words = TargetWords(self.estate)
        selector = words.selector(document.targets)
        self.faults += words.faults
        steps = tuple(self._step(n, spec) for n, spec in enumerate(document.steps, start=1))
        if not words.faults:
            self._hosts(document, frozenset(resolve(selector, self.estate)))
        if document.options.schedule is not None:
            try:
                timing_of(document.options.schedule)
            except InvalidInput as error:
                self._caught("options.schedule", error)
        if document.query:
            self._only_reads(document)
        return Plan(
            id=plan_id,
            outcome=Outcome.QUERY if document.query else Outcome.PLAN,
            text=document.description,
            targets=Targets(selector=selector),
            steps=steps,
            options=document.options,
            evidence=tuple(_evidence(selector, steps, document)),
            provenance=Provenance(planner=BY_HAND, version=__version__),
        )

    def _step(self, n: int, spec: StepSpec) -> Step:
        place = f"steps.{n}"
        template = self.catalogue.get(spec.intent)
        params: dict[str, Any] = {}
        if template is None:
            near = [name for name, _, _ in process.extract(spec.intent, [*self.catalogue.templates], limit=3)]
            remedy = f"Did you mean {' or '.join(near)}? `opsc templates list` shows all."
            self._fault(f"{place}.intent", f"there is no template '{spec.intent}'.", remedy)
        else:
            params = self._params(place, spec, template)
        for m, condition in enumerate(spec.when, start=1):
            self._condition(f"{place}.when.{m}", condition)
        return Step(intent=spec.intent, params=params, when=spec.when, hosts=spec.hosts)

    def _params(self, place: str, spec: StepSpec, template: Template) -> dict[str, Any]:
        params: dict[str, Any] = {}
        for name, raw in spec.params.items():
            field = f"{place}.params.{name}"
            parameter = template.parameters.get(name)
            if parameter is None:
                takes = ", ".join(template.parameters) or "no parameters"
                self._fault(field, f"{template.id} has no parameter '{name}'.", f"It takes {takes}.")
            elif raw is not None:
                try:
                    params[name] = check_value(f"{template.id}.{name}", parameter, raw)
                except InvalidInput as error:
                    self._caught(field, error)
        try:
            check_paths(template, params)
        except InvalidInput as error:
            self._caught(f"{place}.params", error)
        return params

    def _condition(self, place: str, condition: Condition) -> None:
        try:
            check_condition(condition)
        except InvalidInput as error:
            self._caught(place, error)

    def _hosts(self, document: PlanDocument, names: frozenset[str]) -> None:
        for n, spec in enumerate(document.steps, start=1):
            for host in spec.hosts or ():
                if host not in names:
                    remedy = "Add it to the targets, or take it out of the step."
                    self._fault(f"steps.{n}.hosts", f"{host} is no target of the plan.", remedy)

    def _only_reads(self, document: PlanDocument) -> None:
        for n, spec in enumerate(document.steps, start=1):
            template = self.catalogue.get(spec.intent)
            if template is not None and not template.read_only:
                self._fault(f"steps.{n}.intent", f"{spec.intent} changes something.", "Leave out `query`.")

    def _caught(self, field: str, error: InvalidInput) -> None:
        self.refused = self.refused or isinstance(error, Refused)
        self._fault(field, error.message, error.remedy or "")

    def _fault(self, field: str, message: str, remedy: str) -> None:
        self.faults.append(Fault(field=field, message=message, remedy=remedy))


def _evidence(selector: Selector, steps: tuple[Step, ...], document: PlanDocument) -> list[Evidence]:
    paths = [f"targets.selector.{name}" for name in selector.model_dump(exclude_defaults=True)]
    paths += [f"steps[{at}].params.{name}" for at, step in enumerate(steps) for name in step.params]
    paths += [f"options.{name}" for name in document.options.model_dump(exclude_defaults=True)]
    return [Evidence(path=path, source=BY_HAND) for path in paths]


def document_of(plan: Plan) -> PlanDocument:
    """The document that gives this plan: what was said and set, without what is filled in or added by policy.

    Raises InvalidInput where no document can: a refusal, a plan without steps, one that takes back a job.
    """
    if plan.outcome is Outcome.REFUSE or not plan.steps:
        raise InvalidInput(f"Plan {short(plan.id)} has no steps.", remedy="Take a plan that has some.")
    if any(step.undo_of is not None for step in plan.steps):
        raise InvalidInput(
            f"Plan {short(plan.id)} takes back what one job did and cannot be written as a document.",
            remedy="Take another plan.",
        )
    steps = tuple(
        StepSpec(intent=step.intent, params=step.params, when=step.when, hosts=step.hosts)
        for step in unfilled(plan).steps
        if step.origin is Origin.USER
    )
    options, query = plan.options, plan.outcome is Outcome.QUERY
    return PlanDocument(description=plan.text, targets=_targets(plan), steps=steps, options=options, query=query)


def _targets(plan: Plan) -> TargetSpec:
    selector = plan.targets.selector
    if selector == Selector():
        return TargetSpec(hosts=plan.targets.names)
    told = selector.model_dump(exclude={"os"}, exclude_defaults=True)
    return TargetSpec(**told, platform=selector.os)


def step_numbers(plan: Plan) -> dict[int, int]:
    """Number of each of the user's steps in the plan → its number in the plan's document."""
    user = [n for n, step in enumerate(plan.steps, start=1) if step.origin is Origin.USER]
    return {n: place for place, n in enumerate(user, start=1)}
