# SPDX-License-Identifier: Apache-2.0
"""Runbooks: saved, versioned, shared as files, used by making a new plan of them."""

import hashlib
from typing import Any

import rfc8785

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.runbooks import RunbookRepository
from opsconductor.domain.base import Frozen
from opsconductor.domain.chains import Link, loop_through
from opsconductor.domain.documents import Fault, InvalidDocument, PlanDocument, RefusedDocument, raise_faults
from opsconductor.domain.names import check_name
from opsconductor.domain.plans import Plan, PlanRecord, RunbookUse
from opsconductor.domain.runbooks import (
    Place,
    Runbook,
    RunbookDocument,
    RunbookParameter,
    emptied,
    filled,
    place_of,
    places,
)
from opsconductor.domain.templates import Parameter
from opsconductor.errors import Conflict, InvalidInput
from opsconductor.ids import new_id
from opsconductor.services.audit import AuditService
from opsconductor.services.documents import every_fault, validated
from opsconductor.services.groups import NameTaken
from opsconductor.services.planning import PlanningService
from planner.composing import document_of, step_numbers
from planner.masking import refuse_secrets
from planner.values import accepted_by


class RunbookInput(Frozen):
    """What a use of a runbook may give, for whoever shows a form or a help."""

    name: str
    type: str  #: of the template's parameter, "targets", or "option"
    description: str
    required: bool
    default: Any = None
    fills: tuple[str, ...]
    choices: tuple[str, ...] = ()
    accepts: str  #: in words


class RunbookService:
    """Saves, changes and uses runbooks. What is saved has passed the same gate as a plan."""

    def __init__(self, database: Database, planning: PlanningService, audit: AuditService) -> None:
        self.database = database
        self.planning = planning
        self.audit = audit

    def list(self) -> tuple[Runbook, ...]:
        """The newest version of every runbook, in the natural order of names."""
        with self.database.reading() as session:
            return RunbookRepository(session).all()

    def get(self, name: str, version: int | None = None) -> Runbook:
        """One version, the newest when `version` is None. Raises NotFound with near names."""
        with self.database.reading() as session:
            return RunbookRepository(session).get(name, version)

    def versions(self, name: str) -> tuple[Runbook, ...]:
        """All versions of a runbook, newest first. Raises NotFound with near names."""
        with self.database.reading() as session:
            return RunbookRepository(session).versions(name)

    def save(self, document: RunbookDocument, actor: str) -> Runbook:
        """Save a new runbook. Raises NameTaken where one of that name is there, and all that `edit` raises."""
        document = self._checked(document)
        with self.database.session() as session:
            runbooks = RunbookRepository(session)
            newest = runbooks.newest(document.name)
            if newest is not None and not newest.removed:
                raise NameTaken(
                    f"There is a runbook '{document.name}' already, version {newest.version}.",
                    remedy="Take another name, or make a new version of it: `opsc runbooks edit`.",
                    version=newest.version,
                )
            self._check_links(document, runbooks)
            runbook = _next(document, newest, actor)
            runbooks.add(runbook)
            self.audit.append(session, actor, "runbook.saved", f"runbook:{document.name}", _details(runbook))
        return runbook

    def edit(self, name: str, document: RunbookDocument, actor: str, based_on: int | None = None) -> Runbook:
        """Save a new version; the same content again is no new one.

        `based_on` is the version that was edited: Conflict when it is not the newest any more. Raises NotFound,
        InvalidDocument or RefusedDocument with every fault, SecretGiven.
        """
        if check_name(document.name, "runbook") != check_name(name, "runbook"):
            raise InvalidInput(
                f"The document is of the runbook '{document.name}', not of '{name}'.",
                remedy="Give both the same name; for another name save it as a new runbook.",
            )
        document = self._checked(document)
        with self.database.session() as session:
            runbooks = RunbookRepository(session)
            newest = runbooks.get(document.name)
            if based_on is not None and based_on != newest.version:
                raise Conflict(
                    f"The runbook '{document.name}' has version {newest.version} by now; {based_on} was edited.",
                    remedy="Look at the newest version, then edit that one.",
                )
            if newest.document == document:
                return newest
            self._check_links(document, runbooks)
            runbook = _next(document, newest, actor)
            runbooks.add(runbook)
            self.audit.append(session, actor, "runbook.changed", f"runbook:{document.name}", _details(runbook))
        return runbook

    def remove(self, name: str, actor: str) -> Runbook:
        """Take a runbook away; its versions stay in the history. Answers what it was. Raises NotFound."""
        with self.database.session() as session:
            runbooks = RunbookRepository(session)
            newest = runbooks.get(name)
            before = [r.name for r in runbooks.all() if any(link.runbook == newest.name for link in r.document.then)]
            if before:
                raise Conflict(
                    f"The runbook '{newest.name}' follows {', '.join(before[:5])}.",
                    remedy=f"Take it out of that chain first: `opsc runbooks chain '{before[0]}' --remove`.",
                )
            gone = _next(newest.document, newest, actor).model_copy(update={"removed": True})
            runbooks.add(gone)
            self.audit.append(session, actor, "runbook.removed", f"runbook:{newest.name}", {"version": newest.version})
        return newest

    def chain(self, name: str, links: tuple[Link, ...], actor: str) -> Runbook:
        """Save a new version of a runbook that these follow. Raises what `edit` raises."""
        newest = self.get(name)
        return self.edit(newest.name, newest.document.model_copy(update={"then": links}), actor, newest.version)

    def composed(self, name: str, values: dict[str, Any]) -> tuple[Runbook, Plan]:
        """The plan of the newest version with these values, checked and not kept. Raises what `run` raises."""
        runbook = self.get(name)
        document = validated(filled(runbook.document, values), PlanDocument, f"Runbook '{runbook.name}'")
        return runbook, self.planning.composed(document)

    def run(self, name: str, values: dict[str, Any], actor: str, version: int | None = None) -> PlanRecord:
        """Make a plan of a runbook: validated anew, never approved by it.

        Raises NotFound, and InvalidDocument or RefusedDocument that name the parameters.
        """
        runbook = self.get(name, version)
        refuse_secrets("runbook's parameters", values)
        use = RunbookUse(name=runbook.name, version=runbook.version, params=tuple(values))
        data = filled(runbook.document, values)
        try:
            with every_fault(self.planning.composed, f"Runbook '{runbook.name}'"):
                plan = validated(data, PlanDocument, f"Runbook '{runbook.name}'")
            return self.planning.compose(plan, actor, runbook=use)
        except (InvalidDocument, RefusedDocument) as error:
            _raise_named(error, runbook.document)
            raise

    def from_plan(
        self,
        plan_id: str,
        name: str,
        description: str,
        fills: dict[str, str],
        required: frozenset[str] = frozenset(),
    ) -> RunbookDocument:
        """A document of a stored plan; `fills`: parameter → place in the plan as it is shown (step4.src, targets).

        What stands in such a place becomes the parameter's default, unless it is `required` to be given. Raises
        InvalidDocument for what is no place.
        """
        record = self.planning.get(plan_id)
        plan, numbers = self.planning.document(plan_id), step_numbers(record.plan)
        faults, parameters = [], {}
        for parameter, text in fills.items():
            place = place_of(text)
            if place is None or (place.step is not None and place.step not in numbers):
                shown = ", ".join(f"step{n}" for n in numbers)
                why = "was put there by policy" if place and place.step else "is no place in the plan"
                remedy = f"Name {shown} with a parameter, targets or options.NAME."
                faults.append(Fault(field=parameter, message=f"'{text}' {why}.", remedy=remedy))
                continue
            moved = f"step{numbers[place.step]}.{place.param}" if place.step is not None else place.text
            default = _value(plan, place_of(moved) or place) if parameter not in required else None
            described = self._meaning(plan, place_of(moved) or place)
            parameters[parameter] = RunbookParameter(
                fills=(moved,), default=default, required=default is None, description=described
            )
        for parameter in sorted(required - fills.keys()):
            remedy = f"Say where it goes: {parameter}=step1.NAME"
            faults.append(Fault(field=parameter, message="there is no such parameter.", remedy=remedy))
        raise_faults(faults, "The runbook")
        return RunbookDocument(name=name, description=description, parameters=parameters, plan=plan)

    def inputs(self, runbook: Runbook) -> tuple[RunbookInput, ...]:
        """What a use of it may give, in the order of the document."""
        return tuple(self._input(runbook.document, name) for name in runbook.document.parameters)

    # -- inside -------------------------------------------------------------------------------------------

    def _checked(self, document: RunbookDocument) -> RunbookDocument:
        """The document as it is stored: its places are places, its plan passes the gate, and it holds no secret."""
        refuse_secrets("runbook", document.model_dump(mode="json"))
        document = document.model_copy(update={"name": check_name(document.name, "runbook")})
        self._check_places(document)
        unset = {name: p.default for name, p in document.parameters.items() if p.default is not None}
        lenient = {n: p.model_copy(update={"required": False}) for n, p in document.parameters.items()}
        try:
            data = filled(document.model_copy(update={"parameters": lenient}), unset)
            plan = self.planning.composed(validated(data, PlanDocument, "The runbook"))
        except (InvalidDocument, RefusedDocument) as error:
            _raise_named(error, document, "parameters.")
            raise
        return _canonical(document, document_of(plan))

    def _check_links(self, document: RunbookDocument, runbooks: RunbookRepository) -> None:
        """Chained runbooks are there, take these values, and lead nowhere back. Raises InvalidDocument."""
        present = {r.name: r.document for r in runbooks.all()}
        faults = []
        for number, link in enumerate(document.then, start=1):
            field = f"then.{number}"
            follower = present.get(link.runbook)
            if follower is None and link.runbook != document.name:
                remedy = "Save that one first; `opsc runbooks list` shows all."
                faults.append(Fault(field=f"{field}.runbook", message=f"there is no '{link.runbook}'.", remedy=remedy))
            elif follower is not None:
                try:
                    filled(follower, link.params)
                except InvalidDocument as error:
                    given = [Fault.model_validate(fault) for fault in error.context.get("faults", ())]
                    faults += [f.model_copy(update={"field": f"{field}.params.{f.field}"}) for f in given]
        way = loop_through(document.name, document.then, {n: d.then for n, d in present.items()})
        if way is not None:
            shown = " → ".join(way)
            faults.append(Fault(field="then", message=f"it would go in a circle: {shown}.", remedy="Leave one out."))
        raise_faults(faults, "The runbook")

    def _check_places(self, document: RunbookDocument) -> None:
        faults = []
        options = type(document.plan.options).model_fields
        for name, found in places(document).items():
            types = set()
            for place in found:
                parameter = self._parameter(document.plan, place)
                field = f"parameters.{name}.fills"
                if place.step is not None and parameter is None:
                    intent = document.plan.steps[place.step - 1].intent
                    message = f"{intent} has no parameter '{place.param}'."
                    faults.append(Fault(field=field, message=message, remedy=f"See `opsc templates show {intent}`."))
                if place.option is not None and place.option not in options:
                    message = f"there is no option '{place.option}'."
                    faults.append(Fault(field=field, message=message, remedy=f"Options are {', '.join(options)}."))
                types.add(parameter.type.value if parameter else place.option or "targets")
            if len(types) > 1:
                message = f"its places take values of different types: {', '.join(sorted(types))}."
                remedy = "Make it two parameters."
                faults.append(Fault(field=f"parameters.{name}.fills", message=message, remedy=remedy))
        raise_faults(faults, "The runbook")

    def _parameter(self, plan: PlanDocument, place: Place) -> Parameter | None:
        if place.step is None:
            return None
        template = self.planning.catalogue.get(plan.steps[place.step - 1].intent)
        return template.parameters.get(place.param or "") if template else None

    def _meaning(self, plan: PlanDocument, place: Place) -> str:
        parameter = self._parameter(plan, place)
        if parameter is not None:
            return parameter.description
        return "On which machines" if place.is_targets else f"Option {place.option}"

    def _input(self, document: RunbookDocument, name: str) -> RunbookInput:
        given = document.parameters[name]
        place = place_of(given.fills[0])
        parameter = self._parameter(document.plan, place) if place else None
        if parameter is not None:
            kind, accepts = parameter.type.value, accepted_by(parameter)
        elif place is not None and place.is_targets:
            kind, accepts = "targets", "names of groups or machines; several are separated by commas"
        else:
            kind, accepts = "option", "a value of the plan's option"
        return RunbookInput(
            name=name,
            type=kind,
            description=given.description or (parameter.description if parameter else ""),
            required=given.required,
            default=given.default,
            fills=given.fills,
            choices=parameter.choices if parameter else (),
            accepts=accepts,
        )


def _canonical(document: RunbookDocument, typed: PlanDocument) -> RunbookDocument:
    """The document with every value in its own type, so that the same runbook is the same whatever file it came in."""
    where = places(document)
    parameters = {
        name: given if given.default is None else given.model_copy(update={"default": _value(typed, where[name][0])})
        for name, given in document.parameters.items()
    }
    plan = typed.model_copy(update=document.plan.model_dump(include={"description", "query"}))
    document = document.model_copy(update={"parameters": parameters, "plan": plan})
    return document.model_copy(update={"plan": validated(emptied(document), PlanDocument, "The runbook")})


def _next(document: RunbookDocument, newest: Runbook | None, actor: str) -> Runbook:
    version = newest.version + 1 if newest else 1
    return Runbook(id=new_id(), version=version, document=document, actor=actor, created_at=utc_now())


def _details(runbook: Runbook) -> dict[str, Any]:
    data = runbook.document.model_dump(mode="json")
    try:
        sha256 = hashlib.sha256(rfc8785.dumps(data)).hexdigest()
    except rfc8785.CanonicalizationError as error:
        raise InvalidInput(f"The runbook holds a value that cannot be kept: {error}.", remedy="Correct it.") from error
    return {"version": runbook.version, "parameters": [*runbook.document.parameters], "sha256": sha256}


def _value(plan: PlanDocument, place: Place) -> Any:
    """What stands in a place of a plan document; None where nothing does."""
    if place.step is not None:
        return plan.steps[place.step - 1].params.get(place.param or "")
    if place.option is not None:
        return getattr(plan.options, place.option, None)
    return plan.targets.model_dump(mode="json", exclude_defaults=True) or None


def _raise_named(error: InvalidDocument | RefusedDocument, document: RunbookDocument, prefix: str = "") -> None:
    """Raise the error again with the parameters' names in the place of the fields that they fill."""
    names = {place.field: name for name, found in places(document).items() for place in found}
    faults = []
    for told in error.context.get("faults", ()):
        fault = Fault.model_validate(told)
        filler = next((n for f, n in names.items() if fault.field == f or fault.field.startswith(f"{f}.")), None)
        known = fault.field.startswith(("plan.", "parameters.")) or fault.field in document.parameters
        field = f"{prefix}{filler}" if filler else fault.field if known else f"plan.{fault.field}"
        faults.append(fault.model_copy(update={"field": field}))
    raise_faults(faults, f"Runbook '{document.name}'", refused=isinstance(error, RefusedDocument))
