# SPDX-License-Identifier: Apache-2.0
"""What a simulated Windows host was asked to do, with secrets masked."""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

MASK = "********"
_SECRET_KEY = re.compile(r"pass|secret|token|credential|sensitive|api_?key|private_?key", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(?i)((?:password|passwd|pwd|secret|token|api_?key)\s*[=:]?\s*)(\"[^\"]*\"|'[^']*'|[^\s;,]+)"
)


def masked(value: Any) -> Any:
    """`value` with everything that looks like a secret replaced."""
    if isinstance(value, dict):
        return {k: MASK if _SECRET_KEY.search(str(k)) and v else masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(one) for one in value]
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda match: match[1] + MASK, value)
    return value


@dataclass(frozen=True, kw_only=True)
class Request:
    """One thing that ran: a module, a script, a helper of the connection or a plain command."""

    number: int
    kind: str
    name: str
    arguments: Any
    #: Seconds since the epoch.
    at: float
    seconds: float
    user: str
    run_as: str | None
    check_mode: bool
    rc: int
    changed: bool | None
    failed: bool
    message: str | None
    lost: bool = False


class Journal:
    """The last `size` requests of one host."""

    def __init__(self, size: int = 5000) -> None:
        self._requests: deque[Request] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self.listener: Callable[[Request], None] | None = None

    def add(self, *, arguments: Any, hidden: bool, **values: Any) -> Request:
        shown = MASK if hidden else masked(arguments)
        request = Request(number=next(self._numbers), arguments=shown, **values)
        self._requests.append(request)
        if self.listener is not None:
            self.listener(request)
        return request

    def view(self, name: str | None = None) -> list[dict[str, Any]]:
        """JSON-ready requests, oldest first; with `name` only those of that module."""
        return [asdict(request) for request in self._requests if name is None or request.name == name]
