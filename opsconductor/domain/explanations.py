# SPDX-License-Identifier: Apache-2.0
"""How a request was read: every word accounted for, what else it might have meant, and why that lost."""

from enum import StrEnum
from typing import Any

from opsconductor.domain.base import Frozen
from opsconductor.domain.plans import Condition, Outcome

#: The version of the explanation JSON this code writes.
EXPLANATION_SCHEMA_VERSION = 1


class SpanKind(StrEnum):
    """What some words of a request were taken for."""

    CLAUSE = "clause"  #: they say what to do
    VALUE = "value"  #: a parameter's value
    SCOPE = "scope"  #: they name machines
    OPTION = "option"  #: they say how the whole plan runs
    CONDITION = "condition"
    CORRECTION = "correction"  #: the speaker takes something back
    REASON = "reason"  #: why it is asked, a signature, a greeting: nothing is done about it
    FILLER = "filler"
    REFUSED = "refused"  #: the words that broke a rule
    UNREAD = "unread"  #: a refused request is not read any further


class Span(Frozen):
    """A run of words: text[start:end], characters. All spans together hold every word of the request once."""

    start: int
    end: int
    text: str
    kind: SpanKind
    #: What it says: "targets", an option's name, "steps[0].params.service", a condition's fact.
    of: str | None = None
    literal: str | None = None  #: its shape where it is data: quoted, path, port …
    repaired: str | None = None  #: what a mistyped word was read as
    clause: int | None = None  #: number of its clause, from 1


class Lost(StrEnum):
    """Why a template was not chosen for a clause."""

    SCORE = "lower score"
    EQUAL = "equal score"
    NEGATIVE = "negative word"
    SLOT = "missing slot"
    WORD = "missing word"
    LEFT_OVER = "left over"
    REFERENCE = "nothing to refer to"


class Candidate(Frozen):
    """One template that might have been meant by a clause, with the best of its patterns."""

    intent: str
    title: str
    pattern: str
    score: int | None = None  #: None: the pattern does not explain the clause at all
    words: int | None = None  #: of the pattern that stood in the clause; two points each
    fit: int | None = None  #: points for names that look like what they stand for
    chosen: bool = False
    lost: Lost | None = None
    why: str = ""


class SlotValue(Frozen):
    """One value of a step with the words it came from."""

    step: int  #: number of the step in the plan, from 1
    parameter: str
    value: Any
    source: str  #: as in the plan's evidence
    start: int | None = None
    end: int | None = None
    text: str | None = None


class ClauseReading(Frozen):
    """One thing to do as the request says it."""

    number: int  #: from 1, in the order of work
    start: int
    end: int
    text: str
    read_as: str  #: the words that were held against the patterns, typos mended, an omitted verb put back
    candidates: tuple[Candidate, ...] = ()
    steps: tuple[int, ...] = ()  #: numbers of the plan's steps that it became
    slots: tuple[SlotValue, ...] = ()
    note: str = ""  #: what became of it where that is not a step, or not the one its words name


class Near(Frozen):
    """A name of the asset database and how alike it is, 0 to 100."""

    name: str
    score: float


class NameMatch(Frozen):
    """Words that name machines, and how the name was found."""

    start: int
    end: int
    text: str
    kind: str  #: group, machine, role, os, os_version, count, everything, unknown
    names: tuple[str, ...] = ()
    excluded: bool = False
    way: str = "exact"  #: exact, normalised, abbreviated, misspelt, range, wildcard, said, none
    distance: int | None = None  #: letters that differ, for a misspelt name
    score: float | None = None  #: likeness, for a misspelt name
    margin: float | None = None  #: its lead over the second
    others: tuple[Near, ...] = ()  #: the runners-up
    why: str = ""


class ScopeReading(Frozen):
    """One phrase that names machines."""

    start: int
    end: int
    text: str
    names: tuple[NameMatch, ...] = ()
    counts: bool = True  #: false where it was taken back, or only a reason names it


class ConditionReading(Frozen):
    """One condition with the fact it compiles to, per step."""

    start: int
    end: int
    text: str
    facts: tuple[Condition, ...] = ()  #: as they stand in the steps; empty where its subject is not known
    said: tuple[str, ...] = ()  #: the facts in words
    steps: tuple[int, ...] = ()


class OptionReading(Frozen):
    """One phrase that says how the plan runs."""

    start: int
    end: int
    text: str
    option: str
    value: Any
    note: str = ""


class QuestionReading(Frozen):
    """One open question and the words it is about; none where something is not said at all."""

    id: str
    text: str
    spans: tuple[tuple[int, int], ...] = ()
    words: tuple[str, ...] = ()


class GuardFinding(Frozen):
    """The rule that refused the request, and the words that broke it."""

    rule: str
    reason: str
    text: str
    start: int | None = None
    end: int | None = None
    words: str | None = None  #: of the masked text


class Explanation(Frozen):
    """How a request was read."""

    schema_version: int = EXPLANATION_SCHEMA_VERSION
    text: str  #: the request; literal secrets masked
    outcome: Outcome
    finding: GuardFinding | None = None
    spans: tuple[Span, ...] = ()
    clauses: tuple[ClauseReading, ...] = ()
    scopes: tuple[ScopeReading, ...] = ()
    conditions: tuple[ConditionReading, ...] = ()
    options: tuple[OptionReading, ...] = ()
    questions: tuple[QuestionReading, ...] = ()
    notes: tuple[str, ...] = ()
