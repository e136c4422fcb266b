# SPDX-License-Identifier: Apache-2.0
"""What is wished rather than ordered: "I need the checksum of …", "we want htop on it, please install it"."""

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.clauses import Clause
from planner.matching import Match
from planner.words import ANAPHORS, FILLERS

if TYPE_CHECKING:  # it reads its clauses with what is here
    from planner.drafting import Drafting

#: Behind "I", what wishes to be told something.
_WHO = frozenset({"i", "we", "they"})
_NEEDING = frozenset({"need", "want", "require"})


def needs_told(drafting: "Drafting", clause: Clause) -> tuple[Match, ...]:
    """ "I need the checksum of /srv/x" as "show the checksum of /srv/x": where that changes nothing."""
    tokens = clause.tokens
    if tokens[0].fixed in _WHO and not tokens[0].is_literal:
        tokens = tokens[1:]
    if len(tokens) < 2 or tokens[0].is_literal or tokens[0].fixed not in _NEEDING:
        return ()
    show = replace(tokens[0], low="show", fixed="show")
    return tuple(m for m in drafting.match((show, *tokens[1:])) if m.template.read_only)


def repeats_wish(drafting: "Drafting", clause: Clause) -> bool:
    """Whether a clause only says again what was wished: "we want htop to be on web-01, please install it"."""
    words = [t for t in clause.tokens if t.is_literal or t.fixed not in FILLERS]
    place, before = drafting.before or (-1, clause)
    steps = [s for s in drafting.steps if s.clause == place]
    if len(words) != 2 or len(steps) != 1 or clause.phrases or clause.conditions or drafting.opens_with_verb(before):
        return False
    if any(t.is_literal for t in words) or words[1].fixed not in ANAPHORS:
        return False
    return drafting.vocabulary.lemma(words[0].fixed) in drafting.vocabulary.about[steps[0].template.id][0]
