# SPDX-License-Identifier: Apache-2.0
"""From an approved commit to what a job is launched with."""

import json
import re
from collections.abc import Mapping
from typing import Protocol

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.inventory import TELNET, InventorySnapshot
from opsconductor.domain.job_specs import JobSpec, JobTarget
from opsconductor.domain.plans import Plan, Step
from opsconductor.domain.results import Role, TaskPlace
from opsconductor.domain.shapes import JobShape, StepShape
from opsconductor.domain.templates import Catalogue, ParameterType, Template
from opsconductor.domain.watching import WATCHED, watched_seconds
from opsconductor.execution.profiles import fast_target, plain_only

_PLAY = re.compile(r"^\s*(?:- )?hosts: opsc_(\w+)\s*$")


class CommitReader(Protocol):
    """The playbook repository, read."""

    def read(self, commit: str, name: str) -> bytes:
        """One file of a commit."""


def job_spec(
    job_id: str, plan: Plan, commit: str, commits: CommitReader, catalogue: Catalogue, watched: int = WATCHED
) -> JobSpec:
    """Everything a dispatcher needs of the plan as committed; `watched`: seconds that a step watches at most."""
    snapshot = InventorySnapshot.model_validate_json(commits.read(commit, "snapshot.json"))
    tree = json.loads(commits.read(commit, "places.json"))
    places = [TaskPlace.model_validate(place) for place in tree["places"]]
    text = commits.read(commit, "playbook.yml").decode()
    fallbacks = rescuing_plays(text, places, Role.FALLBACK)
    rollbacks = rescuing_plays(text, places, Role.UNDO)
    reached = {entry["n"]: tuple(entry["targets"]) for entry in tree.get("steps", ())}
    bound = {t.name: t for t in snapshot.targets}
    names = tuple(name for name in plan.targets.names if name in bound)
    sizes = _sizes(plan, commit, commits, catalogue)
    shape = JobShape(
        job_id=job_id,
        title=plan.title or plan.text,
        steps=tuple(
            _step(n, plan, catalogue, reached, fallbacks, rollbacks, sizes, watched)
            for n in range(1, len(plan.steps) + 1)
        ),
        targets=names,
        platforms={name: bound[name].platform for name in names},
        plays={name: bound[name].play for name in names if bound[name].play != bound[name].platform},
        dry_run=plan.options.dry_run,
    )
    fast = plain_only((step.intent for step in plan.steps), catalogue) is None
    targets = tuple(
        JobTarget(
            name=n,
            asset_id=bound[n].asset_id,
            platform=bound[n].platform,
            play=bound[n].play,
            fast=fast and fast_target(bound[n]),
        )
        for n in names
    )
    return JobSpec(shape=shape, options=plan.options, targets=targets, read_only=plan.changes_nothing)


def plan_shape(plan: Plan, catalogue: Catalogue, sizes: Mapping[str, int], watched: int = WATCHED) -> JobShape:
    """The matrix of a plan that was not committed yet; `sizes`: library file → bytes."""
    resolved = plan.targets.resolved
    return JobShape(
        job_id=plan.id,
        title=plan.title,
        steps=tuple(_step(n, plan, catalogue, {}, {}, {}, sizes, watched) for n in range(1, len(plan.steps) + 1)),
        targets=plan.targets.names,
        platforms={target.name: target.platform for target in resolved},
        plays={target.name: TELNET for target in resolved if target.connection is ConnectionKind.TELNET},
        dry_run=plan.options.dry_run,
    )


def deployed_files(plan: Plan, catalogue: Catalogue) -> set[str]:
    """Names of the library files that the plan's steps bring to targets."""
    return {name for step in plan.steps for name in _deployed(step, catalogue.get(step.intent))}


def _deployed(step: Step, template: Template | None) -> set[str]:
    parameters = template.parameters.items() if template else ()
    return {step.params[name] for name, parameter in parameters if parameter.deploys(step.params.get(name))}


def _sizes(plan: Plan, commit: str, commits: CommitReader, catalogue: Catalogue) -> dict[str, int]:
    """Bytes of the library files that a commit deploys."""
    if not deployed_files(plan, catalogue):
        return {}
    listed = json.loads(commits.read(commit, "files.json"))["files"]
    return {name: int(file["size"]) for name, file in listed.items()}


def generated_credentials(plan: Plan, commit: str, commits: CommitReader, catalogue: Catalogue) -> list[str]:
    """Names of the credentials with random passwords that a job of the plan needs; a dry run stores none."""
    if plan.options.dry_run:
        return []
    wanted = [
        name
        for step in plan.steps
        if (template := catalogue.get(step.intent))
        for name, parameter in template.parameters.items()
        if parameter.type is ParameterType.SECRET and step.params.get(name) == "generate"
    ]
    if not wanted:
        return []
    secrets = json.loads(commits.read(commit, "secrets.json"))["secrets"].values()
    return sorted(secret["credential"] for secret in secrets if secret["generate"])


def _step(
    n: int,
    plan: Plan,
    catalogue: Catalogue,
    reached: Mapping[int, tuple[str, ...]],
    fallbacks: Mapping[int, frozenset[str]],
    rollbacks: Mapping[int, frozenset[str]],
    sizes: Mapping[str, int],
    watched: int = WATCHED,
) -> StepShape:
    step = plan.steps[n - 1]
    template = catalogue.get(step.intent)
    watches = watched_seconds(n, plan.steps, template, plan.options, watched) if template else None
    return StepShape(
        n=n,
        intent=step.intent,
        title=step.title or (template.title if template else step.intent),
        seconds=step.seconds or (template.seconds if template else 1.0),
        watched=float(watches or 0),
        size=sum(sizes.get(name, 0) for name in _deployed(step, template)),
        targets=reached.get(n, step.hosts),
        fallback=fallbacks.get(n, frozenset()),
        rollback=rollbacks.get(n, frozenset()),
        repeatable=bool(template and (template.repeatable or template.read_only)),
        irreversible=template.irreversible if template and not template.read_only else None,
        check_mode=template.check_mode if template and not template.read_only else None,
        states=dict(template.states) if template else {},
        columns=template.answer.columns if template and template.answer else (),
    )


def rescuing_plays(playbook: str, places: list[TaskPlace], role: Role) -> dict[int, frozenset[str]]:
    """step → plays in which tasks of that role run after another task of the step has failed.

    A play's tasks stand between its `hosts` line and the next one; what takes back several steps is told by its end.
    """
    plays = [(n, m[1]) for n, line in enumerate(playbook.splitlines(), start=1) if (m := _PLAY.match(line))]
    found: dict[int, set[str]] = {}
    for place in places:
        if place.role is role and place.rescue and (place.last or role is not Role.UNDO):
            play = next(name for line, name in reversed(plays) if line < place.line)
            found.setdefault(place.step, set()).add(play)
    return {step: frozenset(names) for step, names in found.items()}
