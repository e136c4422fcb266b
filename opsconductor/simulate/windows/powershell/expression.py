# SPDX-License-Identifier: Apache-2.0
"""Reads PowerShell expressions: operators, variables, strings, members, arrays, hashtables."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from opsconductor.simulate.windows.powershell.scanner import Scanner
from opsconductor.simulate.windows.powershell.syntax import (
    ArrayLiteral,
    Binary,
    Block,
    Cast,
    Expandable,
    HashLiteral,
    Index,
    Invocation,
    Literal,
    Member,
    Node,
    Script,
    Splat,
    Step,
    TypeName,
    Unary,
    Variable,
)

_COMPARE = (
    "eq ne gt ge lt le like notlike match notmatch contains notcontains in notin is isnot as replace split join "
    "band bor"
)
_LOGICAL = re.compile(r"-(and|or|xor)\b", re.IGNORECASE)
_COMPARISON = re.compile(rf"-([ci]?)({'|'.join(_COMPARE.split())})\b", re.IGNORECASE)
_SUM = re.compile(r"([+-])(?!=)(?![\w-]*[A-Za-z])")
_PRODUCT = re.compile(r"[*/%](?!=)")
_FORMAT = re.compile(r"-f\b", re.IGNORECASE)
_NOT = re.compile(r"!|-(?:not|bnot)\b", re.IGNORECASE)
_UNARY_WORD = re.compile(r"-(join|split)\b", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(?:(\w+):)?([^}]+)\}|(?:(\w+):(?=\w))?(\w+|[?$^_]))")
_NUMBER = re.compile(r"(0x[0-9a-fA-F]+|\d+\.\d+|\.\d+|\d+)(kb|mb|gb|tb|l|d)?(?![\w.]*[A-Za-z_])", re.IGNORECASE)
_TYPE = re.compile(r"\[([A-Za-z_][\w.]*(?:\[[\w., ]*\])?)\]")
_WORD = re.compile(r"[A-Za-z_]\w*")
_SPLAT = re.compile(r"@(\w+)")
_UNITS = {"kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4}


class ExpressionReader(Scanner, ABC):
    """`statements` comes from the statement reader."""

    @abstractmethod
    def statements(self, end: str) -> tuple[Node, ...]:
        """Statements up to the bracket `end`, which is read."""

    @abstractmethod
    def statement(self) -> Node:
        """One statement."""

    @abstractmethod
    def script_block(self, end: str) -> Script:
        """Parameters and statements up to `end`, which is read."""

    # -- operators, loosest first -------------------------------------------------------------------------------

    def expression(self) -> Node:
        left = self._comparison()
        while operator := self._operator(_LOGICAL):
            left = Binary(operator[1].lower(), left, self._comparison())
        return left

    def _operator(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self.blanks()
        found = self.match(pattern)
        if found:
            self.blanks(lines=True)
        return found

    def _comparison(self) -> Node:
        left = self._sum()
        while operator := self._operator(_COMPARISON):
            name = operator[2].lower()
            left = Binary(f"c{name}" if operator[1].lower() == "c" else name, left, self._sum())
        return left

    def _sum(self) -> Node:
        left = self._product()
        while True:
            self.blanks()
            if self.sees("++") or self.sees("--") or not (operator := self._operator(_SUM)):
                return left
            left = Binary(operator[1], left, self._product())

    def _product(self) -> Node:
        left = self._format()
        while operator := self._operator(_PRODUCT):
            left = Binary(operator[0], left, self._format())
        return left

    def _format(self) -> Node:
        left = self._range()
        while self._operator(_FORMAT):
            left = Binary("f", left, self._range())
        return left

    def _range(self) -> Node:
        left = self._list()
        self.blanks()
        if self.take(".."):
            self.blanks()
            return Binary("..", left, self._list())
        return left

    def _list(self) -> Node:
        first = self.unary()
        self.blanks()
        if not self.sees(","):
            return first
        items = [first]
        while self.take(","):
            self.blanks(lines=True)
            items.append(self.unary())
            self.blanks()
        return ArrayLiteral(tuple(items))

    def unary(self) -> Node:
        self.blanks()
        if self.match(_NOT):
            return Unary("not", self.unary())
        if word := self.match(_UNARY_WORD):
            return Unary(word[1].lower(), self._list())
        if self.take(","):
            return ArrayLiteral((self.unary(),))
        if self.take("-"):
            return Unary("-", self.unary())
        if cast := self.peek(_TYPE):
            after = self.text[cast.end() : cast.end() + 2]
            if after != "::":
                return self._cast()
        return self.postfix()

    def _cast(self) -> Node:
        found = self.match(_TYPE)
        assert found is not None  # noqa: S101 - the caller has seen it
        self.blanks()
        if self.done or self.text[self.at] in ")};,|\n]":
            return TypeName(found[1])
        if found[1].lower() == "ordered" and self.sees("@{"):
            self.at += 2
            return HashLiteral(self._pairs(), ordered=True)
        return Cast(found[1], self.unary())

    # -- values and what follows them ---------------------------------------------------------------------------

    def postfix(self) -> Node:
        value = self.primary()
        while True:
            if self.sees("++") or self.sees("--"):
                value = Step(value, 1 if self.sees("++") else -1)
                self.at += 2
            elif self.sees("::") or (self.sees(".") and re.match(r"\.[\w$\"'(]", self.text[self.at :])):
                self.at += 2 if self.sees("::") else 1
                value = self._member(value)
            elif self.sees("["):
                self.at += 1
                index = self.expression()
                self.expect("]")
                value = Index(value, index)
            else:
                return value

    def _member(self, target: Node) -> Node:
        word = self.match(_WORD)
        name: Node = Literal(word[0]) if word else self.primary()
        if not self.take("("):
            return Member(target, name)
        arguments: list[Node] = []
        self.blanks(lines=True)
        while not self.take(")"):
            arguments.append(self._argument())
            self.blanks(lines=True)
            self.take(",")
            self.blanks(lines=True)
            if self.done:
                raise self.fail("')' expected")
        return Invocation(target, name, tuple(arguments))

    def _argument(self) -> Node:
        """One argument of a method: an expression without the comma operator."""
        left = self.unary()
        while operator := (self._operator(_COMPARISON) or self._operator(_SUM) or self._operator(_PRODUCT)):
            left = Binary(operator[operator.lastindex or 0].lower(), left, self.unary())
        return left

    def primary(self) -> Node:
        if self.done:
            raise self.fail("a value expected")
        char = self.text[self.at]
        if char == "'":
            return Literal(self.single_quoted())
        if char == '"':
            self.at += 1
            return self.expandable('"')
        if char == "$":
            return self._dollar()
        if char == "@":
            return self._at()
        if self.take("("):
            return Block(self.statements(")"))
        if self.take("{"):
            return self.script_block("}")
        if number := self.match(_NUMBER):
            return Literal(_number(number[1], number[2]))
        if found := self.match(_TYPE):
            return TypeName(found[1])
        raise self.fail("a value expected")

    def _dollar(self) -> Node:
        if self.take("$("):
            return Block(self.statements(")"))
        found = self.match(_VARIABLE)
        if not found:
            raise self.fail("a variable expected")
        return Variable(found[2] or found[4], (found[1] or found[3] or "").lower())

    def _at(self) -> Node:
        if self.take("@("):
            return Block(self.statements(")"), array=True)
        if self.take("@{"):
            return HashLiteral(self._pairs())
        if self.sees("@'") or self.sees('@"'):
            return self._here_string()
        found = self.match(_SPLAT)
        if not found:
            raise self.fail("a value expected")
        return Splat(found[1])

    def _here_string(self) -> Node:
        quote = self.text[self.at + 1]
        start = self.text.find("\n", self.at) + 1
        end = self.text.find(f"\n{quote}@", start - 1)
        if start == 0 or end < 0:
            raise self.fail("a here-string has no end")
        content = self.text[start : max(start, end)].removesuffix("\r")
        self.at = end + 3
        if quote == "'":
            return Literal(content)
        inner = type(self)(content)
        return inner.expandable(None)

    def _pairs(self) -> tuple[tuple[Node, Node], ...]:
        pairs: list[tuple[Node, Node]] = []
        while True:
            self.blanks(lines=True)
            while self.take(";"):
                self.blanks(lines=True)
            if self.take("}"):
                return tuple(pairs)
            word = self.match(_WORD)
            key: Node = Literal(word[0]) if word else self.postfix()
            self.expect("=")
            self.blanks(lines=True)
            pairs.append((key, self.statement()))

    def expandable(self, end: str | None) -> Node:
        """Text with variables up to the quote `end` (None: to the end of the text)."""
        parts: list[str | Node] = []
        text = ""
        while end is None or not self.sees(end) or self.sees(end * 2):
            if self.done:
                if end is None:
                    break
                raise self.fail("a string has no end")
            if end is not None and self.take(end * 2):
                text += end
            elif self.take("`"):
                text += self.escape()
            elif self.sees("$(") or self.peek(_VARIABLE):
                parts += [text, self._dollar()]
                text = ""
            else:
                text += self.text[self.at]
                self.at += 1
        self.at += 1
        parts.append(text)
        kept = tuple(part for part in parts if part != "")
        return Literal(text) if len(kept) <= 1 and all(isinstance(one, str) for one in kept) else Expandable(kept)


def _number(digits: str, unit: str | None) -> int | float:
    value = int(digits, 16) if digits.lower().startswith("0x") else float(digits) if "." in digits else int(digits)
    scaled = value * _UNITS.get((unit or "").lower(), 1)
    return int(scaled) if isinstance(scaled, float) and scaled.is_integer() and unit else scaled
