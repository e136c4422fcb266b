# SPDX-License-Identifier: Apache-2.0
"""The reading of a request: literals, typos, where, how, what; every value with the words it came from."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from opsconductor.domain.plans import Choice, Evidence, Options, Question, Refusal, Selector, Step
from opsconductor.domain.templates import Catalogue
from planner.clauses import Clause, split_clauses
from planner.drafting import Drafting, DraftStep, Puzzle, contradiction
from planner.names import NameIndex
from planner.phrases import OptionPhrase, find_options
from planner.repair import repaired
from planner.scope import Phrase, find_phrases
from planner.selecting import Selection, select, union
from planner.targets import resolve
from planner.tokens import Token, tokenize
from planner.vocabulary import Vocabulary
from planner.words import OTHER_TALK, QUESTION_STARTS, WORK_NOUNS


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out of a request."""

    selector: Selector = field(default_factory=Selector)
    steps: tuple[Step, ...] = ()
    options: Options = field(default_factory=Options)
    evidence: tuple[Evidence, ...] = ()
    questions: tuple[Question, ...] = ()  #: about the targets or the request as a whole
    refusal: Refusal | None = None
    is_question: bool = False


def read(text: str, catalogue: Catalogue, vocabulary: Vocabulary, index: NameIndex) -> Reading:
    """Read a request that the guard has let through."""
    tokens = repaired(tokenize(text), vocabulary, index)
    options = find_options(text, tokens)
    free = _without(tokens, options)
    phrases = find_phrases(free, index, vocabulary)
    clauses = split_clauses(tokens, _taken(tokens, free, phrases, options), vocabulary)
    drafting = Drafting(catalogue, vocabulary, text)
    drafting.read(clauses)
    where = _where(drafting.steps, clauses, phrases, index)
    puzzle = drafting.puzzles[0] if drafting.puzzles else None
    refusal, asked = _settle(puzzle, drafting.steps, bool(phrases), catalogue)
    chosen, impossible = _options(options)
    questions = [q for q in (where.question, asked, _contradiction(drafting.steps)) if q]
    return Reading(
        selector=where.selector,
        steps=tuple(
            Step(intent=s.template.id, params=s.params, hosts=hosts)
            for s, hosts in zip(drafting.steps, where.hosts, strict=True)
        ),
        options=chosen,
        evidence=_evidence(text, drafting.steps, phrases, options, tokens),
        questions=tuple(questions),
        refusal=impossible or refusal,
        is_question=_is_question(text, clauses),
    )


#: What the options with limits take.
_TAKEN = {
    "batch": "it is at least one target at a time, or 1% to 100%",
    "max_fail": "it is a number of targets, or 0% to 100%",
    "verify_timeout": "it is 1 second to one hour",
    "canary": "it is a number of targets",
    "pause": "it is a number of seconds",
}


def _options(phrases: tuple[OptionPhrase, ...]) -> tuple[Options, Refusal | None]:
    """The options said; a value that one of them does not take is no reason to leave it out silently."""
    said = {p.option: p.value for p in phrases if p.option}
    try:
        return Options(**said), None
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        text = f"'{said[name]}' is no value for {name}: {_TAKEN[name]}. Nothing was planned."
        return Options(), Refusal(reason="unsupported", text=text)


@dataclass(frozen=True, slots=True)
class _Where:
    selector: Selector
    hosts: tuple[tuple[str, ...] | None, ...]  #: for every step: its own machines, None for all
    question: Question | None


def _without(tokens: tuple[Token, ...], options: tuple[OptionPhrase, ...]) -> tuple[Token, ...]:
    return tuple(t for t in tokens if not any(o.start < t.end and t.start < o.end for o in options))


def _taken(
    tokens: tuple[Token, ...], free: tuple[Token, ...], phrases: tuple[Phrase, ...], options: tuple[OptionPhrase, ...]
) -> dict[int, int]:
    """For every token that is not part of what to do: its phrase's number, -1 for an option."""
    del options
    at_start = {t.start: i for i, t in enumerate(tokens)}
    kept = {t.start for t in free}
    taken = {i: -1 for i, t in enumerate(tokens) if t.start not in kept}
    for number, phrase in enumerate(phrases):
        for place in range(phrase.first, phrase.last):
            taken[at_start[free[place].start]] = number
    return taken


def _where(
    steps: list[DraftStep], clauses: tuple[Clause, ...], phrases: tuple[Phrase, ...], index: NameIndex
) -> _Where:
    """The plan's selector, and machines of single steps where clauses bring their own."""
    acting = {s.clause for s in steps}
    loose = tuple(p for n, p in enumerate(phrases) if not any(n in clauses[c].phrases for c in acting))
    own = {c: tuple(phrases[n] for n in clauses[c].phrases) for c in sorted(acting)}
    naming = {c: own[c] for c in own if any(p.names_something for p in own[c])}
    selections = {c: select((*loose, *naming[c]), index) for c in naming}
    different = list(dict.fromkeys(s.selector for s in selections.values()))
    if len(different) <= 1:
        whole = select(phrases, index)
        return _Where(whole.selector, (None,) * len(steps), whole.question)
    question = next((s.question for s in selections.values() if s.question), None)
    everything = union([s.selector for s in selections.values()])
    hosts = tuple(_hosts_of(step.clause, selections, index) for step in steps)
    return _Where(everything, hosts, question)


def _hosts_of(clause: int, selections: dict[int, Selection], index: NameIndex) -> tuple[str, ...] | None:
    """Machines of a step whose clause, or the nearest clause before, else after it, names some."""
    before = [c for c in selections if c <= clause]
    after = [c for c in selections if c > clause]
    chosen = max(before) if before else min(after)
    return resolve(selections[chosen].selector, index.estate)


def _settle(
    puzzle: Puzzle | None, steps: list[DraftStep], has_phrases: bool, catalogue: Catalogue
) -> tuple[Refusal | None, Question | None]:
    """What becomes of a request with a clause that could not be read."""
    if puzzle is None:
        if steps:
            return None, None
        if has_phrases:
            return None, Question(id="request", text=f"What shall be done there? {_for_example(catalogue)}")
        return _out_of_scope(catalogue), None
    if puzzle.kind == "unsupported" and not _about_work(puzzle) and not steps and not has_phrases:
        return _out_of_scope(catalogue), None
    if puzzle.kind == "unsupported":
        near = tuple(t.examples[0].text for t in puzzle.candidates if t.examples)
        hint = f" Nearest are: {'; '.join(near)}. A name that is an everyday word is read in quotes." if near else ""
        return Refusal(
            reason="unsupported",
            text=f"There is no template for '{puzzle.words}'.{hint} Nothing was planned.",
            nearest=near,
        ), None
    if puzzle.kind == "unclear" and not steps and not has_phrases and not _about_work(puzzle):
        return _out_of_scope(catalogue), None
    return None, _ask(puzzle, catalogue)


def _about_work(puzzle: Puzzle) -> bool:
    words = {t.fixed for t in puzzle.clause.tokens}
    return not words.isdisjoint(WORK_NOUNS) and words.isdisjoint(OTHER_TALK)


def _ask(puzzle: Puzzle, catalogue: Catalogue) -> Question:
    if puzzle.kind == "leftover":
        return Question(
            id="request",
            text=f"'{puzzle.words}' was not understood, and nothing is left out silently. "
            "Say it in other words, or without it.",
        )
    if puzzle.kind == "either":
        return Question(id="request", text=f"Which of the two: {puzzle.words}? Say the one that is meant.")
    if puzzle.kind == "ambiguous":
        choices = tuple(Choice(label=t.title, sets={"intent": t.id}) for t in puzzle.candidates)
        titles = " or ".join(f"'{t.title.lower()}'" for t in puzzle.candidates)
        return Question(id="request", text=f"'{puzzle.words}' may mean {titles}. Say which is meant.", choices=choices)
    return Question(
        id="request", text=f"What shall be done? '{puzzle.words}' was not understood. {_for_example(catalogue)}"
    )


def _contradiction(steps: list[DraftStep]) -> Question | None:
    pair = contradiction(steps)
    if pair is None:
        return None
    first, second = (s.template.title.lower() for s in pair)
    return Question(id="request", text=f"'{first}' and '{second}' exclude each other. Say the one that is meant.")


def _for_example(catalogue: Catalogue) -> str:
    examples = [t.examples[0].text for t in catalogue if t.examples][:3]
    return f"For example: {'; '.join(examples)}." if examples else ""


def _out_of_scope(catalogue: Catalogue) -> Refusal:
    nearest = tuple(t.examples[0].text for t in catalogue if t.examples)[:3]
    return Refusal(
        reason="out_of_scope",
        text="This is nothing that can be done on machines with the templates at hand. See `opsc templates list`.",
        nearest=nearest,
    )


def _is_question(text: str, clauses: tuple[Clause, ...]) -> bool:
    first = next((c.tokens[0] for c in clauses if c.tokens), None)
    return text.endswith("?") or (first is not None and not first.is_literal and first.low in QUESTION_STARTS)


def _evidence(
    text: str,
    steps: list[DraftStep],
    phrases: tuple[Phrase, ...],
    options: tuple[OptionPhrase, ...],
    tokens: tuple[Token, ...],
) -> tuple[Evidence, ...]:
    """For every value the words that say it."""
    found: list[Evidence] = []

    def add(path: str, start: int | None, end: int | None, source: str = "request") -> None:
        words = text[start:end] if start is not None else None
        found.append(Evidence(path=path, source=source, start=start, end=end, text=words))

    for phrase in phrases:
        source = "repair" if phrase.repaired else "request"
        for name in ("groups", "hosts", "role", "os", "os_version", "count", "everything", "exclude"):
            if getattr(phrase, name):
                add(f"targets.selector.{name}", phrase.start, phrase.end, source)
    for at, step in enumerate(steps):
        add(f"steps[{at}].intent", *step.span)
        for name, source_ in step.sources.items():
            add(f"steps[{at}].params.{name}", source_.start, source_.end, source_.source)
    for option in (o for o in options if o.option):
        add(f"options.{option.option}", option.start, option.end)
    for token in tokens:
        if token.fixed != token.low:
            add("text", token.start, token.end, "repair")
    return tuple(found)
