# SPDX-License-Identifier: Apache-2.0
"""A clause that could not be read: why, what it may have meant, and what is asked or refused because of it."""

from dataclasses import dataclass

from opsconductor.domain.plans import Choice, Question, Refusal
from opsconductor.domain.templates import Catalogue, Template
from planner.clauses import Clause
from planner.matching import match_clause
from planner.shortfalls import shortfall
from planner.vocabulary import Vocabulary
from planner.words import OFFICE, OTHER_TALK, TEXTS, WORK_NOUNS

#: Tokens of the longest beginning of an unreadable clause that is tried by itself.
_LONGEST_PREFIX = 40
_TELLING = ("write", "tell", "compose", "sing", "make", "give", "create", "recite", "invent")


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A clause that could not be read: why, and what it may have meant."""

    clause: Clause
    kind: str  #: "unsupported", "unclear", "ambiguous", "leftover", "either"
    words: str  #: the words in question
    candidates: tuple[Template, ...] = ()


def puzzle_of(clause: Clause, vocabulary: Vocabulary, catalogue: Catalogue, *, thoroughly: bool = True) -> Puzzle:
    """Why a clause could not be read. `thoroughly`: look for the words at its end that are in the way."""
    words = [vocabulary.lemma(t.fixed) for t in clause.tokens]
    for at, token in enumerate(clause.tokens):
        if (
            token.fixed in {"or", "/"}
            and 0 < at < len(words) - 1
            and {words[at - 1], words[at + 1]} <= vocabulary.starters
        ):
            return Puzzle(clause, "either", f"{words[at - 1]} or {words[at + 1]}")
    for length in range(min(len(clause.tokens) - 1, _LONGEST_PREFIX), 0, -1) if thoroughly else ():
        if length == 1 and words[0] not in vocabulary.verbs:
            break
        if matches := match_clause(clause.tokens[:length], vocabulary):
            rest = " ".join(t.text for t in clause.tokens[length:])
            return Puzzle(clause, "leftover", rest, tuple(m.template for m in matches))
    near = nearest_templates(words, catalogue, vocabulary)
    verb = words[0] in vocabulary.verbs and not clause.tokens[0].is_literal
    return Puzzle(clause, "unsupported" if verb else "unclear", clause.text, near)


def nearest_templates(words: list[str], catalogue: Catalogue, vocabulary: Vocabulary) -> tuple[Template, ...]:
    """Templates that share most words with a clause, at most three."""
    said = set(words)

    def shared(template: Template) -> int:
        verbs, objects = vocabulary.about[template.id]
        return 2 * len(said & verbs) + 2 * len(said & objects) + (template.family in said)

    ranked = sorted((-points, t.id) for t in catalogue if (points := shared(t)) > 0)
    return tuple(t for _, intent in ranked[:3] if (t := catalogue.get(intent)))


def settle(
    puzzle: Puzzle | None,
    has_steps: bool,
    has_phrases: bool,
    has_machines: bool,
    catalogue: Catalogue,
    verbs: frozenset[str],
) -> tuple[Refusal | None, Question | None]:
    """What becomes of a request with a clause that could not be read."""
    if puzzle is None:
        if has_steps:
            return None, None
        if has_phrases:
            return None, Question(id="request", text=f"What shall be done there? {_for_example(catalogue)}")
        return out_of_scope(catalogue), None
    if told := shortfall(puzzle.clause.tokens, catalogue):
        return None, Question(id="request", text=told)
    if not has_steps and not has_phrases and _is_other_talk(puzzle, verbs):
        return out_of_scope(catalogue), None
    if not has_steps and (_wants_text(puzzle) or (not has_machines and _is_of_the_office(puzzle))):
        return out_of_scope(catalogue), None
    if puzzle.kind == "unsupported":
        near = tuple(t.examples[0].text for t in puzzle.candidates if t.examples)
        hint = f" Nearest are: {'; '.join(near)}. A name that is an everyday word is read in quotes." if near else ""
        text = f"There is no template for '{puzzle.words}'.{hint} Say it in other words."
        return None, Question(id="request", text=text)
    return None, _ask(puzzle, catalogue)


def _wants_text(puzzle: Puzzle) -> bool:
    """Whether a text is to be made up: "write a limerick about our web servers"."""
    words = [t.fixed for t in puzzle.clause.tokens if not t.is_literal]
    return words[:1] in ([w] for w in _TELLING) and not TEXTS.isdisjoint(words[1:4])


def _is_of_the_office(puzzle: Puzzle) -> bool:
    """Whether a clause is about things that no machine is: "change the toner in the printer on the 3rd floor"."""
    return any(not t.is_literal and t.fixed in OFFICE for t in puzzle.clause.tokens)


def _is_other_talk(puzzle: Puzzle, verbs: frozenset[str]) -> bool:
    """Whether a clause speaks of nothing that is done on machines; when in doubt it does, and is asked about."""
    words = {t.fixed for t in puzzle.clause.tokens if not t.is_literal}
    if not words.isdisjoint(OTHER_TALK):
        return True
    return words.isdisjoint(WORK_NOUNS) and words.isdisjoint(verbs)


def _ask(puzzle: Puzzle, catalogue: Catalogue) -> Question:
    if puzzle.kind == "leftover":
        return Question(
            id="request",
            text=f"'{puzzle.clause.text}' was not fully understood, and nothing is left out silently: "
            f"say '{puzzle.words}' in other words, or leave it out.",
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


def _for_example(catalogue: Catalogue) -> str:
    examples = [t.examples[0].text for t in catalogue if t.examples][:3]
    return f"For example: {'; '.join(examples)}." if examples else ""


def out_of_scope(catalogue: Catalogue) -> Refusal:
    nearest = tuple(t.examples[0].text for t in catalogue if t.examples)[:3]
    return Refusal(
        reason="out_of_scope",
        text="This is nothing that can be done on machines with the templates at hand. See `opsc templates list`.",
        nearest=nearest,
    )
