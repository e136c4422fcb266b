# SPDX-License-Identifier: Apache-2.0
"""A template's task file: Jinja2 with delimiters of its own, so that Ansible's `{{ }}` passes through untouched."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateNotFound
from jinja2.loaders import FileSystemLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from opsconductor.domain.results import Role
from opsconductor.errors import Broken

_NAME = re.compile(r"(?P<sentence>[A-Z][^{}\[\]\n·]*[^\s{}\[\]·.]) · (?P<role>[a-z]+)")


class TaskFileError(Broken):
    """A template's task file cannot be used."""

    code = "task-file"


Task = dict[str, Any]


class TaskFile(NamedTuple):
    """What a task file holds."""

    variables: dict[str, str]  #: of the step: expressions and texts that its tasks use, each standing once
    tasks: list[Task]


@lru_cache(maxsize=8)
def _environment(root: Path) -> ImmutableSandboxedEnvironment:
    """The environment of one folder of templates; compiled files are kept and looked at again when they change."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root),
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def read_tasks(root: Path, file: str, context: Mapping[str, Any]) -> TaskFile:
    """The tasks of `root`/`file` (a POSIX path) with the context filled in. Raises TaskFileError.

    The first item of the list may have nothing but `vars`: these are the step's variables.
    """
    try:
        text = _environment(root).get_template(file).render(context)
        tasks = yaml.load(text, Loader=yaml.CSafeLoader)
    except TemplateNotFound:
        raise TaskFileError(f"The task file {root / file} is missing.", remedy="Restore the template.") from None
    except (TemplateError, yaml.YAMLError) as error:
        raise TaskFileError(f"The task file {root / file} is faulty: {error}.", remedy="Correct it.") from error
    if not isinstance(tasks, list) or not tasks or not all(isinstance(t, dict) for t in tasks):
        raise TaskFileError(f"The task file {root / file} is not a list of tasks.", remedy="Correct it.")
    variables = tasks.pop(0)["vars"] if set(tasks[0]) == {"vars"} else {}
    if not isinstance(variables, dict) or not all(isinstance(v, str) for v in variables.values()) or not tasks:
        raise TaskFileError(
            f"The step variables in {root / file} are not texts followed by tasks.", remedy="Correct them."
        )
    return TaskFile(variables, tasks)


def role_of(task: Task) -> tuple[str, Role]:
    """Sentence and role of a task's name "Sentence · role". Raises TaskFileError."""
    match = _NAME.fullmatch(str(task.get("name", "")))
    if match is None or match["role"] not in set(Role):
        raise TaskFileError(
            f"The task name {task.get('name')!r} is not of the form 'Sentence · role'.",
            remedy=f"End it with one of {', '.join(Role)}.",
        )
    return match["sentence"], Role(match["role"])
