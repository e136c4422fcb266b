# SPDX-License-Identifier: Apache-2.0
"""The planner on a file of requests: one prediction row each, to be compared with what is right."""

import json
import re
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
        plans = [self.planner.propose(t, Estate(), self.now, plan_id=str(row["id"])) for t in _task_texts(row["text"])]
        for plan in (*plans, *(offered for p in plans if (offered := self.offered(p)))):
            if user := [s for s in self.plan_row(plan)["steps"] if s["origin"] == "user"]:
                return {"id": row["id"], **_as_one(user)}
        return {"id": row["id"], "intent": None, "params": {}}

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


def _task_texts(name: str) -> Iterator[str]:
    """A task's name, and what it says without the decoration of playbooks: "ssh | restart", "5.1.2 | chmod 0700 /srv",
    "shell: ls /srv", "Stop Windows Search (WSearch)", "Start cron (needed later)"."""
    if named := re.fullmatch(r"(?i)((?:re)?start|stop|reload|enable|disable)\s.+\(([\w.$-]+)\)\s*", name):
        yield f"{named[1]} service {named[2]}"
    yield name
    plain = re.sub(r"^[\d.]+\s+(?:\|\s+)?", "", name)
    if " | " in plain:
        first, rest = plain.split(" | ", 1)
        if re.fullmatch(r"[A-Z]\w+ .+", first) and re.fullmatch(r"[\w.@$-]+(?: \w+)?", rest):
            yield f"{first.split()[0]} {rest}"  # "Restart ssh daemon | sshd": what is told in words, and its name
        yield from (rest, plain.replace(" | ", " "))
    elif plain != name:
        yield plain
    module = re.sub(r"^(\w+):\s+", r"\1 ", plain)
    bare = re.sub(r"\s*\([^()]*\)|\.{3}$|^\w+/(?=\w)", "", plain)
    yield from (text for text in (module, bare) if text != plain)


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
