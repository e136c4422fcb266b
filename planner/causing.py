# SPDX-License-Identifier: Apache-2.0
"""Work that is wanted done: "have the file fetched", "I want nginx restarted"."""

from dataclasses import replace

from planner.tokens import Token
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, PREPOSITIONS

#: Who speaks, or is spoken of.
PERSONS = frozenset({"we", "our", "they", "their", "he", "she", "i", "my", "i'd", "we'd"})
_WANTING = frozenset({"need", "needs", "want", "require", "like", "would"})


_WILLING = frozenset({"need", "needs", "want", "wants", "have", "get", "gets", "like"})
_WANTED = frozenset({"want", "wants", "need", "needs", "like", "love", "wish"})
_MODALS = frozenset({"should", "must", "shall", "to", "can", "could", "may", "might", "would"})
_BEHIND = PREPOSITIONS | FILLERS | {"with", "by", "as", "using", ","}
#: Forms that describe what stands behind them: "a cron job named x".
_DESCRIBING = frozenset({"named", "called", "owned"})


def is_done(tokens: tuple[Token, ...], at: int, vocabulary: Vocabulary) -> bool:
    """Whether a verb's form stands there that tells what is done to the words before it: stopped, copied to."""
    low = "" if tokens[at].is_literal else tokens[at].fixed
    lemma = vocabulary.lemma(low)
    told = lemma != low and lemma in vocabulary.starters and low.endswith(("ed", "en", "wn", "ut", "pt"))
    ends = at + 1 == len(tokens) or (not tokens[at + 1].is_literal and tokens[at + 1].fixed in _BEHIND)
    return told and ends and low not in _DESCRIBING


def wants_done(words: list[Token], vocabulary: Vocabulary) -> bool:
    """Whether words wish that something be done: "I need X stopped", "X has to be stopped"."""
    low = ["" if t.is_literal else t.fixed for t in words]
    said = tuple(words)
    if not _WILLING.isdisjoint([w for w in low if w][:3]):
        return any(is_done(said, at, vocabulary) for at in range(1, len(said)))
    return any(
        low[at] in {"be", "get"} and not _MODALS.isdisjoint(low[:at]) and is_done(said, at + 1, vocabulary)
        for at in range(1, len(said) - 1)
    )


def off_machines(words: list[Token]) -> list[Token]:
    """ "I want X off" before machines as "I want X gone": off them, not switched off."""
    last = words[-1]
    wished = any(not t.is_literal and t.fixed in _WANTED for t in words[:3])
    if not wished or last.is_literal or last.fixed != "off":
        return words
    return [*words[:-1], replace(last, low="gone", fixed="gone")]


def going(words: list[Token], preposition: Token) -> list[Token]:
    """ "X has to go" before "onto web-01" or "from web-01": the preposition says which way; "get X onto" as well."""
    last, first = words[-1], words[0]
    goes = not last.is_literal and last.fixed in _GOING and preposition.fixed in _WAYS
    brought = not first.is_literal and first.fixed in _BRINGING and preposition.fixed == "onto"
    return [*words, preposition] if goes or brought else words


_GOING = frozenset({"go", "goes", "belongs"})
#: "X has to go on web-01" may mean both, so that the preposition is left over and asked about.
_WAYS = frozenset({"on", "onto", "to"})
_BRINGING = frozenset({"get", "put", "bring", "place", "lay"})


def fronted(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "a.conf copied to /etc/a.conf" as "copied a.conf to /etc/a.conf"."""
    at = next((at for at in range(1, len(tokens)) if is_done(tokens, at, vocabulary)), 0)
    return (tokens[at], *tokens[:at], *tokens[at + 1 :])


def caused(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "have the file fetched", "I want nginx restarted" as "fetched the file"."""
    start = tokens
    if len(tokens) > 1 and tokens[0].fixed in PERSONS and tokens[1].fixed in _WANTING:
        tokens = tokens[1:]
        if tokens[0].fixed in {"would", "should"}:
            tokens = tokens[1:]
    # "I'd like web-01 rebooted": the machines stand apart, and nothing is left between.
    first = 1 if tokens is not start and tokens[0].fixed in _WANTED else 2
    if len(tokens) <= first or tokens[0].is_literal or tokens[0].fixed not in {"have", "get"} | _WANTING:
        return start
    for at in range(first, len(tokens)):
        low = tokens[at].fixed
        if tokens[at].is_literal or not low.endswith(("ed", "en", "wn")) or low in {"named", "called", "owned"}:
            continue
        ends = at + 1 == len(tokens) or tokens[at + 1].fixed in _BEHIND
        if ends and vocabulary.lemma(low) != low and vocabulary.lemma(low) in vocabulary.starters:
            verb = tokens[at] if at > 1 else replace(tokens[at], low=vocabulary.lemma(low), fixed=vocabulary.lemma(low))
            return (verb, *tokens[1:at], *tokens[at + 1 :])
    return start
