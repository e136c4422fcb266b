# SPDX-License-Identifier: Apache-2.0
"""Clauses into draft steps: values taken from slots, verbs and objects carried over, "it" looked up."""

from dataclasses import dataclass, field, replace
from typing import Any

from opsconductor.domain.templates import Catalogue, ParameterType, Template
from opsconductor.errors import Refused
from planner.carrying import TAKEN_FROM, UNSAID, carried
from planner.clauses import Clause
from planner.conditions import Said, says_whether
from planner.free_clauses import read_as_details, read_freely, read_with_heading, with_order_behind, with_verb_behind
from planner.headings import drop_headings
from planner.matching import Filling, Match, alike, match_clause
from planner.path_kinds import BY_SUFFIX, all_in, from_library, has_suffix, names_file
from planner.puzzles import Puzzle, puzzle_of
from planner.settling import settle_intents
from planner.system_clauses import said_for_other_system, summary_verb
from planner.tales import last_words, leaves_out, tells_of_end, tells_of_somebody, without_sorts
from planner.tokens import Kind, Token
from planner.values import check_value, fits
from planner.vocabulary import Vocabulary, literals
from planner.wishes import needs_told, repeats_wish
from planner.words import ANAPHORS, ARTICLES, FILLERS, JOINTS, NEGATIONS, POINTING

_PATHS = frozenset({ParameterType.PATH, ParameterType.GLOB})
#: Of several paths of a step, the one that "it" is.
_IT = ("dest", "path", "src")
#: "Schedule a reboot": the verb of the plan's option, not of a step.
_SCHEDULING = frozenset({"schedule", "plan"})
_STATES = frozenset(
    {
        "down", "stopped", "crashed", "hung", "hanging", "dead", "died", "hangs", "failed", "broken", "crashing",
        "stuck", "unresponsive", "offline", "missing", "absent", "gone",
    }
)  # fmt: skip
_ASKED_STATES = frozenset(
    {"open", "up", "down", "there", "present", "dead", "alive", "free", "missing", "gone", "shut"}
)
_ABSENT = frozenset({"missing", "absent", "gone"})
#: What a clause that tells a state may have named.
_SPOKEN_OF = frozenset({ParameterType.SERVICE, ParameterType.PROCESS, ParameterType.PACKAGE})
#: Verbs of a heading that names what the steps behind it are about: "retire X - stop the service, …".
_ENDING = frozenset({"retire", "decommission", "sunset"})
_THINGS = frozenset({"service", "daemon", "process", "program"})
#: Clauses that cannot be read and are looked at closely, for a question about one and an explanation of each.
_THOROUGHLY = 3


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value came from: "request" or "repair" with a span, or a fixed source without one."""

    source: str = "request"
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class DraftStep:
    """A step as the words give it; parameters may be missing."""

    template: Template
    params: dict[str, Any]
    sources: dict[str, Source]
    clause: int
    span: tuple[int, int]  #: of the words it was read from
    phrases: tuple[int, ...] = ()
    conditions: tuple[tuple[int, bool], ...] = ()  #: of its clause
    shared: bool = False  #: its verb shared the object of the next: "start and stop nginx"


@dataclass(frozen=True, slots=True)
class Tried:
    """Words of a clause as they were held against the patterns, and the best readings of them."""

    clause: int
    tokens: tuple[Token, ...]
    matches: tuple[Match, ...]


@dataclass(slots=True)
class Drafting:
    """Steps and puzzles collected while the clauses are read in order."""

    catalogue: Catalogue
    vocabulary: Vocabulary
    text: str
    steps: list[DraftStep] = field(default_factory=list)
    puzzles: list[Puzzle] = field(default_factory=list)
    last_verb: tuple[Token, ...] = ()
    conditions: tuple[Said, ...] = ()
    context: list[int] = field(default_factory=list)  #: clauses that say nothing to do
    spoken: Token | None = None  #: what a clause said to be down
    wants_time: bool = False  #: a clause asked for a schedule without saying what sets one up
    here: tuple[tuple[int, bool], ...] = ()  #: conditions of the clause that is read
    at: int = 0  #: its number
    files: frozenset[str] = frozenset()  #: of the library
    wished: bool = False  #: a "please" closed the request
    meant: frozenset[str] = frozenset()  #: intents chosen among equally good readings
    tried: list[Tried] = field(default_factory=list)
    chosen: list[tuple[int, Match]] = field(default_factory=list)  #: clause, and the reading that was taken
    beside: list[Clause] = field(default_factory=list)  #: clauses that were read together with another
    vain: set[tuple[object, ...]] = field(default_factory=set)  #: words that no pattern reads, however often said
    before: tuple[int, Clause] | None = None  #: the clause before the one that is read

    def read(self, clauses: tuple[Clause, ...]) -> None:
        """Read all clauses."""
        for number, clause in enumerate(clauses):
            if clause.tokens and not any(clause is c for c in self.beside):
                if verb := summary_verb(clauses, number, self.vocabulary):
                    self.last_verb = verb
                    continue
                following = next((c for c in clauses[number + 1 :] if c.tokens), None)
                self.read_clause(number, clause, following)
                self.before = number, clause
        drop_headings(self, clauses)
        self.steps = settle_intents(self.steps, self.catalogue)
        gone = dict(self.chosen).keys() - {s.clause for s in self.steps}
        self.context += sorted(gone)
        self.chosen = [(n, match) for n, match in self.chosen if n not in gone]

    def read_clause(self, number: int, clause: Clause, following: Clause | None) -> None:
        """One clause into steps, or into a puzzle."""
        self.here, self.at = clause.conditions, number
        if read_as_details(self, clause):
            return
        if clause.tokens[-1].fixed in _ABSENT and self.tells_state(clause, following):
            return
        if following and (behind := with_verb_behind(clause, following, self.vocabulary)):
            self.take_freely(number, clause, behind[0], following)
            return
        matches, shared = self.found(clause, following)
        if not matches and self.vocabulary.lemma(clause.tokens[0].fixed) in _SCHEDULING:
            clause = replace(clause, tokens=_without_articles(clause.tokens[1:]))
            matches = self.match(clause.tokens)
            self.wants_time = bool(matches)
        if not clause.tokens or (clause.conditions and self.limits(clause)):
            return
        if not matches and read_with_heading(self, clause):
            return
        if repeats_wish(self, clause):
            self.context.append(number)
            return
        matches = self.likely(matches or self.bare_verb(clause))
        if not matches and (parts := self.looks(clause)):
            for match in parts:
                self.take(number, clause, match, shared=False)
            return
        if not matches and following and (freely := with_order_behind(clause, following, self.vocabulary)):
            self.take_freely(number, clause, freely[0], following)
            return
        if not matches and tells_of_somebody(clause):
            self.context.append(number)
            return
        if not matches and following and tells_of_end(clause, self.vocabulary):
            self.context.append(number)
            return
        if not matches and self.tells_state(clause, following):
            return
        if not matches and self.is_context(clause, following):
            self.context.append(number)
            return
        if matches and (self.denied(clause, matches[0]) or (clause.doubted and not matches[0].template.read_only)):
            self.puzzles.append(Puzzle(clause, "unclear", clause.text))
        elif not matches and read_freely(self, number, clause):
            return
        elif not matches and len(told := needs_told(self, clause)) == 1:
            self.take(number, clause, told[0], shared=False)
        elif not matches and leaves_out(clause, {s.template.id for s in self.steps}, self.vocabulary):
            self.context.append(number)
        elif not matches:
            # Only the first is asked about.
            thoroughly = len(self.puzzles) < _THOROUGHLY
            self.puzzles.append(puzzle_of(clause, self.vocabulary, self.catalogue, thoroughly=thoroughly))
        elif len(matches) > 1:
            self.ask_which(clause, matches)
        else:
            self.take(number, clause, matches[0], shared)

    def ask_which(self, clause: Clause, matches: tuple[Match, ...]) -> None:
        """Leave a clause with several equally good readings to a question."""
        self.puzzles.append(Puzzle(clause, "ambiguous", clause.text, tuple(m.template for m in matches)))

    def take_freely(self, number: int, clause: Clause, match: Match, more: Clause | None = None) -> None:
        """Take a reading that no pattern gave; its first words are no verb that a later clause could go on with."""
        if more is not None:
            self.beside.append(more)
            clause = replace(clause, tokens=(*clause.tokens, *more.tokens))
        self.tried.append(Tried(number, clause.tokens, (match,)))
        self.take(number, clause, match, shared=False)
        self.last_verb = ()

    def match(self, tokens: tuple[Token, ...]) -> tuple[Match, ...]:
        """The best readings of some words for the clause that is read."""
        signature = tuple((t.kind, t.text, t.fixed, t.start - tokens[0].start) for t in tokens)
        matches = () if signature in self.vain else match_clause(tokens, self.vocabulary)
        matches = from_library(matches, tokens, self.vocabulary, self.files)
        if not matches:
            self.vain.add(signature)
        self.tried.append(Tried(self.at, tokens, matches))
        return matches

    def found(self, clause: Clause, following: Clause | None) -> tuple[tuple[Match, ...], bool]:
        """The readings of a clause alone, with what stands beside it, or with the verb before; whether it shares the
        object of the next."""
        if asked := self.asks(clause):
            return asked, False
        matches, shared = self.shared(clause, following)
        if not matches and clause.nouns:
            matches = self.match((*clause.tokens[:1], *clause.nouns, *clause.tokens[1:]))
        matches = matches or self.match(clause.tokens)
        if not matches and (plainer := without_sorts(clause.tokens)) != clause.tokens:
            matches = self.match(plainer)
        if not matches and following and following.joined and following.tokens:
            matches = self.match((*clause.tokens, *following.tokens[1:]))
            shared = bool(matches)
        if (
            not matches
            and self.last_verb
            and not clause.fresh
            and (clause.elliptic or not self.opens_with_verb(clause))
        ):
            anew = said_for_other_system(self, clause)
            matches = (self.match(anew) if anew else ()) or self.match((*self.last_verb, *clause.tokens))
            matches = matches or (self.match((*self.last_verb[:1], *clause.tokens)) if clause.elliptic else ())
        return matches, shared

    def asks(self, clause: Clause) -> tuple[Match, ...]:
        """The readings of a question without its verb: "nginx up?", "443 open?", "free disk space?"."""
        if not clause.asked or clause.polite or len(clause.tokens) < 2:
            return ()
        last = clause.tokens[-1]
        told = not last.is_literal and (last.fixed in _ASKED_STATES or last.fixed.endswith(("ed", "ing")))
        if self.opens_with_verb(clause) or not told:
            found = tuple(m for m in self.match(clause.tokens) if not m.template.read_only)
            others = alike(found[0], clause.tokens, self.vocabulary) if len(found) == 1 else ()
            return tuple(m for m in others if m.template.read_only)
        is_ = replace(clause.tokens[0], kind=Kind.WORD, text="is", value="is", low="is", fixed="is")
        return tuple(m for m in self.match((is_, *clause.tokens)) if m.template.read_only)

    def looks(self, clause: Clause) -> tuple[Match, ...]:
        """One verb with several objects: of templates that only look ("check disk space, memory and CPU"), or of one
        template with all that it needs ("set a to 1 and b to 2")."""
        parts: list[list[Token]] = [[]]
        for token in clause.tokens:
            if not token.is_literal and token.fixed in JOINTS:
                parts.append([])
            else:
                parts[-1].append(token)
        said = [part for part in parts if part]
        verb = [clause.tokens[0]] if self.opens_with_verb(clause) else []
        if len(said) < 2:
            return ()
        found = []
        for part in (said[0], *([*verb, *part] for part in said[1:])):
            matches = self.match(tuple(part))
            if len(matches) != 1:
                return ()
            found.append(matches[0])
        same = bool(verb) and len({m.template.id for m in found}) == 1 and all(len(m.fillings) > 1 for m in found)
        return tuple(found) if same or all(m.template.read_only for m in found) else ()

    def shared(self, clause: Clause, following: Clause | None) -> tuple[tuple[Match, ...], bool]:
        """A verb alone that shares what the next one is about: "enable and start nginx"."""
        words = tuple(t.fixed for t in clause.tokens)
        if following is None or not following.joined or not following.tokens or len(words) > 2:
            return (), False
        lemmas = (self.vocabulary.lemma(words[0]), *words[1:])
        if not all(t.kind is Kind.WORD for t in clause.tokens) or " ".join(lemmas) not in self.vocabulary.verb_phrases:
            return (), False
        rest = following.tokens[1:]
        matches = self.match((*clause.tokens, *rest)) if rest else ()
        return matches, bool(matches)

    def likely(self, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        """Of equally good readings those in which "it" stands for something that was named."""
        if len(matches) == 1 and not self.resolvable(matches[0]) and all(not f.tokens for f in _values(matches[0])):
            others = tuple(m for m in alike(matches[0], self.tried[-1].tokens, self.vocabulary) if self.resolvable(m))
            matches = others or matches
        if len(matches) < 2:
            return matches
        if meant := tuple(m for m in matches if m.template.id in self.meant):
            return meant
        if {m.template.id for m in matches} == set(BY_SUFFIX):
            named = tuple(str(value) for value, _ in self.antecedents(ParameterType.PATH))
            return tuple(m for m in matches if has_suffix(m, named) is BY_SUFFIX[m.template.id]) or matches
        known = tuple(m for m in matches if self.resolvable(m)) or matches
        if len(known) > 1:
            known = tuple(m for m in known if self.named_before(m)) or known
        return tuple(m for m in known if names_file(m)) or known

    def named_before(self, match: Match) -> bool:
        """Whether "it" stands for something of the very type that a step before was about."""
        wanted = {
            match.template.parameters[n].type for n, fs in match.fillings.items() if any(not f.tokens for f in fs)
        }
        return any(p.type in wanted for s in self.steps for n, p in s.template.parameters.items() if n in s.params)

    def resolvable(self, match: Match) -> bool:
        parameters = match.template.parameters
        said: dict[str, tuple[Filling, ...]] = dict(match.fillings)
        if not said and self.tried and any(t.fixed == "it" for t in self.tried[-1].tokens if not t.is_literal):
            said = {name: () for name, p in parameters.items() if p.required}  # the pattern has no place for it
        return all(any(f.tokens for f in fs) or self.antecedents(parameters[name].type) for name, fs in said.items())

    def is_context(self, clause: Clause, following: Clause | None) -> bool:
        """Whether a clause only tells why ("the site is slow, so please …"), or is the heading of what follows."""
        if following is None or says_whether(clause.tokens):
            return False
        words = [t.low for t in clause.tokens if not t.is_literal]
        unable = following.polite and not {"cannot", "can't"}.isdisjoint(words)  # "we cannot log in, please restart X"
        if not unable and any(w in NEGATIONS and words[at + 1 : at + 2] != ["longer"] for at, w in enumerate(words)):
            return False
        if clause.heading:
            return True
        tells = clause.tokens[0].fixed in {"are", "is", "have", "has"}
        return following.polite and (tells or not self.opens_with_verb(clause))

    def tells_state(self, clause: Clause, following: Clause | None) -> bool:
        """Whether a clause only says that something is down, for "it" in the next one."""
        if following is None or says_whether(clause.tokens):
            return False
        told = last_words(clause.tokens)
        heads = told[:1] and told[0].fixed in _ENDING and told == clause.tokens
        if not told or told[-1].is_literal or not (heads or told[-1].fixed in _STATES):
            return False
        pointing = ANAPHORS | _THINGS if heads else ANAPHORS
        if not any(t.fixed in pointing for t in following.tokens if not t.is_literal):
            return False
        reserved = self.vocabulary.reserved | NEGATIONS | _STATES
        kinds = {Kind.QUOTED, Kind.PATH} if told[-1].fixed in _ABSENT else {Kind.QUOTED}
        names = [
            t for t in told[1 if heads else 0 :] if t.kind in kinds or (t.kind is Kind.WORD and t.low not in reserved)
        ]
        if len(names) != 1:
            return False
        self.spoken = names[0]
        return True

    def limits(self, clause: Clause) -> bool:
        """Whether a clause only says when a step before is to run: "…, but the reboot only if one is required"."""
        words = [t for t in clause.tokens if t.is_literal or t.fixed not in FILLERS]
        if len(words) != 1 or words[0].is_literal or not clause.noun:
            return False
        verb = self.vocabulary.lemma(words[0].fixed)
        named = [at for at, s in enumerate(self.steps) if verb in self.vocabulary.about[s.template.id][0]]
        if len(named) != 1:
            return False
        step = self.steps[named[0]]
        conditions = tuple(dict.fromkeys((*step.conditions, *clause.conditions)))
        self.steps[named[0]] = replace(step, conditions=conditions)
        return True

    def denied(self, clause: Clause, match: Match) -> bool:
        """Whether a word turns the clause into its opposite that the pattern itself does not name."""
        said = {t.low for t in clause.tokens if not t.is_literal and t.low in NEGATIONS}
        return bool(said) and not said <= literals(match.pattern.elements)

    def opens_with_verb(self, clause: Clause) -> bool:
        """Whether the clause has a verb of its own in front."""
        first = clause.tokens[0]
        return not first.is_literal and self.vocabulary.lemma(first.fixed) in self.vocabulary.starters

    def bare_verb(self, clause: Clause) -> tuple[Match, ...]:
        """A clause of a verb alone ("restart web-01"): the one template with that verb, its parameters missing."""
        words = tuple(self.vocabulary.lemma(t.fixed) for t in clause.tokens if not t.is_literal)
        if len(words) != len(clause.tokens):
            return ()
        found = self.vocabulary.bare.get(words, ())
        if len(found) > 1:  # "nginx stop, then disable": the one that is about what was named before
            found = tuple(p for p in found if self.goes_on_with(p.template))
        return tuple(Match(replace(pattern, sets={}), {}, 1, 0) for pattern in found) if len(found) == 1 else ()

    def goes_on_with(self, template: Template) -> bool:
        """Whether all that a template needs was named by the step before."""
        needed = [p.type for p in template.parameters.values() if p.required]
        last = self.steps[-1:]
        named = {p.type for s in last for n, p in s.template.parameters.items() if n in s.params}
        return bool(needed) and all(kind in UNSAID and kind in named for kind in needed)

    def take(self, number: int, clause: Clause, match: Match, shared: bool) -> None:
        """Add the step or, for a list of values, the steps of a match."""
        span = (clause.tokens[0].start, clause.tokens[-1].end)
        match = self.switched_off(clause, match)
        self.chosen.append((number, match))
        first = min((f.start for fs in match.fillings.values() for f in fs if f.tokens), default=None)
        if first is not None and not clause.elliptic:
            self.last_verb = tuple(t for t in clause.tokens if t.end <= first) or self.last_verb
        base: list[tuple[dict[str, Any], dict[str, Source]]] = [({}, {})]
        for name, value in match.pattern.sets.items():
            base[0][0][name], base[0][1][name] = value, Source("request", *span)
        for name, parameter in match.template.parameters.items():
            fillings = match.fillings.get(name, ())
            values = [
                (self.value(match.template, name, f), Source("request", f.start, f.end)) for f in fillings if f.tokens
            ]
            pointed = bool(fillings) or any(t.low in POINTING for t in clause.tokens if not t.is_literal)
            if not values and parameter.required and self.needs(match, name):
                values = self.antecedents(parameter.type) if pointed or parameter.type in UNSAID else []
                if parameter.type is ParameterType.TEXT:
                    values = [v for v in values if parameter.pattern is not None and fits(parameter, v[0])]
            if fillings and len(values) == 1 and any(t.low == "both" for t in clause.tokens if not t.is_literal):
                values = []
            if name == match.pattern.contents:
                values = [(all_in(value), source) for value, source in values]
            if parameter.many and values:
                whole = Source("request", values[0][1].start, values[-1][1].end)
                values = [([v for value, _ in values for v in value], whole)]
            if values:
                base = [({**p, name: v}, {**s, name: source}) for p, s in base for v, source in values]
        for params, sources in base:
            self.steps.append(
                DraftStep(match.template, params, sources, number, span, clause.phrases, clause.conditions, shared)
            )
        for intent in match.pattern.then:
            template = self.catalogue.get(intent)
            if template is None:
                continue
            for params, sources in base:
                known = {k: v for k, v in params.items() if k in template.parameters and k not in match.pattern.sets}
                kept = {k: source for k, source in sources.items() if k in known}
                self.steps.append(DraftStep(template, known, kept, number, span, clause.phrases, clause.conditions))

    def switched_off(self, clause: Clause, match: Match) -> Match:
        """ "Shut it down" after the service named last was stopped already: the machine."""
        words = {t.fixed for t in clause.tokens}
        anaphor = any(not f.tokens for fs in match.fillings.values() for f in fs)
        if match.template.id != "service.stop" or not anaphor or not {"shut", "down"} <= words:
            return match
        values = [value for value, _ in self.antecedents(ParameterType.SERVICE)]
        last = next((s for s in reversed(self.steps) if s.params.get("service") in values), None)
        if last is None or last.template.id != "service.stop":
            return match
        pattern = next((p for p in self.vocabulary.patterns if p.template.id == "host.shutdown"), None)
        return Match(replace(pattern, sets={}, then=()), {}, 1, 0) if pattern else match

    def needs(self, match: Match, name: str) -> bool:
        """Whether the parameter itself is to be looked up, and nothing that may stand instead was given."""
        instead = match.template.parameters[name].instead
        return instead is None or not match.fillings.get(instead)

    def value(self, template: Template, name: str, filling: Filling) -> Any:
        """The typed value of a slot."""
        single = len(filling.tokens) == 1
        if not single and template.parameters[name].type is ParameterType.PACKAGE:
            return check_value(name, template.parameters[name], "".join(t.low for t in filling.tokens))
        raw = filling.tokens[0].value if single else self.text[filling.start : filling.end]
        try:
            return check_value(name, template.parameters[name], raw)
        except Refused as error:
            error.context["span"] = [filling.start, filling.end]
            raise

    def antecedents(self, wanted: ParameterType) -> list[tuple[Any, Source]]:
        """Values named before that "it", "the service" or nothing at all stands for, from the nearest clause."""
        if wanted in TAKEN_FROM and (subject := self.subject(wanted)):
            return [subject]
        for kind in TAKEN_FROM.get(wanted, ()):
            clause = None
            found: list[tuple[Any, Source]] = []
            for step in reversed(self.steps):
                names = [n for n in _IT if n in step.params] if kind in _PATHS else []
                for name, parameter in step.template.parameters.items():
                    if names and name != names[0]:
                        continue
                    if parameter.type is kind and name in step.params and clause in (None, step.clause):
                        clause = step.clause
                        found.append((carried(step.params[name], kind, wanted), step.sources[name]))
            if found:
                return list(reversed(list({value: (value, source) for value, source in found}.values())))
        if self.spoken is not None and wanted in (_PATHS if self.spoken.kind is Kind.PATH else _SPOKEN_OF):
            return [(self.spoken.value, Source("request", self.spoken.start, self.spoken.end))]
        return []

    def subject(self, wanted: ParameterType) -> tuple[Any, Source] | None:
        """What the clause's own condition speaks of: "if nginx is running, stop it"."""
        if self.steps and self.steps[-1].conditions == self.here:
            return None
        for number, _ in reversed(self.here):
            token = self.conditions[number].subject
            if token is None or (token.kind is Kind.PATH) != (wanted in _PATHS):
                continue
            kind = ParameterType.PROCESS if token.low.endswith(".exe") else wanted
            return carried(token.value, kind, wanted), Source("request", token.start, token.end)
        return None


def _values(match: Match) -> list[Filling]:
    return [f for fillings in match.fillings.values() for f in fillings]


def _without_articles(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    while tokens and tokens[0].low in ARTICLES:
        tokens = tokens[1:]
    return tokens
