# SPDX-License-Identifier: Apache-2.0
"""The reading of a request: literals, typos, where, how, what; every value with the words it came from."""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from pydantic import ValidationError

from opsconductor.domain.plans import Condition, Evidence, Options, Question, Refusal, Selector, Step
from opsconductor.domain.templates import Catalogue, ParameterType
from planner.ages import ask_age
from planner.clauses import Clause, split_clauses
from planner.condition_words import words_of
from planner.conditions import Said, find_conditions
from planner.corrections import corrected
from planner.drafting import Drafting, DraftStep, Source
from planner.layers import Layers, Spans
from planner.leftovers import leftover
from planner.names import NameIndex
from planner.phrases import CORRECTION, UNCLEAR_TIME, OptionPhrase, find_options
from planner.puzzles import out_of_scope, settle
from planner.remarks import find_remarks
from planner.repair import repaired
from planner.scope import Phrase, find_phrases
from planner.selecting import Selection, select, union
from planner.settling import contradiction, only_asked
from planner.step_conditions import evidence_of, when_of
from planner.targets import resolve
from planner.tokens import Kind, Token, tokenize
from planner.told_times import about_time, without_told_times
from planner.vocabulary import Vocabulary
from planner.words import CLOUDS, FILLERS, MACHINES, QUESTION_STARTS


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
    layers: Layers | None = None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A request cut into what it says how, where, whether and what."""

    tokens: tuple[Token, ...]
    options: tuple[OptionPhrase, ...]
    conditions: tuple[Said, ...]
    phrases: tuple[Phrase, ...]
    taken: dict[int, int]
    clauses: tuple[Clause, ...]
    listing: bool
    wished: bool  #: a "please" closed it


def read(
    text: str,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    index: NameIndex,
    now: datetime,
    meant: frozenset[str] = frozenset(),
    earlier: tuple[DraftStep, ...] = (),
) -> Reading:
    """Read a request that the guard has let through.

    `meant`: intents to take where several are equally likely. `earlier`: steps said before, for "it" to stand for.
    """
    cut = _cut(text, vocabulary, index, now)
    clauses, conditions = cut.clauses, cut.conditions
    drafting = Drafting(
        catalogue, vocabulary, text, list(earlier), conditions=conditions, meant=meant, wished=cut.wished,
        files=index.files,
    )  # fmt: skip
    drafting.read(clauses)
    told = without_told_times(cut.options, clauses, drafting.context, now)
    steps, options = _scheduled(drafting.steps[len(earlier) :], told)
    if steps and all(s.template.read_only and not s.template.needs_targets for s in steps):
        options = tuple(o for o in options if o.option != UNCLEAR_TIME)
    used = _concerned(cut.phrases, clauses, drafting.context)
    where = _where(steps, clauses, used, index)
    if cut.listing and where.selector == Selector() and where.question is None and _all_machines(cut.tokens, steps):
        where = replace(where, selector=Selector(everything=True))
    whens = tuple(when_of(step, conditions) for step in steps)
    puzzle = drafting.puzzles[0] if drafting.puzzles else None
    refusal, asked = settle(puzzle, bool(steps), bool(cut.phrases), _names_machines(cut), catalogue, vocabulary.verbs)
    left = leftover(cut.tokens, cut.options, cut.phrases, clauses, drafting.context) if not asked else None
    chosen, impossible = _options(options)
    questions: list[tuple[Question | None, Spans]] = [
        (where.question, ()),
        (asked, (puzzle.clause.span,) if puzzle else ()),
        left or (None, ()),
        (_contradiction(steps), tuple(s.span for s in contradiction(steps) or ())),
        (about_time(options, drafting.wants_time, now), _said(options, UNCLEAR_TIME)),
        (_homeless(cut, steps) if asked is None and not earlier else None, ()),
        (None if chosen.dry_run else only_asked(text, cut.tokens, steps), ()),
        *((_subjectless(step), (step.span,)) for step, when in zip(steps, whens, strict=True) if when is None),
        *((ask_age(step, text), (step.span,)) for step in steps),
    ]
    if not steps and any(not CLOUDS.isdisjoint(u.text.casefold().split()) for p in cut.phrases for u in p.unknown):
        refusal = out_of_scope(catalogue)
    origins = tuple(spans for q, spans in questions if q)
    return Reading(
        selector=where.selector,
        steps=tuple(
            Step(intent=s.template.id, params=s.params, hosts=hosts, when=(*(c for c in when or () if c), *system))
            for s, hosts, system, when in zip(steps, where.hosts, where.systems, whens, strict=True)
        ),
        options=chosen,
        evidence=(
            *_evidence(text, steps, cut.phrases, options, cut.tokens),
            *evidence_of(text, _condition_words(cut), steps, whens),
        ),
        questions=tuple(q for q, _ in questions if q),
        refusal=impossible or refusal,
        is_question=_is_question(text, clauses, cut.tokens)
        or (cut.listing and all(s.template.id not in _BRINGING for s in steps)),
        layers=Layers(
            cut.tokens, told, conditions, cut.phrases, used, cut.taken, clauses, drafting, tuple(steps), whens,
            origins,
        ),
    )  # fmt: skip


def _cut(text: str, vocabulary: Vocabulary, index: NameIndex, now: datetime) -> _Cut:
    tokens = repaired(tokenize(text), vocabulary, index)
    options = find_options(text, tokens, now)
    options = (*options, *find_remarks(tokens, options, index, vocabulary))
    courteous = _without(tokens, options)
    free = _without_please(courteous)
    listing = _is_listing(free)
    early = _conditions(free, index, listing)
    rest = _without_new_name(_left(free, early), index)
    phrases = find_phrases(rest, index, vocabulary)
    plain = tuple(t for t in rest if not any(p.start <= t.start < p.end for p in phrases))
    late = _conditions(plain, index, listing)
    taken = _taken(tokens, free, rest, phrases)
    for number, (row, said) in enumerate([*((free, s) for s in early), *((plain, s) for s in late)]):
        for place in range(said.first, said.last):
            taken[_place(tokens, row[place])] = -2 - number
    for option in (o for o in options if o.option == CORRECTION):
        taken |= {at: -1 for at, t in enumerate(tokens) if option.start < t.end and t.start < option.end}
    if listing:
        taken |= {at: -1 for at in _asked_nouns(tokens) if at not in taken}
    phrases = corrected(tokens, options, phrases, taken, vocabulary)
    clauses = split_clauses(tokens, taken, vocabulary)
    return _Cut(tokens, options, (*early, *late), phrases, taken, clauses, listing, len(free) < len(courteous))


def _conditions(tokens: tuple[Token, ...], index: NameIndex, listing: bool) -> tuple[Said, ...]:
    """The conditions that steps here may have; what is asked about is none, but what is said behind a question is."""
    ends = [at for at, t in enumerate(tokens[:-1]) if t.text == "?"]
    if listing and not ends:
        return ()
    first = ends[0] if listing else 0
    return tuple(s for s in find_conditions(tokens) if s.first >= first and not _of_machine(s, index))


#: What "get" may mean besides a question.
_BRINGING = frozenset({"file.fetch"})
#: What points back at the machines that the reason for a request named.
_THERE = frozenset({"there", "them", "it"})


def _without_please(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens without politeness at the end, which is no name for anything."""
    end = len(tokens) - (tokens[-1].text in {".", "!"} if tokens else 0)
    last = end
    while last and tokens[last - 1].fixed in {"please", "pls", "plz", "kindly"} and not tokens[last - 1].is_literal:
        last -= 1
    return (*tokens[:last], *tokens[end:]) if last else tokens


def _concerned(phrases: tuple[Phrase, ...], clauses: tuple[Clause, ...], context: list[int]) -> tuple[Phrase, ...]:
    """The phrases without machines that only the reason for a request names; a heading's machines count."""
    told = {n for c in context if not clauses[c].heading for n in clauses[c].phrases}
    others = any(p.names_something for n, p in enumerate(phrases) if n not in told)
    behind = [t.fixed for c in clauses[min(context, default=len(clauses)) + 1 :] for t in c.tokens if not t.is_literal]
    if not others and not _THERE.isdisjoint(behind):
        return phrases
    return tuple(Phrase(p.first, p.last, p.start, p.end) if n in told else p for n, p in enumerate(phrases))


_PSEUDO = frozenset({UNCLEAR_TIME, CORRECTION})


#: What goes on a question that "when" opens; anything else goes on a condition.
_ASKING = frozenset({"did", "was", "were", "is", "are", "has", "have", "will"})


def _is_listing(tokens: tuple[Token, ...]) -> bool:
    """Whether a request asks for machines or facts, so that what must hold is what it asks about."""
    if any(t.text == "?" and after.fixed == "then" for t, after in pairwise(tokens)):  # "is it down? then start it"
        return False
    said = [t.fixed for t in tokens if not t.is_literal and t.fixed not in FILLERS]
    while said[:1] and said[0] in {"can", "could", "would", "will"} and said[1:2] == ["you"]:
        said = said[2:]
    if said[:1] and said[0] in {"on", "in", "at"} and said[1:2] in (["which"], ["what"]):
        said = said[1:]
    first, second = (*said[:2], None, None)[:2]
    if first in {"when", "where"}:
        return second in _ASKING
    if first == "any" and not {"should", "must", "shall"}.isdisjoint(said):  # "any server that … should be rebooted"
        return False
    if first == "were" and said[-1:] != ["?"] and "," in said:  # "were it down, start it"
        return False
    return first is not None and first in QUESTION_STARTS | {
        "list",
        "show",
        "display",
        "count",
        "find",
        "get",
        "give",
    }


def _condition_words(cut: _Cut) -> tuple[list[Token], ...]:
    """Of every condition its own words."""
    own: tuple[list[Token], ...] = tuple([] for _ in cut.conditions)
    for at, token in enumerate(cut.tokens):
        if (number := cut.taken.get(at, 0)) <= -2:
            own[-2 - number].append(token)
    return own


def _names_machines(cut: _Cut) -> bool:
    return any(p.names_something and not p.unknown for p in cut.phrases)


def _all_machines(tokens: tuple[Token, ...], steps: list[DraftStep]) -> bool:
    """ "Which servers …?" asks about all of them where nothing is changed."""
    return bool(steps) and all(s.template.read_only for s in steps) and any(t.fixed in MACHINES for t in tokens)


def _asked_nouns(tokens: tuple[Token, ...]) -> list[int]:
    """Places of nouns for machines in "which servers have …": they say nothing that is not said by the rest."""
    return [
        at
        for at in range(1, len(tokens) - 1)
        if tokens[at].fixed in MACHINES
        and tokens[at - 1].fixed in {"which", "what", "any"}
        and tokens[at + 1].fixed in {"have", "has", "with", "where", "use", "need", "needs", "are", "is", "run", "were"}
    ]


def _without_new_name(tokens: tuple[Token, ...], index: NameIndex) -> tuple[Token, ...]:
    """The tokens without the name that a machine is to get: "rename a1 to b1" speaks of one machine."""
    if not any(t.fixed == "rename" for t in tokens):
        return tokens
    return tuple(
        token
        for at, token in enumerate(tokens)
        if not (at and tokens[at - 1].fixed in {"to", "into"} and token.kind is Kind.WORD and not index.host(token.low))
        or any(t.kind is Kind.PATH for t in tokens)
    )


def _of_machine(said: Said, index: NameIndex) -> bool:
    """Whether a condition is one on another machine, which no step can check: "if web-02 is running"."""
    return said.subject is not None and index.host(said.subject.value) is not None


def _left(free: tuple[Token, ...], conditions: tuple[Said, ...]) -> tuple[Token, ...]:
    gone = {at for said in conditions for at in range(said.first, said.last)}
    return tuple(t for at, t in enumerate(free) if at not in gone)


def _place(tokens: tuple[Token, ...], token: Token) -> int:
    return bisect_left(tokens, token.start, key=lambda t: t.start)


def _scheduled(
    steps: list[DraftStep], options: tuple[OptionPhrase, ...]
) -> tuple[list[DraftStep], tuple[OptionPhrase, ...]]:
    """The time that was said given to a step that sets up a schedule of its own, else left to the plan."""
    said = next((o for o in options if o.option == "schedule"), None)
    for at, step in enumerate(steps):
        name = next((n for n, p in step.template.parameters.items() if p.type is ParameterType.SCHEDULE), None)
        if said is None or name is None or name in step.params:
            continue
        value = said.value.get("cron") or said.value.get("at")
        source = Source("request", said.start, said.end)
        given = replace(step, params={**step.params, name: value}, sources={**step.sources, name: source})
        return [*steps[:at], given, *steps[at + 1 :]], tuple(o for o in options if o is not said)
    return steps, options


def _said(options: tuple[OptionPhrase, ...], option: str) -> Spans:
    return tuple((o.start, o.end) for o in options if o.option == option)


def _subjectless(step: DraftStep) -> Question:
    return Question(
        id="request",
        text=f"What does the condition of '{step.template.title.lower()}' speak of? Name the service, package or file.",
    )


def _homeless(cut: _Cut, steps: list[DraftStep]) -> Question | None:
    """A condition that no step has is never left out silently."""
    used = {number for step in steps for number, _ in step.conditions}
    lost = next((said for number, said in enumerate(cut.conditions) if number not in used), None)
    if not steps:
        return None
    if lost is None and any(cut.conditions[n].condition.fact == "previous_ok" for n, _ in steps[0].conditions):
        text = "What is it that the first step waits for? No step before it succeeds or fails: say that step as well."
        return Question(id="request", text=text)
    if lost is None:
        return None
    text = f"Which step is it that shall run only if {words_of(lost.condition)}? Say it in one sentence with the step."
    return Question(id="request", text=text)


#: What the options with limits take.
TAKEN = {
    "batch": "it is at least one target at a time and at most a million, or 1% to 100%",
    "max_fail": "it is a number of targets, at most a million, or 0% to 100%",
    "verify_timeout": "it is 1 second to one hour",
    "canary": "it is a number of targets, at most a million",
    "pause": "it is at most a week",
}


def _options(phrases: tuple[OptionPhrase, ...]) -> tuple[Options, Refusal | None]:
    """The options said; a value that one of them does not take is no reason to leave it out silently."""
    said = {p.option: p.value for p in phrases if p.option and p.option not in _PSEUDO}
    try:
        return Options(**said), None
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        text = f"'{said[name]}' is no value for {name}: {TAKEN[name]}. Nothing was planned."
        return Options(), Refusal(reason="unsupported", text=text)


@dataclass(frozen=True, slots=True)
class _Where:
    selector: Selector
    hosts: tuple[tuple[str, ...] | None, ...]  #: for every step: its own machines, None for all
    question: Question | None
    systems: tuple[tuple[Condition, ...], ...] = ()  #: for every step: the system it is for, where steps differ in it

    def __post_init__(self) -> None:
        if not self.systems:
            object.__setattr__(self, "systems", ((),) * len(self.hosts))


def _without(tokens: tuple[Token, ...], options: tuple[OptionPhrase, ...]) -> tuple[Token, ...]:
    """The tokens that no option takes; a correction leaves a full stop, so that nothing is joined across it."""
    free = []
    for token in tokens:
        over = [o for o in options if o.start < token.end and token.start < o.end]
        if not over:
            free.append(token)
        elif any(o.option == CORRECTION for o in over):
            free.append(replace(token, kind=Kind.PUNCTUATION, fixed=".", low="."))
    return tuple(free)


def _taken(
    tokens: tuple[Token, ...], free: tuple[Token, ...], rest: tuple[Token, ...], phrases: tuple[Phrase, ...]
) -> dict[int, int]:
    """For every token that is not part of what to do: its phrase's number, -1 for an option."""
    at_start = {t.start: i for i, t in enumerate(tokens)}
    kept = {t.start for t in free}
    taken = {i: -1 for i, t in enumerate(tokens) if t.start not in kept}
    for number, phrase in enumerate(phrases):
        for place in range(phrase.first, phrase.last):
            taken[at_start[rest[place].start]] = number
    return taken


def _where(
    steps: list[DraftStep], clauses: tuple[Clause, ...], phrases: tuple[Phrase, ...], index: NameIndex
) -> _Where:
    """The plan's selector, and machines of single steps where clauses bring their own."""
    acting = {s.clause for s in steps}
    loose = tuple(p for n, p in enumerate(phrases) if not any(n in clauses[c].phrases for c in acting))
    own = {c: tuple(phrases[n] for n in clauses[c].phrases) for c in sorted(acting)}
    naming = {c: own[c] for c in own if any(p.names_something for p in own[c])}
    selections = _together({c: select((*loose, *naming[c]), index) for c in naming})
    selections = _pointed(selections, {c for c in naming if any(p.ones for p in naming[c])})
    different = list(dict.fromkeys(s.selector for s in selections.values()))
    if len(different) <= 1:
        whole = select(phrases, index)
        return _Where(whole.selector, (None,) * len(steps), whole.question)
    question = next((s.question for s in selections.values() if s.question), None)
    if len({s.model_copy(update={"os": None, "everything": False}) for s in different}) == 1 and (
        all(s.os for s in different) or len({s.os for s in different if s.os}) > 1
    ):
        both = different[0].model_copy(update={"os": None, "everything": any(s.everything for s in different)})
        if both == Selector() and not all(p.ones for phrases_ in naming.values() for p in phrases_):
            both = Selector(everything=True)
        systems = tuple(_system(step.clause, selections) for step in steps)
        return _Where(both, (None,) * len(steps), question, systems)
    everything = union([s.selector for s in selections.values()], index.estate)
    hosts = tuple(_hosts_of(step.clause, selections, index) for step in steps)
    return _Where(everything, hosts, question)


def _pointed(selections: dict[int, Selection], pointing: set[int]) -> dict[int, Selection]:
    """ "Stop X on the servers in Staging and Y on the Windows ones": ones of the machines of the clause before."""
    found = dict(selections)
    for clause in sorted(pointing):
        before = [found[c].selector for c in found if c < clause]
        own = found[clause].selector
        if not before or own.groups or own.hosts:
            continue
        update = {"groups": before[-1].groups, "hosts": before[-1].hosts, "exclude": before[-1].exclude}
        found[clause] = replace(found[clause], selector=own.model_copy(update=update))
    return found


def _together(selections: dict[int, Selection]) -> dict[int, Selection]:
    """ "X on the Linux and Y on the Windows servers in Staging": the group is said once of both systems."""
    named = {
        (s.selector.groups, s.selector.hosts, s.selector.exclude) for s in selections.values() if s.selector.groups
    }
    if len(named) != 1 or not all(s.selector.os for s in selections.values()):
        return selections
    groups, hosts, exclude = named.pop()
    update = {"groups": groups, "hosts": hosts, "exclude": exclude, "everything": False}
    return {
        c: s if s.selector.groups or s.selector.hosts else replace(s, selector=s.selector.model_copy(update=update))
        for c, s in selections.items()
    }


def _system(clause: int, selections: dict[int, Selection]) -> tuple[Condition, ...]:
    before = [c for c in selections if c <= clause]
    system = selections[max(before) if before else min(selections)].selector.os
    return (Condition(fact="os_family", op="==", value=system.value),) if system else ()


def _hosts_of(clause: int, selections: dict[int, Selection], index: NameIndex) -> tuple[str, ...] | None:
    """Machines of a step whose clause, or the nearest clause before, else after it, names some."""
    before = [c for c in selections if c <= clause]
    after = [c for c in selections if c > clause]
    chosen = max(before) if before else min(after)
    return resolve(selections[chosen].selector, index.estate)


def _contradiction(steps: list[DraftStep]) -> Question | None:
    pair = contradiction(steps)
    if pair is None:
        return None
    first, second = (s.template.title.lower() for s in pair)
    return Question(id="request", text=f"'{first}' and '{second}' exclude each other. Say the one that is meant.")


def _is_question(text: str, clauses: tuple[Clause, ...], tokens: tuple[Token, ...]) -> bool:
    first = next((c.tokens[0] for c in clauses if c.tokens), None)
    asked = any(t.low == "does" and (not at or tokens[at - 1].text in {",", "."}) for at, t in enumerate(tokens))
    return text.endswith("?") or asked or (first is not None and not first.is_literal and first.low in QUESTION_STARTS)


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
    for option in (o for o in options if o.option and o.option not in _PSEUDO):
        add(f"options.{option.option}", option.start, option.end)
    for token in tokens:
        if token.fixed != token.low:
            add("text", token.start, token.end, "repair")
    return tuple(found)
