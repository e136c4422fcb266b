# SPDX-License-Identifier: Apache-2.0
"""Takes the secrets of a slice out of whatever Ansible reports, before it is stored anywhere."""

from collections.abc import Iterable
from typing import Any

from opsconductor.logging import MASK, SHORTEST_SECRET

#: Lines of a multi-line secret (a key) that are worth hiding one by one.
_LINE = 16


class Scrubber:
    """Replaces exact values, wherever they stand in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values: set[str] = set()
        for secret in secrets:
            values.update(line for line in secret.splitlines() if len(line) >= _LINE)
            values.update({secret, secret.strip()})
        #: Longest first, so that a secret within another leaves nothing of the longer one.
        self._values = sorted((v for v in values if len(v) >= SHORTEST_SECRET), key=len, reverse=True)

    def text(self, value: str) -> str:
        """The text without secrets."""
        for secret in self._values:
            if secret in value:
                value = value.replace(secret, MASK)
        return value

    def __call__(self, value: Any) -> Any:
        """The same JSON structure without secrets; keys are scrubbed, too."""
        if not self._values:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self(key): self(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self(item) for item in value]
        return value
