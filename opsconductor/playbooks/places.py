# SPDX-License-Identifier: Apache-2.0
"""Finds every task's line in the written playbook, as Ansible will report it."""

from collections.abc import Iterator, Sequence

import yaml

from opsconductor.domain.base import Frozen
from opsconductor.domain.results import Role, TaskPlace
from opsconductor.errors import Broken


class TaskNote(Frozen):
    """What the renderer knows of a task before it has a line."""

    step: int
    role: Role
    name: str
    last: bool = False
    rescue: bool = False


def find_places(text: str, notes: Sequence[TaskNote]) -> tuple[TaskPlace, ...]:
    """One place per note, in the order of the text; Broken when text and notes do not belong together."""
    found = list(_tasks(yaml.compose(text, Loader=yaml.CSafeLoader)))
    if [name for _, name in found] != [note.name for note in notes]:
        raise Broken("The rendered playbook does not hold the tasks that it should.", remedy="Report this.")
    return tuple(TaskPlace(line=line, **note.model_dump()) for (line, _), note in zip(found, notes, strict=True))


def _tasks(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Line (1-based) and name of every task that is not a block, in order."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _tasks(item)
    elif isinstance(node, yaml.MappingNode):
        entries = {key.value: value for key, value in node.value}
        inside = [entries[key] for key in ("tasks", "block", "rescue") if key in entries]
        for part in inside:
            yield from _tasks(part)
        if inside:
            return
        if "name" in entries:
            yield node.start_mark.line + 1, entries["name"].value
