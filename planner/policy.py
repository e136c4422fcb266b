# SPDX-License-Identifier: Apache-2.0
"""Steps the product adds by itself: a backup before a file is replaced."""

from typing import Any

from opsconductor.domain.plans import Origin, Step
from opsconductor.domain.templates import Catalogue


def with_policy_steps(steps: tuple[Step, ...], catalogue: Catalogue) -> tuple[Step, ...]:
    """The steps with those that templates want before them. What the request itself asks for is not doubled:
    a backup of the same thing counts, and one that names nothing is about what comes next."""
    result: list[Step] = []
    for step in (s for s in steps if s.origin is Origin.USER):
        template = catalogue.get(step.intent)
        for intent, mapping in (template.before if template and step.undo_of is None else {}).items():
            params = {
                theirs: step.params[ours] for theirs, ours in mapping.items() if step.params.get(ours) is not None
            }
            if (vague := _vague(result, intent, mapping)) is not None:
                result[vague] = result[vague].model_copy(update={"params": {**result[vague].params, **params}})
            elif not _already(result, intent, params):
                result.append(
                    Step(intent=intent, params=params, origin=Origin.POLICY, hosts=step.hosts, when=step.when)
                )
        result.append(step)
    return tuple(result)


def _vague(steps: list[Step], intent: str, mapping: dict[str, str]) -> int | None:
    for at in range(len(steps) - 1, -1, -1):
        if steps[at].intent == intent and steps[at].origin is Origin.USER:
            return at if not any(steps[at].params.get(name) is not None for name in mapping) else None
    return None


def _already(steps: list[Step], intent: str, params: dict[str, Any]) -> bool:
    return bool(params) and any(
        s.intent == intent and all(s.params.get(name) == value for name, value in params.items()) for s in steps
    )
