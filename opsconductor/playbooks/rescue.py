# SPDX-License-Identifier: Apache-2.0
"""Tasks that the options of a plan add to its steps: taking back where one fails, and changing nothing at all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from opsconductor.domain.results import Role
from opsconductor.domain.rollback import numbered
from opsconductor.playbooks.places import TaskNote
from opsconductor.playbooks.taskfile import Task, TaskFile, role_of

ONLY_PREVIEWS = "Make sure that this run only previews"
NOT_TAKEN_BACK = "Keep why it was not taken back"
END = "End here, after all was taken back that could be"


class UndoableStep(NamedTuple):
    """A step of a play with the tasks that take it back."""

    n: int
    title: str
    undo: TaskFile
    after: TaskFile | None = None  #: what remains once the steps before it are taken back
    effects: frozenset[str] = frozenset()


def undo_order(effects: Mapping[int, frozenset[str]], remaining: Collection[int]) -> Iterator[tuple[int, bool]]:
    """The steps of `effects` newest first, and once more, with True, each of `remaining` as late as can be.

    That is after all steps before it, or just before one of them that touches the same: a service that an
    earlier step had started must be stopped last.
    """
    waiting: list[int] = []
    for n in sorted(effects, reverse=True):
        for late in [w for w in waiting if effects[w] & effects[n]]:
            waiting.remove(late)
            yield late, True
        yield n, False
        if n in remaining:
            waiting.append(n)
    yield from ((late, True) for late in waiting)


def rollback(
    n: int, undoable: Sequence[UndoableStep], irreversible: Mapping[int, str], timeout: int
) -> tuple[list[Task], list[TaskNote]]:
    """The `rescue` of step `n`: the steps up to it are taken back, in `undo_order`, each where it got as far as its
    capture; then the target ends. One that cannot be taken back does not keep those before it from it."""
    rescue: list[Task] = []
    notes: list[TaskNote] = []
    steps = {step.n: step for step in undoable}
    remaining = {step.n for step in undoable if step.after}
    for number, late in undo_order({step.n: step.effects for step in undoable}, remaining):
        step = steps[number]
        section = _section(step, step.after if late and step.after else step.undo, timeout)
        rescue.append(section)
        names = [task["name"] for task in [*section["block"], *section["rescue"]]]
        notes += [TaskNote(step=number, role=Role.UNDO, name=name, rescue=True) for name in names]
    end = _name(n, END, Role.UNDO)
    rescue.append({"name": end, "ansible.builtin.fail": {"msg": _told(undoable, irreversible)}, "timeout": timeout})
    return rescue, [*notes, TaskNote(step=n, role=Role.UNDO, name=end, last=True, rescue=True)]


def _section(step: UndoableStep, undo: TaskFile, timeout: int) -> Task:
    """The block that takes a step back, or does what remains of that; where it fails, the reason is kept."""
    tasks = []
    for task in undo.tasks:
        sentence, role = role_of(task)
        # The same task stands in the rescue of every later step.
        tasks.append({**task, "name": _name(step.n, sentence, role), "timeout": task.get("timeout", timeout)})
    why = "{{ ansible_failed_result.msg | default('it failed') }}"
    kept: Task = {
        "name": _name(step.n, NOT_TAKEN_BACK, Role.UNDO),
        "ansible.builtin.set_fact": {f"opsc_u{step.n}": why},
        "timeout": timeout,
    }
    section: Task = {
        "name": f"Step {step.n}: Undo: {step.title}",
        "when": [f"opsc_s{step.n} is defined", "not ansible_check_mode"],
    }
    if undo.variables:
        section["vars"] = undo.variables
    return {**section, "block": tasks, "rescue": [kept]}


def only_previews(n: int, timeout: int) -> tuple[Task, TaskNote]:
    """The first task of a dry run, as one of step `n`: by hand it takes `--check` to get beyond it."""
    name = _name(n, ONLY_PREVIEWS, Role.GUARD)
    task: Task = {
        "name": name,
        "ansible.builtin.assert": {
            "that": "ansible_check_mode",
            "fail_msg": "This plan is a dry run: run it with --check --diff.",
            "quiet": True,
        },
        "timeout": timeout,
    }
    return task, TaskNote(step=n, role=Role.GUARD, name=name)


def _name(n: int, sentence: str, role: Role) -> str:
    return f"Step {n}: {sentence} · {role}"


def _told(undoable: Sequence[UndoableStep], irreversible: Mapping[int, str]) -> str:
    """The last message on the target."""
    steps = numbered([step.n for step in reversed(undoable)])
    left = "".join(
        f"{{{{ ' Not step {s.n}: ' ~ opsc_u{s.n} if opsc_u{s.n} is defined else '' }}}}" for s in reversed(undoable)
    )
    never = "".join(f" Step {n} cannot be taken back: {why}" for n, why in sorted(irreversible.items()))
    return f"Taken back here, as far as they had got: {steps}.{left}{never}"
