# SPDX-License-Identifier: Apache-2.0
"""Regular expressions that only some requests need, compiled when the first of these comes."""

import re
from functools import cached_property


class Later:
    """A pattern as `re.compile` makes it, at its first use: compiling takes longer than reading a request."""

    def __init__(self, text: str, flags: re.RegexFlag = re.IGNORECASE) -> None:
        self.text, self.flags = text, flags

    @cached_property
    def ready(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.text, self.flags)

    def match(self, text: str) -> re.Match[str] | None:
        """As of a pattern: at the beginning of a text."""
        return self.ready.match(text)

    def search(self, text: str) -> re.Match[str] | None:
        """As of a pattern: anywhere in a text."""
        return self.ready.search(text)
