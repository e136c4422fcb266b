# SPDX-License-Identifier: Apache-2.0
"""The parts a PowerShell text is made of, as far as the simulated host reads PowerShell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Node:
    """Anything in the tree."""


@dataclass(frozen=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True)
class Expandable(Node):
    """A string with variables and `$(…)` in it: text and expressions in turn."""

    parts: tuple[str | Node, ...]


@dataclass(frozen=True)
class Variable(Node):
    name: str
    #: env, script, global, … or empty.
    scope: str = ""


@dataclass(frozen=True)
class Splat(Node):
    """`@name`: the entries of a hashtable or an array as arguments."""

    name: str


@dataclass(frozen=True)
class TypeName(Node):
    name: str


@dataclass(frozen=True)
class Cast(Node):
    type: str
    value: Node


@dataclass(frozen=True)
class Member(Node):
    target: Node
    name: Node


@dataclass(frozen=True)
class Invocation(Node):
    target: Node
    name: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Index(Node):
    target: Node
    index: Node


@dataclass(frozen=True)
class Unary(Node):
    operator: str
    value: Node


@dataclass(frozen=True)
class Step(Node):
    """`$x++` or `$x--`."""

    target: Node
    by: int


@dataclass(frozen=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class ArrayLiteral(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Block(Node):
    """Statements; `array` for `@( … )`, else `$( … )` and `( … )`."""

    statements: tuple[Node, ...]
    array: bool = False


@dataclass(frozen=True)
class HashLiteral(Node):
    pairs: tuple[tuple[Node, Node], ...]
    ordered: bool = False


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str | None = None
    default: Node | None = None


@dataclass(frozen=True)
class Script(Node):
    """A script or a script block."""

    statements: tuple[Node, ...]
    parameters: tuple[Parameter, ...] = ()
    #: `[CmdletBinding(SupportsShouldProcess)]`
    supports_should_process: bool = False


@dataclass(frozen=True)
class Argument:
    """`-Name value`, `-Name:value`, `-Switch` (value None) or a value alone (name None)."""

    name: str | None = None
    value: Node | None = None
    #: The value is tied to the name by a colon.
    tied: bool = False


@dataclass(frozen=True)
class Redirection:
    stream: str
    #: None: to the output stream (`2>&1`).
    target: Node | None
    append: bool = False


@dataclass(frozen=True)
class Command(Node):
    name: Node
    arguments: tuple[Argument, ...] = ()
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Pipeline(Node):
    elements: tuple[Node, ...]


@dataclass(frozen=True)
class Assignment(Node):
    target: Node
    operator: str
    value: Node


@dataclass(frozen=True)
class If(Node):
    branches: tuple[tuple[Node, Block], ...]
    otherwise: Block | None = None


@dataclass(frozen=True)
class ForEach(Node):
    variable: str
    values: Node
    body: Block


@dataclass(frozen=True)
class While(Node):
    condition: Node
    body: Block
    #: `do { … } while`: the body comes first.
    body_first: bool = False
    #: `until` instead of `while`.
    until: bool = False


@dataclass(frozen=True)
class Switch(Node):
    value: Node
    cases: tuple[tuple[Node | None, Block], ...]
    options: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Catch:
    types: tuple[str, ...]
    body: Block


@dataclass(frozen=True)
class Try(Node):
    body: Block
    catches: tuple[Catch, ...] = ()
    finally_: Block | None = None


@dataclass(frozen=True)
class Leave(Node):
    """return, exit, throw, break, continue."""

    kind: str
    value: Node | None = None


@dataclass(frozen=True)
class Function(Node):
    name: str
    body: Script = field(default_factory=lambda: Script(()))
