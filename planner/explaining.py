# SPDX-License-Identifier: Apache-2.0
"""A reading told: the very data the plan was made from, as spans, candidates, names and questions."""

from dataclasses import dataclass

from opsconductor.domain.explanations import (
    ClauseReading,
    ConditionReading,
    Explanation,
    GuardFinding,
    OptionReading,
    QuestionReading,
    ScopeReading,
    SlotValue,
)
from opsconductor.domain.plans import Condition, Origin, Plan, Question
from planner.clauses import Clause
from planner.condition_words import words_of
from planner.drafting import DraftStep
from planner.guard import Finding
from planner.layers import Layers, Spans
from planner.name_matches import name_matches
from planner.names import NameIndex
from planner.phrases import CORRECTION, UNCLEAR_TIME, OptionPhrase
from planner.ranking import rank
from planner.reading import Reading
from planner.spans import spans_of, unread
from planner.tokens import Token, tokenize
from planner.vocabulary import Vocabulary

_PUZZLES = {
    "unsupported": "no template does that",
    "unclear": "it was not understood",
    "ambiguous": "several templates read it equally well",
    "leftover": "a part of it was not understood",
    "either": "it names two things of which one is meant",
}


#: Of a condition that is none.
_NEEDLESS = "the step looks itself whether it is there"


@dataclass(frozen=True, slots=True)
class Understanding:
    """A plan and what it was made from: what the guard found, or what was read."""

    plan: Plan
    finding: Finding | None = None
    reading: Reading | None = None


def explained(understanding: Understanding, vocabulary: Vocabulary, index: NameIndex) -> Explanation:
    """The explanation of a plan."""
    plan, finding = understanding.plan, understanding.finding
    made = Explanation(text=plan.text, outcome=plan.outcome, finding=_finding(finding, plan) if finding else None)
    reading = understanding.reading
    if reading is None or reading.layers is None:
        return made.model_copy(update={"spans": unread(plan.text, tokenize(plan.text), finding)})
    told = _Telling(plan, reading.layers, vocabulary, index)
    return made.model_copy(
        update={
            "spans": spans_of(plan.text, reading.layers, told.numbers, finding),
            "clauses": told.clauses(),
            "scopes": told.scopes(),
            "conditions": told.conditions(),
            "options": told.options(),
            "questions": tuple(told.question(q, at) for at, q in enumerate(plan.questions)),
        }
    )


def _finding(finding: Finding, plan: Plan) -> GuardFinding:
    words = plan.text[finding.start : finding.end] if finding.start is not None else None
    return GuardFinding(
        rule=finding.rule,
        reason=finding.refusal.reason,
        text=finding.refusal.text,
        start=finding.start,
        end=finding.end,
        words=words,
    )


class _Telling:
    """Looks the parts of an explanation up in the layers of a reading and in the plan that came of it."""

    def __init__(self, plan: Plan, layers: Layers, vocabulary: Vocabulary, index: NameIndex) -> None:
        self.plan = plan
        self.layers = layers
        self.vocabulary = vocabulary
        self.index = index
        user = [n for n, step in enumerate(plan.steps, start=1) if step.origin is Origin.USER]
        #: For every drafted step its number in the plan; none in a refused one.
        self.numbers = tuple(user) if len(user) == len(layers.steps) else ()

    def of_clause(self, number: int) -> list[tuple[int, DraftStep]]:
        """The plan's numbers of the steps of a clause, and the steps as drafted."""
        return [(n, s) for n, s in zip(self.numbers, self.layers.steps, strict=False) if s.clause == number]

    def clauses(self) -> tuple[ClauseReading, ...]:
        """Every clause that has words."""
        said = [(number, clause) for number, clause in enumerate(self.layers.clauses) if clause.tokens]
        return tuple(self.clause(number, clause, shown) for shown, (number, clause) in enumerate(said, start=1))

    def clause(self, number: int, clause: Clause, shown: int) -> ClauseReading:
        drafting = self.layers.drafting
        chosen = tuple(match for at, match in drafting.chosen if at == number)
        tried = [t for t in drafting.tried if t.clause == number]
        taken = [t for t in tried if any(match in t.matches for match in chosen)]
        matching = taken or [t for t in tried if t.matches][-1:] or [t for t in tried if t.tokens == clause.tokens][:1]
        runs = [t.tokens for t in matching] or [clause.tokens]
        candidates = [c for run in dict.fromkeys(runs) for c in rank(run, chosen, self.vocabulary)]
        several = len(set(runs)) > 1
        steps = self.of_clause(number)
        start, end = clause.span
        return ClauseReading(
            number=shown,
            start=start,
            end=end,
            text=self.plan.text[start:end],
            read_as=" · ".join(_words(run) for run in dict.fromkeys(runs)),
            candidates=tuple(c for c in candidates if c.chosen or not several),
            steps=tuple(n for n, _ in steps),
            slots=tuple(slot for n, _ in steps for slot in self.slots(n)),
            note=self.note(number, clause, steps),
        )

    def slots(self, number: int) -> list[SlotValue]:
        """Every value of a step with its words."""
        step, place = self.plan.steps[number - 1], f"steps[{number - 1}].params."
        said = {e.path.removeprefix(place): e for e in self.plan.evidence if e.path.startswith(place)}
        return [
            SlotValue(
                step=number,
                parameter=name,
                value=value,
                source=said[name].source,
                start=said[name].start,
                end=said[name].end,
                text=said[name].text,
            )
            for name, value in step.params.items()
            if name in said
        ]

    def note(self, number: int, clause: Clause, steps: list[tuple[int, DraftStep]]) -> str:
        """What became of a clause that is no step, or not the one that its words name."""
        drafting = self.layers.drafting
        puzzle = next((p for p in drafting.puzzles if p.clause.span == clause.span), None)
        if puzzle is not None:
            return _PUZZLES[puzzle.kind]
        if number in drafting.context:
            return "it is a heading, or only tells why: nothing is done about it"
        if any(clause is other for other in drafting.beside):
            return "it is read together with the words before it"
        read = [match.template for at, match in drafting.chosen if at == number]
        if not read:
            return "it only tells how things are"
        became = [s.template for _, s in steps if s.template.id not in {t.id for t in read}]
        meant = [t for t in became if any(t.id in r.becomes.values() for r in read)]
        if meant:
            return f"after what was done before it means '{meant[0].title.lower()}'"
        return ""

    def scopes(self) -> tuple[ScopeReading, ...]:
        """Every phrase that names machines."""
        found = []
        for number, phrase in enumerate(self.layers.phrases):
            own = tuple(t for at, t in enumerate(self.layers.tokens) if self.layers.taken.get(at) == number)
            used = self.layers.used[number]
            names = tuple(
                m.model_copy(update={"text": self.plan.text[m.start : m.end]})
                for m in name_matches(phrase, own, self.index)
            )
            found.append(
                ScopeReading(
                    start=phrase.start,
                    end=phrase.end,
                    text=self.plan.text[phrase.start : phrase.end],
                    names=names,
                    counts=used.names_something or bool(used.exclude),
                )
            )
        return tuple(found)

    def conditions(self) -> tuple[ConditionReading, ...]:
        """Every condition with the facts it became."""
        found = []
        for number in range(len(self.layers.conditions)):
            own = [t for at, t in enumerate(self.layers.tokens) if self.layers.taken.get(at) == -2 - number]
            if not own:
                continue
            facts: dict[Condition, None] = {}
            steps: list[int] = []
            needless = False
            for at, (step, when) in enumerate(zip(self.layers.steps, self.layers.whens, strict=True)):
                for place, (condition, _) in enumerate(step.conditions):
                    if condition == number and when is not None:
                        if (fact := when[place]) is None:
                            needless = True
                        else:
                            facts[fact] = None
                        steps += self.numbers[at : at + 1]
            start, end = own[0].start, own[-1].end
            text = self.plan.text[start:end]
            found.append(
                ConditionReading(
                    start=start,
                    end=end,
                    text=text,
                    facts=tuple(facts),
                    said=(*(words_of(fact) for fact in facts), *([_NEEDLESS] if needless else ())),
                    steps=tuple(steps),
                )
            )
        return tuple(found)

    def options(self) -> tuple[OptionReading, ...]:
        """Every phrase that sets an option."""
        return tuple(
            OptionReading(
                start=o.start,
                end=o.end,
                text=self.plan.text[o.start : o.end].strip(" ,"),
                option="schedule" if o.option == UNCLEAR_TIME else o.option,
                value=o.value if o.option != UNCLEAR_TIME else None,
                note=self.option_note(o),
            )
            for o in self.layers.options
            if o.option and o.option != CORRECTION
        )

    def option_note(self, option: OptionPhrase) -> str:
        if option.option == UNCLEAR_TIME:
            return str(option.value)
        if getattr(self.plan.options, option.option) is None and option.option == "schedule":
            return "it is the schedule that a step sets up" if self.numbers else ""
        later = [o for o in self.layers.options if o.option == option.option and o.start > option.start]
        return f"'{self.plan.text[later[-1].start : later[-1].end].strip(' ,')}' counts instead" if later else ""

    def question(self, question: Question, at: int) -> QuestionReading:
        """A question with the words it is about."""
        origins = self.layers.origins
        spans = origins[at] if at < len(origins) else ()
        if question.id == "targets":
            spans = self.target_words()
        elif question.step is not None and question.step in self.numbers:
            spans = (self.step_words(question.step, question.param),)
        words = tuple(self.plan.text[start:end] for start, end in spans)
        return QuestionReading(id=question.id, text=question.text, spans=spans, words=words)

    def target_words(self) -> Spans:
        unknown = tuple((u.start, u.end) for p in self.layers.used for u in p.unknown)
        return unknown or tuple((p.start, p.end) for p in self.layers.used if p.names_something)

    def step_words(self, number: int, parameter: str | None) -> tuple[int, int]:
        path = f"steps[{number - 1}].params.{parameter}"
        said = next((e for e in self.plan.evidence if e.path == path and e.start is not None), None)
        if said is not None and said.start is not None and said.end is not None:
            return said.start, said.end
        return self.layers.steps[self.numbers.index(number)].span


def _words(tokens: tuple[Token, ...]) -> str:
    return " ".join(t.text if t.is_literal or t.fixed == t.low else t.fixed for t in tokens)
