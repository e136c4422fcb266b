# SPDX-License-Identifier: Apache-2.0
"""Questions that records answer: what was run, which machines there are; read word by word, none left over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from opsconductor.domain.plans import Selector
from planner.names import NameIndex
from planner.periods import Period, find_periods
from planner.scope import Phrase, find_phrases
from planner.selecting import Selection, select
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary

_WHICH = frozenset({"which", "what"})
#: How a moment stands in a plan, UTC.
MOMENT = "%Y-%m-%dT%H:%M"


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


@dataclass(slots=True)
class Asking:
    """A request while its words are explained one after the other."""

    text: str
    tokens: tuple[Token, ...]
    index: NameIndex
    vocabulary: Vocabulary
    periods: tuple[Period, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    explained: set[int] = field(default_factory=set)  #: places of tokens
    phrases: tuple[Phrase, ...] = ()
    phrase_places: set[int] = field(default_factory=set)
    system: Selector | None = None  #: an operating system said of the machines: "run Debian 12"
    system_span: tuple[int, int] | None = None

    def word(self, at: int) -> str:
        """The word at a place; "" for a literal, a name of machines, a time, and beyond the ends."""
        if not 0 <= at < len(self.tokens) or self.tokens[at].is_literal or at in self.phrase_places:
            return ""
        return self.tokens[at].fixed

    def open(self) -> Iterator[int]:
        """Places that are not explained yet."""
        return (at for at in range(len(self.tokens)) if at not in self.explained)

    def take(self, places: Iterable[int], name: str | None = None, value: Any = None) -> None:
        """Explain some tokens; with a name, by a parameter's value. The first value of a parameter stays."""
        taken = sorted(places)
        self.explained.update(taken)
        if name is not None and name not in self.params:
            self.params[name] = value
            self.spans[name] = (self.tokens[taken[0]].start, self.tokens[taken[-1]].end)

    def skip(self, words: frozenset[str]) -> None:
        """Explain words that say nothing by themselves."""
        self.take([at for at in self.open() if self.word(at) in words or self.tokens[at].kind is Kind.PUNCTUATION])

    def look_for_periods(self, now: datetime) -> None:
        """Cut out what is said about time."""
        plain = list(self.text)
        for token in self.tokens:
            if token.is_literal and token.kind not in (Kind.DURATION, Kind.CRON):
                plain[token.start : token.end] = " " * (token.end - token.start)
        self.periods = tuple(find_periods("".join(plain), now))
        for period in self.periods:
            over = [n for n, t in enumerate(self.tokens) if t.start < period.end and period.start < t.end]
            self.take(over)
            self.phrase_places.update(over)
            for name, moment in (("since", period.since), ("until", period.until)):
                if moment is not None and moment <= now:
                    self.take(over, name, moment.strftime(MOMENT))

    def look_for_machines(self) -> None:
        """Cut out what names machines."""
        kept = [at for at in self.open() if at not in self.phrase_places]
        # "Which CIS servers": a name may stand behind it as behind an article.
        row = tuple(
            replace(t, fixed="the", low="the") if t.fixed in _WHICH else t for t in map(self.tokens.__getitem__, kept)
        )
        self.phrases = find_phrases(row, self.index, self.vocabulary)
        for phrase in self.phrases:
            places = kept[phrase.first : phrase.last]
            self.take(places)
            self.phrase_places.update(at for at in places if self.tokens[at].fixed not in _WHICH)

    @property
    def selection(self) -> Selection:
        """What the phrases select."""
        return select(self.phrases, self.index)

    @property
    def whole(self) -> bool:
        """Whether no word is left unexplained."""
        return len(self.explained) == len(self.tokens)
