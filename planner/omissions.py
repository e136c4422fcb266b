# SPDX-License-Identifier: Apache-2.0
"""Steps of the plan before that a follow-up leaves out, or the only ones that it keeps."""

from dataclasses import replace

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Origin, Plan, Step
from planner.amendments import base, in_place, titles
from planner.idioms import exchanges
from planner.overlay import with_steps
from planner.pointing import Mark
from planner.revisions import Reader, Revised, Said, Unclear, listen
from planner.tokens import Kind, Token, tokenize
from planner.words import ANAPHORS, FILLERS, NUMBERS


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.split()) for part in text.split("·"))


_LEAVING = _phrases(
    "leave out·leaving out·leave off·do not·skip·skipping·without·omit·drop·don't·no·no need to·no need for·"
    "forget about·"
    "forget·scrap·cut·remove·delete·cancel·take out·take away·get rid of·lose·strike·cross out·not·minus·all but·"
    "all except·everything but·everything except·except·except for·but not·never mind·discard·ignore·do away with·"
    "save yourself·we don't need·don't need·you can skip·you can drop"
)
#: Words with one of these at their end do the same: "leave the restart out".
_OPENS, _CLOSES = frozenset({"leave", "take", "keep", "cut"}), frozenset({"out", "away", "off"})
#: What may as well open a request of its own.
_ORDERS = frozenset(_phrases("no·don't·do not·not·remove·delete·cut·cancel·ignore·lose"))
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "last": -1, "final": -1}
_COUNTED = frozenset({"step", "steps", "number", "numbers", "task", "tasks", "part", "action", "thing", "one", "ones"})
_ABOUT = frozenset({"of", "to", "for", "altogether", "completely", "entirely", "part", "bit", "thing"})


def without_steps(before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """`skip the backup`, `without the restart`, `leave out step 2`; None when nothing is left out."""
    words = [t for t in said.raw if t.kind is not Kind.PUNCTUATION and t.low not in {"but", "please", "and", "then"}]
    cue, behind = _cue([t.low for t in words])
    named = words[len(cue) : len(words) - behind] if cue else []
    counted = _numbers(named, before)
    named = [t for t in named if t.low not in FILLERS | ANAPHORS]
    if said.names and not said.pointing.has(Mark.SAME, Mark.AGAIN):
        return None
    if counted is not None:
        gone = _counted(before, counted)
        return _left(before, job, said, plan_id, reader, gone)
    if cue is None or not named or any(t.is_literal and t.kind is not Kind.QUOTED for t in named):
        return None
    gone = _meant(before, named, reader)
    if not gone:
        if cue in _ORDERS:
            return None
        policy = [s for s in before.steps if s.origin is Origin.POLICY and _is_named(s, named, reader)]
        said_so = " ".join(t.text for t in named)
        raise Unclear(
            f"'{policy[0].title}' is added by policy and stays: what it keeps is needed to undo the step behind it."
            if policy
            else f"No step of the plan before is '{said_so}'. Its steps are: {titles(before)}."
        )
    return _left(before, job, said, plan_id, reader, gone)


def only_steps(before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """`only step 1`, `just the update`: the plan without its other steps; None when no step is named."""
    if not said.pointing.first(Mark.ONLY) or said.names:
        return None
    words = [t for t in said.raw if t.kind is not Kind.PUNCTUATION and t.low not in {"do", "run", "please", "keep"}]
    counted = _numbers(words, before)
    if counted is not None:
        kept = _counted(before, counted)
    else:
        named = [t for t in words if t.low not in FILLERS | ANAPHORS]
        kept = _meant(before, named, reader) if named and not any(t.is_literal for t in named) else []
    user = [at for at, s in enumerate(before.steps) if s.origin is Origin.USER]
    gone = [at for at in user if at not in kept]
    return _left(before, job, said, plan_id, reader, gone) if kept and gone else None


def _left(
    before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader, gone: list[int]
) -> Revised | None:
    """The plan before without some of its steps."""
    revised = base(before, job, said, plan_id, reader)
    if revised is None:
        return None
    dropped = [before.steps[at].intent for at in gone], [before.steps[at].params for at in gone]
    kept = [(at, s) for at, s in enumerate(revised.plan.steps) if not _among(s, *dropped)]
    if not any(s.origin is Origin.USER for _, s in kept):
        raise Unclear("Nothing would be left of the plan before. Say what shall be done.")
    titles = ", ".join(f"'{before.steps[at].title}'" for at in sorted(gone))
    what = f"{revised.what or 'all of it'} without {titles}"
    return replace(revised, plan=with_steps(revised.plan, kept), what=what)


def instead_of_step(before: Plan, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """`reload instead of restart`, `don't restart it, reload it`: new steps in the place of the one that is named."""
    for pair in exchanges(said.text):
        named = [t for t in tokenize(said.text[slice(*pair.old)]) if t.low not in FILLERS | ANAPHORS]
        if not named or any(t.is_literal for t in named):
            continue
        gone = _meant(before, named, reader)
        start, end = pair.new
        new_words = said.text[start:end].split()
        text = f"{' ' * start}{said.text[start:end]}{' it' if len(new_words) == 1 else ''}"
        pointing = replace(said.pointing, text=text, adjusted=None)
        new = replace(listen(text, pointing, before, reader), text=said.text)
        if len(gone) == 1 and new.reading.steps and not new.reading.questions and not new.reading.refusal:
            return in_place(before, new, plan_id, reader, gone)
    return None


def _cue(low: list[str]) -> tuple[tuple[str, ...], int]:
    """The words that leave something out, and how many of them close the text."""
    if len(low) > 2 and low[0] in _OPENS and low[-1] in _CLOSES:
        return (low[0],), 1
    found = [c for c in _LEAVING if tuple(low[: len(c)]) == c]
    return (max(found, key=len), 0) if found else ((), 0)


def _numbers(named: list[Token], before: Plan) -> list[int] | None:
    """Numbers of steps, from 1 or from -1: "step 2", "steps 1 and 3", "the last step", "the second one"."""
    words = [t for t in named if t.low not in {"the", "and", "&", "of", "my", "your", "that", "very"}]
    if len(words) == 1 and words[0].low.startswith("step") and words[0].low[4:].isdigit():
        return [int(words[0].low[4:10])]
    nouns = [t for t in words if t.low in _COUNTED]
    rest = [t for t in words if t.low not in _COUNTED]
    if not nouns or not rest or (nouns[0].low in {"one", "ones"} and len(before.targets.names) > 1 < _size(before)):
        return None
    if rest[0].low in {"first", "last"} and len(rest) == 2 and (count := _figure(rest[1])):
        return list(range(1, count + 1)) if rest[0].low == "first" else list(range(-count, 0))
    if all(t.low in _ORDINALS for t in rest):
        return [_ORDINALS[t.low] for t in rest]
    if nouns[0] is words[0] and nouns[0].low not in {"one", "ones"}:
        figures = [_figure(t) for t in rest]
        return [f for f in figures if f] if all(figures) else None
    return None


def _size(before: Plan) -> int:
    return sum(s.origin is Origin.USER for s in before.steps)


def _figure(token: Token) -> int | None:
    if token.kind is Kind.NUMBER and token.text.isdigit():
        return int(token.text[:6])
    return NUMBERS.get(token.low) if not token.is_literal else None


def _counted(before: Plan, numbers: list[int]) -> list[int]:
    """Places of steps by number; from the end only the user's own count. Raises Unclear for what is none of these."""
    user = [at for at, s in enumerate(before.steps) if s.origin is Origin.USER]
    places = []
    for number in numbers:
        if number < 0:
            at = user[number] if -number <= len(user) else None
        else:
            at = number - 1 if number <= len(before.steps) else None
        if at is None:
            raise Unclear(f"The plan before has no such step. Its steps are: {titles(before)}.")
        if at not in user:
            raise Unclear(
                f"Step {at + 1} ('{before.steps[at].title}') is added by policy and stays: what it keeps is needed to "
                "undo the step behind it."
            )
        places.append(at)
    return places


def _among(step: Step, intents: list[str], params: list[dict[str, object]]) -> bool:
    return any(step.intent == i and step.params == p for i, p in zip(intents, params, strict=True))


def _meant(before: Plan, named: list[Token], reader: Reader) -> list[int]:
    """Places of the user's steps that words name; several kinds of them are asked about."""
    user = [at for at, s in enumerate(before.steps) if s.origin is Origin.USER]
    found = [at for at in user if _is_named(before.steps[at], named, reader)]
    kinds = {before.steps[at].intent for at in found}
    if len(kinds) > 1:
        said = {reader.vocabulary.lemma(t.low) for t in named}
        exact = [at for at in found if said & set(before.steps[at].intent.split("."))]
        kinds = {before.steps[at].intent for at in exact}
        found = exact or found
    if len(kinds) > 1:
        titles = ", ".join(f"step {at + 1} ({before.steps[at].title})" for at in found)
        raise Unclear(f"Which one shall be left out: {titles}? Say 'without step N'.")
    return found


def _is_named(step: Step, named: list[Token], reader: Reader) -> bool:
    template = reader.catalogue.get(step.intent)
    if template is None:
        return False
    heads = {reader.vocabulary.lemma(w) for v in template.grammar.verbs for w in v.casefold().split()}
    heads |= {*template.id.split("."), *template.title.casefold().split()}
    objects = {w for o in template.grammar.objects for w in o.casefold().split()} | {"step", "task"}
    values = {str(v).casefold() for v in step.params.values()}
    words = [{t.value.casefold(), reader.vocabulary.lemma(t.low)} for t in named if t.low not in _ABOUT]
    return all(w & (heads | objects | values) for w in words) and any(w & heads for w in words)
