# SPDX-License-Identifier: Apache-2.0
"""Every task file of every template passes ansible-lint's production profile; what does not pass is red."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.conditions import FACTS, Measure
from opsconductor.domain.files import LARGE
from opsconductor.domain.inventory import BoundTarget, InventorySnapshot
from opsconductor.domain.lint import LintStatus
from opsconductor.domain.plans import Condition, Outcome, Step
from opsconductor.domain.templates import Parameter, ParameterType, Template
from opsconductor.playbooks.lint import lint
from opsconductor.playbooks.structure import check_structure
from tests.fixtures.plain_run import CATALOGUE, plan_of, rendered_of
from tests.fixtures.renderings import FOLDER, read_case, rendering

SAMPLES: dict[ParameterType, Any] = {
    ParameterType.FILE: "file.txt",
    ParameterType.SCRIPT: "file.txt",
    ParameterType.PORT: 80,
    ParameterType.SECONDS: 30,
    ParameterType.INTEGER: 3,
    ParameterType.BOOLEAN: True,
    ParameterType.COMMAND: ["uname", "-r"],
    ParameterType.THRESHOLD: "10%",
}

#: The file library that the samples name.
FILES = {"file.txt": b"x", "large.bin": b"x" * LARGE}


def sample(parameter: Parameter) -> Any:
    return parameter.choices[0] if parameter.choices else SAMPLES.get(parameter.type, "sample")


def variants(template: Template) -> Iterator[Step]:
    """A step with what it must have, one with all it may have, and each way of saying one thing instead of another."""
    # Without a file of the library that it could do without in a sentence, a step asks for one.
    needed = {name: p for name, p in template.parameters.items() if p.required or p.type is ParameterType.FILE}
    required = {name: sample(p) for name, p in needed.items()}
    yield Step(intent=template.id, params=required)
    instead = {name: p.instead for name, p in template.parameters.items() if p.instead}
    full = {name: sample(p) for name, p in template.parameters.items() if name not in instead.values()}
    yield Step(intent=template.id, params=full)
    for name, other in instead.items():
        params = {key: value for key, value in full.items() if key != name}
        yield Step(intent=template.id, params={**params, other: sample(template.parameters[other])})


def runnable() -> Iterator[Template]:
    return (template for template in CATALOGUE if template.platforms)


def everything(platform: Platform) -> list[Step]:
    steps = [step for template in runnable() if platform in template.platforms for step in variants(template)]
    return [
        *steps,
        Step(intent="file.touch", params={"path": "/x"}),
        Step(intent="file.copy", params={"src": "large.bin", "dest": "/x", "mode": "0644"}),
        Step(intent="file.copy", params={"src": "large.bin", "dest": "/x"}),
        Step(intent="host.ping", when=tuple(conditions())),
    ]


def conditions() -> Iterator[Condition]:
    """One on each fact."""
    for name, fact in FACTS.items():
        if fact.measure is Measure.PLATFORM:
            continue
        subject = None if fact.subject is None else str(SAMPLES.get(fact.subject, "sample"))
        value = {Measure.NUMBER: 10, Measure.VERSION: "1.2"}.get(fact.measure)
        yield Condition(fact=name, subject=subject, op=None if value is None else "<", value=value)


def target(platform: Platform) -> BoundTarget:
    kind = ConnectionKind.SSH if platform is Platform.LINUX else ConnectionKind.WINRM
    name = f"{platform}-1"
    return BoundTarget(asset_id=name, name=name, platform=platform, kind=kind, address="192.0.2.1", port=22)


def verdict_of(tmp_path: Path, platforms: list[Platform], *, undo: bool = False) -> tuple[LintStatus, tuple[str, ...]]:
    """One playbook with all templates on these platforms, linted."""
    targets = [target(platform) for platform in platforms]
    steps: list[Step] = []
    for one in targets:
        steps += [s.model_copy(update={"hosts": (one.name,)}) for s in everything(one.platform)]
    plan = plan_of(steps, targets)
    rendered = rendered_of(plan, targets, FILES, undo=undo)
    check_structure(rendered, plan)
    folder = tmp_path / "plan"
    folder.mkdir()
    for name, content in rendered.tree(plan, InventorySnapshot(targets=tuple(targets))).items():
        (folder / name).write_bytes(content)
    verdict = lint(folder, tmp_path / "cache")
    assert lint(folder, tmp_path / "cache") == verdict
    return verdict.status, verdict.findings


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """All templates at once take a busy machine long."""
    monkeypatch.setattr("opsconductor.playbooks.lint._PATIENCE", 1200)


@pytest.mark.rotating
def test_every_template_is_green(tmp_path: Path) -> None:
    assert verdict_of(tmp_path, list(Platform)) == (LintStatus.GREEN, ())


@pytest.mark.rotating
def test_every_undo_is_green(tmp_path: Path) -> None:
    assert verdict_of(tmp_path, list(Platform), undo=True) == (LintStatus.GREEN, ())


@pytest.mark.parametrize("case", ["rollback", "dry_run"])
def test_what_options_add_is_green(tmp_path: Path, case: str) -> None:
    plan, rendered = rendering(FOLDER / f"{case}.yml")
    _, snapshot, _ = read_case(FOLDER / f"{case}.yml")
    folder = tmp_path / "plan"
    folder.mkdir()
    for name, content in rendered.tree(plan, snapshot).items():
        (folder / name).write_bytes(content)
    verdict = lint(folder, tmp_path / "cache")
    assert (verdict.status, verdict.findings) == (LintStatus.GREEN, ())


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("outcome", [Outcome.PLAN, Outcome.QUERY])
def test_what_only_reads_has_no_task_that_could_change_anything(platform: Platform, outcome: Outcome) -> None:
    steps = [s for t in runnable() if t.read_only and platform in t.platforms for s in variants(t)]
    plan = plan_of([s.model_copy(update={"read_only": True}) for s in steps], [target(platform)])
    asked = plan.model_copy(update={"outcome": outcome})
    check_structure(rendered_of(asked, [target(platform)]), asked)


GOOD = """\
---
- name: Play
  hosts: all
  gather_facts: false
  tasks:
    - name: Answer
      ansible.builtin.ping:
"""


def findings(tmp_path: Path, playbook: str) -> tuple[str, ...]:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "playbook.yml").write_text(playbook)
    (folder / "ansible.cfg").write_text("[defaults]\n")
    verdict = lint(folder, tmp_path / "cache")
    assert bool(verdict.findings) is (verdict.status is LintStatus.RED)
    assert set(verdict.tools) == {"ansible-core", "ansible-lint"}
    return verdict.findings


def test_a_breach_of_the_production_profile_is_red(tmp_path: Path) -> None:
    found = findings(tmp_path, GOOD.replace("ansible.builtin.ping:", "ping:"))
    assert any("fqcn" in finding and "playbook.yml:" in finding for finding in found)


def test_what_ansible_cannot_read_is_red(tmp_path: Path) -> None:
    found = findings(tmp_path, GOOD.replace("ansible.builtin.ping:", "no.such.module:"))
    assert len(found) == 1
    assert "no.such.module" in found[0]
