# SPDX-License-Identifier: Apache-2.0
"""Templates tried out before they are used: their examples as plans, rendered, checked and linted. Nothing runs."""

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inventories.naming import target_names
from inventories.snapshot import snapshot_inventory
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.documents import PlanDocument, StepSpec, TargetSpec
from opsconductor.domain.estate import Estate, EstateAsset
from opsconductor.domain.files import LibraryFile
from opsconductor.domain.inventory import BoundTarget, InventorySnapshot
from opsconductor.domain.plans import Plan
from opsconductor.domain.templates import Catalogue, Template
from opsconductor.errors import OpsConductorError
from opsconductor.playbooks.catalogue import TemplateError, load_catalogue
from opsconductor.playbooks.lint import LintUnavailable, lint
from opsconductor.playbooks.render import render
from opsconductor.playbooks.rendered import RenderedPlaybook
from opsconductor.playbooks.structure import check_structure
from planner.planner import Planner

#: Steps of one playbook that is linted: most of the time goes into the start of the linter.
_TOGETHER = 60
_HOSTS = {Platform.LINUX: "check-linux", Platform.WINDOWS: "check-windows"}
_KINDS = {Platform.LINUX: (ConnectionKind.SSH, 22), Platform.WINDOWS: (ConnectionKind.WINRM, 5986)}


@dataclass
class Trial:
    """What trying templates out brought."""

    faults: list[TemplateError] = field(default_factory=list)
    examples: int = 0  #: that the templates have
    rendered: int = 0  #: examples that became playbooks
    linted: bool = False
    notes: list[str] = field(default_factory=list)  #: what was not tried, and why


def try_out(paths: Sequence[Path], own: Iterable[Path], *, with_lint: bool = True) -> Trial:
    """Render the examples of the templates in the folders `own` and lint them; `paths` are all folders of templates.

    Call it with templates in which nothing else is wrong (`find_faults`).
    """
    catalogue = load_catalogue(paths)
    places = {t.id: root.joinpath(*t.id.split(".")) for root in own for t in catalogue if _is_in(t, root)}
    tryer = _Tryer(catalogue, paths, places)
    for template in catalogue:
        if template.id in places and template.platforms:
            tryer.trial.examples += len(template.examples)
            tryer.render(template)
    if with_lint and not tryer.trial.faults:
        tryer.lint()
    return tryer.trial


def _is_in(template: Template, root: Path) -> bool:
    return (root.joinpath(*template.id.split(".")) / "template.yml").is_file()


class _Tryer:
    def __init__(self, catalogue: Catalogue, paths: Sequence[Path], places: dict[str, Path]) -> None:
        self.catalogue = catalogue
        self.paths = tuple(paths)
        self.places = places
        self.planner = Planner(catalogue)
        self.trial = Trial()
        self.steps: list[StepSpec] = []

    def render(self, template: Template) -> None:
        """The template's examples as one plan, and the undo of it."""
        steps = _steps(template)
        if not steps:
            why = "no example has a value for all parameters that it requires"
            self.trial.notes.append(f"{template.id} was not rendered: {why}.")
            return
        try:
            for undo in (False, True) if template.undo else (False,):
                self._rendered(steps, template.platforms, undo=undo)
        except OpsConductorError as error:
            self._fault(template.id, ", ".join(template.platforms.values()), error.message, error.remedy)
            return
        self.trial.rendered += len(steps)
        self.steps += [s.model_copy(update={"hosts": tuple(_HOSTS[p] for p in template.platforms)}) for s in steps]

    def lint(self) -> None:
        """ansible-lint and the syntax check over all of them."""
        try:
            for at in range(0, len(self.steps), _TOGETHER):
                self._lint(self.steps[at : at + _TOGETHER])
        except LintUnavailable as error:
            self.trial.notes.append(f"Nothing was linted. {error}")
            return
        self.trial.linted = bool(self.steps)

    def _lint(self, steps: list[StepSpec]) -> None:
        templates = [self.catalogue.templates[step.intent] for step in steps]
        used = tuple(p for p in Platform if any(p in t.platforms for t in templates))
        plan, rendered = self._rendered(steps, used, undo=False)
        if any(t.undo for t in templates):
            rendered = _joined(rendered, self._rendered(steps, used, undo=True)[1])
        with tempfile.TemporaryDirectory(prefix="opsc-check-") as name:
            folder = Path(name)
            tree = rendered.tree(plan, _snapshot(used))
            for file, content in tree.items():
                (folder / file).write_bytes(content)
            verdict = lint(folder, folder / "verdicts")
        told: set[tuple[str, str]] = set()
        for finding in verdict.findings:
            intent = _template_at(finding, plan, rendered)
            said = re.sub(r"Step \d+: ", "", finding.partition(" ")[2])
            # Each example of a template is a step of its own, with the same tasks.
            if intent in self.places and (intent, said) not in told:
                told.add((intent, said))
                remedy = "See https://docs.ansible.com/projects/lint/rules for the rule."
                self._fault(intent, "tasks", said, remedy)

    def _rendered(
        self, steps: Sequence[StepSpec], platforms: Iterable[Platform], *, undo: bool
    ) -> tuple[Plan, RenderedPlaybook]:
        names = tuple(_HOSTS[p] for p in Platform if p in set(platforms))
        document = PlanDocument(targets=TargetSpec(hosts=names), steps=tuple(steps))
        files = sorted({str(v) for s in steps for v in self._deployed(s)})
        plan = self.planner.compose(document, _estate(files), plan_id="0" * 32)
        snapshot = _snapshot(p for p in Platform if _HOSTS[p] in names)
        rendered = render(
            plan,
            snapshot,
            self.catalogue,
            {name: _file(name) for name in files},
            inventory=snapshot_inventory(snapshot),
            host_names={target: name for name, target in target_names(snapshot.targets).items()},
            template_roots=self.paths,
            undo=undo,
        )
        check_structure(rendered, plan)
        if not undo:  # nothing is taken back in a dry run
            dry = plan.options.model_copy(update={"dry_run": True})
            check_structure(rendered, plan.model_copy(update={"options": dry}))
        return plan, rendered

    def _deployed(self, step: StepSpec) -> list[Any]:
        parameters = self.catalogue.templates[step.intent].parameters
        return [v for name, v in step.params.items() if parameters[name].deploys(v)]

    def _fault(self, intent: str, where: str, message: str, remedy: str | None) -> None:
        file = self.places[intent]
        self.trial.faults.append(
            TemplateError(
                f"{file}: {where}: {message.rstrip('.')}.",
                remedy=remedy or "Correct the task file: playbook_templates/README.md has the rules.",
                file=str(file),
                field=where,
            )
        )


def _joined(playbook: RenderedPlaybook, undo: RenderedPlaybook) -> RenderedPlaybook:
    """Both in one: the linter takes its time to start."""
    plays = undo.playbook[undo.playbook.index("\n- name:") + 1 :]
    shift = playbook.playbook.count("\n") - undo.playbook[: -len(plays)].count("\n")
    places = (*playbook.places, *(p.model_copy(update={"line": p.line + shift}) for p in undo.places))
    return playbook.model_copy(update={"playbook": playbook.playbook + plays, "places": places})


def _steps(template: Template) -> list[StepSpec]:
    """One step for each set of parameters among the examples; only those that could run."""
    found: dict[frozenset[str], StepSpec] = {}
    for example in template.examples:
        lacking = [
            name
            for name, p in template.parameters.items()
            if p.required and name not in example.params and p.instead not in example.params
        ]
        needed = template.needs is None or any(name in example.params for name in template.needs.one_of)
        several = any(
            isinstance(v, list | tuple) and not template.parameters[n].many for n, v in example.params.items()
        )
        if not lacking and needed and not several:
            found.setdefault(frozenset(example.params), StepSpec(intent=template.id, params=example.params))
    return list(found.values())


def _estate(files: Sequence[str]) -> Estate:
    assets = tuple(EstateAsset(name=name, platform=platform) for platform, name in _HOSTS.items())
    return Estate(assets=assets, files=tuple(files))


def _snapshot(platforms: Iterable[Platform]) -> InventorySnapshot:
    targets = [
        BoundTarget(
            asset_id=_HOSTS[p], name=_HOSTS[p], platform=p, kind=_KINDS[p][0], address="192.0.2.1", port=_KINDS[p][1]
        )
        for p in platforms
    ]
    return InventorySnapshot(targets=tuple(sorted(targets, key=lambda t: t.name)))


def _file(name: str) -> LibraryFile:
    """A library file of that name; its content is of no matter to what is rendered."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return LibraryFile(id=name, name=name, version=1, sha256="0" * 64, size=0, created_at=made, actor="check")


def _template_at(finding: str, plan: Plan, rendered: RenderedPlaybook) -> str:
    """The intent of the step in whose lines a finding lies."""
    number = finding.partition(" ")[0].rpartition(":")[2]
    line = int(number) if number.isdecimal() else 0
    before = [place for place in rendered.places if place.line <= line] or list(rendered.places)[:1]
    return plan.steps[before[-1].step - 1].intent if before else plan.steps[0].intent
