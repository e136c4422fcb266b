# SPDX-License-Identifier: Apache-2.0
"""Data as YAML text that yamllint accepts, keys in the order given."""

from typing import Any

import yaml


def yaml_text(data: Any, *, unsafe: bool = False) -> str:
    """`unsafe`: for Ansible, which must not take text for a template: such text is tagged `!unsafe`."""
    dumper = _UnsafeDumper if unsafe else _Dumper
    text: str = yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True, width=4096)
    return text


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes null as nothing, never an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


class _UnsafeDumper(_Dumper):
    """Tags templates."""


def _represent_none(dumper: yaml.SafeDumper, _nothing: None) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:null", "")


def _represent_unsafe(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "{" in text:
        return dumper.represent_scalar("!unsafe", text, style='"')
    return dumper.represent_str(text)


_Dumper.add_representer(type(None), _represent_none)
_UnsafeDumper.add_representer(str, _represent_unsafe)
