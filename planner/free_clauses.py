# SPDX-License-Identifier: Apache-2.0
"""Which clauses are read without regard to order: one alone, or one with the fragment that belongs to it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.clauses import Clause
from planner.free_order import free_order
from planner.hazards import danger_in
from planner.matching import Match, match_clause
from planner.tokens import Token
from planner.values import Destructive
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, MODALS

if TYPE_CHECKING:  # it reads its clauses with what is here
    from planner.drafting import Drafting, DraftStep

_IT = frozenset({"it", "them", "him", "her"})
_PARTICLES = frozenset({"out", "off", "away", "down", "up", "on", "back"})
_TO_GO = (("has", "to", "go"), ("have", "to", "go"), ("must", "go"), ("needs", "to", "go"), ("should", "go"))
_BEING_THERE = tuple(
    tuple(words.split())
    for words in (
        "we no longer need", "we don't need", "we do not need", "nobody needs", "nobody uses", "we still have",
        "we have", "i have", "there is", "there's", "there are", "there is still", "is still", "is", "are", "i see",
        "we found", "i found", "no longer need",
    )
)  # fmt: skip


def read_freely(drafting: "Drafting", number: int, clause: Clause) -> bool:
    """Read a clause without regard to order: alone, as two orders, or with the clause before it. Whether that gave
    a step or a question."""
    vocabulary = drafting.vocabulary
    clause = replace(clause, polite=clause.polite or drafting.wished)
    asked = "?" in drafting.text and not clause.polite
    matches = drafting.likely(_safe(free_order(clause.tokens, vocabulary, clause.polite, asked)))
    if clause.doubted and any(not m.template.read_only for m in matches):
        return False
    if len(matches) > 1:
        drafting.ask_which(clause, matches)
        return True
    for match in matches or _in_parts(clause, vocabulary):
        drafting.take_freely(number, clause, match)
    taken = any(n == number for n, _ in drafting.chosen)
    return taken or read_with_heading(drafting, clause) or _read_as_more(drafting, clause)


def read_with_heading(drafting: "Drafting", clause: Clause) -> bool:
    """Read a clause together with the words that stand as its heading: "user bob: lock"."""
    if drafting.before is None or not drafting.before[1].heading or drafting.before[0] not in drafting.context:
        return False
    place, heading = drafting.before
    found = _with_words_before(heading, clause, drafting.vocabulary)
    if not found:
        return False
    drafting.context.remove(place)
    drafting.take_freely(place, heading, found[0], clause)
    return True


def _read_as_more(drafting: "Drafting", clause: Clause) -> bool:
    """Read a clause as more about the step before: "turn the firewall on (domain profile)"."""
    place, before = drafting.before or (0, clause)
    steps = [s for s in drafting.steps if s.clause == place]
    if drafting.before is None or len(steps) != 1 or _has_verb(clause.tokens, drafting.vocabulary):
        return False
    found = _with_words_before(before, clause, drafting.vocabulary)
    if not found or found[0].template != steps[0].template or not steps[0].params.keys() <= set(found[0].fillings):
        return False
    drafting.steps.remove(steps[0])
    drafting.chosen = [(n, m) for n, m in drafting.chosen if n != place]
    drafting.take_freely(place, before, found[0], clause)
    return True


def read_as_details(drafting: "Drafting", clause: Clause) -> bool:
    """Read a bracket as more values of the order before it: "create /srv/x (owner bob, mode 0750)"."""
    place, before = drafting.before or (0, clause)
    steps = [s for s in drafting.steps if s.clause == place]
    if not clause.bracketed or len(steps) != 1 or clause.order or clause.conditions not in (before.conditions, ()):
        return False
    found = match_clause((*before.tokens, *clause.tokens), drafting.vocabulary)
    same = [m for m in found if m.template == steps[0].template and len(m.fillings) > len(before_values(steps[0]))]
    if len(same) != 1:
        return False
    drafting.steps.remove(steps[0])
    drafting.chosen = [(n, m) for n, m in drafting.chosen if n != place]
    drafting.take_freely(place, before, same[0], clause)
    return True


def before_values(step: "DraftStep") -> list[str]:
    """The parameters of a step that words of their own gave."""
    return [name for name, source in step.sources.items() if (source.start, source.end) != step.span]


def with_order_behind(clause: Clause, following: Clause, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """A thing that is named, and what to do with it in the next clause: "a unix group ops, please create it"."""
    if following.conditions != clause.conditions or following.order or clause.heading:
        return ()
    said = [t.fixed for t in following.tokens if not t.is_literal and t.fixed not in FILLERS - _IT]
    pointing = said[-1:] in (["it"], ["them"]) or (len(said) == 3 and said[1] in _IT and said[2] in _PARTICLES)
    named = _named(clause.tokens)
    verbal = len(named) != 1 and _has_verb(named, vocabulary)
    if len(said) != len(following.tokens) or not pointing or not named or verbal:
        return ()
    order = tuple(t for t in following.tokens if t.fixed not in _IT)
    if not order:
        return ()
    return _only(match_clause((order[0], *named, *order[1:]), vocabulary)) or _only(
        free_order((*named, *following.tokens), vocabulary, wished=True)
    )


def with_verb_behind(clause: Clause, following: Clause, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """What is no longer needed, and what is done with it: "X is not wanted any more and has to be uninstalled"."""
    words = ["" if t.is_literal else t.fixed for t in clause.tokens]
    being = next((at for at, word in enumerate(words) if word in {"is", "are"} and at), 0)
    needless = " ".join(w for w in words[being + 1 :] if w not in {"any", "more", "anymore", "longer", "here", "there"})
    if not being or needless not in _NEEDLESS or following.conditions != clause.conditions:
        return ()
    wish = ["" if t.is_literal else t.fixed for t in following.tokens]
    be = wish.index("be") if "be" in wish else 0
    if not be or be + 1 >= len(wish) or not set(wish[:be]) <= MODALS | {"so", "it", "therefore"}:
        return ()
    verb, rest = following.tokens[be + 1], following.tokens[be + 2 :]
    return _only(match_clause((verb, *clause.tokens[:being], *rest), vocabulary))


_NEEDLESS = frozenset(
    [
        "no needed", "not needed", "no wanted", "not wanted", "no used", "not used", "no required", "not required",
        "obsolete", "unused", "unneeded", "no in use", "not in use",
    ]
)  # fmt: skip


def _named(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The thing that a sentence only says to be there, or to be of no use: "there is a stale lock /run/x"."""
    words = ["" if t.is_literal else t.fixed for t in tokens]
    for lead in _BEING_THERE:
        if tuple(words[: len(lead)]) == lead:
            return tokens[len(lead) :]
    for tail in _TO_GO:
        if tuple(words[-len(tail) :]) == tail:
            return tokens[: -len(tail)]
    return tokens


def _in_parts(clause: Clause, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Two orders joined by "and", the second of which may be about the same: "squid off and not started at boot"."""
    for at, token in enumerate(clause.tokens):
        if token.is_literal or token.fixed not in {"and", "&"}:
            continue
        first, rest = _only(free_order(clause.tokens[:at], vocabulary, clause.polite)), clause.tokens[at + 1 :]
        if not first or not rest:
            continue
        named = [t for fillings in first[0].fillings.values() for f in fillings for t in f.tokens]
        for tokens in (rest, (*named, *rest)):
            if second := _only(free_order(tokens, vocabulary, clause.polite)):
                return first[0], second[0]
    return ()


def _with_words_before(before: Clause, clause: Clause, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """The one reading of a clause together with the one before."""
    if clause.order or clause.conditions not in (before.conditions, ()):
        return ()
    words = (*before.tokens, *clause.tokens)
    return _only(free_order(words, vocabulary, before.polite or clause.polite)) or (
        _only(match_clause(words, vocabulary)) if before.heading else ()
    )


def _has_verb(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> bool:
    return any(not t.is_literal and vocabulary.lemma(t.fixed) in vocabulary.verbs for t in tokens[:1])


def _only(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """One reading or none: where two clauses are joined there is no offer of several."""
    return _safe(matches) if len(matches) == 1 else ()


def _safe(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """The readings; raises Destructive where one, said in the usual order, would be refused unread."""
    for match in matches:
        values = " ".join(t.text for fillings in match.fillings.values() for f in fillings for t in f.tokens)
        if what := danger_in(f"{match.template.grammar.verbs[0]} {values}"):
            raise Destructive(f"{what} OpsConductor never does that.", remedy="Name another thing.")
    return matches
