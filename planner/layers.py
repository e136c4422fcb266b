# SPDX-License-Identifier: Apache-2.0
"""The stages of a reading, kept so that it can be told."""

from dataclasses import dataclass

from opsconductor.domain.plans import Condition
from planner.clauses import Clause
from planner.conditions import Said
from planner.drafting import Drafting, DraftStep
from planner.phrases import OptionPhrase
from planner.scope import Phrase
from planner.tokens import Token

#: Where words stand in the request: [start, end), characters.
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """What a reading rests on, stage by stage. An explanation shows these and reads nothing anew."""

    tokens: tuple[Token, ...]
    options: tuple[OptionPhrase, ...]
    conditions: tuple[Said, ...]
    phrases: tuple[Phrase, ...]
    used: tuple[Phrase, ...]  #: the phrases as they counted: one that only a reason names is without machines
    taken: dict[int, int]  #: token's place → number of its phrase, -1 for an option, -2 - n for condition n
    clauses: tuple[Clause, ...]
    drafting: Drafting
    steps: tuple[DraftStep, ...]
    whens: tuple[tuple[Condition | None, ...] | None, ...]  #: None in the place of what the step sees to itself
    origins: tuple[Spans, ...]  #: for every question the words it is about
