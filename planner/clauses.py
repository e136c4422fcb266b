# SPDX-License-Identifier: Apache-2.0
"""What: the rest of a request as clauses, one thing to do each, in the order they are to be done."""

import itertools
from dataclasses import dataclass, replace

from planner.asides import tells_why
from planner.brackets import sort_said, without_subject
from planner.causing import PERSONS, going, is_done, off_machines, wants_done
from planner.ordering import ordered
from planner.qualities import SYSTEMS
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.voices import lead_in, normalised
from planner.words import (
    FILLERS,
    JOINTS,
    LONGEST_POLITENESS,
    MACHINES,
    PREPOSITIONS,
    QUESTION_STARTS,
    SOFTWARE,
    STRONG_BREAKS,
)

_BREAKS = STRONG_BREAKS | {":", "(", ")"}
#: "… and have mode 0644": what goes on with the file before.
_POSSESSED = frozenset({"mode", "permissions", "rights", "owner", "group", "ownership"})
#: Sorts of things that one verb may be about, each with a name behind it.
_THINGS = frozenset({"user", "account", "group", "folder", "directory", "file", "service", "package", "share"})
_LONGEST_LABEL = 7
_ANNOUNCED = frozenset({"announced", "agreed", "discussed", "mentioned", "planned", "requested", "promised", "usual"})
_LOOKING = frozenset({"make", "ensure", "check", "verify", "confirm", "see", "validate", "test", "assert"})
_ORDER = frozenset({"before", "after"})
_REBOOTS = frozenset({"reboot", "restart", "boot"})
_CAUSING = frozenset({"need", "needs", "want", "wants", "have", "get", "gets"})
_LONGEST_SUBJECT = 6
#: What makes a sentence behind an order a wish of its own, and what makes it a part of the order.
_WISHED = frozenset({"must", "should", "shall", "needs", "has"})
_SUBORDINATE = frozenset({"which", "that", "who", "whose", "where", "if", "unless", "so", "because", "to", "with"})
_LONGEST_TALE = 16


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that say one thing to do, and the numbers of the target phrases that stood among them."""

    tokens: tuple[Token, ...]
    phrases: tuple[int, ...] = ()
    elliptic: bool = False  #: it goes on with the verb of the clause before: "and postgresql on db01"
    joined: bool = False  #: it follows the clause before after a mere "and"
    order: str = ""  #: "before" or "after" where that word opened it
    leading: bool = False  #: that word opened the sentence, not its middle
    caused: bool = False  #: it tells a state to be brought about: "…, /srv/y deleted"
    then: bool = False  #: a "then" stands in front
    fresh: bool = False  #: it opens a sentence or stands in brackets, so it borrows no verb
    polite: bool = False  #: "so", "please" or a wish opened it
    noun: bool = False  #: an article stands in front: "the reboot" is a thing, "reboot" may be an order
    heading: bool = False  #: a colon closed it
    bracketed: bool = False  #: a bracket opened it
    system: bool = False  #: it says for which of two systems it is
    asked: bool = False  #: a question mark closed it
    doubted: bool = False  #: "does" or "should" opened it, so it orders nothing
    nouns: tuple[Token, ...] = ()  #: nouns for machines that stood where the verb's object stands
    conditions: tuple[tuple[int, bool], ...] = ()  #: numbers of its conditions, and whether the opposite is meant

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(t.text for t in self.tokens)

    @property
    def span(self) -> tuple[int, int]:
        """First character and the one after the last of its words."""
        return min(t.start for t in self.tokens), max(t.end for t in self.tokens)


def following_is(tokens: tuple[Token, ...], at: int, word: str) -> bool:
    """Whether a word stands right behind a token."""
    return at + 1 < len(tokens) and not tokens[at + 1].is_literal and tokens[at + 1].fixed == word


def split_clauses(tokens: tuple[Token, ...], taken: dict[int, int], vocabulary: Vocabulary) -> tuple[Clause, ...]:
    """Clauses in order of work.

    `taken`: token's place → number of the target phrase it belongs to, -1 for an option, -2 - n for condition n.
    """
    splitter = _Splitter(tokens, taken, vocabulary)
    clauses = [normalised(c, vocabulary) for c in splitter.split()]
    return tuple(ordered(_without_empty(clauses)))


def _without_empty(clauses: list[Clause]) -> list[Clause]:
    """The clauses that say something; a condition that only one of the others has is one of the clause before."""
    kept: list[Clause] = []
    for at, clause in enumerate(clauses):
        if clause.tokens or clause.phrases:
            kept.append(clause)
        elif kept and kept[-1].tokens and not any(c.tokens and c.conditions for c in clauses[at + 1 :]):
            conditions = tuple(dict.fromkeys((*kept[-1].conditions, *clause.conditions)))
            kept[-1] = replace(kept[-1], conditions=conditions)
    return kept


class _Splitter:
    def __init__(self, tokens: tuple[Token, ...], taken: dict[int, int], vocabulary: Vocabulary) -> None:
        self.tokens = tokens
        self.taken = taken
        self.vocabulary = vocabulary
        self.items: int | None = None  # the number of the list's last item
        self.opening: dict[int, bool] = {}  # what `opens` has answered
        self.done: list[Clause] = []
        self.fresh = False
        self.standing: list[tuple[int, bool]] = []  # conditions of all clauses up to the sentence's end
        self.reset()

    def reset(self, **flags: bool | str) -> None:
        self.words: list[Token] = []
        self.phrases: list[int] = []
        self.own: list[tuple[int, bool]] = []
        self.nouns: list[Token] = []
        self.system = False  # whether a phrase of its own names one
        self.flags = flags

    def close(self, **flags: bool | str) -> None:
        if self.words or self.phrases:
            conditions = tuple(dict.fromkeys((*self.standing, *self.own)))
            made = Clause(
                tuple(self.words),
                tuple(self.phrases),
                fresh=self.fresh,
                nouns=tuple(self.nouns),
                conditions=conditions,
                system=self.system,
                **self.flags,  # type: ignore[arg-type]
            )
            self.done.append(made)
            self.fresh = False
        elif self.flags and not flags.get("order"):
            flags = {**self.flags, **flags}
        self.reset(**flags)

    def split(self) -> list[Clause]:
        at = 0
        while at < len(self.tokens):
            at = self.step(at)
        self.close()
        return self.done

    def step(self, at: int) -> int:
        token = self.tokens[at]
        if at in self.taken:
            return self.cut(at)
        low = "" if token.is_literal else token.fixed
        if self.numbers_item(at):
            self.items = int(token.text)
            self.close()
            return at + 2
        if self.stands_alone(at):
            self.close()
            return at + 1
        if low == "as" and self.tells_why(at):
            return self.reason(at)
        if low == "because" or (low == "due" and self.tokens[at + 1 : at + 2] and self.tokens[at + 1].fixed == "to"):
            return self.reason(at)
        if self.tells(at):
            return self.reason(at + 1)
        if low == "followed" and following_is(self.tokens, at, "by"):
            self.close()
            return at + 2
        if low == "(" and (sort := sort_said(self.tokens, at)):
            self.words = [*(without_subject(self.words, self.vocabulary) if len(sort.tokens) > 1 else self.words)]
            self.words += sort.tokens
            return sort.last
        if low in _BREAKS:
            return self.broken(at, low)
        if low in {"otherwise", "else"} and self.standing and self.opens(at + 1):
            self.close()
            self.standing = [(number, not flipped) for number, flipped in self.standing]
            return at + 1
        following = self.tokens[at + 1].fixed if at + 1 < len(self.tokens) else ""
        if low == "after" and following in {"that", "this"} and self.opens(at + 2):
            self.close()  # what was said before comes before
            return at + 2
        subject = following in PERSONS | {"you"}
        if low in _ORDER and (self.opens(at + 1 + subject) or self.done_before(at)) and not self.is_any_reboot(at + 1):
            words = tuple(t for t in self.words if t.fixed not in FILLERS)
            polite = lead_in(words) == len(words)
            order_first = polite and not any(c.tokens for c in self.done)
            self.close(order=low, leading=order_first)
            return at + 1
        if low in JOINTS:
            return self.joint(at)
        if low == "but" and self.tokens[at + 1 : at + 2] and self.tokens[at + 1].fixed == "first":
            self.close()
        if (arrow := self.arrow(at)) and self.opens(at + arrow):
            self.close()
            return at + arrow
        if self.flags.get("order") and self.words and self.taken.get(at - 1, -1) >= 0 and self.opens(at):
            self.close()
        self.words.append(token)
        return at + 1

    def numbers_item(self, at: int) -> bool:
        """Whether a number counts the items of a list, "1. stop nginx 2. start it", and does not end a sentence."""
        token = self.tokens[at]
        if token.kind is not Kind.NUMBER or len(token.text) > 3 or at + 1 >= len(self.tokens):
            return False
        if self.tokens[at + 1].text not in {".", ")"}:
            return False
        if self.items is not None and int(token.text) == self.items + 1:
            return True
        if token.text == "1" and self.tokens[at + 1].text == ")" and self.opens(at + 2):  # "please 1) stop nginx 2) …"
            return True
        return (
            at == 0 or (at - 1) in self.taken or self.tokens[at - 1].fixed in _BREAKS | {",", "(", "following", "steps"}
        )

    def cut(self, at: int) -> int:
        """The place after a token of a target phrase, an option or a condition."""
        number = self.taken[at]
        if number >= 0 and number not in self.phrases:
            self.phrases.append(number)
        self.system = self.system or (number >= 0 and self.tokens[at].fixed in SYSTEMS)
        if number >= 0 and self.words and self.taken.get(at - 1) != number:
            self.words = going(self.words, self.tokens[at]) if self.preposed(at) else off_machines(self.words)
        if number >= 0 and self.words and self.tokens[at].fixed in MACHINES and not self.preposed(at):
            self.nouns.append(self.tokens[at])
        elif number <= -2:
            if self.turns(at):
                self.close()
            self.condition(-2 - number)
            self.shared_condition(at, (-2 - number, False))
        return at + 1

    def broken(self, at: int, low: str) -> int:
        """The place after a sign that ends a clause."""
        if low == ":" and self.labels(at):
            return at + 1
        count = len(self.done)
        self.close()
        if len(self.done) > count:
            self.done[-1] = replace(self.done[-1], heading=low == ":", asked=low == "?")
        asked = low == "?" and (len(self.done) == count or not self.done[-1].tokens)  # "nginx down? start it"
        if low in {".", ";", "!", "?"} and not asked:
            self.standing = []
        if low == "then":
            self.flags = {**self.flags, "then": True}
        if low == "(":
            self.flags = {**self.flags, "bracketed": True}
        self.fresh = self.fresh or low in {".", "!", "?", "(", ")"}
        return at + 1

    def labels(self, at: int) -> bool:
        """Whether a colon only follows a label in brackets: "create user ops (groups: wheel)"."""
        words = len(self.words)
        return 0 < words <= _LONGEST_LABEL and at > words and self.tokens[at - words - 1].text == "("

    def tells(self, at: int) -> bool:
        """Whether a comma stands here and words behind it that only tell: ", he left us last friday"."""
        rest = [t.fixed for t in self.tokens[at + 1 : at + _LONGEST_TALE]] if self.tokens[at].text == "," else []
        end = next((n for n, word in enumerate(rest) if word in _BREAKS | {","}), len(rest))
        return tells_why(rest[:end]) and not any(self.taken.get(at + 1 + n, -1) >= 0 for n in range(end))

    def arrow(self, at: int) -> int:
        """How many tokens an arrow takes that stands here, "->" or "=>"."""
        pair = "".join(t.text for t in self.tokens[at : at + 2])
        return 2 if pair in {"->", "=>"} else int(self.tokens[at].text in {"\u2192", "\u21d2"})

    def turns(self, at: int) -> bool:
        """Whether "and if …" opens another thing to do here: "check nginx and if port 80 is open restart it"."""
        number = self.taken[at]
        joined = self.tokens[at].fixed in {"and", "but"} and self.taken.get(at - 1) != number
        return joined and bool(self.words) and self.opens_after_cut(at)

    def stands_alone(self, at: int) -> bool:
        """Whether a dash with blanks around it stands here: "nginx is dead - start it"."""
        if self.tokens[at].text not in {"-", "\u2013", "\u2014"} or not 0 < at < len(self.tokens) - 1:
            return False
        return self.tokens[at - 1].end < self.tokens[at].start and self.tokens[at].end < self.tokens[at + 1].start

    def tells_why(self, at: int) -> bool:
        """Whether "as our vendor wants it" or "as announced last week" stands here, after a comma or in front."""
        following = self.tokens[at + 1].fixed if at + 1 < len(self.tokens) else ""
        if not self.words:
            return following in _ANNOUNCED
        return self.tokens[at - 1].fixed == "," and following in PERSONS | _ANNOUNCED

    def preposed(self, at: int) -> bool:
        """Whether a preposition opened the target phrase at a token."""
        number = self.taken[at]
        while self.taken.get(at - 1) == number:
            at -= 1
        return self.tokens[at].fixed in PREPOSITIONS

    def reason(self, at: int) -> int:
        """The place after words that only say why."""
        while at < len(self.tokens) and self.tokens[at].fixed not in _BREAKS | {","} and at not in self.taken:
            at += 1
        return at

    def condition(self, number: int) -> None:
        """A condition before the words of its clause holds for all that follows, one behind them for these alone."""
        entry = (number, False)
        if any(known[0] == number for known in (*self.standing, *self.own)):
            return
        if any(not t.is_literal and t.kind is not Kind.PUNCTUATION and t.fixed not in FILLERS for t in self.words):
            self.own.append(entry)
        else:
            self.standing.append(entry)

    def shared_condition(self, at: int, entry: tuple[int, bool]) -> None:
        """A condition behind a comma holds for both orders about one thing: "stop X and disable it, if it runs"."""
        joined = self.flags.get("joined") and self.tokens[at - 1].text == "," and self.own == [entry]
        pointing = {"it", "them"} & {t.fixed for t in self.words if not t.is_literal}
        if joined and pointing and self.done and self.done[-1].tokens and not self.done[-1].conditions:
            self.done[-1] = replace(self.done[-1], conditions=(entry,))

    def is_any_reboot(self, at: int) -> bool:
        """Whether "a reboot" or "every restart" stands here: something that may happen, not something to do."""
        words = [t.fixed for t in self.tokens[at : at + 2]]
        return len(words) == 2 and words[0] in {"a", "any", "every", "each", "the"} and words[1] in _REBOOTS

    def joint(self, at: int) -> int:
        end = at
        while end < len(self.tokens) and end not in self.taken and self.tokens[end].fixed in JOINTS | {"then"}:
            end += 1
        said_then = any(self.tokens[i].fixed == "then" for i in range(at, end))
        before = self.tokens[at - 1].fixed if at else ""
        if before == "up" and end < len(self.tokens) and self.tokens[end].fixed == "running":
            return end + 1
        caused = self.wanted(end)
        if said_then or caused or self.opens(end) or self.wishes(at, end) or self.copies(end):
            only_and = all(self.tokens[i].fixed in {"and", "&", "+", "plus"} for i in range(at, end))
            self.close(joined=only_and, then=said_then, caused=caused)
        elif (
            self.says_that(end)
            or self.turns_to_system(end)
            or self.turns_to_thing(at, end)
            or self.has_other_condition(at, end)
            or (self.phrases and (at - 1) in self.taken and self.own_targets(end))
        ):
            self.close(elliptic=True)
        elif self.words and end < len(self.tokens) and end not in self.taken:
            self.words.append(self.tokens[at])
        return end

    def done_before(self, at: int) -> bool:
        """Whether something that has to be done before stands behind "after": "after /etc/x has been backed up"."""
        words = ["" if t.is_literal else t.fixed for t in self.tokens[at + 1 : at + 2 + _LONGEST_SUBJECT]]
        been = words.index("been") if "been" in words else 0
        verb = words[been + 1] if been and been + 1 < len(words) else ""
        return self.vocabulary.lemma(verb) != verb and self.vocabulary.lemma(verb) in self.vocabulary.starters

    def wanted(self, end: int) -> bool:
        """Whether a list of states to be brought about goes on here: "needs X stopped and /srv/y deleted", "X should
        be stopped, a.conf copied to /etc/a.conf and X started"."""
        if not (self.flags.get("caused") or wants_done(self.words, self.vocabulary)):
            return False
        last = next(
            (p for p in range(end, len(self.tokens)) if self.tokens[p].fixed in _BREAKS | JOINTS), len(self.tokens)
        )
        part = tuple(self.tokens[p] for p in range(end, last) if p not in self.taken)
        return any(is_done(part, place, self.vocabulary) for place in range(1, len(part)))

    def wishes(self, at: int, end: int) -> bool:
        """Whether a wish of its own begins behind a comma and an order: "restart X, port 80 must be open again"."""
        if self.tokens[at].text != "," or not self.words or not self.opens_with_verb():
            return False
        for place in range(end, min(end + _LONGEST_SUBJECT, len(self.tokens))):
            token = self.tokens[place]
            if place in self.taken or (not token.is_literal and token.fixed in _BREAKS | JOINTS | _SUBORDINATE):
                return False
            if not token.is_literal and token.fixed in _WISHED:
                return place > end
        return False

    def copies(self, at: int) -> bool:
        """Whether a file and an arrow to its place stand here: "stop X, a.conf -> /etc/a.conf, start X"."""
        file = self.tokens[at] if at < len(self.tokens) and at not in self.taken else None
        arrow = self.arrow(at + 1) if at + 2 < len(self.tokens) else 0
        behind = self.tokens[at + 1 + arrow : at + 2 + arrow]
        return bool(arrow and behind and file) and behind[0].kind is Kind.PATH

    def opens_with_verb(self) -> bool:
        words = [t for t in self.words if t.is_literal or t.fixed not in FILLERS]
        words = words[lead_in(tuple(words)) :]
        return (
            bool(words) and not words[0].is_literal and self.vocabulary.lemma(words[0].fixed) in self.vocabulary.verbs
        )

    def says_that(self, at: int) -> bool:
        """Whether another "that …" of a verb of looking begins: "check that nginx runs and that port 80 is open"."""
        opened = bool(self.words) and self.vocabulary.lemma(self.words[0].fixed) in _LOOKING
        return opened and at < len(self.tokens) and at not in self.taken and self.tokens[at].fixed == "that"

    def turns_to_thing(self, at: int, end: int) -> bool:
        """Whether another sort of thing to do the same with stands here: "create the group ops and the user bob"."""
        own = self.words[lead_in(tuple(self.words)) :]
        words = [t.fixed for t in own if not t.is_literal and t.fixed not in FILLERS]
        first = next((w for w in words[1:2] if w in _THINGS), "")
        place = end
        while place < len(self.tokens) and self.tokens[place].fixed in {"the", "a", "an", "also"}:
            place += 1
        if not first or self.tokens[at].fixed == "," or place + 1 >= len(self.tokens) or place in self.taken:
            return False
        making = self.vocabulary.lemma(words[0]) in {"create", "add", "make", "new", "set"} and place == end
        other = self.tokens[place].fixed
        named = place + 1 not in self.taken and self.tokens[place + 1].fixed not in _BREAKS | JOINTS
        return other in _THINGS and other != first and named and not making

    def turns_to_system(self, at: int) -> bool:
        """Whether a phrase for another system opens here: "…: on Linux cups, on the Windows ones Spooler"."""
        number = self.taken.get(at, -1)
        own = self.system or (bool(self.done) and self.done[-1].heading)
        run = itertools.takewhile(lambda place: self.taken.get(place) == number, itertools.count(at))
        return number >= 0 and own and bool(self.words) and any(self.tokens[p].fixed in SYSTEMS for p in run)

    def has_other_condition(self, at: int, end: int) -> bool:
        """Whether the words from here have a condition of their own: "delete /a if it's Linux and C:\\b if …"."""
        if not self.own or self.taken.get(at - 1, -1) > -2:
            return False
        rest = range(end, min(end + _LONGEST_SUBJECT, len(self.tokens)))
        ends = next((p for p in rest if p in self.taken or self.tokens[p].fixed in _BREAKS | JOINTS), end)
        return ends > end and self.taken.get(ends, -1) <= -2

    def opens(self, at: int) -> bool:
        """Whether a clause begins here: a verb or a question word, after politeness and fillers."""
        # All places that are passed over on the way have the same answer; asked for one by one, a long request
        # of fillers would be gone through as often as it has words.
        if at not in self.opening:
            passed: list[int] = []
            self.opening[at] = self.opens_behind(at, passed)
            self.opening.update(dict.fromkeys(passed, self.opening[at]))
        return self.opening[at]

    def opens_behind(self, at: int, passed: list[int]) -> bool:
        while at < len(self.tokens) and at not in self.taken:
            passed.append(at)
            rest = self.tokens[at : at + LONGEST_POLITENESS]
            if rest[0].is_literal:
                return False
            if skip := lead_in(rest):
                if skip > 1 or rest[0].fixed not in {"to", "from", "with", "in", "on", "at", "for"}:
                    at += skip
                    continue
                return False
            low = rest[0].fixed
            if low in _ORDER:
                return True
            if low in {"have", "has"} and len(rest) > 1 and rest[1].fixed in _POSSESSED:
                return False
            if self.vocabulary.lemma(low) in self.vocabulary.starters or low in QUESTION_STARTS:
                return low not in SOFTWARE or self.goes_on(at + 1)
            if low not in FILLERS and low != "only":
                return self.ends_with_verb(at)
            at += 1
        return at < len(self.tokens) and at in self.taken and self.opens_after_cut(at)

    def ends_with_verb(self, at: int) -> bool:
        """Whether a name and its verb are all that stands here: "…, tomcat start"."""
        verb, behind = (*self.tokens[at + 1 : at + 3], None, None)[:2]
        if verb is None or at + 1 in self.taken or self.tokens[at].kind is not Kind.WORD or verb.is_literal:
            return False
        known = self.tokens[at].fixed in self.vocabulary.reserved or verb.fixed not in self.vocabulary.verbs
        ends = behind is None or at + 2 in self.taken or behind.fixed in _BREAKS | JOINTS
        return ends and not known

    def goes_on(self, at: int) -> bool:
        """Whether a program's name has anything behind it, so that it is typed as a command."""
        if at >= len(self.tokens) or at in self.taken:
            return False
        return self.tokens[at].fixed not in JOINTS | _BREAKS and self.tokens[at].kind is not Kind.PUNCTUATION

    def opens_after_cut(self, at: int) -> bool:
        conditional = self.taken[at] <= -2
        while at < len(self.tokens) and (at in self.taken or (conditional and self.tokens[at].fixed == ",")):
            at += 1
        return at < len(self.tokens) and self.vocabulary.lemma(self.tokens[at].fixed) in self.vocabulary.starters

    def own_targets(self, at: int) -> bool:
        """Whether the words from here bring machines of their own before the next break."""
        start = at
        while at < len(self.tokens):
            if at in self.taken:
                return at > start and self.taken[at] >= 0
            if self.tokens[at].fixed in _BREAKS | JOINTS:
                return False
            at += 1
        return False
