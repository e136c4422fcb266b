# SPDX-License-Identifier: Apache-2.0
"""Conditions of a step: checked by the fact they are on, for sentences and edited plans alike."""

from opsconductor.domain.base import Platform
from opsconductor.domain.conditions import FACTS, Fact, Measure
from opsconductor.domain.plans import Condition
from opsconductor.domain.templates import Parameter, ParameterType
from opsconductor.errors import InvalidInput
from planner.values import check_value

_VERSION = Parameter(type=ParameterType.VERSION, description="the version to compare with")


class InvalidCondition(InvalidInput):
    """A condition that says nothing which can be looked at."""

    code = "invalid-condition"


def check_condition(condition: Condition) -> Condition:
    """The condition, its subject and value as their types say. Raises InvalidInput or Refused."""
    fact = FACTS.get(condition.fact)
    if fact is None:
        raise InvalidCondition(
            f"There is no fact '{condition.fact}' to make a condition of.", remedy=f"Facts are {', '.join(FACTS)}."
        )
    _check_value(condition, fact)
    return condition.model_copy(update={"subject": _subject(condition, fact)})


def failure_wanted(condition: Condition) -> bool:
    """Whether a condition that is true or false must be false for the step to run."""
    return ((condition.value is False) is not (condition.op == "!=")) is not condition.negate


def _subject(condition: Condition, fact: Fact) -> str | None:
    if condition.subject is None:
        if fact.subject is not None and not fact.optional:
            raise InvalidCondition(
                f"The condition on {condition.fact} does not say what it is about.",
                remedy=f"Give it a subject: a {fact.subject.value}.",
            )
        return None
    if fact.subject is None:
        raise InvalidCondition(
            f"The condition on {condition.fact} is about the target itself, not about '{condition.subject}'.",
            remedy="Leave its subject out.",
        )
    parameter = Parameter(type=fact.subject, description=f"what {condition.fact} is about")
    return str(check_value("subject", parameter, condition.subject))


def _check_value(condition: Condition, fact: Fact) -> None:
    value, op = condition.value, condition.op
    if fact.measure is Measure.TRUTH:
        fine = (value is None or isinstance(value, bool)) and op in ("==", "!=", None)
        accepted = "nothing, or true or false"
    elif fact.measure is Measure.PLATFORM:
        fine = str(value).lower() in set(Platform) and op in ("==", "!=", None)
        accepted = f"{' or '.join(Platform)}, by == or !="
    elif fact.measure is Measure.NUMBER:
        fine = isinstance(value, int | float) and not isinstance(value, bool) and op not in (None, "contains")
        accepted = "a number, by <, <=, >, >=, == or !="
    else:
        fine = isinstance(value, str) and op not in (None, "contains")
        accepted = "a version, by <, <=, >, >=, == or !="
    if not fine:
        raise InvalidCondition(
            f"The condition on {condition.fact} cannot be checked: {op or 'nothing'} {value!r}.",
            remedy=f"It is compared with {accepted}.",
        )
    if fact.measure is Measure.VERSION:
        check_value("value", _VERSION, value)
