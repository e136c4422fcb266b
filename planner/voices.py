# SPDX-License-Identifier: Apache-2.0
"""A clause as an order: without politeness, in the active voice, its verb in front."""

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.both import without_both
from planner.causing import PERSONS, caused, fronted, is_done
from planner.contractions import written_out
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import ANAPHORS, COURTESY, FILLERS, JOINTS, LEAD_INS, LONGEST_POLITENESS, MODALS, POLITENESS

if TYPE_CHECKING:  # it makes the clauses that become orders here
    from planner.clauses import Clause

_NEEDING = frozenset({"i", "i'd", "we'd", "i'll", "we'll"})
_THINGS = frozenset({"a", "an", "the", "some"})
_WISH_IF = re.compile(
    r"(?:(?:it|that)(?:'d| would) be (?:really |very |so )?(?:good|great|nice|helpful|lovely|best|better|perfect)"
    r"|(?:i|we)(?:'d| would) (?:be (?:really |very )?(?:glad|happy|grateful)|appreciate(?: it)?|like(?: it)?)) if(?= )"
)
_LONGEST_WISH = 8
_WERE = frozenset({"were", "was", "be", "got"})
_LOOKING = frozenset({"check", "verify", "confirm", "see", "make", "ensure", "test", "validate"})
_SHORT = {"it's": ("it", "is"), "they're": ("they", "are"), "that's": ("that", "is")}
_IS_TO = frozenset({"is", "are", "also", "please"})


def lead_in(tokens: tuple[Token, ...]) -> int:
    """How many tokens of politeness or framing stand at the front."""
    said: list[str] = []
    for token in tokens[:LONGEST_POLITENESS]:
        if token.is_literal or token.kind is Kind.PUNCTUATION:
            break
        said.append(token.fixed)
    if said[1:2] == ["need"] and said[0] in _NEEDING and said[2:3] and said[2] in _THINGS and said[3:4] != ["list"]:
        return 1  # "I'd need the folder /srv/x": the rest is what is wanted
    if found := POLITENESS.match(" ".join(said)):
        return len(found.group().split())
    for words in _LEAD_INS.get(tokens[0].fixed, ()) if tokens else ():
        if len(tokens) >= len(words) and all(
            not t.is_literal and t.fixed == w for t, w in zip(tokens, words, strict=False)
        ):
            return len(words)
    return 0


#: The framings by their first word, in their order.
_LEAD_INS = {first: tuple(words for words in LEAD_INS if words[0] == first) for first in {w[0] for w in LEAD_INS}}
#: What opens a wish that has the form of a question.
_ASKED_OF_US = frozenset({"can", "could", "may", "might", "would"})
#: What opens a question that orders nothing: "does the firewall block port 80?", "should nginx be restarted?".
_DOUBTS = (["does"], ["did"], ["should"], ["shall"])
_POLITE = frozenset({"so", "please", "pls", "kindly", "therefore", "could", "can", "would", "hence", "thus"})


def normalised(clause: "Clause", vocabulary: Vocabulary) -> "Clause":
    """The clause without politeness and fillers around it, its verb in front."""
    tokens, order, polite = written_out(clause.tokens), clause.order, False
    if order == "before" and not clause.leading and tokens and tokens[0].fixed in {"that", "this", "it"}:
        tokens, order = tokens[1:], "instead"
    if order and len(tokens) > 1 and tokens[0].fixed in PERSONS | {"you"}:
        tokens = tokens[1:]
    plain = tuple(itertools.dropwhile(lambda t: t.text == "," or t.fixed in FILLERS - {"it's"}, tokens))
    if wished := _wished_if(plain, vocabulary):
        tokens, polite = wished, True
    while tokens:
        polite = polite or tokens[0].fixed in _POLITE
        if skip := lead_in(tokens):
            if [t.fixed for t in tokens[:skip]] == ["but", "first"]:
                order = "instead"
            wanted = tokens[skip - 1].fixed in {"need", "want"}
            tokens = tokens[skip:]
            if wanted and len(tokens) > 1 and not tokens[0].is_literal and tokens[0].fixed not in vocabulary.verbs:
                tokens = _wished(tokens, vocabulary)
        elif tokens[0].kind is Kind.PUNCTUATION or tokens[0].fixed in (FILLERS | JOINTS | {"only"}) - {"back"}:
            tokens = tokens[1:]
        else:
            break
    while tokens and not tokens[-1].is_literal and tokens[-1].fixed in JOINTS | {"only"}:
        tokens = tokens[:-1]
    if len(tokens) > 2 and [t.fixed for t in tokens[-2:]] in (["as", "well"], ["after", "that"], ["after", "this"]):
        tokens = tokens[:-2]
    tokens = _to_be(seen_to(tokens), vocabulary)
    tokens = without_both(tokens)
    if clause.conditions and not clause.asked:
        tokens = _turned(tokens)
    if clause.caused and len(tokens) > 1:
        tokens = fronted(tokens, vocabulary)
    front = [t.fixed for t in clause.tokens[: len(clause.tokens) - len(tokens)] if not t.is_literal]
    if clause.joined and len(tokens) > 1 and tokens[-1].fixed == "instead" and not tokens[-1].is_literal:
        # "close A and open B instead": both are said; "…, restart it instead" takes back what was said.
        tokens = tokens[:-1] if ANAPHORS.isdisjoint(t.fixed for t in tokens) else tokens
    doubted = clause.asked and not polite and [t.fixed for t in clause.tokens if not t.is_literal][:1] in _DOUBTS
    noun = bool(front) and front[-1] in {"the", "its", "their", "that"}
    return replace(clause, tokens=_active(tokens, vocabulary), order=order, polite=polite, noun=noun, doubted=doubted)


def _to_be(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "I'd like nginx to be restarted" as "nginx to be restarted"."""
    words = ["" if t.is_literal else t.fixed for t in tokens]
    first = next((n for n in (2, 1) if tuple(words[:n]) in _LIKING), 0)
    be = next((at for at in range(first + 2, len(words) - 1) if words[at - 1 : at + 1] == ["to", "be"]), 0)
    return tokens[first:] if first and be and is_done(tokens, be + 1, vocabulary) else tokens


def seen_to(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "See to it that …" and "take care that …" as "make sure that …"."""
    words = tuple("" if t.is_literal else t.fixed for t in tokens[:4])
    lead = next((lead for lead in _SEEING if words[: len(lead)] == lead), ())
    if not lead:
        return tokens
    make, sure = (replace(t, low=w, fixed=w) for t, w in zip(tokens[:2], ("make", "sure"), strict=True))
    return (make, sure, *tokens[len(lead) - 1 :])


_SEEING = (("see", "to", "it", "that"), ("take", "care", "that"), ("make", "certain", "that"), ("see", "that"))
_LIKING = frozenset(
    [
        ("i'd", "like"),
        ("we'd", "like"),
        ("i", "want"),
        ("we", "want"),
        ("i", "need"),
        ("we", "need"),
        ("want",),
        ("need",),
        ("like",),
    ]
)


def _turned(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "Should nginx be restarted" behind "only if …" as "nginx should be restarted"."""
    words = ["" if t.is_literal else t.fixed for t in tokens]
    if words[:1] not in (["should"], ["shall"], ["must"], ["may"]) or "be" not in words[2:]:
        return tokens
    be = words.index("be", 2)
    return (*tokens[1:be], tokens[0], *tokens[be:])


def _wished(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "Motd copied to /etc/motd" behind "I need" as "copied motd to /etc/motd"."""
    passive = any(t.fixed in {"be", "get"} and not t.is_literal for t in tokens)
    done = not passive and any(is_done(tokens, at, vocabulary) for at in range(1, len(tokens)))
    return fronted(tokens, vocabulary) if done else tokens


def _told(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "Could nginx be restarted" and "I would be glad if nginx could be restarted" as "restarted nginx"."""
    words = ["" if t.is_literal else t.fixed for t in tokens]
    polite = COURTESY.match(" ".join(words[:LONGEST_POLITENESS]))
    first = len(polite.group().split()) if polite else int(bool(words) and words[0] in _ASKED_OF_US)
    be = next((at for at in range(first + 1, len(words) - 1) if words[at] in {"be", "get"}), 0)
    if not first or not be or not is_done(tokens, be + 1, vocabulary):
        return tokens
    if polite and words[be - 1] not in _ASKED_OF_US:
        return tokens
    return (tokens[be + 1], *tokens[first : be - (polite is not None)], *tokens[be + 2 :])


def _wished_if(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "It would be good if /srv/x were deleted" as "deleted /srv/x"; none where no such wish stands."""
    said = ["" if t.is_literal else t.fixed for t in tokens]
    wish = _WISH_IF.match(" ".join(itertools.takewhile(bool, said[:_LONGEST_WISH])))
    if wish is None:
        return ()
    first = len(wish.group().split())
    for at in range(first + 1, len(tokens) - 1):
        low = said[at + 1]
        if said[at] in _WERE and vocabulary.lemma(low) != low and vocabulary.lemma(low) in vocabulary.starters:
            subject = tokens[first : at - 1] if said[at] == "be" and said[at - 1] in MODALS else tokens[first:at]
            return (tokens[at + 1], *subject, *tokens[at + 2 :])
    return ()


def _in_full(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "check it's gone" as "check it is gone"."""
    at = next((i for i, t in enumerate(tokens) if not t.is_literal and t.fixed in _SHORT), 0)
    if at == 0:
        return tokens
    short, words = tokens[at], _SHORT[tokens[at].fixed]
    cut = short.start + len(words[0])
    spans = ((short.start, cut), (cut, short.end))
    full = (
        replace(short, text=w, value=w, low=w, fixed=w, start=a, end=b) for w, (a, b) in zip(words, spans, strict=True)
    )
    return (*tokens[:at], *full, *tokens[at + 1 :])


def _active(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Token, ...]:
    """ "nginx should be restarted", "can nginx be restarted" as "restarted nginx"."""
    if tokens and not tokens[0].is_literal and tokens[0].fixed in _LOOKING:
        tokens = _in_full(tokens)
        said = [t.fixed for t in tokens[1:5] if t.fixed not in {"sure", "that", "if", "whether"}]
        if said[:3] in (["it", "can", "be"], ["they", "can", "be"]):  # what is to be seen, not what is to be done
            return tokens
    tokens = caused(_told(tokens, vocabulary), vocabulary)
    for at in range(1, len(tokens) - 1):
        if tokens[at].is_literal or tokens[at].fixed not in {"be", "been", "get", "needs", "need"}:
            continue
        first = at
        while first > 0 and not tokens[first - 1].is_literal and tokens[first - 1].fixed in MODALS | _IS_TO:
            first -= 1
        if first > 0 and tokens[first].fixed == "to" and tokens[first - 1].fixed in {"is", "are"}:
            first -= 1
        verb = at + 1
        low = tokens[verb].fixed
        needs = tokens[at].fixed in {"needs", "need"}
        if low == "running":  # a state to be in, not something to run
            continue
        if needs and not low.endswith(("ed", "ing", "en", "wn", "ut")):
            continue
        if first == 0 and first < at and tokens[0].fixed in {"is", "are"} and vocabulary.lemma(low) != low:
            return (tokens[verb], *tokens[verb + 1 :])
        if (first < at or needs) and first > 0 and vocabulary.lemma(low) != low:
            rest = verb + 1
            if rest < len(tokens) and (vocabulary.lemma(low), tokens[rest].fixed) in vocabulary.particles:
                return (tokens[verb], tokens[rest], *tokens[:first], *tokens[rest + 1 :])
            return (tokens[verb], *tokens[:first], *tokens[rest:])
    return tokens
