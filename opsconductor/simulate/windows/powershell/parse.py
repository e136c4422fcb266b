# SPDX-License-Identifier: Apache-2.0
"""Reads PowerShell statements, pipelines and commands."""

from __future__ import annotations

import re

from opsconductor.simulate.windows.powershell.expression import ExpressionReader
from opsconductor.simulate.windows.powershell.syntax import (
    Argument,
    ArrayLiteral,
    Assignment,
    Block,
    Catch,
    Command,
    Expandable,
    ForEach,
    Function,
    If,
    Leave,
    Literal,
    Node,
    Parameter,
    Pipeline,
    Redirection,
    Script,
    Switch,
    Try,
    While,
)

_KEYWORD = re.compile(
    r"(if|foreach|while|do|try|switch|throw|return|exit|break|continue|function|using|for|trap|filter|class|enum)(?![\w.-])",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"[$'\"(@\[{!,]|\d+(?:\.\d+)?(?:kb|mb|gb)?(?![\w.]*[A-Za-z])|-(?:not|join|split)\b|-\s*[\d$(]", re.I
)
_ASSIGN = re.compile(r"([+\-*/%]?=)(?!=)")
_PARAM = re.compile(r"param\s*\(", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\[(?:Parameter|CmdletBinding|OutputType|Validate\w+|Alias|Allow\w+|Diagnostics\.[\w.]+)\s*\(", re.I
)
_PARAMETER_TYPE = re.compile(r"\[([\w.]+(?:\[\])?)\]")
_NAME = re.compile(r"\$(\w+)")
_SWITCH_NAME = re.compile(r"-([A-Za-z_?][\w]*)(:?)(?=[\s:;|)}&,$'\"({@]|$)")
_BARE_END = re.compile(r"[\s;|&(){},]")
_REDIRECT = re.compile(r"([1-6*])?(>>?)(&1)?")
_WORD = re.compile(r"[\w-]+")
_OPTION = re.compile(r"-(regex|wildcard|exact|casesensitive)\b", re.IGNORECASE)
_TYPE = re.compile(r"\[([\w.]+)\]")


class Parser(ExpressionReader):
    """One text, once. Raises NotSimulated for what it cannot read."""

    def script(self) -> Script:
        body = self.script_block("")
        self.blanks(lines=True)
        if not self.done:
            raise self.fail("the end expected")
        return body

    def script_block(self, end: str) -> Script:
        binding = self._attributes()
        parameters: tuple[Parameter, ...] = ()
        if self.match(_PARAM):
            parameters = self._parameters()
        return Script(self.statements(end), parameters, "supportsshouldprocess" in binding.lower())

    def _attributes(self) -> str:
        """Skips `[CmdletBinding(…)]` and the like; returns their text."""
        start = self.at
        while True:
            self.blanks(lines=True)
            if not self.match(_ATTRIBUTE):
                return self.text[start : self.at]
            depth = 1
            while depth and not self.done:
                if self.sees("'"):
                    self.single_quoted()
                    continue
                depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
                self.at += 1
            self.expect("]")

    def _parameters(self) -> tuple[Parameter, ...]:
        parameters: list[Parameter] = []
        while True:
            self._attributes()
            if self.take(")"):
                return tuple(parameters)
            kind = None
            while found := self.match(_PARAMETER_TYPE):
                kind = found[1]
                self._attributes()
            name = self.match(_NAME)
            if not name:
                raise self.fail("a parameter expected")
            self.blanks(lines=True)
            default = self.expression() if self.take("=") else None
            parameters.append(Parameter(name[1], kind, default))
            self.blanks(lines=True)
            self.take(",")

    def statements(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while True:
            self.blanks(lines=True)
            while self.take(";"):
                self.blanks(lines=True)
            if self.done:
                if end:
                    raise self.fail(f"{end!r} expected")
                return tuple(found)
            if end and self.take(end):
                return tuple(found)
            found.append(self.statement())

    def block(self) -> Block:
        self.expect("{")
        return Block(self.statements("}"))

    def condition(self) -> Node:
        self.expect("(")
        return Block(self.statements(")"))

    def statement(self) -> Node:
        keyword = self.match(_KEYWORD)
        if not keyword:
            return self.pipeline()
        word = keyword[1].lower()
        reader = getattr(self, f"_{word}", None)
        if reader is not None:
            node: Node = reader()
            return node
        if word in ("throw", "return", "exit", "break", "continue"):
            return self._leave(word)
        raise self.fail(f"{word} statement")

    def _leave(self, word: str) -> Node:
        self.blanks()
        bare = self.done or self.text[self.at] in ";\n})"
        return Leave(word, None if bare else self.statement())

    def _if(self) -> Node:
        branches = [(self.condition(), self.block())]
        while True:
            before = self.at
            self.blanks(lines=True)
            word = self.match(_WORD)
            if word and word[0].lower() == "elseif":
                branches.append((self.condition(), self.block()))
            elif word and word[0].lower() == "else":
                return If(tuple(branches), self.block())
            else:
                self.at = before
                return If(tuple(branches))

    def _foreach(self) -> Node:
        self.expect("(")
        self.blanks(lines=True)
        name = self.match(_NAME)
        self.blanks()
        word = self.match(_WORD)
        if not name or not word or word[0].lower() != "in":
            raise self.fail("foreach ($name in …) expected")
        self.blanks(lines=True)
        values = self.pipeline()
        self.expect(")")
        return ForEach(name[1], values, self.block())

    def _while(self) -> Node:
        return While(self.condition(), self.block())

    def _do(self) -> Node:
        body = self.block()
        self.blanks(lines=True)
        word = self.match(_WORD)
        if not word or word[0].lower() not in ("while", "until"):
            raise self.fail("while or until expected")
        return While(self.condition(), body, body_first=True, until=word[0].lower() == "until")

    def _function(self) -> Node:
        self.blanks()
        name = self.match(_WORD)
        if not name:
            raise self.fail("a function name expected")
        self.blanks(lines=True)
        outer = self._parameters() if self.take("(") else ()
        self.expect("{")
        body = self.script_block("}")
        return Function(name[0], Script(body.statements, outer or body.parameters))

    def _switch(self) -> Node:
        options = set()
        self.blanks()
        while option := self.match(_OPTION):
            options.add(option[1].lower())
            self.blanks()
        value = self.condition()
        self.expect("{")
        cases: list[tuple[Node | None, Block]] = []
        while True:
            self.blanks(lines=True)
            if self.take("}"):
                return Switch(value, tuple(cases), frozenset(options))
            word = self.peek(_WORD)
            if word and word[0].lower() == "default":
                self.at = word.end()
                cases.append((None, self.block()))
            else:
                test = self._bare(stop="{") if word and not self.peek(_OPENING) else self.postfix()
                cases.append((test, self.block()))

    def _try(self) -> Node:
        body, catches, last = self.block(), [], None
        while True:
            before = self.at
            self.blanks(lines=True)
            word = self.match(_WORD)
            if word and word[0].lower() == "catch":
                types = []
                self.blanks(lines=True)
                while found := self.match(_TYPE):
                    types.append(found[1])
                    self.blanks(lines=True)
                    self.take(",")
                    self.blanks(lines=True)
                catches.append(Catch(tuple(types), self.block()))
            elif word and word[0].lower() == "finally":
                last = self.block()
            else:
                self.at = before
                return Try(body, tuple(catches), last)

    # -- pipelines and commands ---------------------------------------------------------------------------------

    def pipeline(self) -> Node:
        first = self._element()
        if isinstance(first, Assignment):
            return first
        elements = [first]
        while True:
            self.blanks()
            if self.sees("||") or self.sees("&&") or self.sees("&"):
                raise self.fail("an operator between commands")
            if not self.take("|"):
                return Pipeline(tuple(elements))
            self.blanks(lines=True)
            elements.append(self._element())

    def _element(self) -> Node:
        self.blanks()
        if self.sees("&") or (self.sees(".") and self.text[self.at + 1 : self.at + 2].isspace()):
            self.at += 1
            self.blanks()
            return self._command(self.postfix() if self.peek(_OPENING) else self._bare())
        if not self.peek(_OPENING):
            return self._command(self._bare())
        value = self.expression()
        self.blanks()
        operator = self.match(_ASSIGN)
        if operator:
            self.blanks(lines=True)
            return Assignment(value, operator[1], self.statement())
        redirections = self._redirections()
        return Command(Literal("Write-Output"), (Argument(value=value),), redirections) if redirections else value

    def _redirections(self) -> tuple[Redirection, ...]:
        found: list[Redirection] = []
        while True:
            self.blanks()
            match = self.match(_REDIRECT)
            if not match:
                return tuple(found)
            target = None
            if not match[3]:
                self.blanks()
                target = self.postfix() if self.peek(_OPENING) else self._bare()
            found.append(Redirection(match[1] or "1", target, match[2] == ">>"))

    def _command(self, name: Node) -> Command:
        arguments: list[Argument] = []
        redirections: list[Redirection] = []
        while True:
            self.blanks()
            if self.done or self.text[self.at] in "\n;|)}&":
                return Command(name, tuple(arguments), tuple(redirections))
            if self.peek(_REDIRECT):
                redirections += self._redirections()
            elif switch := self.match(_SWITCH_NAME):
                tied = bool(switch[2])
                self.blanks()
                arguments.append(Argument(switch[1], self._values() if tied else None, tied))
            else:
                arguments.append(Argument(value=self._values()))

    def _values(self) -> Node:
        """One argument: a value, or several with commas between."""
        items = [self._value()]
        while True:
            before = self.at
            self.blanks()
            if not self.take(","):
                self.at = before
                return items[0] if len(items) == 1 else ArrayLiteral(tuple(items))
            self.blanks(lines=True)
            items.append(self._value())

    def _value(self) -> Node:
        char = self.text[self.at : self.at + 1]
        if char and char in "$'\"(@{":
            start = self.at
            value = self.postfix()
            if self.done or _BARE_END.match(self.text, self.at) or self.sees("]"):
                return value
            if char in "(@{":
                raise self.fail("a blank expected")
            self.at = start
            return self._bare()
        return self._bare()

    def _bare(self, stop: str = "") -> Node:
        """A word without quotes: text, `$variables` and quoted parts up to a blank or an operator."""
        parts: list[str | Node] = []
        text = ""
        while not self.done and not _BARE_END.match(self.text, self.at) and not (stop and self.sees(stop)):
            if self.sees("'"):
                text += self.single_quoted()
            elif self.take('"'):
                parts += [text, self.expandable('"')]
                text = ""
            elif self.take("`"):
                text += self.escape()
            elif self.sees("$") and re.match(r"\$[\w{(]", self.text[self.at :]):
                parts += [text, self._dollar()]
                text = ""
            else:
                text += self.text[self.at]
                self.at += 1
        parts.append(text)
        kept = tuple(part for part in parts if part != "")
        if not kept:
            raise self.fail("a command or a value expected")
        if all(isinstance(part, str) for part in kept):
            word = "".join(str(part) for part in kept)
            return Literal(int(word) if word.isdigit() and str(int(word)) == word else word)
        return Expandable(kept)


def parse(text: str) -> Script:
    """The tree of a PowerShell text. Raises NotSimulated."""
    return Parser(text.lstrip("\ufeff")).script()
