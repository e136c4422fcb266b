# SPDX-License-Identifier: Apache-2.0
"""The cursor over a PowerShell text: blanks, comments, words and strings."""

from __future__ import annotations

import re

from opsconductor.simulate.windows.failure import NotSimulated

_BLANK = re.compile(r"(?:[ \t\r\f\xa0]|`\r?\n|<#.*?#>|#[^\n]*)+", re.DOTALL)
_BLANK_LINES = re.compile(r"(?:\s|`\r?\n|<#.*?#>|#[^\n]*)+", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Scanner:
    """Position and elementary reading. A text that cannot be read is not simulated: loud, never a guess."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def fail(self, what: str) -> NotSimulated:
        line = self.text.count("\n", 0, self.at) + 1
        near = self.text[self.at : self.at + 40].split("\n", 1)[0]
        return NotSimulated(f"The PowerShell text ({what} at line {line} near {near!r})")

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def blanks(self, *, lines: bool = False) -> None:
        match = (_BLANK_LINES if lines else _BLANK).match(self.text, self.at)
        if match:
            self.at = match.end()

    def sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def take(self, text: str) -> bool:
        if self.sees(text):
            self.at += len(text)
            return True
        return False

    def expect(self, text: str) -> None:
        self.blanks(lines=True)
        if not self.take(text):
            raise self.fail(f"{text!r} expected")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Reads `pattern` here, if it is here."""
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def peek(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.match(self.text, self.at)

    def single_quoted(self) -> str:
        """A string in single quotes; two of them mean one."""
        self.expect("'")
        pieces = []
        while True:
            end = self.text.find("'", self.at)
            if end < 0:
                raise self.fail("a string has no end")
            pieces.append(self.text[self.at : end])
            self.at = end + 1
            if not self.take("'"):
                return "".join(pieces)
            pieces.append("'")

    def escape(self) -> str:
        """The character a backtick stands for; the cursor is behind the backtick."""
        char = self.text[self.at : self.at + 1]
        self.at += 1
        return _ESCAPES.get(char, char)
