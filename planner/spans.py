# SPDX-License-Identifier: Apache-2.0
"""Every word of a request and what it was taken for, in runs."""

from dataclasses import dataclass

from opsconductor.domain.explanations import Span, SpanKind
from planner.guard import Finding
from planner.layers import Layers
from planner.phrases import CORRECTION, UNCLEAR_TIME
from planner.tokens import Kind, Token
from planner.words import FILLERS, JOINTS, STRONG_BREAKS

_WHY = frozenset({"because", "due", "as", "since"})


@dataclass(frozen=True, slots=True)
class _Role:
    """What a token was taken for; tokens side by side with one role are one span."""

    kind: SpanKind
    of: str | None = None
    clause: int | None = None
    part: int | None = None  #: keeps what is not one phrase apart


def spans_of(text: str, layers: Layers, numbers: tuple[int, ...], finding: Finding | None) -> tuple[Span, ...]:
    """The words of a request that was read. `numbers`: for every drafted step its number in the plan."""
    roles = _Roles(layers, numbers)
    found = [roles.role(at, token) for at, token in enumerate(layers.tokens)]
    if finding is not None:
        found = [_refused(t, finding) or r for t, r in zip(layers.tokens, found, strict=True)]
    return _merged(text, layers.tokens, found)


def unread(text: str, tokens: tuple[Token, ...], finding: Finding | None) -> tuple[Span, ...]:
    """The words of a request that the guard let nobody read."""
    rest = _Role(SpanKind.UNREAD)
    return _merged(text, tokens, [(_refused(t, finding) if finding else None) or rest for t in tokens])


def _refused(token: Token, finding: Finding) -> _Role | None:
    if finding.start is None or finding.end is None or token.end <= finding.start or finding.end <= token.start:
        return None
    return _Role(SpanKind.REFUSED, finding.rule)


class _Roles:
    def __init__(self, layers: Layers, numbers: tuple[int, ...]) -> None:
        self.layers = layers
        clauses = [n for n, c in enumerate(layers.clauses) if c.tokens]
        shown = {number: place for place, number in enumerate(clauses, start=1)}
        self.clause_at = {t.start: n for n in clauses for t in layers.clauses[n].tokens}
        self.shown = shown
        self.why = False
        steps = zip(numbers, layers.steps, strict=False)
        self.values = [
            (source.start, source.end, f"steps[{n - 1}].params.{name}", step.span)
            for n, step in steps
            for name, source in step.sources.items()
            if source.start is not None and source.end is not None
        ]

    def role(self, at: int, token: Token) -> _Role:
        """What a token was taken for."""
        number = self.layers.taken.get(at)
        if number is not None:
            self.why = False
            return self.cut(token, number)
        clause = self.clause_at.get(token.start)
        if clause is not None:
            self.why = False
            return self.of_clause(clause, token)
        if token.fixed in STRONG_BREAKS | {","} or token.kind is Kind.PUNCTUATION:
            self.why = False
        elif token.fixed in _WHY:
            self.why = True
        return _Role(SpanKind.REASON if self.why else SpanKind.FILLER)

    def cut(self, token: Token, number: int) -> _Role:
        """A token that an option, a target phrase or a condition took."""
        if number >= 0:
            return _Role(SpanKind.SCOPE, "targets", part=number)
        if number <= -2:
            return _Role(SpanKind.CONDITION, self.fact(-2 - number), part=number)
        for place, option in enumerate(self.layers.options):
            if option.start < token.end and token.start < option.end:
                if option.option == CORRECTION:
                    return _Role(SpanKind.CORRECTION, part=place)
                if not option.option:
                    return _Role(SpanKind.REASON, part=place)
                name = "schedule" if option.option == UNCLEAR_TIME else option.option
                return _Role(SpanKind.OPTION, name, part=place)
        corrects = any(o.option == CORRECTION for o in self.layers.options)
        return _Role(SpanKind.CORRECTION if corrects else SpanKind.FILLER)

    def fact(self, number: int) -> str:
        """The fact that a condition became; "when" for one that the step sees to itself."""
        for step, when in zip(self.layers.steps, self.layers.whens, strict=True):
            for place, (condition, _) in enumerate(step.conditions):
                if condition == number and when is not None:
                    return made.fact if (made := when[place]) else "when"
        return self.layers.conditions[number].condition.fact

    def of_clause(self, clause: int, token: Token) -> _Role:
        shown = self.shown[clause]
        if clause in self.layers.drafting.context:
            return _Role(SpanKind.REASON, clause=shown)
        own = self.layers.clauses[clause].span
        for start, end, path, span in self.values:
            # A value that saying it this way implies has the whole clause for its words.
            if start <= token.start and token.end <= end and (start, end) not in (span, own):
                return _Role(SpanKind.VALUE, path, shown)
        if not token.is_literal and token.fixed in FILLERS | JOINTS:
            return _Role(SpanKind.FILLER, clause=shown)
        return _Role(SpanKind.CLAUSE, clause=shown)


def _merged(text: str, tokens: tuple[Token, ...], roles: list[_Role]) -> tuple[Span, ...]:
    """Spans of tokens side by side with one role; data and mended words of a clause stay by themselves."""
    runs: list[tuple[_Role, list[Token]]] = []
    for token, role in zip(tokens, roles, strict=True):
        alone = _stands_out(token, role) or (bool(runs) and _stands_out(runs[-1][1][-1], role))
        if runs and runs[-1][0] == role and not alone:
            runs[-1][1].append(token)
        else:
            runs.append((role, [token]))
    return tuple(_span(text, role, run) for role, run in runs)


def _stands_out(token: Token, role: _Role) -> bool:
    return role.kind in (SpanKind.CLAUSE, SpanKind.UNREAD) and (token.is_literal or token.fixed != token.low)


def _span(text: str, role: _Role, tokens: list[Token]) -> Span:
    start, end = tokens[0].start, tokens[-1].end
    mended = any(t.fixed != t.low for t in tokens)
    literal = tokens[0].kind.value if len(tokens) == 1 and _is_data(tokens[0]) else None
    return Span(
        start=start,
        end=end,
        text=text[start:end],
        kind=role.kind,
        of=role.of,
        literal=literal,
        repaired=" ".join(t.text if t.is_literal else t.fixed for t in tokens) if mended else None,
        clause=role.clause,
    )


def _is_data(token: Token) -> bool:
    return token.is_literal or token.kind is Kind.NUMBER
