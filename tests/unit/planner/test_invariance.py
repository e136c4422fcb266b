# SPDX-License-Identifier: Apache-2.0
"""How a request is dressed does not change what it means: case, politeness, quotes, order marks, processes."""

import json
from typing import Any

from opsconductor.domain.plans import Plan
from planner.planner import Planner
from planner.tokens import Kind, tokenize
from tests.unit.planner.conftest import load_cases

_TASKS = [row["text"] for row in load_cases("tasks")]
_ONE_LINE = [text for text in _TASKS if "\n" not in text]


def meaning(plan: Plan) -> dict[str, Any]:
    """What a plan is to do, without the words it was said in."""
    return {
        "outcome": plan.outcome,
        "targets": plan.targets.names,
        "steps": [(s.intent, json.dumps(s.params).casefold(), s.when, s.hosts, s.origin) for s in plan.steps],
        "options": plan.options,
        "missing": plan.missing,
        "risk": plan.risk and plan.risk.level,
    }


def shouted(text: str, planner: Planner) -> str:
    """The text with the words of the vocabulary in capitals; names and literals as they are."""
    found = text
    for token in tokenize(text):
        if token.kind is Kind.WORD and token.low in planner.vocabulary.known and token.text.islower():
            found = found[: token.start] + token.text.upper() + found[token.end :]
    return found
