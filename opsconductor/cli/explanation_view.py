# SPDX-License-Identifier: Apache-2.0
"""How a request was read, for people in a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from opsconductor.domain.explanations import (
    Candidate,
    ClauseReading,
    Explanation,
    GuardFinding,
    NameMatch,
    ScopeReading,
    SlotValue,
    SpanKind,
)

#: How spans look, and what they are called below the request.
STYLES: dict[SpanKind, tuple[str, str]] = {
    SpanKind.CLAUSE: ("bold", "what to do"),
    SpanKind.VALUE: ("bold cyan", "value"),
    SpanKind.SCOPE: ("green", "which machines"),
    SpanKind.OPTION: ("magenta", "how it runs"),
    SpanKind.CONDITION: ("yellow", "condition"),
    SpanKind.CORRECTION: ("strike dim", "taken back"),
    SpanKind.REASON: ("italic dim", "told, not asked"),
    SpanKind.FILLER: ("dim", "filler"),
    SpanKind.REFUSED: ("bold white on red", "refused"),
    SpanKind.UNREAD: ("", "not read"),
}
#: A value nobody named: these sources have no words.
_FILLED = ("default:", "option:")


def explanation_view(explanation: Explanation) -> RenderableType:
    """The request with its words coloured, then clauses, machines, conditions, options and questions."""
    parts: list[RenderableType] = [_request(explanation), _legend(explanation)]
    if explanation.finding:
        parts += [Text(), *_finding(explanation.finding)]
    for clause in explanation.clauses:
        parts += [Text(), *_clause(clause)]
    if explanation.scopes:
        parts += [Text(), _scopes(explanation.scopes)]
    if rows := list(_rest(explanation)):
        parts += [Text(), _table(("Words", "Read as", ""), rows)]
    for question in explanation.questions:
        about = ", ".join(f"“{w}”" for w in question.words) or "something that is not said"
        parts += [Text(), Text.assemble(("? ", "bold yellow"), question.text), Text(f"    asked about {about}", "dim")]
    parts += [Text(), _spans(explanation)]
    parts += [Text(f"! {note}", "yellow") for note in explanation.notes]
    return Panel(Group(*parts), title="How it was read", title_align="left", border_style="blue")


def _request(explanation: Explanation) -> Text:
    made = Text(explanation.text)
    for span in explanation.spans:
        style = STYLES[span.kind][0]
        made.stylize(f"{style} underline".strip() if span.repaired else style, span.start, span.end)
    return made


def _legend(explanation: Explanation) -> RenderableType:
    kinds = dict.fromkeys(span.kind for span in explanation.spans)
    line = Text("  ").join(Text(STYLES[kind][1], style=STYLES[kind][0]) for kind in kinds)
    repaired = [s for s in explanation.spans if s.repaired]
    if not repaired:
        return line
    return Group(line, Text("mended: " + ", ".join(f"“{s.text}” is “{s.repaired}”" for s in repaired), "dim"))


def _spans(explanation: Explanation) -> RenderableType:
    rows = []
    for span in explanation.spans:
        style, name = STYLES[span.kind]
        what = ", ".join([name, *filter(None, (span.literal, f"read as “{span.repaired}”" if span.repaired else ""))])
        rows.append(
            (Text(f"[{span.start}:{span.end})", "dim"), Text(span.text, style), Text(what), Text(span.of or "", "dim"))
        )
    return _table(("", "Words", "Taken for", "It says"), rows)


def _finding(finding: GuardFinding) -> Iterator[RenderableType]:
    where = f", because of “{finding.words}” at [{finding.start}:{finding.end})" if finding.words else ""
    yield Text.assemble(("Refused ", "bold red"), f"by the rule '{finding.rule}' ({finding.reason}){where}.")
    yield Text(finding.text)


def _clause(clause: ClauseReading) -> Iterator[RenderableType]:
    became = f"  → step {', '.join(str(n) for n in clause.steps)}" if clause.steps else ""
    yield Text.assemble(
        (f"{clause.number}. “{clause.text}”", "bold"), (f" [{clause.start}:{clause.end})", "dim"), (became, "green")
    )
    if clause.read_as.casefold() != clause.text.casefold():
        yield Text(f"   read as “{clause.read_as}”", "dim")
    if clause.note:
        yield Text(f"   {clause.note}", "yellow")
    if clause.candidates:
        yield _table(("", "Intent", "Score", "Pattern or reason"), [_candidate(c) for c in clause.candidates])
    values = [s for s in clause.slots if not s.source.startswith(_FILLED)]
    if values:
        yield _table(("", "Value", "", "From"), [_slot(s) for s in values])


def _candidate(candidate: Candidate) -> tuple[Text, ...]:
    style = "green" if candidate.chosen else "dim"
    points = "" if candidate.score is None else f"{candidate.score}"
    reason = candidate.pattern if candidate.chosen else f"{candidate.lost}: {candidate.why}"
    cells = ("✓" if candidate.chosen else "✗", candidate.intent, points, reason)
    return tuple(Text(cell, style=style) for cell in cells)


def _slot(slot: SlotValue) -> tuple[Text, ...]:
    words = f"“{slot.text}” [{slot.start}:{slot.end})" if slot.start is not None else slot.text or ""
    return (
        Text("="),
        Text(slot.parameter),
        Text(str(slot.value), "cyan"),
        Text(f"{words} {'' if slot.source == 'request' else f'({slot.source})'}".strip(), "dim"),
    )


def _scopes(scopes: tuple[ScopeReading, ...]) -> RenderableType:
    rows = []
    for scope in scopes:
        for match in scope.names:
            gone = "" if scope.counts else " (does not count)"
            rows.append(
                (Text(f"“{match.text}”"), Text(_named(match) + gone, "green" if scope.counts else "dim"), _way(match))
            )
        if not scope.names:
            rows.append((Text(f"“{scope.text}”"), Text("taken back, or only told", "dim"), Text()))
    return _table(("Machines", "Names", "How it was found"), rows)


def _named(match: NameMatch) -> str:
    names = ", ".join(match.names[:6]) + (" …" if len(match.names) > 6 else "")
    return f"{'all but ' if match.excluded else ''}{match.kind} {names}".strip()


def _way(match: NameMatch) -> Text:
    said = [match.way] if match.way not in ("said", "none") else []
    said += (
        [f"{match.distance} letter off" if match.distance == 1 else f"{match.distance} letters off"]
        if match.distance
        else []
    )
    said += [match.why] if match.why else []
    said += ["next: " + ", ".join(f"{o.name} {o.score:.0f}" for o in match.others)] if match.others else []
    return Text("; ".join(said), "dim")


def _rest(explanation: Explanation) -> Iterator[tuple[Text, ...]]:
    """Conditions and options."""
    for condition in explanation.conditions:
        facts = "; ".join(condition.said) or "it is not clear what it speaks of"
        steps = f"step {', '.join(str(n) for n in condition.steps)}" if condition.steps else ""
        yield Text(f"“{condition.text}”"), Text(f"only where {facts}", "yellow"), Text(steps, "dim")
    for option in explanation.options:
        yield (
            Text(f"“{option.text}”"),
            Text(f"{option.option} {_value(option.value)}", "magenta"),
            Text(option.note, "dim"),
        )


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{k} {v}" for k, v in value.items())
    return "" if value in (True, None) else str(value)


def _table(headers: Sequence[str], rows: Sequence[Sequence[Text]]) -> RenderableType:
    made = Table(*headers, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        made.add_row(*row)
    return made
