# SPDX-License-Identifier: Apache-2.0
"""The plan document: what is to be done where, written by hand instead of said (docs/reference/plan-document.md)."""

import re
from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.conditions import FACTS
from opsconductor.domain.plans import MOST_TARGETS, Condition, Options
from opsconductor.errors import InvalidInput, Refused

#: The version of the document this code writes; the only one there is.
DOCUMENT_SCHEMA_VERSION = 1
MOST_STEPS = 200
#: Most conditions of a step, and most characters of one that is written as text.
MOST_CONDITIONS = 20
LONGEST_CONDITION = 500
_OPERATORS = frozenset({"<=", ">=", "==", "!=", "<", ">", "contains"})


def _listed(value: Any) -> Any:
    """One name is a list of one."""
    return (value,) if isinstance(value, str) else value


class TargetSpec(Frozen):
    """On which machines. Written as a text or a list it is `on` alone."""

    on: tuple[str, ...] = Field(
        default=(),
        description="Each `group:NAME`, `host:NAME`, `role:NAME`, `platform:linux`, `os_version:TEXT`, `everything`, "
        "or a bare name that exactly one group or machine has.",
    )
    groups: tuple[str, ...] = Field(default=(), description="Names of asset groups.")
    hosts: tuple[str, ...] = Field(default=(), description="Names of machines.")
    exclude: tuple[str, ...] = Field(default=(), description="Names of groups or machines that are left out.")
    platform: Platform | None = Field(default=None, description="Only machines of this platform.")
    role: str | None = Field(default=None, description="Only machines with this role.")
    os_version: str | None = Field(default=None, description="Only machines with this system: Debian 12.")
    count: int | None = Field(
        default=None, ge=1, le=MOST_TARGETS, description="How many there must be; else it is asked about."
    )
    count_from: str = Field(
        default="all",
        pattern="^(?:all|first|last)$",
        description="`all`: count must be what is found; `first` or `last`: that many of them, by name.",
    )
    everything: bool = Field(default=False, description="All machines there are.")

    @model_validator(mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return {"on": value} if isinstance(value, str | list | tuple) else value

    _one = field_validator("on", "groups", "hosts", "exclude", mode="before")(_listed)


class StepSpec(Frozen):
    """One step: a template with values for its parameters."""

    intent: str = Field(description="A template's id, see `opsc templates list`.")
    params: dict[str, Any] = Field(default_factory=dict, description="Parameter → value, of the template's types.")
    when: tuple[Condition, ...] = Field(
        default=(),
        max_length=MOST_CONDITIONS,
        description="Runs where all hold. Each may be written as text: `not service_running nginx`.",
    )
    hosts: tuple[str, ...] | None = Field(default=None, description="Only on these of the targets.")

    _one = field_validator("hosts", mode="before")(_listed)

    @field_validator("when", mode="before")
    @classmethod
    def _conditions(cls, value: Any) -> Any:
        given = [value] if isinstance(value, str | dict) else value
        return [_condition(entry) for entry in given] if isinstance(given, list | tuple) else given

    @field_validator("params", mode="before")
    @classmethod
    def _no_params(cls, value: Any) -> Any:
        return {} if value is None else value


class PlanDocument(Frozen):
    """A plan before it is validated: targets, steps, options."""

    schema_version: int = Field(default=DOCUMENT_SCHEMA_VERSION, ge=1, le=DOCUMENT_SCHEMA_VERSION)
    description: str = Field(default="", max_length=2000, description="What it is for; shown where a request would be.")
    targets: TargetSpec = TargetSpec()
    steps: tuple[StepSpec, ...] = Field(min_length=1, max_length=MOST_STEPS)
    options: Options = Options()
    query: bool = Field(
        default=False,
        description="It only asks: what does not hold is an answer and no failure. Every step must only read.",
    )


class Fault(Frozen):
    """One thing wrong with a document."""

    field: str  #: "steps.1.params.service", steps counted from 1
    message: str
    remedy: str
    line: int | None = None  #: of the file, where there is one

    def __str__(self) -> str:
        place = f"line {self.line}, {self.field}" if self.line else self.field
        return f"{place}: {self.message} {self.remedy}".strip()


class InvalidDocument(InvalidInput):
    """A document cannot be used."""

    code = "invalid-document"
    #: Of one whose form is wrong: what can be read of it, so that the faults of this can be told as well.
    rest: PlanDocument | None = None


class RefusedDocument(Refused):
    """A document asks for what is never done."""

    code = "refused-document"


def raise_faults(faults: list[Fault], what: str = "The plan document", *, refused: bool = False) -> None:
    """Raise InvalidDocument (RefusedDocument for `refused`) with all faults; nothing where there are none."""
    if not faults:
        return
    kind = RefusedDocument if refused else InvalidDocument
    told = [fault.model_dump(mode="json", exclude_none=True) for fault in faults]
    if len(faults) == 1:
        only = faults[0]
        place = f"{what}, line {only.line}, {only.field}" if only.line else f"{what}, {only.field}"
        raise kind(f"{place}: {only.message}", remedy=only.remedy, faults=told)
    lines = "".join(f"\n  {fault}" for fault in faults)
    raise kind(f"{what} has {len(faults)} faults:{lines}", remedy="Correct all of them.", faults=told)


def _condition(entry: Any) -> Any:
    """A condition from its text: [not] FACT [SUBJECT] [OP VALUE]; anything else as it is."""
    if isinstance(entry, dict) and isinstance(entry.get("value"), str):
        return {**entry, "value": _literal(entry["value"], entry.get("fact"))}
    if not isinstance(entry, str):
        return entry
    if len(entry) > LONGEST_CONDITION:
        raise PydanticCustomError("condition_too_long", f"A condition has more than {LONGEST_CONDITION} characters")
    words = list(re.finditer(r"\S+", entry))
    negate = len(words) > 1 and words[0].group() == "not"
    if not words[negate:]:
        return entry
    fact, *rest = words[negate:]
    known = FACTS.get(fact.group())
    # Without an operator behind its subject, a word that looks like one is part of the subject.
    first = 0 if known is None or known.subject is None or known.optional else 1
    at = next((n for n, word in enumerate(rest[:-1]) if n >= first and word.group() in _OPERATORS), len(rest))
    told: dict[str, Any] = {"fact": fact.group(), "negate": negate}
    if rest[:at]:
        told["subject"] = entry[rest[0].start() : rest[at - 1].end()]
    if rest[at:]:
        value = entry[rest[at + 1].start() : rest[-1].end()]
        told |= {"op": rest[at].group(), "value": _literal(value, fact.group())}
    return told


def _literal(text: str, fact: Any) -> str | int | float | bool:
    """The number or truth value that a text stands for; versions and systems stay text."""
    if fact in ("package_version", "os_family"):
        return text
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", text) else text
