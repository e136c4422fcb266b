# SPDX-License-Identifier: Apache-2.0
"""The planner on a file of requests: one prediction row each, to be compared with what is right."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from opsconductor.domain.plans import Condition, Outcome, Plan
from opsconductor.domain.templates import Catalogue, Parameter, ParameterType
from opsconductor.errors import InvalidInput
from planner.planner import Planner
from planner.task_names import task_readings
from planner.task_stand_ins import TaskReading

#: Where a value is from that the words do not hold.
_FILLED = ("default:", "option:")
#: What an open question lacks, by its id.
_LACKING = {"targets": "target", "request": "intent", "schedule": "schedule"}


class Evaluation:
    """Predicts rows for requests on one estate at one time."""

    def __init__(self, catalogue: Catalogue, estate: Estate, now: datetime) -> None:
        self.catalogue = catalogue
        self.planner = Planner(catalogue)
        self.estate = estate
        self.now = now

    def predict(self, row: dict[str, Any]) -> dict[str, Any]:
        """The prediction for one request: a whole plan where it names an estate, else its first intent and values."""
        if not isinstance(row.get("text"), str) or "id" not in row:
            raise InvalidInput("A row lacks its id or its text.", remedy='Give {"id": …, "text": …} on each line.')
        if "assets" not in row:
            return self.predict_task(row)
        plan = self.planner.propose(row["text"], self.estate, self.now, plan_id=str(row["id"]))
        return {"id": row["id"], **self.plan_row(plan)}

    def predict_task(self, row: dict[str, Any]) -> dict[str, Any]:
        """Intent and values of a task's name, which speaks of no machines; of an offered reading where it asks."""
        for reading, plan in self.task_plans(row["text"]):
            if user := [s for s in self.plan_row(plan)["steps"] if s["origin"] == "user"]:
                made = _as_one(user)
                return {"id": row["id"], "intent": made["intent"], "params": reading.said(made["params"])}
        return {"id": row["id"], "intent": None, "params": {}}

    def task_plans(self, name: str) -> Iterator[tuple[TaskReading, Plan]]:
        """Plans that a task's name may stand for, the likeliest first; what questions offer before mere guesses."""
        *said, guessed = task_readings(name)
        partly = []
        for reading in (r for tier in said for r in tier):
            plan = self.planner.propose(reading.text, Estate(), self.now, plan_id="task")
            if all(q.id != "request" for q in plan.questions):
                yield reading, plan
            else:
                partly.append((reading, plan))
        yield from partly
        yield from ((reading, offered) for reading, plan in partly if (offered := self.offered(plan)))
        for reading in guessed:
            yield reading, self.planner.propose(reading.text, Estate(), self.now, plan_id="task")

    def offered(self, plan: Plan) -> Plan | None:
        """The plan of the first reading that a question offers."""
        sets = next((q.choices[0].sets for q in plan.questions if q.id == "request" and q.choices), None)
        return self.planner.answer(plan, {"request": sets}, Estate(), self.now, plan_id=plan.id) if sets else None

    def plan_row(self, plan: Plan) -> dict[str, Any]:
        """A plan as evaluations compare it: without what templates and options fill in."""
        filled = {e.path for e in plan.evidence if e.source.startswith(_FILLED)}
        steps = []
        for at, step in enumerate(plan.steps):
            template = self.catalogue.get(step.intent)
            params = {
                name: _shown(value, template.parameters[name] if template else None)
                for name, value in step.params.items()
                if value is not None and f"steps[{at}].params.{name}" not in filled
            }
            made: dict[str, Any] = {
                "intent": (template.variant_of if template else None) or step.intent,
                "params": params,
                "origin": step.origin.value,
            }
            said = {e.path: (e.text or "").casefold() for e in plan.evidence}
            implied = [n for n, v in params.items() if str(v).casefold() not in said.get(f"steps[{at}].params.{n}", "")]
            if implied:
                made["defaults"] = implied
            if step.when:
                made["when"] = _condition(step.when[0])
            if step.hosts is not None:
                made["hosts"] = list(step.hosts)
            steps.append(made)
        missing = [*plan.missing, *(_LACKING[q.id] for q in plan.questions if q.id in _LACKING)]
        options = plan.options.model_dump(mode="json", exclude_defaults=True)
        return {
            "outcome": plan.outcome.value,
            "targets": list(plan.targets.names),
            "steps": steps,
            "options": {**options, "risk": plan.risk.level.value if plan.risk else None},
            "missing": missing,
            **({"reason": plan.refusal.reason} if plan.outcome is Outcome.REFUSE and plan.refusal else {}),
        }


def _as_one(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The first step, with the values of further steps of its intent: "install nginx and certbot" is one task."""
    intent, params = steps[0]["intent"], dict(steps[0]["params"])
    for step in (s for s in steps[1:] if s["intent"] == intent):
        for name, value in step["params"].items():
            known = params.setdefault(name, value)
            if value != known:
                params[name] = [*(known if isinstance(known, list) else [known]), value]
    return {"intent": intent, "params": params}


def read_estate(file: Path) -> tuple[Estate, datetime]:
    """An estate and its clock from JSON: hosts, groups, critical_groups, files_on_controller, now."""
    raw = _json(file, file.read_text(encoding="utf-8"))
    critical = set(raw.get("critical_groups", ()))
    try:
        assets = tuple(
            EstateAsset(
                name=host["name"],
                platform=Platform(host["os"]),
                groups=tuple(host.get("groups", ())),
                role=host.get("role"),
                os_version=host.get("os_version"),
            )
            for host in raw["hosts"]
        )
        groups = tuple(
            EstateGroup(name=g["name"], children=tuple(g.get("children", ())), critical=g["name"] in critical)
            for g in raw["groups"]
        )
        now = datetime.fromisoformat(raw["now"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"{file}: {error} is missing or wrong.", remedy="Give hosts, groups and now.") from None
    files = tuple(raw.get("files_on_controller", ()))
    return Estate(assets=assets, groups=groups, files=files), now if now.tzinfo else now.replace(tzinfo=UTC)


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The requests of a file of JSON lines."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            yield _json(f"{file}, line {number}", line)


def _json(where: object, text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{where}: not JSON: {error}.", remedy="Correct the file.") from None
    if not isinstance(raw, dict):
        raise InvalidInput(f"{where}: not an object.", remedy="Correct the file.")
    return raw


def _condition(condition: Condition) -> dict[str, Any]:
    return condition.model_dump(mode="json", exclude_defaults=True)


def _shown(value: Any, parameter: Parameter | None) -> Any:
    """A value as text where its type has a form of its own: a command's arguments as one line."""
    if parameter is not None and parameter.type is ParameterType.COMMAND:
        return " ".join(str(part) for part in value)
    return value
