# SPDX-License-Identifier: Apache-2.0
"""A plan and its document: the same plan both ways, the same gate, every fault at once."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from opsconductor.domain.document_schema import MODELS, schema_text
from opsconductor.domain.documents import InvalidDocument, PlanDocument, RefusedDocument
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from opsconductor.domain.plans import Outcome, Plan
from opsconductor.services.documents import parse, plan_yaml
from planner.composing import document_of
from planner.planner import Planner
from tests.unit.planner.conftest import Propose, load_cases

PUBLISHED = Path(__file__).parents[3] / "docs" / "reference"
#: What only the way to a plan tells apart.
_WAY = {"evidence", "provenance", "text", "explanation"}


def compose(planner: Planner, estate: Estate, text: str) -> Plan:
    return planner.compose(parse(text, PlanDocument, "plan.yml"), estate, plan_id="p1")


@pytest.mark.parametrize("text", [c["text"] for c in load_cases("tasks")])
def test_a_plan_s_document_gives_the_plan(text: str, planner: Planner, estate: Estate, propose: Propose) -> None:
    plan = propose(text)
    if plan.outcome is Outcome.REFUSE or not plan.steps or any(q.id == "request" for q in plan.questions):
        return

    again = compose(planner, estate, plan_yaml(document_of(plan)))

    assert again.model_dump(exclude=_WAY) == plan.model_dump(exclude=_WAY)


@pytest.mark.parametrize("name", list(MODELS))
def test_published_schemas_are_up_to_date(name: str) -> None:
    assert (PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(name), "run scripts/reference"


@pytest.mark.parametrize("page", ["reference/plan-document.md", "guides/runbooks.md"])
def test_examples_in_the_pages_obey_the_schema(page: str) -> None:
    text = (PUBLISHED.parent / page).read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    name = "runbook" if "runbooks" in page else "plan-document"

    document = YAML(typ="safe").load(text)

    jsonschema.validate(document, json.loads(schema_text(name)))
    assert parse(text, MODELS[name], page)


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ("Production Web", 4),
        ("[group:Production Web, host:sql-01]", 5),
        ("{groups: Production Web, exclude: [shop-01]}", 3),
        ("[role:web, os_version:Debian 12]", 4),
        ("{on: 'platform:windows', groups: [Data Processing]}", 2),
        ("everything", 38),
        ("{groups: CIS servers, count: 10, count_from: last}", 10),
    ],
)
def test_targets_are_named_in_many_ways(targets: str, found: int, planner: Planner, estate: Estate) -> None:
    plan = compose(planner, estate, f"targets: {targets}\nsteps: [{{intent: host.ping}}]\n")

    assert len(plan.targets.names) == found
    assert plan.complete


@pytest.mark.parametrize(
    ("targets", "says"),
    [
        ("Production web", "Did you mean 'Production Web'"),
        ("group:shop-01", "no group 'shop-01'"),
        ("host:Labs", "no machine 'Labs'"),
        ("platform:plan9", "no platform 'plan9'"),
        ("[role:web, role:db]", "two of role"),
        ("{groups: Labs, everything: true}", "Leave out one"),
        ("{groups: Labs, exclude: shp-01}", "no group or machine 'shp-01'"),
    ],
)
def test_a_name_is_never_guessed(targets: str, says: str, planner: Planner, estate: Estate) -> None:
    with pytest.raises(InvalidDocument) as caught:
        compose(planner, estate, f"targets: {targets}\nsteps: [{{intent: host.ping}}]\n")

    assert says in str(caught.value)


def test_a_name_of_both_must_say_which(planner: Planner) -> None:
    estate = Estate(assets=(EstateAsset(name="web", platform="linux"),), groups=(EstateGroup(name="web"),))  # type: ignore[arg-type]

    with pytest.raises(InvalidDocument, match="is a group and a machine"):
        compose(planner, estate, "targets: web\nsteps: [{intent: host.ping}]\n")
    assert compose(planner, estate, "targets: host:web\nsteps: [{intent: host.ping}]\n").targets.names == ("web",)


def test_every_fault_is_told_at_once_with_its_line(planner: Planner, estate: Estate) -> None:
    text = """\
targets: Prodution Web
step: x
steps:
  - intent: service.stop
    parms: {service: nginx}
options:
  batch: many
"""
    with pytest.raises(InvalidDocument) as caught:
        compose(planner, estate, text)

    faults: list[dict[str, Any]] = caught.value.context["faults"]
    assert [(f["field"], f["line"]) for f in sorted(faults, key=lambda f: f["line"])] == [
        ("step", 2), ("steps.1.parms", 5), ("options.batch", 7),
    ]  # fmt: skip
    assert all(f["remedy"] for f in faults)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps: [", "no valid YAML"),
        ('{"steps": [}', "no valid JSON"),
        ('{"steps": [], "steps": []}', "twice"),
        ('{"steps": ' + "[" * 100_000, "nested too deeply"),
        ('{"steps": [{"intent": "host.ping", "params": {"x": ' + "[" * 300 + "]" * 300 + "}}]}", "nested too deeply"),
        ('{"schema_version": ' + "9" * 5000 + "}", "too many digits"),
        ("- a", "no mapping"),
        ("steps: [{intent: host.ping}]\nsteps: 1", "stands here and on line 1"),
        ("schema_version: 2\nsteps: [{intent: host.ping}]", "schema_version"),
        ("steps: [{intent: host.ping, params: {x: !vault y}}]", "ansible-vault"),
        ("steps: [{intent: host.ping, when: 'no such thing at all ='}]", "when"),
    ],
)
def test_what_is_no_document_is_told(text: str, says: str, planner: Planner, estate: Estate) -> None:
    with pytest.raises(InvalidDocument) as caught:
        compose(planner, estate, text)

    assert says in str(caught.value)


def test_a_question_changes_nothing(planner: Planner, estate: Estate) -> None:
    asks = "targets: Labs\nquery: true\nsteps: [{intent: service.status, params: {service: nginx}}]\n"
    assert compose(planner, estate, asks).outcome is Outcome.QUERY

    with pytest.raises(InvalidDocument, match=r"service\.stop changes something"):
        compose(planner, estate, asks.replace("status", "stop"))


def test_critical_groups_raise_the_risk(planner: Planner, estate: Estate) -> None:
    text = "targets: {}\nsteps: [{{intent: service.restart, params: {{service: nginx}}}}]\n"
    levels = [compose(planner, estate, text.format(group)).risk for group in ("Labs", "Core DB")]

    assert [risk.level for risk in levels if risk] == ["medium", "high"]


def test_what_is_dangerous_is_refused(planner: Planner, estate: Estate) -> None:
    with pytest.raises(RefusedDocument, match="never does that"):
        compose(planner, estate, "targets: Labs\nsteps: [{intent: command.run, params: {command: mkfs.ext4 /dev/sda}}]")
