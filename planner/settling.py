# SPDX-License-Identifier: Apache-2.0
"""Steps seen together: what one means after another, and which exclude each other."""

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from opsconductor.domain.plans import Question
from opsconductor.domain.templates import Catalogue
from planner.tokens import Kind, Token
from planner.words import QUESTION_STARTS

if TYPE_CHECKING:  # it makes the steps that are settled here
    from planner.drafting import DraftStep


def settle_intents(steps: "list[DraftStep]", catalogue: Catalogue) -> "list[DraftStep]":
    """Applies `becomes`: a restart after a stop of the same service is a start."""
    settled: list[DraftStep] = []
    for step in steps:
        for before, meant in step.template.becomes.items():
            open_before = _last_of_same(settled, step, {before, meant, step.template.id})
            template = catalogue.get(meant)
            if open_before == before and template is not None:
                known = {k: v for k, v in step.params.items() if k in template.parameters}
                step = replace(step, template=template, params=known)
        if settled and _completes(settled[-1], step):
            made = settled[-1]
            params, sources = {**made.params, **step.params}, {**made.sources, **step.sources}
            settled[-1] = replace(made, params=params, sources=sources)
        elif not settled or not _said_twice(settled[-1], step):
            settled.append(step)
    return settled


#: What says more of what the other has just made.
_COMPLETING = frozenset({("file.mkdir", "file.permissions")})


def _completes(before: "DraftStep", step: "DraftStep") -> bool:
    """Whether a step only says more of what the one before makes: "create /srv/x and make ftp its owner"."""
    if (before.template.id, step.template.id) not in _COMPLETING or step.conditions != before.conditions:
        return False
    if "mode" in step.params:  # "and set its mode to 750" is said as something to do
        return False
    shared = [name for name in step.params if name in before.params]
    pointed = all(before.sources[name] == step.sources.get(name) for name in shared)  # "its", not said again
    known = all(name in before.template.parameters for name in step.params)
    return bool(shared) and pointed and known and not (step.phrases and step.phrases != before.phrases)


def _said_twice(before: "DraftStep", step: "DraftStep") -> bool:
    """Whether two clauses in a row say the very same: "we need tcpdump on X, please install it"."""
    same = before.template is step.template and before.params == step.params and before.conditions == step.conditions
    again = before.clause != step.clause or step.template.read_only
    return same and again and not (step.phrases and step.phrases != before.phrases)


def _last_of_same(steps: "list[DraftStep]", step: "DraftStep", intents: set[str]) -> str | None:
    """The nearest earlier intent among some that was about the same thing."""
    for earlier in reversed(steps):
        shared = set(earlier.params) & set(step.params) - {"timeout"}
        same = shared and all(_same(earlier.params[k], step.params[k]) for k in shared)
        if earlier.template.id in intents and same:
            return earlier.template.id
    return None


def _same(one: object, other: object) -> bool:
    return str(one).casefold() == str(other).casefold()


def contradiction(steps: "list[DraftStep]") -> "tuple[DraftStep, DraftStep] | None":
    """Two steps said in one breath that exclude each other: "start and stop nginx"."""
    for first, second in pairwise(steps):
        if first.shared and first.template.id in second.template.grammar.contradicts:
            return first, second
    return None


_ASKING_FIRST = QUESTION_STARTS | {"does", "do", "should", "shall"}
_ASKED_TO_DO = frozenset({"you", "we", "i", "someone", "somebody", "anyone", "anybody", "u", "please", "one"})
_GREETINGS = frozenset({"hi", "hello", "hey", "and", "so", "ok", "okay", "also"})


def only_asked(text: str, tokens: tuple[Token, ...], steps: "list[DraftStep]") -> Question | None:
    """A question changes nothing: "does web-01 accept connections on 80?" opens no port."""
    then = next((at for at, t in enumerate(tokens) if t.text == "?"), len(tokens))
    ordered = [s for s in steps if not s.template.read_only]
    if [t.fixed for t in tokens[then + 1 : then + 2]] == ["then"] and not any(s.conditions for s in ordered):
        return Question(
            id="request", text="Only if it is so, or in any case? Say it with 'if', or leave the question out."
        )
    low = [t.low for t in tokens if t.kind is not Kind.PUNCTUATION and t.low not in _GREETINGS]
    first = low[0] if low else ""
    if first in {"can", "could"} and low[1:2] and low[1] not in _ASKED_TO_DO and "be" not in low:
        first = "does"  # "can the firewall block port 80?"
    one = sum(t.text in {"?", ".", "!"} for t in tokens) == 1
    if not text.endswith("?") or not one or first not in _ASKING_FIRST or all(s.template.read_only for s in steps):
        return None
    titles = ", ".join(f"'{s.template.title.lower()}'" for s in steps if not s.template.read_only)
    return Question(id="request", text=f"Is this a question, or shall something be done: {titles}? Say it as an order.")
