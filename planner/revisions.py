# SPDX-License-Identifier: Apache-2.0
"""A follow-up laid over the plan before: other machines, other options, fewer steps, another value, further steps."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Evidence, Options, Plan, Question, Selector
from opsconductor.domain.templates import Catalogue
from planner.clocks import is_past
from planner.idioms import exchanges
from planner.names import NameIndex
from planner.overlay import as_said, ground, on_hosts, with_selector
from planner.phrases import find_options
from planner.pointing import Mark, Pointing
from planner.reading import TAKEN, Reading, read
from planner.repair import repaired
from planner.scope import Phrase, find_phrases
from planner.selecting import Selection, describe, merge, select, union
from planner.targets import resolve
from planner.tokens import Kind, Token, tokenize
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, JOINTS, MACHINES, NUMBERS, PREPOSITIONS

#: What says nothing beside "the other".
_OF_OTHERS = MACHINES | PREPOSITIONS | frozenset({"them", "those", "these"})


class Unclear(Exception):
    """What is asked instead of guessing, as a sentence."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What a text is read with."""

    catalogue: Catalogue
    vocabulary: Vocabulary
    index: NameIndex
    now: datetime  #: on the clocks on which times are said


@dataclass(frozen=True, slots=True)
class Revised:
    """A plan made from the one before, still to be completed."""

    plan: Plan
    what: str  #: what was taken over, for the explanation
    replaces: bool = False  #: it changes the plan before rather than adding another
    questions: tuple[Question, ...] = ()
    chosen: bool = False  #: its machines were named anew
    anew: bool = False  #: only machines or values were taken over, not the work itself
    timed: bool = False  #: it says when, or that no time is set any more


@dataclass(frozen=True, slots=True)
class Said:
    """A follow-up's own words, without those that point back."""

    text: str  #: as the operator wrote it
    pointing: Pointing
    reading: Reading
    phrases: tuple[Phrase, ...]
    selection: Selection
    raw: tuple[Token, ...]  #: what neither an option nor a target phrase takes
    count: tuple[int, str] | None = None  #: "the first 5"
    begins: int = 0  #: nothing before this place is one of its words

    @property
    def content(self) -> tuple[Token, ...]:
        """What is left to be read as things to do or values."""
        silent = FILLERS | JOINTS | (_OF_OTHERS if self.pointing.has(Mark.OTHER) else frozenset())
        return tuple(t for t in self.raw if t.is_literal or not (t.kind is Kind.PUNCTUATION or t.low in silent))

    @property
    def names(self) -> bool:
        """Whether machines are named, rather than only left out."""
        return any(p.names_something for p in self.phrases)

    def asks(self, before: Plan) -> bool:
        """Whether it asks once more what the plan before only asked."""
        return self.text.rstrip().endswith("?") and all(s.read_only for s in before.steps)

    @property
    def options(self) -> dict[str, object]:
        """The options that are said; None takes one back."""
        adjusted = self.pointing.adjusted
        return self.reading.options.model_dump(exclude_defaults=True) | (adjusted.values if adjusted else {})

    def _as_written(self, item: Evidence) -> Evidence:
        if item.start is None:
            return item
        start = max(item.start, self.begins)
        end = min(item.end or start, len(self.text))
        return item.model_copy(update={"start": start, "end": end, "text": self.text[start:end]})

    def evidence(self, under: str) -> list[Evidence]:
        """What the own words say about a part of the plan, in the words as they were written."""
        adjusted = self.pointing.adjusted
        spans = adjusted.spans if adjusted and under == "options." else ()
        return [
            *(
                Evidence(path=f"options.{name}", source="request", start=start, end=end, text=self.text[start:end])
                for name, start, end in spans
                if adjusted and adjusted.values.get(name) is not None
            ),
            *(self._as_written(e) for e in self.reading.evidence if e.path.startswith(under)),
        ]


def listen(text: str, pointing: Pointing, before: Plan | None, reader: Reader) -> Said:
    """The words of a follow-up, read with the steps of the plan before as said before them."""
    earlier = as_said(before, reader.catalogue) if before is not None else ()
    reading = read(pointing.text, reader.catalogue, reader.vocabulary, reader.index, reader.now, earlier=earlier)
    tokens = repaired(tokenize(pointing.text), reader.vocabulary, reader.index)
    options = find_options(pointing.text, tokens, reader.now)
    free = tuple(t for t in tokens if not any(o.start < t.end and t.start < o.end for o in options))
    phrases = find_phrases(free, reader.index, reader.vocabulary)
    raw = tuple(t for t in free if not any(p.start <= t.start < p.end for p in phrases))
    count, raw = _counted(raw, pointing)
    return Said(text, pointing, reading, phrases, select(phrases, reader.index), raw, count)


def _counted(raw: tuple[Token, ...], pointing: Pointing) -> tuple[tuple[int, str] | None, tuple[Token, ...]]:
    """`the first 5`, `the last two of them`, and behind "only" also `3 of them`."""
    silent = {"the", "on", "of", "them"} | MACHINES
    words = [t for t in raw if not (t.kind is Kind.PUNCTUATION or t.low in silent)]
    which = "first"
    if pointing.has(Mark.OTHER):
        which = "other"
    elif words and words[0].low in {"first", "last"}:
        which, words = words[0].low, words[1:]
    elif not pointing.has(Mark.ONLY):
        return None, raw
    if len(words) != 1 or not (words[0].kind is Kind.NUMBER or words[0].low in NUMBERS):
        return None, raw
    number = int(words[0].text) if words[0].kind is Kind.NUMBER else NUMBERS[words[0].low]
    return ((number, which), ()) if len(words[0].text) <= 6 else (None, raw)


def on_machines(before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """The plan before on the machines that are said, with the options that are said; None when it is not spoken of."""
    plan = ground(before, plan_id, said.text)
    pointing = said.pointing
    anew = pointing.has(Mark.SAME, Mark.AGAIN)
    if said.selection.question is not None:
        return _asked(plan, before, said, anew)
    questions: tuple[Question, ...] = ()
    if pointing.has(Mark.OTHER) and not said.phrases:
        selector, what, replaces = _others(before, job, said, reader)
        evidence = [
            Evidence(
                path="targets.selector.hosts",
                source="request",
                start=f.start,
                end=f.end,
                text=said.text[f.start : f.end],
            )
            for f in pointing.found
            if f.mark is Mark.OTHER
        ]
    elif pointing.has(Mark.LESS):
        if not said.names:
            return None
        _check_settled(before)
        gone = _gone(before, said.selection.selector, reader)
        selector = _without(before, gone, reader)
        what, replaces = f"all of it without {', '.join(gone)}", not anew
        evidence = [*(e for e in plan.evidence if e.path.startswith("targets.")), *said.evidence("targets.")]
    elif said.names:
        chosen = _chosen(before, job, said, reader)
        if chosen is None:
            return None
        selector, what, replaces = chosen
        evidence = said.evidence("targets.")
        if not pointing.has(Mark.ONLY):
            _same_everywhere(before)
    elif said.selection.selector.exclude:
        _check_settled(before)
        selector = _without(before, said.selection.selector.exclude, reader)
        what, replaces = f"all of it without {', '.join(said.selection.selector.exclude)}", not anew
        evidence = [*(e for e in plan.evidence if e.path.startswith("targets.")), *said.evidence("targets.")]
    elif said.count is not None:
        if not (anew or pointing.has(Mark.ONLY)):
            return None
        _check_settled(before)
        number, which = said.count
        selector, what, replaces = _fewer(before, said.count), f"on the {which} {number} of its machines", not anew
        evidence = [e for e in plan.evidence if e.path.startswith("targets.")]
    elif anew or said.options or pointing.has(Mark.THERE) or (pointing.adjusted and pointing.adjusted.doubt):
        if pointing.has(Mark.OTHER):
            return None
        once = bool(said.options) and not pointing.says("same", "again", "once", "repeat", "rerun", "likewise", "ditto")
        return _with_options(Revised(plan, "its steps and machines", once or not anew), said, reader)
    else:
        return None
    named = said.names and not pointing.has(Mark.LESS)
    if before.targets.names and not named and not resolve(selector, reader.index.estate):
        raise Unclear("No machine of the plan before would be left.")
    plan = with_selector(plan, selector, evidence)
    if replaces or pointing.has(Mark.ONLY):
        plan = on_hosts(plan, resolve(selector, reader.index.estate))
    return _with_options(Revised(plan, what, replaces, questions, chosen=named), said, reader)


def _chosen(before: Plan, job: JobOutcome | None, said: Said, reader: Reader) -> tuple[Selector, str, bool] | None:
    """Machines, what is taken over, and whether it changes the plan before."""
    pointing = said.pointing
    anew = pointing.has(Mark.SAME, Mark.AGAIN)
    selector = said.selection.selector
    if pointing.has(Mark.OTHER):
        there = [n for n in before.targets.names if n in resolve(selector, reader.index.estate)]
        selector = selector.model_copy(update={"exclude": (*selector.exclude, *there)})
    waiting = any(q.id == "targets" for q in before.questions)
    if pointing.has(Mark.ONLY) and not waiting:
        narrowed = merge(_pinned(before), selector, reader.index)
        left = set(resolve(narrowed, reader.index.estate)) if narrowed else set()
        if narrowed is None or not left or not left <= set(before.targets.names):
            raise Unclear(
                f"{describe(selector)} is not among the machines of the plan before "
                f"({describe(before.targets.selector)}). Say 'instead' for other machines, or name some of these."
            )
        return narrowed, "its steps, on some of its machines only", not anew
    if anew or (said.asks(before) and not waiting):
        return selector, "its steps, on other machines", False
    if pointing.has(Mark.INSTEAD):
        return selector, "its steps, on other machines", True
    if waiting and not pointing.has(Mark.ALSO):
        return selector, "its steps, on the machines that it asked for", True
    if pointing.has(Mark.ALSO) or pointing.first(Mark.AND):
        _check_settled(before)
        if job is not None:
            return selector, "its steps, on further machines only, because it was run already", False
        both = union([_pinned(before), selector], reader.index.estate) if before.targets.names else selector
        return both, "its steps and machines, and further machines", True
    return None


def _others(before: Plan, job: JobOutcome | None, said: Said, reader: Reader) -> tuple[Selector, str, bool]:
    """`the other ones too`: what the plan's groups hold besides its machines. Raises Unclear where there are none."""
    _check_settled(before)
    whole = before.targets.selector.model_copy(
        update={"hosts": (), "count": None, "count_from": "all", "exclude": (), "everything": False}
    )
    rest = (
        tuple(n for n in resolve(whole, reader.index.estate) if n not in before.targets.names) if whole.groups else ()
    )
    if not rest:
        raise Unclear("Which other machines? Name a group or machines.")
    if said.count is not None and said.count[0] != len(rest):
        raise Unclear(
            f"There are {len(rest)} others in {describe(whole)}, not {said.count[0]}: {', '.join(rest[:10])}."
        )
    _same_everywhere(before)
    pointing, selector = said.pointing, Selector(hosts=rest)
    if pointing.has(Mark.SAME, Mark.AGAIN, Mark.THEN) or pointing.says("now"):
        return selector, "its steps, on the other machines of its groups", False
    if pointing.has(Mark.INSTEAD):
        return selector, "its steps, on the other machines of its groups", True
    if not (pointing.has(Mark.ALSO) or pointing.first(Mark.AND)):
        raise Unclear(f"What about {', '.join(rest[:10])}? Say 'those too', or 'the same on the other ones'.")
    if job is not None:
        return selector, "its steps, on further machines only, because it was run already", False
    return union([_pinned(before), selector], reader.index.estate), "its steps and machines, and further machines", True


def _check_settled(before: Plan) -> None:
    """Machines that are still asked about cannot be changed; only named."""
    if asked := next((q for q in before.questions if q.id == "targets"), None):
        raise Unclear(f"The plan before still asks: {asked.text}")


def _asked(plan: Plan, before: Plan, said: Said, anew: bool) -> Revised | None:
    """A name that names nothing: asked about, and nothing else is guessed in its place."""
    question = said.selection.question
    assert question is not None  # noqa: S101 - the caller looked
    pointing = said.pointing
    if pointing.has(Mark.ONLY, Mark.ALSO) or pointing.first(Mark.AND) or not said.names:
        if pointing.marks or not said.names:
            raise Unclear(question.text)
        return None
    waiting = any(q.id == "targets" for q in before.questions)
    if not (anew or waiting or pointing.has(Mark.INSTEAD)):
        return None
    _same_everywhere(before)
    return Revised(with_selector(plan, Selector(), ()), "its steps", waiting and not anew, (question,), chosen=True)


def _same_everywhere(before: Plan) -> None:
    if any(s.hosts is not None for s in before.steps):
        raise Unclear("The steps of the plan before run on different machines. Say the whole request for other ones.")


def _pinned(before: Plan) -> Selector:
    """The machines of a plan so that leaving some out brings no others in."""
    if before.targets.selector.count is None:
        return before.targets.selector
    return Selector(hosts=before.targets.names)


def _gone(before: Plan, selector: Selector, reader: Reader) -> tuple[str, ...]:
    """The names that a selector of machines to be left out stands for; those of the plan where it is a quality."""
    if selector.model_copy(update={"groups": (), "hosts": ()}) == Selector() and (selector.groups or selector.hosts):
        return (*selector.groups, *selector.hosts)
    gone = tuple(n for n in before.targets.names if n in set(resolve(selector, reader.index.estate)))
    if not gone:
        raise Unclear(f"{describe(selector)} is not among the machines of the plan before.")
    return gone


def exchanged(before: Plan, job: JobOutcome | None, text: str, plan_id: str, reader: Reader) -> Revised | None:
    """`replace web-02 with web-03`: the plan before with other machines in the place of some of its own."""
    for pair in exchanges(text):
        if any(q.id == "targets" for q in before.questions):
            return None
        old, new = (_machines(text[a:b], reader) for a, b in (pair.old, pair.new))
        if old is None or new is None:
            continue
        _same_everywhere(before)
        left = _without(before, _gone(before, old, reader), reader)
        selector = new if job is not None else union([left, new], reader.index.estate)
        if job is None and not resolve(left, reader.index.estate):
            selector = new
        start, end = pair.new
        said = Evidence(path="targets.selector.hosts", source="request", start=start, end=end, text=text[start:end])
        plan = with_selector(ground(before, plan_id, text), selector, (said,))
        return Revised(plan, "its steps, on other machines", True, chosen=True)
    return None


def canaries(before: Plan, said: Said, plan_id: str, reader: Reader) -> Revised:
    """`shop-01 first`: the machines that are to go first, where they are the first of the plan. Raises Unclear."""
    _check_settled(before)
    names = before.targets.names
    wanted = set(resolve(said.selection.selector, reader.index.estate))
    if not wanted or set(names[: len(wanted)]) != wanted:
        shown = ", ".join(names[: max(1, len(wanted))])
        raise Unclear(
            f"Canaries are the first machines in the order of their names: {shown}. For "
            f"{describe(said.selection.selector)} "
            "first, say 'only on …' now and 'the same on the other ones' when that has been run."
        )
    plan = ground(before, plan_id, said.text)
    options = plan.options.model_copy(update={"canary": len(wanted)})
    kept = [e for e in plan.evidence if e.path != "options.canary"]
    first = said.phrases[0]
    start = max(first.start, said.begins)
    words = Evidence(
        path="options.canary", source="request", start=start, end=first.end, text=said.text[start : first.end]
    )
    plan = plan.model_copy(update={"options": options, "evidence": (*kept, words)})
    return with_options(Revised(plan, "its steps and machines", True), said, reader)


def _machines(text: str, reader: Reader) -> Selector | None:
    """The machines that a text names and nothing else."""
    tokens = tokenize(f"on {text}")
    phrases = find_phrases(tokens, reader.index, reader.vocabulary)
    if len(phrases) != 1 or phrases[0].last < len(tokens) or not phrases[0].names_something:
        return None
    selection = select(phrases, reader.index)
    return None if selection.question else selection.selector


def _without(before: Plan, names: tuple[str, ...], reader: Reader) -> Selector:
    for name in names:
        named = Selector(groups=(name,)) if reader.index.estate.group(name) is not None else Selector(hosts=(name,))
        gone = set(resolve(named, reader.index.estate))
        if before.targets.names and gone.isdisjoint(before.targets.names):
            raise Unclear(f"'{name}' is not among the machines of the plan before, so there is nothing to leave out.")
    pinned = _pinned(before)
    return pinned.model_copy(update={"exclude": tuple(dict.fromkeys((*pinned.exclude, *names)))})


def _fewer(before: Plan, count: tuple[int, str]) -> Selector:
    number, which = count
    if number > len(before.targets.names):
        raise Unclear(f"The plan before has {len(before.targets.names)} machines, not {number}.")
    return _pinned(before).model_copy(update={"count": number, "count_from": which})


def _with_options(revised: Revised, said: Said, reader: Reader) -> Revised:
    """The options that are said over those of the plan before, and no start in the past."""
    plan = revised.plan
    kept = [e for e in plan.evidence if not any(e.path == f"options.{name}" for name in said.options)]
    unset = Options().model_dump()
    changed = {n: unset[n] if v is None else v for n, v in said.options.items()}
    try:
        options = Options.model_validate(plan.options.model_dump() | changed)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise Unclear(f"'{changed[name]}' is no value for {name}: {TAKEN[name]}. Which is it to be?") from error
    plan = plan.model_copy(update={"options": options, "evidence": (*kept, *said.evidence("options."))})
    adjusted = said.pointing.adjusted
    if adjusted is not None and adjusted.doubt:
        if not adjusted.about_time:
            raise Unclear(adjusted.doubt)
        asked = Question(id="schedule", text=adjusted.doubt)
        return replace(revised, plan=plan, timed=True, questions=(*revised.questions, asked))
    if "schedule" in said.options:
        revised = replace(revised, timed=True)
    if "schedule" not in said.options and is_past(options.schedule, reader.now):
        asked = Question(id="schedule", text="The time of the plan before has passed. When shall it run?")
        return replace(revised, plan=plan, questions=(*revised.questions, asked))
    return replace(revised, plan=plan)


def with_options(revised: Revised, said: Said, reader: Reader) -> Revised:
    """The revised plan with the options that are said."""
    return _with_options(revised, said, reader)
