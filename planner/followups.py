# SPDX-License-Identifier: Apache-2.0
"""Requests that follow up the plan before: read like any other, and laid over it where words point back at it.

A request that is complete by itself takes nothing from before. What the words leave open is asked about.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Choice, Origin, Outcome, Plan, Question, Refusal, Selector
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import InvalidInput
from opsconductor.ids import short
from planner.amendments import further, with_value
from planner.answering import about_words, apply_answers
from planner.asked_assets import INTENT as ASSETS
from planner.asked_jobs import INTENT as JOBS
from planner.continuing import continued
from planner.finalise import complete
from planner.idioms import bare, idioms
from planner.names import NameIndex
from planner.obstacles import Abilities
from planner.omissions import instead_of_step, only_steps, without_steps
from planner.overlay import taken
from planner.pointing import Mark, Pointing, find_pointing, marked
from planner.replies import Move, accepted, fitting, move_of
from planner.retries import Impossible, retry, undo
from planner.revisions import Reader, Revised, Unclear, canaries, exchanged, listen, on_machines
from planner.scope import find_phrases
from planner.selecting import describe, select
from planner.targets import resolve
from planner.tokens import Token, tokenize
from planner.vocabulary import Vocabulary

_NOW = frozenset({"now", "immediately"})
#: Words of the longest bare list of machines that may answer a question.
_SHORT = 12


#: What runs nowhere: no option changes how.
_ANSWERED = frozenset({ASSETS, JOBS})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a request became that speaks of the plan before."""

    plan: Plan
    replaces: bool = False  #: it is a change of the plan before, so that one is not to be run any more
    forgets: bool = False  #: nothing is to be followed up from here


@dataclass(frozen=True, slots=True)
class Before:
    """What a request may follow up: both None where the actor has not spoken, or not for long."""

    plan: Plan | None = None
    job: JobOutcome | None = None  #: the newest job of that plan; None: it has not been run


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Reads follow-ups against one estate at one time."""

    catalogue: Catalogue
    vocabulary: Vocabulary
    index: NameIndex
    able: Abilities
    now: datetime

    def read(self, alone: Plan, before: Before) -> FollowUp | None:
        """The follow-up that a request is; None: it stands on its own. `alone` is what it means by itself."""
        if stands_alone(alone):
            return self.listed(alone, before) if may_follow(alone) else None
        tokens = tokenize(alone.text)
        said, only = self.machines(tokens)
        move = move_of(said)
        if move is not None and move[0] is Move.APPROVE and before.plan is not None and before.plan.options.schedule:
            # "Run it now" of a plan that waits for its time is about that time.
            move = move if _NOW.isdisjoint(t.low for t in tokens) else None
        if move is not None and (only is None or move[0] in (Move.RETRY, Move.UNDO)):
            return self.moved(alone, before, move, only)
        pointing = self.pointing(alone.text, before.plan)
        if before.plan is None:
            return self.unknown(alone, pointing)
        if (answered := self.answered(alone, before.plan, tokens)) is not None:
            return answered
        try:
            revised = self.remarked(alone, before.plan, before.job) or self.revised(
                alone, before.plan, before.job, pointing
            )
        except Unclear as unclear:
            return FollowUp(_asking(alone, str(unclear)))
        if revised is not None:
            return self.finished(alone, before, revised)
        return self.offered(alone, before.plan)

    def listed(self, alone: Plan, before: Before) -> FollowUp | None:
        """Bare machines, which by themselves ask for a list, where the plan before asks for some or asked of others."""
        if before.plan is None:
            return None
        if any(q.id == "targets" for q in before.plan.questions):
            return self.answered(alone, before.plan, tokenize(alone.text))
        asking = all(s.read_only for s in before.plan.steps) and before.plan.steps[:1] and before.plan.targets.names
        if not asking or before.plan.questions or before.plan.steps[0].intent == alone.steps[0].intent:
            return None
        if not any(idiom.asks for idiom in idioms(alone.text)):
            return None
        try:
            revised = self.remarked(alone, before.plan, before.job)
        except Unclear:
            return None
        return self.finished(alone, before, revised) if revised is not None else None

    def machines(self, tokens: tuple[Token, ...]) -> tuple[tuple[Token, ...], frozenset[str] | None]:
        """The tokens without phrases that name machines, and the machines they name; None when they name none."""
        phrases = [p for p in find_phrases(tokens, self.index, self.vocabulary) if p.groups or p.hosts or p.exclude]
        covered = {at for p in phrases for at in range(p.first, p.last)}
        rest = tuple(t for at, t in enumerate(tokens) if at not in covered)
        if not phrases:
            return rest, None
        selection = select(tuple(phrases), self.index)
        selector = selection.selector
        if not any(p.names_something for p in phrases):
            selector = selector.model_copy(update={"everything": True})
        return rest, frozenset() if selection.question else frozenset(resolve(selector, self.index.estate))

    def moved(self, alone: Plan, before: Before, move: tuple[Move, str], only: frozenset[str] | None) -> FollowUp:
        """Approval, forgetting, retry and undo."""
        kind, which = move
        plan = before.plan
        if kind is Move.APPROVE:
            return FollowUp(_refusing(alone, _no_approval(plan)))
        if kind is Move.FORGET:
            text = "Forgotten: the next request stands on its own. What shall be done?"
            if before.job is not None and not before.job.ended:
                number = short(before.job.job_id)
                text = f"{text} Job …{number} is still {before.job.status}; `opsc cancel {number}` ends it."
            return FollowUp(_asking(alone, text), forgets=True)
        if plan is None:
            return FollowUp(_asking(alone, _nothing_before(alone.text)))
        try:
            if kind is Move.RETRY:
                made = retry(plan, before.job, which, only, alone.id, alone.text)
            else:
                made = undo(plan, before.job, only, self.catalogue, alone.id, alone.text)
        except Impossible as reason:
            return FollowUp(_asking(alone, str(reason)))
        return FollowUp(self.completed(made))

    def unknown(self, alone: Plan, pointing: Pointing) -> FollowUp | None:
        """A text that says nothing without a plan before it, where there is none."""
        if alone.steps:
            return None
        reader = Reader(self.catalogue, self.vocabulary, self.index, self.now)
        said = listen(alone.text, pointing, None, reader)
        meant = said.options or said.count or (said.phrases and pointing.marks) or pointing.has(Mark.SAME)
        if said.content or not meant:
            return None
        return FollowUp(_asking(alone, _nothing_before(alone.text)))

    def answered(self, alone: Plan, before: Plan, tokens: tuple[Token, ...]) -> FollowUp | None:
        """The plan before with the answer that the whole text is to its one open question."""
        found = fitting(before, tokens, self.catalogue, self.vocabulary, self.index)
        if not found and (plain := bare(alone.text)) != alone.text:
            found = fitting(before, tokenize(plain), self.catalogue, self.vocabulary, self.index)
        if not found or any(q.id == "request" for q in before.questions):
            return None
        if len(found) > 1:
            texts = {q.id: q.text for q in before.questions}
            questions = " ".join(f"{texts[key]} [{key}]" for key, _ in found)
            answer = f"Say it with its question: `opsc answer {short(before.id)} {found[0][0]}=…`."
            return FollowUp(_asking(alone, f"That may answer several questions: {questions} {answer}"))
        plan, kept = apply_answers(before, dict(found), self.catalogue, self.vocabulary, self.index)
        plan = plan.model_copy(update={"id": alone.id, "follows": before.id})
        return FollowUp(self.completed(plan, kept), replaces=True)

    def pointing(self, text: str, before: Plan | None) -> Pointing:
        return find_pointing(text, self.vocabulary, self.index, self.now, before)

    def remarked(self, alone: Plan, before: Plan, job: JobOutcome | None) -> Revised | None:
        """The plan before as a remark about its machines changes it: "drop web-03", "what about the databases?"."""
        reader = Reader(self.catalogue, self.vocabulary, self.index, self.now)
        if (revised := exchanged(before, job, alone.text, alone.id, reader)) is not None:
            _check_followed(before, revised)
            return revised
        for idiom in idioms(alone.text):
            pointing = marked(self.pointing(idiom.text, before), idiom.mark)
            said = replace(listen(idiom.text, pointing, before, reader), text=alone.text, begins=idiom.start)
            if said.content or not said.phrases or said.selection.question is not None:
                continue
            if idiom.first:
                return canaries(before, said, alone.id, reader)
            if idiom.asks and any(not s.read_only for s in before.steps if s.origin is Origin.USER):
                named = describe(said.selection.selector)
                raise Unclear(f"What about {named}? Say 'also on …', 'the same on …', or the whole request.")
            if (revised := on_machines(before, job, said, alone.id, reader)) is not None:
                _check_followed(before, revised)
                return revised
        return None

    def revised(self, alone: Plan, before: Plan, job: JobOutcome | None, pointing: Pointing) -> Revised | None:
        """The plan before as the words change it; None when they do not speak of it. Raises Unclear."""
        reader = Reader(self.catalogue, self.vocabulary, self.index, self.now)
        said = listen(alone.text, pointing, before, reader)
        more = continued(before, job, said, alone.id, reader) if said.selection.question is not None else None
        revised: Revised | None
        if more is not None:
            revised = more
        elif not said.content:
            revised = on_machines(before, job, said, alone.id, reader)
        else:
            revised = (
                without_steps(before, job, said, alone.id, reader)
                or only_steps(before, job, said, alone.id, reader)
                or instead_of_step(before, said, alone.id, reader)
                or continued(before, job, said, alone.id, reader)
                or with_value(before, job, said, alone.id, reader)
                or further(alone, before, job, said, alone.id, reader)
            )
        if revised is not None:
            _check_followed(before, revised)
        return revised

    def finished(self, alone: Plan, before: Before, revised: Revised) -> FollowUp:
        """A revised plan, completed like any other."""
        assert before.plan is not None  # noqa: S101 - what is revised was there
        line = taken(before.plan, revised.what)
        plan = revised.plan.model_copy(update={"evidence": (line, *revised.plan.evidence)})
        try:
            plan = self.completed(plan, (*revised.questions, *_doubts(before.plan, revised)))
        except InvalidInput as error:
            return FollowUp(_asking(alone, f"{error.message} {error.remedy or ''}".strip()))
        return FollowUp(plan, replaces=revised.replaces and before.job is None)

    def completed(self, plan: Plan, kept: tuple[Question, ...] = ()) -> Plan:
        return complete(plan, self.catalogue, self.index.estate, kept, self.able)

    def offered(self, alone: Plan, before: Plan) -> FollowUp | None:
        """A request that lacks machines, with those of the plan before as the first answer to its question."""
        number = next((n for n, q in enumerate(alone.questions) if q.id == "targets"), None)
        names = before.targets.names
        in_doubt = any(q.id == "targets" for q in before.questions)
        if number is None or alone.targets.selector != Selector() or not names or in_doubt:
            return None
        question = alone.questions[number]
        if not question.text.startswith("On which machines?"):
            return None
        some = f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}"
        noun = "machine" if len(names) == 1 else f"{len(names)} machines"
        sets = Selector().model_dump(mode="json") | before.targets.selector.model_dump(mode="json")
        sets = {k: v for k, v in sets.items() if k == "hosts" or v != Selector().model_dump(mode="json")[k]}
        label = f"the {noun} of your last plan: {describe(before.targets.selector)} ({some})"
        asked = replace_choice(question, Choice(label=label, sets=sets))
        questions = (*alone.questions[:number], asked, *alone.questions[number + 1 :])
        return FollowUp(alone.model_copy(update={"questions": questions}))


def replace_choice(question: Question, first: Choice) -> Question:
    """The question with one more choice in front."""
    return question.model_copy(update={"choices": (first, *question.choices)})


def _doubts(before: Plan, revised: Revised) -> tuple[Question, ...]:
    """What the plan before asks about words, where the follow-up does not say it anew."""
    return tuple(
        q
        for q in about_words(before)
        if not (q.id == "targets" and revised.chosen) and not (q.id == "schedule" and (revised.timed or revised.anew))
    )


def _check_followed(before: Plan, revised: Revised) -> None:
    """What cannot be laid over: a request that was not understood as a whole, and an undo that is to do more."""
    if any(q.id == "request" for q in before.questions):
        raise Unclear(
            f"The request before was not understood as a whole: {before.questions[0].text} Say all of it anew."
        )
    if revised.plan.options != before.options and all(s.intent in _ANSWERED for s in before.steps):
        raise Unclear(
            "There is no plan that this could change: the request before was a question, and records answered it. "
            "Say what shall be done, and where."
        )
    if any(s.undo_of is not None for s in before.steps):
        changed = set(revised.plan.targets.selector.hosts) - set(before.targets.names)
        if changed or any(s.undo_of is None for s in revised.plan.steps) or revised.plan.targets.selector.groups:
            raise Unclear("The plan before takes back what a job did; it can only be narrowed. Say the whole request.")


def memorable(plan: Plan) -> bool:
    """Whether there is anything in a plan that the next request may follow up: steps, or readings to choose from."""
    offers = any(q.id == "request" and q.choices for q in plan.questions)
    return plan.outcome is not Outcome.REFUSE and (bool(plan.steps) or offers)


def offer_taken(alone: Plan, before: Plan) -> dict[str, int] | None:
    """The answer that a request is to what the plan before offers as its meaning."""
    return None if stands_alone(alone) else accepted(before, tokenize(alone.text))


def may_follow(alone: Plan) -> bool:
    """Whether a request may speak of the plan before: it is not complete, or no more than a list of machines."""
    lists = alone.outcome is Outcome.QUERY and len(alone.steps) == 1 and alone.steps[0].intent == "inventory.query"
    return not stands_alone(alone) or (lists and len(alone.text.split()) <= _SHORT)


def stands_alone(alone: Plan) -> bool:
    """Whether a request is to be taken as it is: complete, or refused for more than not being understood."""
    if alone.outcome is Outcome.REFUSE:
        return alone.refusal is None or alone.refusal.reason not in ("out_of_scope", "unsupported")
    return alone.outcome in (Outcome.PLAN, Outcome.QUERY) and not alone.questions


def _asking(alone: Plan, text: str) -> Plan:
    """The request as a question about itself; nothing of it is kept."""
    return Plan(
        id=alone.id,
        outcome=Outcome.CLARIFY,
        text=alone.text,
        questions=(Question(id="request", text=text),),
        provenance=alone.provenance,
    )


def _refusing(alone: Plan, text: str) -> Plan:
    return Plan(
        id=alone.id,
        outcome=Outcome.REFUSE,
        text=alone.text,
        title="Refused",
        explanation=(text,),
        refusal=Refusal(reason="unsupported", text=text),
        provenance=alone.provenance,
    )


def _no_approval(plan: Plan | None) -> str:
    never = "Nothing was approved and nothing runs: no text ever approves a plan."
    if plan is None:
        return f"{never} Look at a plan with `opsc plans list` and approve it with `opsc approve <id>`."
    if plan.questions:
        return f"{never} Plan …{short(plan.id)} still asks: {plan.questions[0].text}"
    if plan.obstacles:
        return f"{never} Plan …{short(plan.id)} cannot be run yet: {plan.obstacles[0]}"
    return f"{never} To approve '{plan.title}', say `opsc approve {plan.id}`, and to run it `opsc run {plan.id}`."


def _nothing_before(text: str) -> str:
    shown = text if len(text) <= 80 else f"{text[:80]}…"
    return f"What '{shown}' refers to is not known: there is no earlier plan of yours, or not any more. Say all of it."
