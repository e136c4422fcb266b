# SPDX-License-Identifier: Apache-2.0
"""Text of others: made harmless for a terminal, refused when it is none. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from opsconductor.errors import InvalidInput

#: A command to the terminal with its text: window title, clipboard, answers that are typed in (ECMA-48: OSC, DCS, …).
_STRING = r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
#: Colours, movements of the cursor (CSI).
_CONTROL_SEQUENCE = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
_SHORT_SEQUENCE = r"\x1b[ -/]*[0-~]"
_SEQUENCES = re.compile(f"{_STRING}|{_CONTROL_SEQUENCE}|{_SHORT_SEQUENCE}", re.DOTALL)
#: What is left of C0 and C1 but tab and line feed, and what turns the order of letters round.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def without_controls(text: str) -> str:
    """The text without terminal sequences and control characters; tabs and line feeds stay."""
    return _CONTROLS.sub("", _SEQUENCES.sub("", text)) if _CONTROLS.search(text) else text


def check_unicode(value: Any, what: str) -> None:
    """Refuse text that no UTF-8 can carry, wherever in lists and mappings it stands. Raises InvalidInput."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(
                f"The {what} holds bytes that are no UTF-8 text.", remedy="Write it anew, in UTF-8."
            ) from None
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            check_unicode(key, what)
            check_unicode(inner, what)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_unicode(inner, what)
