# SPDX-License-Identifier: Apache-2.0
"""Which part of a file a request wants: `Range: bytes=N-`, which is how a transfer is taken up again."""

import re

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})?")


class NotSatisfiable(ValueError):
    """The range begins behind the end of the file."""


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None: the whole file, also for a range of another kind (RFC 9110, 14.2).

    Raises NotSatisfiable.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None:
        return None
    begin = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    if begin >= size:
        raise NotSatisfiable
    return (begin, end) if begin < end else None
