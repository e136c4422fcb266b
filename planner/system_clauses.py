# SPDX-License-Identifier: Apache-2.0
"""Clauses that say one thing twice, for two systems: "install the agent: a.deb on Linux, a.msi on Windows"."""

from typing import TYPE_CHECKING

from planner.clauses import Clause
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary
from planner.words import ARTICLES, FILLERS, PREPOSITIONS

if TYPE_CHECKING:
    from planner.drafting import Drafting

#: What is said of a thing before its name on each system is.
_GENERIC = frozenset(
    ["service", "services", "daemon", "daemons", "agent", "agents", "client", "clients", "package", "packages",
     "software", "tool", "tools", "file", "files", "config", "configuration", "script", "scripts", "folder",
     "directory", "installer", "program", "application", "app", "update", "version", "build"]
)  # fmt: skip


def summary_verb(clauses: tuple[Clause, ...], number: int, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """The verb of a clause that only says what the next two say for each system; none where it says more."""
    clause, behind = clauses[number], [c for c in clauses[number + 1 :] if c.tokens][:2]
    if clause.system or not clause.tokens or len(behind) < 2:
        return ()
    if any(not c.system or _opens(c.tokens, vocabulary) or c.conditions != clause.conditions for c in behind):
        return ()
    verb, said = clause.tokens[:1], clause.tokens[1:]
    if not _opens(clause.tokens, vocabulary) or not said:
        return ()
    if said[0].kind is Kind.WORD and (vocabulary.lemma(verb[0].fixed), said[0].fixed) in vocabulary.particles:
        verb, said = clause.tokens[:2], said[1:]
    words = [t.fixed for t in said]
    general = words and words[0] in ARTICLES and words[-1] in _GENERIC and all(t.kind is Kind.WORD for t in said)
    return verb if general and not _named(said, vocabulary) else ()


def _opens(tokens: tuple[Token, ...], vocabulary: Vocabulary) -> bool:
    return not tokens[0].is_literal and vocabulary.lemma(tokens[0].fixed) in vocabulary.starters


def _named(said: tuple[Token, ...], vocabulary: Vocabulary) -> bool:
    """Whether more than one word of its own stands before the general one: "the Zabbix agent" has one."""
    return len([t for t in said if t.fixed not in vocabulary.reserved | FILLERS]) > 1


def said_for_other_system(drafting: "Drafting", clause: Clause) -> tuple[Token, ...]:
    """The words of the clause before with the end that this one says anew: "copy a to /p on Linux, to C:\\p on
    Windows"; none where it is no such clause."""
    if drafting.before is None or not (clause.system and drafting.before[1].system):
        return ()
    before = drafting.before[1].tokens
    first = clause.tokens[0]
    if first.fixed in PREPOSITIONS and not first.is_literal:
        places = [at for at, t in enumerate(before) if t.fixed == first.fixed and not t.is_literal]
        return (*before[: places[-1]], *clause.tokens) if places else ()
    same = len(clause.tokens) == 1 and first.is_literal and first.kind is before[-1].kind
    return (*before[:-1], first) if same else ()
