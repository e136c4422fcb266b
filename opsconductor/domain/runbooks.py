# SPDX-License-Identifier: Apache-2.0
"""Runbooks: saved plans with parameters. A runbook is no approval: every use of one is a new plan."""

import re
from datetime import datetime
from typing import Any

from pydantic import Field, field_validator

from opsconductor.domain.base import Frozen
from opsconductor.domain.chains import MOST_LINKS, Link
from opsconductor.domain.documents import DOCUMENT_SCHEMA_VERSION, Fault, PlanDocument, raise_faults

_PLACE = re.compile(
    r"step(?P<step>[1-9]\d{0,2})\.(?P<param>[a-z]\w*)|options\.(?P<option>[a-z_]+)|(?P<targets>targets)"
)
#: Largest number of a version that every database keeps.
LAST_VERSION = 2**31 - 1
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class RunbookParameter(Frozen):
    """What is said anew at each use."""

    fills: tuple[str, ...] = Field(
        min_length=1, description="Places: `step2.src` (steps counted from 1), `targets`, `options.batch`."
    )
    description: str = Field(default="", max_length=2000, description="What it is, for whoever uses the runbook.")
    required: bool = Field(default=False, description="It must be given; then it has no default.")
    default: Any = Field(default=None, description="The value where none is given.")

    @field_validator("fills", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class RunbookDocument(Frozen):
    """A runbook as a file: what is exported, shared and imported."""

    schema_version: int = Field(default=DOCUMENT_SCHEMA_VERSION, ge=1, le=DOCUMENT_SCHEMA_VERSION)
    name: str = Field(min_length=1, max_length=200, description="The name it is called by.")
    description: str = Field(default="", max_length=2000, description="What it is for.")
    parameters: dict[str, RunbookParameter] = Field(default_factory=dict, description="Name → parameter.")
    plan: PlanDocument
    then: tuple[Link, ...] = Field(
        default=(), max_length=MOST_LINKS, description="Runbooks that follow a job of this one."
    )


class Runbook(Frozen):
    """One version of one stored runbook."""

    id: str
    version: int = Field(ge=1)
    document: RunbookDocument
    removed: bool = False  #: this version says that it was taken away
    actor: str
    created_at: datetime

    @property
    def name(self) -> str:
        """The name it is called by."""
        return self.document.name


class Place(Frozen):
    """Where a parameter's value goes."""

    text: str
    step: int | None = None  #: from 1
    param: str | None = None
    option: str | None = None

    @property
    def is_targets(self) -> bool:
        """Whether it fills the targets."""
        return self.step is None and self.option is None

    @property
    def field(self) -> str:
        """The field of the plan document that it fills, as faults name it."""
        if self.step is not None:
            return f"steps.{self.step}.params.{self.param}"
        return f"options.{self.option}" if self.option else "targets"


def place_of(text: str) -> Place | None:
    """A place from its text; None for what is none."""
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        return None
    step = int(found["step"]) if found["step"] else None
    return Place(text=text.strip(), step=step, param=found["param"], option=found["option"])


def places(document: RunbookDocument) -> dict[str, tuple[Place, ...]]:
    """Parameter → the places it fills, each a place of the plan. Raises InvalidDocument with every fault."""
    found: dict[str, tuple[Place, ...]] = {}
    taken: dict[str, str] = {}
    faults: list[Fault] = []
    for name, parameter in document.parameters.items():
        field = f"parameters.{name}"
        if not _NAME.fullmatch(name):
            remedy = "Take small letters, digits and _, beginning with a letter."
            faults.append(Fault(field=field, message="this is no name of a parameter.", remedy=remedy))
        if parameter.required and parameter.default is not None:
            remedy = "Leave out one of the two."
            faults.append(Fault(field=field, message="it is required and has a default.", remedy=remedy))
        mine = []
        for text in parameter.fills:
            place = place_of(text)
            if place is None or (place.step or 1) > len(document.plan.steps):
                remedy = f"Name step1 to step{len(document.plan.steps)} with a parameter, targets or options.NAME."
                faults.append(
                    Fault(field=f"{field}.fills", message=f"'{text}' is no place in the plan.", remedy=remedy)
                )
            elif place.field in taken:
                message = f"'{text}' is filled by '{taken[place.field]}' already."
                faults.append(Fault(field=f"{field}.fills", message=message, remedy="Leave out one of the two."))
            else:
                taken[place.field] = name
                mine.append(place)
        found[name] = tuple(mine)
    raise_faults(faults, "The runbook")
    return found


def filled(document: RunbookDocument, values: dict[str, Any]) -> dict[str, Any]:
    """The data of the plan document with values, else defaults, in the places of the parameters.

    Raises InvalidDocument for parameters that are unknown or lack a value.
    """
    where = places(document)
    known = ", ".join(document.parameters) or "none"
    faults = [
        Fault(field=name, message="the runbook has no such parameter.", remedy=f"Its parameters: {known}.")
        for name in values
        if name not in document.parameters
    ]
    data = document.plan.model_dump(mode="json", exclude_defaults=True)
    for name, parameter in document.parameters.items():
        value = values.get(name, parameter.default)
        if value is None and parameter.required:
            remedy = f"Give it: {name}=…"
            faults.append(
                Fault(field=name, message=f"it must be given. {parameter.description}".strip(), remedy=remedy)
            )
        for place in where[name]:
            _fill(data, place, value)
    raise_faults(faults, f"Runbook '{document.name}'")
    return data


def emptied(document: RunbookDocument) -> dict[str, Any]:
    """The data of the plan document with nothing in the places of the parameters."""
    data = document.plan.model_dump(mode="json", exclude_defaults=True)
    for found in places(document).values():
        for place in found:
            _fill(data, place, None)
    return data


def _fill(data: dict[str, Any], place: Place, value: Any) -> None:
    """Put a value into its place; None takes out what was there."""
    if place.step is not None:
        inner, key = data["steps"][place.step - 1].setdefault("params", {}), place.param or ""
    elif place.option is not None:
        inner, key = data.setdefault("options", {}), place.option
    else:
        inner, key = data, "targets"
        value = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if value is None:
        inner.pop(key, None)
    else:
        inner[key] = value
