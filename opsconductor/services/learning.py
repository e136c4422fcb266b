# SPDX-License-Identifier: Apache-2.0
"""What misread requests teach: examples for the templates that were meant, tried on the catalogue as it is."""

from typing import Any

from opsconductor.domain.explanations import ClauseReading, Explanation, SpanKind
from opsconductor.domain.misses import Miss, MissExample, MissReport
from opsconductor.domain.plans import Origin, Plan, Step
from opsconductor.domain.templates import Catalogue, Example
from opsconductor.services.explaining import ExplainingService
from opsconductor.services.misses import MissService
from opsconductor.services.planning import PlanningService
from planner.examples import misreading
from planner.planner import Planner

#: Sources of values that the words of a request do not hold.
_FILLED = ("default:", "option:", "policy", "answer", "edit")
_WORK = frozenset({SpanKind.CLAUSE, SpanKind.VALUE, SpanKind.FILLER})


class LearningService:
    """Makes examples of misses. Nothing is changed: an engineer takes over what is right."""

    def __init__(
        self,
        catalogue: Catalogue,
        planner: Planner,
        misses: MissService,
        planning: PlanningService,
        explaining: ExplainingService,
    ) -> None:
        self.catalogue = catalogue
        self.planner = planner
        self.misses = misses
        self.planning = planning
        self.explaining = explaining

    def reports(self) -> list[MissReport]:
        """Every miss, oldest first, with the examples that follow from it."""
        return [self._report(miss) for miss in self.misses.all()]

    def _report(self, miss: Miss) -> MissReport:
        said = self.planning.get(miss.plan_id).plan
        report = MissReport(miss=miss, said=said.text, misread_as=_intents(said), outcome=said.outcome)
        if miss.meant_plan_id is None:
            return report
        meant = self.planning.get(miss.meant_plan_id).plan
        told = self.explaining.explain(meant.id)
        groups = [(c, [meant.steps[n - 1] for n in c.steps]) for c in told.clauses if c.steps]
        wanted = [(_words(c, told), steps) for c, steps in groups if len({s.intent for s in steps}) == 1]
        examples = [self._example("meant", words, meant, steps) for words, steps in wanted]
        before = self.explaining.explain(said.id)
        clauses = [words for c in before.clauses if (words := _words(c, before))]
        if len(clauses) == len(groups) == len(wanted):  # else it is not known which clause meant which step
            pairs = zip(clauses, wanted, strict=True)
            examples = [*(self._example("said", words, meant, steps) for words, (_, steps) in pairs), *examples]
        once = {(e.intent, e.text): e for e in reversed(examples)}
        return report.model_copy(update={"meant_as": _intents(meant), "examples": tuple(reversed(once.values()))})

    def _example(self, wording: str, words: str, meant: Plan, steps: list[Step]) -> MissExample:
        params: dict[str, Any] = {}
        implied: set[str] = set()
        for name in {n: None for s in steps for n in s.params}:
            said = [(s.params[name], words_) for s in steps if (words_ := _said(meant, s, name)) is not None]
            if said:
                params[name] = said[0][0] if len(said) == 1 else [value for value, _ in said]
                implied |= {name for value, words_ in said if not _holds(words_, value)}
        held = {name: value for name, value in params.items() if name in implied or _holds(words, value)}
        template = self.catalogue.get(steps[0].intent)
        wrong: str | None = f"there is no template {steps[0].intent} any more"
        if template is not None:
            example = Example(text=words, params=held)
            found = misreading(template, example, self.catalogue, self.planner.vocabulary)
            wrong = found.text if found else None
        return MissExample(
            intent=steps[0].intent,
            text=words,
            params=held,
            wording=wording,
            not_in_words=tuple(sorted(set(params) - set(held))),
            read_rightly=wrong is None,
            why=wrong or "",
        )


def as_document(reports: list[MissReport]) -> dict[str, Any]:
    """The export: rows to paste into templates, by intent, then what is known of every miss."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        for example in report.examples:
            if example.not_in_words:
                continue  # an example cannot ask for what its words do not say
            row = {"text": example.text, "params": example.params}
            if row not in rows.setdefault(example.intent, []):
                rows[example.intent].append(row)
    misses = [
        {
            "said": r.said,
            "misread_as": list(r.misread_as) or [r.outcome],
            "meant": r.miss.meant,
            "meant_as": list(r.meant_as),
            "examples": [
                {
                    **e.model_dump(include={"intent", "text", "wording", "read_rightly"}),
                    **({"why": e.why} if e.why else {}),
                    **({"not_in_words": list(e.not_in_words)} if e.not_in_words else {}),
                }
                for e in r.examples
            ],
        }
        for r in reports
    ]
    return {"examples": {intent: rows[intent] for intent in sorted(rows)}, "misses": misses}


def _intents(plan: Plan) -> tuple[str, ...]:
    return tuple(s.intent for s in plan.steps if s.origin is Origin.USER)


def _words(clause: ClauseReading, told: Explanation) -> str:
    """The words of a clause alone: no machines, options, conditions."""
    own = [s.text for s in told.spans if s.clause == clause.number and s.kind in _WORK]
    return " ".join(own).strip(" ,.;:!?")


def _said(plan: Plan, step: Step, name: str) -> str | None:
    """The words that gave a step's value; None where no words did."""
    at = next(n for n, s in enumerate(plan.steps) if s is step)
    path = f"steps[{at}].params.{name}"
    found = next((e for e in plan.evidence if e.path == path), None)
    return found.text if found is not None and not found.source.startswith(_FILLED) else None


def _holds(words: str, value: Any) -> bool:
    """Whether the literals of a value stand in the words."""
    if isinstance(value, list):
        return all(_holds(words, part) for part in value)
    return str(value).casefold() in words.casefold()
