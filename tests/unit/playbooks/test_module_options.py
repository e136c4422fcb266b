# SPDX-License-Identifier: Apache-2.0
"""Every task of every template says only what its module's own documentation knows: options, and what it returns.

No linter does that for modules written in PowerShell.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from opsconductor.domain.base import Platform
from opsconductor.playbooks.modules import KEYWORDS
from tests.fixtures.module_documents import document, options_of
from tests.fixtures.plain_run import plan_of, rendered_of
from tests.integration.playbooks.test_lint import FILES, everything, target

#: What Ansible adds to every result, and what actions add to that of their module.
COMMON = {
    "ansible_facts", "attempts", "changed", "diff", "exception", "failed", "invocation", "msg", "results", "skipped",
    "unreachable", "warnings", "rc", "stdout", "stderr", "stdout_lines", "stderr_lines", "finished", "elapsed",
}  # fmt: skip
#: What modules do return although their documentation does not say so.
UNLISTED = {
    "ansible.builtin.assert": {"evaluated_to"},
    "ansible.builtin.get_url": {"response"},
    "ansible.windows.win_user": {"state"},
}


class _Lenient(yaml.CSafeLoader):
    """Ansible's YAML; `!unsafe` is plain data here."""


def _unsafe(loader: _Lenient, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return str(node.value)


_Lenient.add_constructor("!unsafe", _unsafe)


def _tasks(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for inner in entry.get("block", ()):
        yield from _tasks(inner)
    for inner in entry.get("rescue", ()):
        yield from _tasks(inner)
    if "block" not in entry:
        yield entry


@pytest.fixture(scope="module")
def blocks() -> list[dict[str, Any]]:
    """The blocks of all steps, with all templates on both platforms, done and undone."""
    found = []
    for platform in Platform:
        plan = plan_of(everything(platform), [target(platform)])
        for undo in (False, True):
            rendered = rendered_of(plan, [target(platform)], FILES, undo=undo)
            for play in yaml.load(rendered.playbook, Loader=_Lenient):  # noqa: S506 - a safe loader with one more tag
                found += play["tasks"]
    return found


def module_of(task: dict[str, Any]) -> str:
    [module] = set(task) - KEYWORDS
    return module


def test_options_are_those_of_the_modules(blocks: list[dict[str, Any]]) -> None:
    wrong = set()
    for task in (task for block in blocks for task in _tasks(block)):
        module = module_of(task)
        if module == "ansible.builtin.set_fact":
            continue
        wrong |= {f"{module}: {name}" for name in set(task[module] or ()) - options_of(module)}
    assert not wrong


def test_what_is_read_of_a_result_is_what_the_module_returns(blocks: list[dict[str, Any]]) -> None:
    wrong = set()
    for block in blocks:
        registered = {t["register"]: module_of(t) for t in _tasks(block) if "register" in t}
        text = str(block)
        for name, module in registered.items():
            returned = set(document(module).get("RETURN") or {}) | COMMON | UNLISTED.get(module, set())
            read = set(re.findall(rf"\b{name}\.([a-z_]+)", text)) | set(re.findall(rf"\b{name}\['([a-z_]+)'\]", text))
            wrong |= {f"{module}: {key}" for key in read - returned}
    assert not wrong
