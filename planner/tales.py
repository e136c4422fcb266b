# SPDX-License-Identifier: Apache-2.0
"""Clauses that only tell something: of somebody, of machines that are given up, of how a thing is."""

from planner.clauses import Clause
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import FILE_SORTS, FILLERS, TELLING, WISHING

_GIVEN_UP = frozenset(
    [
        "retire", "retiring", "retired", "decommission", "decommissioning", "decommissioned", "sunset", "sunsetting",
        "dismantle", "dismantling", "dismantled", "scrap", "scrapping", "scrapped",
    ]
)  # fmt: skip
_BEING_DONE = frozenset(
    {
        "we",
        "they",
        "i",
        "are",
        "is",
        "be",
        "being",
        "been",
        "will",
        "going",
        "to",
        "have",
        "has",
        "am",
        "we're",
        "they're",
        "i'm",
        "soon",
        "shortly",
        "now",
        "today",
        "tomorrow",
        "week",
        "month",
        "next",
        "finally",
    }
)


def tells_of_somebody(clause: Clause) -> bool:
    """Whether a sentence only tells of somebody: "He has moved to another department."."""
    words = [t.fixed for t in clause.tokens]
    if not clause.fresh or words[0] not in {"he", "she"} or len(words) < 2:
        return False
    return words[1] in TELLING and WISHING.isdisjoint(words)


def tells_of_end(clause: Clause, vocabulary: Vocabulary) -> bool:
    """Whether a sentence only says that machines are given up: "We are retiring web-01."."""
    words = [t.fixed for t in clause.tokens if t.is_literal or t.fixed not in FILLERS]
    plain = not any(t.is_literal for t in clause.tokens)
    lead = words[:1] in (["we"], ["they"], ["i"], ["we're"], ["they're"], ["i'm"]) or bool(clause.phrases)
    verbs = [w for w in words if w in _GIVEN_UP or vocabulary.lemma(w) in _GIVEN_UP]
    told = set(words) - set(verbs)
    return plain and lead and len(verbs) == 1 and bool(told) and told <= _BEING_DONE


def leaves_out(clause: Clause, intents: set[str], vocabulary: Vocabulary) -> bool:
    """Whether a clause only says what is not to be done and no step does: "…, no restart please"."""
    words = [t.fixed for t in clause.tokens if t.is_literal or t.fixed not in FILLERS]
    if len(words) != 2 or words[0] not in {"no", "without"} or not intents:
        return False
    done = {intent.rpartition(".")[2] for intent in intents}
    return vocabulary.lemma(words[1]) in {"restart", "reboot", "downtime"} and done.isdisjoint({"restart", "reboot"})


def last_words(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The words of the last part, without fillers at its end: "sorry again, but the spooler hangs once more"."""
    last = len(tokens)
    while last and not tokens[last - 1].is_literal and tokens[last - 1].fixed in FILLERS:
        last -= 1
    first = max((at + 1 for at in range(last) if tokens[at].fixed in {",", "but"}), default=0)
    return tokens[first:last]


def without_sorts(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "The flag file /srv/x" as "the file /srv/x", "the print spooler" as "the spooler": the rest says it all."""
    return tuple(token for at, token in enumerate(tokens) if not _says_nothing(token, tokens[at + 1 : at + 3]))


def _says_nothing(token: Token, behind: tuple[Token, ...]) -> bool:
    if token.is_literal:
        return False
    words = [t.fixed for t in behind]
    if (token.fixed, *words[:1]) in _EPITHETS:
        return True
    return token.fixed in FILE_SORTS and words[:1] == ["file"] and [t.kind for t in behind[1:]] == [Kind.PATH]


#: Words before a service's name that it is called with.
_EPITHETS = frozenset({("print", "spooler"), ("printer", "spooler"), ("windows", "spooler")})
