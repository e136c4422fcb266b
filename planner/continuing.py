# SPDX-License-Identifier: Apache-2.0
"""Words that go on with a step of the plan before: "with shell /bin/bash", "only if it is stopped", "and php-fpm".

The step's own title is read with them behind it; what comes out must be that step and something more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Evidence, Options, Origin, Plan, Selector, Step
from planner.amendments import base, others, own_nouns
from planner.overlay import with_steps
from planner.pointing import Mark
from planner.reading import Reading, read
from planner.revisions import Reader, Revised, Said, Unclear
from planner.tokens import tokenize
from planner.words import ENGLISH, words_of

#: Titles of longer plans are not tried: nobody goes on with one of so many steps without naming it.
_MOST_STEPS = 6
_LONGEST = 200
_SHORTEST = 3
_AND = re.compile(r"(?:and |but )*(?:also|what about|how about|plus|same for)(?= )", re.IGNORECASE)
_TAIL = re.compile(r"[\s,]*(?:\b(?:please|too|as well|also|then|thanks|instead)\b[\s,]*)*[\s.!?]*$", re.IGNORECASE)
_SETTING = re.compile(
    r"(?:(?:and|also) )*(?:set|use|make|put|with|give (?:it|him|her|them))(?: (?:the|a|an|its|his|"
    r"her))? (?P<noun>[a-z]+)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:ok|okay|please|but|so|oh|sorry|actually|wait|well|then|now|yes|hm+)\b[,\s]+)*", re.IGNORECASE
)
#: Kinds of environments: such a word is at least as likely to mean machines as anything else.
_PLACES = words_of(
    "staging production prod test testing dev development qa uat live lab integration preprod everywhere all"
)


@dataclass(frozen=True, slots=True)
class _Found:
    at: int  #: place of the step
    steps: tuple[Step, ...]  #: it and, behind it, further ones of its kind
    evidence: tuple[Evidence, ...]  #: with places counted from that step


def continued(before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """The plan before with more said of one of its steps; None when no step goes on so."""
    marks = said.pointing.marks - {Mark.AND, Mark.ALSO, Mark.ONLY, Mark.INSTEAD}
    if marks or any(p.groups or p.hosts or p.exclude for p in said.phrases) or said.count or len(said.text) > _LONGEST:
        return None
    text, begins = _words(said.text, own_nouns(before, reader.catalogue))
    first = next((t for t in tokenize(text) if t.low not in {"and", "but", "also"}), None)
    if first is None or (not first.is_literal and reader.vocabulary.lemma(first.low) in reader.vocabulary.starters):
        return None
    user = [at for at, s in enumerate(before.steps) if s.origin is Origin.USER and s.undo_of is None]
    if not user or len(user) > _MOST_STEPS:
        return None
    found = [f for at in user if (f := _gone_on(before.steps[at], at, text, begins, reader)) is not None]
    if not found:
        return None
    if len(found) > 1:
        titles = ", ".join(f"step {f.at + 1} ({before.steps[f.at].title})" for f in found)
        raise Unclear(f"Of which step is that said: {titles}? Say it with that step.")
    return _with(found[0], before, job, said, plan_id, reader)


def _words(text: str, nouns: set[str]) -> tuple[str, int]:
    """What goes on, and where it begins in the text; "also php-fpm" and "what about php-fpm" with an "and"."""
    end = _TAIL.search(text)
    begins = lead.end() if (lead := _LEAD.match(text)) else 0
    rest = text[begins : end.start() if end else len(text)]
    if match := _AND.match(rest):
        rest = f"{'and':>{match.end()}}{rest[match.end() :]}"
    elif (match := _SETTING.match(rest)) and match["noun"].casefold() in nouns:
        rest = f"{'with':<{match.start('noun') - 1}} {rest[match.start('noun') :]}"
    elif end and re.search(r"too|as well|also", end.group(), re.IGNORECASE) and not rest.casefold().startswith("and "):
        rest, begins = f"and {rest}", begins - len("and ")
    return rest, begins


def _gone_on(step: Step, at: int, text: str, begins: int, reader: Reader) -> _Found | None:
    """The step read with more words behind its title, where it is still that step."""
    title = step.title
    reading = read(f"{title} {text}", reader.catalogue, reader.vocabulary, reader.index, reader.now)
    if not _is_clear(reading):
        return None
    first, *further = reading.steps
    same = {n: v for n, v in first.params.items() if n in step.params and str(v) == str(step.params[n])}
    more = {n: v for n, v in first.params.items() if n not in same}
    if first.intent != step.intent or (step.params and not same) or any(s.intent != step.intent for s in further):
        return None
    moved = len(title) + 1 - begins
    evidence = tuple(
        e.model_copy(update={"start": e.start - moved, "end": e.end - moved})
        for e in reading.evidence
        if e.start is not None and e.end is not None and e.start > len(title)
    )
    if further:
        return _Found(at, (step, *further), evidence) if not more and not first.when and _are_names(further) else None
    spoken = {e.path.removeprefix("steps[0].params.") for e in evidence}
    taken = _filled(step, more, reader)
    if (not more and not first.when) or not set(more) <= spoken or taken:
        return None
    gone = {g for n in more for g in others(reader.catalogue.get(step.intent), n)}
    params = {n: v for n, v in step.params.items() if n not in gone} | more
    when = (*step.when, *(c for c in first.when if c not in step.when))
    return _Found(at, (step.model_copy(update={"params": params, "when": when}),), evidence)


def _is_clear(reading: Reading) -> bool:
    return (
        bool(reading.steps)
        and reading.refusal is None
        and not reading.questions
        and reading.selector == Selector()
        and reading.options == Options()
    )


def _are_names(further: Iterable[Step]) -> bool:
    """Whether the values of further steps can be nothing but that."""
    values = [str(v).casefold() for s in further for v in s.params.values()]
    return not any(v in _PLACES or v in ENGLISH for v in values)


def _filled(step: Step, more: dict[str, object], reader: Reader) -> bool:
    """Whether one of the values would take the place of another that was said."""
    template = reader.catalogue.get(step.intent)
    parameters = template.parameters if template else {}
    return any(step.params.get(n) not in (None, [], (), "", parameters[n].default) for n in more if n in parameters)


def _with(
    found: _Found, before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader
) -> Revised | None:
    revised = base(before, job, said, plan_id, reader)
    if revised is None or len(revised.plan.steps) != len(before.steps):
        return None
    changed, *further = found.steps
    for name in (str(v) for s in further for v in s.params.values()):
        if _may_be_machines(name, reader):
            raise Unclear(f"Is '{name}' a machine? Say 'on …' for machines, or the whole request.")
    listed: list[tuple[int | None, Step]] = []
    for at, step in enumerate(revised.plan.steps):
        hosts = {"hosts": step.hosts}
        listed.append((at, changed.model_copy(update=hosts) if at == found.at else step))
        if at == found.at:
            listed += [(None, s.model_copy(update={**hosts, "when": changed.when})) for s in further]
    alone = bool(further) and (job is not None or said.asks(before))
    if alone:
        listed = [(None, s) for s in further]
    plan = with_steps(revised.plan, listed)
    first = 0 if alone else found.at + bool(further)
    said_of = [
        e.model_copy(update={"path": _placed(e.path, first - bool(further)), "text": said.text[e.start : e.end]})
        for e in found.evidence
        if not further or not e.path.startswith("steps[0]")
    ]
    paths = {e.path for e in said_of}
    plan = plan.model_copy(update={"evidence": (*(e for e in plan.evidence if e.path not in paths), *said_of)})
    what = "and a further step" if further else f"with more of '{before.steps[found.at].title}'"
    replaces = revised.replaces and not alone
    return replace(revised, plan=plan, what=f"{revised.what or 'all of it'}, {what}", replaces=replaces)


def _may_be_machines(name: str, reader: Reader) -> bool:
    """Whether a name may be a mistyped group or machine."""
    low = name.casefold()
    words = {w for g in reader.index.estate.groups for w in g.name.casefold().split()} | _PLACES
    close = len(low) > _SHORTEST and any(OSA.distance(low, w, score_cutoff=1) <= 1 for w in words)
    return close or reader.index.looks_like_host(name)


def _placed(path: str, by: int) -> str:
    match = re.match(r"steps\[(\d+)\]", path)
    return f"steps[{int(match[1]) + by}]{path[match.end() :]}" if match else path
