# SPDX-License-Identifier: Apache-2.0
"""From a complete plan to an Ansible playbook: one play per platform, one block per step, values only as variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Any

from opsconductor.domain.base import Platform
from opsconductor.domain.batches import share
from opsconductor.domain.files import LARGE, LibraryFile
from opsconductor.domain.inventory import TELNET, InventorySnapshot
from opsconductor.domain.plans import Options, Origin, Outcome, Plan, Step
from opsconductor.domain.results import Role
from opsconductor.domain.templates import Catalogue, ParameterType, Template
from opsconductor.domain.watching import WATCHED, between_looks, looks, watched_seconds
from opsconductor.errors import Conflict, InvalidInput, Unsupported
from opsconductor.playbooks.catalogue import folder_hash, template_paths
from opsconductor.playbooks.conditions import Reading, applies, asks_for_change, step_conditions
from opsconductor.playbooks.configuration import ansible_cfg, group_of, known_hosts_text
from opsconductor.playbooks.emit import Unsafe, emit
from opsconductor.playbooks.places import TaskNote, find_places
from opsconductor.playbooks.rendered import DONE, ENVIRONMENT, RenderedPlaybook, SecretVariable, StepTargets
from opsconductor.playbooks.rescue import UndoableStep, only_previews, rollback, undo_order
from opsconductor.playbooks.taskfile import Task, TaskFile, read_tasks, role_of
from opsconductor.playbooks.values import StepValues, step_values

HEADER = """\
---
# Plan {plan}, rendered by OpsConductor. A change here is a change of the plan: it voids the approval.
# By hand: put the deployed files into files/<sha256>/<name> as files.json lists them, then run
#   ansible-playbook playbook.yml{preview}{secrets}{telnet}
"""
PREVIEW_BY_HAND = " --check --diff"
TELNET_BY_HAND = """
# Targets over telnet need the plugins opsconductor.core.telnet and opsconductor.core.telnet_command, in ./collections
# or on ANSIBLE_COLLECTIONS_PATH, and the Python library telnetlib3. User and password cross the network in clear."""
SECRETS_BY_HAND = """ -e @secrets.yml
# where secrets.yml, a file that only you can read, gives values, written as !unsafe "…", to these variables;
# a job gets them from stored credentials, in memory:{names}"""
#: Seconds between two looks at a target that is waited for.
POLL_SECONDS = 2
#: Bytes per second that the slowest way of copying a large file is given time for.
SLOWEST_COPY = 100_000
_PLAY_NAMES = {
    Platform.LINUX.value: "on Linux targets",
    Platform.WINDOWS.value: "on Windows targets",
    TELNET: "over telnet",
}
_LOOKING = frozenset({Role.GUARD, Role.CAPTURE})
_ACTING = frozenset({Role.MAIN, Role.FALLBACK})


class TemplateChanged(Conflict):
    """A playbook template has changed since it was loaded."""

    code = "template-changed"


@dataclass
class _Play:
    """One platform's play, or that of the targets over telnet, while it is written."""

    name: str
    platform: Platform
    variables: dict[str, Any] = field(default_factory=dict)
    blocks: list[Task] = field(default_factory=list)
    notes: list[TaskNote] = field(default_factory=list)
    #: Steps so far that can be taken back.
    undoable: list[UndoableStep] = field(default_factory=list)
    #: Steps so far that cannot, and why.
    irreversible: dict[int, str] = field(default_factory=dict)


class _Renderer:
    def __init__(
        self,
        plan: Plan,
        snapshot: InventorySnapshot,
        catalogue: Catalogue,
        files: Mapping[str, LibraryFile],
        *,
        task_timeout: int,
        watch_seconds: int,
        host_names: Mapping[str, str],
        template_roots: tuple[Path, ...],
        undo: bool,
    ) -> None:
        self.plan = plan
        self.snapshot = snapshot
        self.catalogue = catalogue
        self.files = files
        self.task_timeout = task_timeout
        self.watch_seconds = watch_seconds
        self.host_names = host_names
        self.template_roots = template_roots
        self.undo = undo
        self._roots: dict[str, Path] = {}
        #: step number → names of the targets it has anything to do on
        self.reached: dict[int, list[str]] = {}
        #: step number → names of the large library files it deploys
        self.deployed: dict[int, set[str]] = {}
        #: play variables that are secrets
        self.secrets: dict[str, SecretVariable] = {}

    def plays(self) -> list[_Play]:
        plays = []
        for name, platform in (*((p.value, p) for p in Platform), (TELNET, Platform.LINUX)):
            targets = [t.name for t in self.snapshot.targets if t.play == name]
            if targets:
                play = _Play(name, platform)
                for n, late in self._order():
                    self._step(play, n, self.plan.steps[n - 1], targets, late=late)
                if play.blocks and self.plan.options.dry_run:
                    task, note = only_previews(play.notes[0].step, self.task_timeout)
                    play.blocks.insert(0, task)
                    play.notes.insert(0, note)
                plays.append(play)
        return [p for p in plays if p.blocks]

    def _order(self) -> Iterator[tuple[int, bool]]:
        """Numbers of the steps as they come; with True what remains of an undo once those before it are undone."""
        numbered = list(enumerate(self.plan.steps, start=1))
        if not self.undo:
            return ((n, False) for n, _ in numbered)
        templates = {n: self._template(n, step) for n, step in numbered}
        effects = {n: _effects(step, templates[n]) for n, step in numbered}
        return undo_order(effects, {n for n, template in templates.items() if template.undo and template.undo.after})

    def _template(self, n: int, step: Step) -> Template:
        template = self.catalogue.get(step.intent)
        if template is None:
            raise InvalidInput(f"Step {n}: there is no template '{step.intent}'.", remedy="See 'opsc templates list'.")
        return template

    def _step(self, play: _Play, n: int, step: Step, targets: list[str], *, late: bool) -> None:
        """Add step `n`, or if `late` what remains of its undo, to the play, unless it has nothing to do there."""
        template = self._template(n, step)
        if step.undo_of is not None:
            raise Unsupported(
                f"Step {n} takes back step {step.undo_of.step} of job {step.undo_of.job}, which cannot be run yet.",
                remedy="Leave it out of the plan.",
            )
        mine = targets if step.hosts is None else [t for t in targets if t in step.hosts]
        if not mine or not applies(n, step.when, play.platform):
            return
        if step.platforms and play.platform not in step.platforms:
            return  # the plan says so, and its explanation names the targets that take the step
        file = _file_for(template, play)
        if file is None:
            raise Unsupported(
                f"Step {n}: {template.id} cannot run {_PLAY_NAMES[play.name]}: {', '.join(mine[:5])}.",
                remedy="Leave these targets out of the step.",
            )
        if self.undo:
            if template.undo is None:
                return
            file = template.undo.after if late and template.undo.after else template.undo.file
        if not late:
            self.reached.setdefault(n, []).extend(mine)
        values = step_values(n, step, template, self.plan.options, self.files, self.plan.id)
        self.deployed.setdefault(n, set()).update(
            step.params[name] for name in values.staged if self.files[step.params[name]].size >= LARGE
        )
        play.variables |= values.variables
        self.secrets |= values.secrets
        variables, tasks = self._tasks(n, step, template, play.platform, file, values)
        if self.undo:
            for task in tasks:
                task["when"] = [f"opsc_s{n} is defined", *_listed(task.get("when"))]
        if not self.undo and self._watched(n):
            tasks.append(_keep_change(n, tasks))
        noted = [(task, *role_of(task)) for task in tasks]
        for task, sentence, role in noted:
            self._finish(task, f"Step {n}: {sentence} · {role}")
        inner, more = self._nest(n, step, play, noted)
        variables = {**variables, **more}
        block: Task = {"name": f"Step {n}: {'Undo: ' if self.undo else ''}{template.title}"}
        when = [] if self.undo else [f"{n} not in {DONE} | default([])"]
        if len(mine) < len(targets):
            play.variables[f"opsc_p{n}_hosts"] = [self.host_names.get(t, t) for t in mine]
            when.append(f"inventory_hostname in opsc_p{n}_hosts")
        if when:
            block["when"] = when if len(when) > 1 else when[0]
        if variables:
            block["vars"] = variables
        play.notes[-1] = play.notes[-1].model_copy(update={"last": True})
        block["block"] = inner
        if rescue := self._rescue(n, step, template, play, values):
            block["rescue"] = rescue
        play.blocks.append(block)

    def _rescue(self, n: int, step: Step, template: Template, play: _Play, values: StepValues) -> list[Task]:
        """What is taken back where the step fails: its own change and those of the steps before it."""
        if not self.plan.options.rollback or self.plan.options.dry_run or self.undo:
            return []
        if template.undo is not None and not self._keeps(template):
            taken_back, after = (
                self._tasks(n, step, template, play.platform, file, values) if file else None
                for file in (template.undo.file, template.undo.after)
            )
            assert taken_back is not None  # noqa: S101 - its file always has a name
            play.undoable.append(UndoableStep(n, template.title, taken_back, after, _effects(step, template)))
        elif template.irreversible and not template.read_only:
            play.irreversible[n] = template.irreversible
        if not play.undoable:
            return []
        rescue, notes = rollback(n, play.undoable, play.irreversible, self.task_timeout)
        play.notes += notes
        return rescue

    def _keeps(self, template: Template) -> bool:
        """Whether it only keeps what another step replaces: that stays, in case putting it back does not work."""
        return any(template.id in other.before for other in self.catalogue)

    def _finish(self, task: Task, name: str) -> None:
        task["name"] = name
        task.setdefault("timeout", self.task_timeout)

    def _nest(
        self, n: int, step: Step, play: _Play, noted: list[tuple[Task, str, Role]]
    ) -> tuple[list[Task], dict[str, str]]:
        """Guards and captures into a block of their own that is left out where their result is already known.

        The second is what the tasks of its conditions add to the step's variables.
        """
        # What a step has found out already holds its conditions, too: an undo asks for nothing else.
        when = () if self.undo else step.when
        conditions = step_conditions(n, when, play.platform, partial(self._reading, n, play.platform), self._before(n))
        play.variables |= conditions.variables
        for task in conditions.tasks:
            sentence, role = role_of(task)
            self._finish(task, f"Step {n}: {sentence} · {role}")
            play.notes.append(TaskNote(step=n, role=role, name=task["name"]))
        play.notes += [TaskNote(step=n, role=role, name=task["name"]) for task, _, role in noted]
        looking = [task for task, _, _ in takewhile(lambda entry: entry[2] in _LOOKING, noted)]
        inner = [task for task, _, _ in noted[len(looking) :]]
        unknown = f"opsc_s{n} is not defined"
        if looking:
            inner.insert(0, {"name": f"Step {n}: Find out what there is to do", "when": unknown, "block": looking})
        if conditions.tasks:
            inner = [
                {"name": f"Step {n}: Check the conditions", "when": unknown, "block": conditions.tasks},
                {"name": f"Step {n}: Act where they hold", "when": f"opsc_c{n} | default(true)", "block": inner},
            ]
        return inner, conditions.step_variables

    def _watched(self, n: int) -> bool:
        """Whether a later step depends on what step `n` changes."""
        later = enumerate(self.plan.steps[n:], start=n + 1)
        return any(asks_for_change(step.when) and self._before(number) == n for number, step in later)

    def _before(self, n: int) -> int | None:
        """The nearest step before `n` that was asked for and changes something."""
        for number, step in reversed(list(enumerate(self.plan.steps[: n - 1], start=1))):
            if step.origin is Origin.USER and not self._template(number, step).read_only:
                return number
        return None

    def _reading(self, n: int, platform: Platform, intent: str, params: dict[str, Any], part: str) -> Reading:
        """A template that only reads as a part of step `n`: its tasks are guards, named and registered apart."""
        step = Step(intent=intent, params=params)
        template = self._template(n, step)
        values = step_values(n, step, template, self.plan.options, {}, self.plan.id, part=f"{part}_")
        asking = {"fact": f"opsc_c{n}_{part}", "reg": f"opsc_r{n}_{part}", "is_question": True}
        variables, tasks = self._tasks(n, step, template, platform, template.platforms[platform], values, asking)
        for task in tasks:
            task["name"] = f"{role_of(task)[0]} · {Role.GUARD}"
        return Reading(values.variables, variables, tasks)

    def _tasks(
        self,
        n: int,
        step: Step,
        template: Template,
        platform: Platform,
        file: str,
        values: StepValues,
        other: Mapping[str, Any] = MappingProxyType({}),
    ) -> TaskFile:
        """The template's tasks for step `n`; `other` takes the place of what they are told otherwise."""
        verify = self.plan.options.verify_timeout
        seconds = {k for k, p in template.parameters.items() if p.type is ParameterType.SECONDS}
        numbers, between, seen = dict(values.numbers), POLL_SECONDS, 2
        if watch := watched_seconds(n, self.plan.steps, template, self.plan.options, self.watch_seconds):
            between = between_looks(watch, POLL_SECONDS)
            seen = looks(watch, between)
            numbers["timeout"] = max(numbers["timeout"], (seen - 1) * between)
        context = {
            "n": n,
            "platform": platform.value,
            "var": values.names,
            "given": values.given,
            "staged": values.staged,
            "number": numbers,
            "choice": values.choices,
            "unit": values.units,
            "polls": {k: max(seen, ceil(v / between)) for k, v in numbers.items() if k in seconds},
            "poll_seconds": between,
            "verify_polls": ceil(verify / POLL_SECONDS) if verify else None,
            "looks": seen,
            "large": {name for name in values.staged if self.files[step.params[name]].size >= LARGE},
            "patience": {name: self._patience(step.params[name]) for name in values.staged},
            "fact": f"opsc_s{n}",
            "reg": f"opsc_r{n}",
            "backup": self._backup(n, step, template),
            "asked": step.origin is Origin.USER,
            "is_question": self.plan.outcome is Outcome.QUERY,
            **other,
        }
        folder = template.id.replace(".", "/", 1)
        return read_tasks(self._root(template), f"{folder}/{file}", context)

    def _patience(self, name: str) -> int:
        """Seconds that copying this file of the library may take."""
        return max(self.task_timeout, self.files[name].size // SLOWEST_COPY)

    def _backup(self, n: int, step: Step, template: Template) -> str:
        """The fact of the nearest earlier step that keeps what this one replaces; empty when there is none."""
        for number, earlier in reversed(list(enumerate(self.plan.steps[: n - 1], start=1))):
            mapping = template.before.get(earlier.intent)
            if mapping and all(earlier.params.get(theirs) == step.params.get(ours) for theirs, ours in mapping.items()):
                return f"opsc_s{number}"
        return ""

    def _root(self, template: Template) -> Path:
        """The folder of templates that holds this one, as it was when the catalogue was loaded."""
        if template.id not in self._roots:
            for root in self.template_roots:
                folder = root.joinpath(*template.id.split(".", 1))
                if folder.is_dir():
                    if folder_hash(folder) != template.sha256:
                        raise TemplateChanged(
                            f"The template {template.id} has changed since it was loaded.",
                            remedy="Start OpsConductor again and make the plan anew.",
                        )
                    self._roots[template.id] = root
                    break
            else:
                raise TemplateChanged(f"The template {template.id} is gone.", remedy="Restore its folder.")
        return self._roots[template.id]


def _keep_change(n: int, tasks: list[Task]) -> Task:
    """Keeps whether one of the step's main tasks changed anything, for a later step that asks."""
    for number, task in enumerate(tasks, start=1):
        if role_of(task)[1] in _ACTING:
            task.setdefault("register", f"opsc_r{n}_main{number}")
    changes = " or ".join(f"{t['register']} is changed" for t in tasks if role_of(t)[1] in _ACTING) or "false"
    value = f"{{{{ opsc_s{n} | default({{}}) | combine({{'changed': {changes}}}) }}}}"
    return {"name": "Keep whether it changed anything · verify", "ansible.builtin.set_fact": {f"opsc_s{n}": value}}


def render(
    plan: Plan,
    snapshot: InventorySnapshot,
    catalogue: Catalogue,
    files: Mapping[str, LibraryFile],
    *,
    task_timeout: int = 900,
    watch_seconds: int = WATCHED,
    inventory: str = "",
    host_names: Mapping[str, str] | None = None,
    template_roots: tuple[Path, ...] | None = None,
    undo: bool = False,
) -> RenderedPlaybook:
    """The playbook of a complete plan, or with `undo` the one that takes its steps back, last step first.

    `files` maps names in the file library to the versions to deploy; `inventory` is the committed inventory text and
    `host_names` maps target names to their names in it, where they differ. `template_roots` are the folders the
    catalogue was loaded from (None: the shipped one). An undo reads each target's `opsc_s<N>`, given as host variables,
    and leaves out what has no undo. Raises InvalidInput, Unsupported, TemplateChanged and Broken.
    """
    renderer = _Renderer(
        plan,
        snapshot,
        catalogue,
        files,
        task_timeout=task_timeout,
        watch_seconds=watch_seconds,
        host_names=host_names or {},
        template_roots=template_roots or template_paths(),
        undo=undo,
    )
    plays = renderer.plays()
    if not plays:
        raise InvalidInput("No step of the plan has a target to run on.", remedy="Name other targets or steps.")
    header = HEADER.format(
        plan=plan.id,
        preview=PREVIEW_BY_HAND if plan.options.dry_run else "",
        secrets=_by_hand(renderer.secrets),
        telnet=TELNET_BY_HAND if any(play.name == TELNET for play in plays) else "",
    )
    text = header + "\n".join(emit([_play_data(p, plan.options, snapshot) for p in plays])) + "\n"
    order = {t.name: i for i, t in enumerate(plan.targets.resolved)}
    return RenderedPlaybook(
        playbook=text,
        places=find_places(text, [note for play in plays for note in play.notes]),
        steps=tuple(
            StepTargets(
                n=n,
                targets=tuple(sorted(renderer.reached.get(n, ()), key=lambda t: order.get(t, 0))),
                files=tuple(sorted(renderer.deployed.get(n, ()))),
            )
            for n in range(1, len(plan.steps) + 1)
        ),
        inventory=inventory,
        known_hosts=known_hosts_text(snapshot),
        ansible_cfg=ansible_cfg(plan.id),
        files=tuple(_deployed(plan, catalogue, files)),
        secrets=renderer.secrets,
    )


def _file_for(template: Template, play: _Play) -> str | None:
    """The task file of a play; None where the template cannot run."""
    return template.telnet if play.name == TELNET else template.platforms.get(play.platform)


def _effects(step: Step, template: Template) -> frozenset[str]:
    """What undoing the step touches, its parameters filled in."""
    values = {name: str(step.params.get(name, "")) for name in template.parameters}
    return frozenset(effect.format_map(values) for effect in template.effects) if template.undo else frozenset()


def _by_hand(secrets: Mapping[str, SecretVariable]) -> str:
    """What the header says of variables whose values stand in no playbook."""
    return SECRETS_BY_HAND.format(names="".join(f"\n#   {name}" for name in secrets)) if secrets else ""


def _play_data(play: _Play, options: Options, snapshot: InventorySnapshot) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": f"Run the plan {_PLAY_NAMES[play.name]}",
        "hosts": group_of(play.name),
        "gather_facts": False,
    }
    if batches := _batches(options, len(snapshot.targets)):
        # A job runs one batch at a time by itself and turns this off.
        data["serial"] = "{{ opsc_serial | default(" + repr(batches) + ") }}"
    if play.name == Platform.LINUX.value:
        # A job marks what it starts on a target, to find it again when it is cut off.
        data["environment"] = ENVIRONMENT
    if play.variables:
        data["vars"] = {name: Unsafe(value) for name, value in play.variables.items()}
    return {**data, "tasks": play.blocks}


def _listed(when: Any) -> list[str]:
    return list(when) if isinstance(when, list) else [when] if when else []


def _batches(options: Options, total: int) -> list[int]:
    """Sizes of the batches, the last one for all that follow; empty for all at once."""
    size = options.batch
    if isinstance(size, str):
        percent = size.removesuffix("%")
        if not (size.endswith("%") and percent.isdecimal() and 0 < int(percent) <= 100):
            raise InvalidInput(f"{size!a} is no batch size.", remedy="Give a number of targets or a percentage.")
        size = share(size, total, up=True)
    if size is not None and size < 1:
        raise InvalidInput("A batch has at least one target.", remedy="Give a number of targets or a percentage.")
    first = [options.canary] if options.canary else []
    if size is None or size >= total:
        return [*first, total] if first and first[0] < total else []
    return [*first, size]


def _deployed(plan: Plan, catalogue: Catalogue, files: Mapping[str, LibraryFile]) -> Iterator[LibraryFile]:
    """The library files the plan's steps name, each once, by name."""
    names = set()
    for step in plan.steps:
        template = catalogue.get(step.intent)
        for name, parameter in template.parameters.items() if template else ():
            if parameter.deploys(step.params.get(name)) and step.params[name] in files:
                names.add(step.params[name])
    return (files[name] for name in sorted(names))
