# SPDX-License-Identifier: Apache-2.0
"""Logs of processes that are started again and again."""

import contextlib
from pathlib import Path
from typing import IO

#: Bytes beyond which a log is begun anew at the next start; the one before is kept beside it.
_LARGEST = 1 << 20


def bounded(path: Path) -> IO[bytes]:
    """The log, opened to be gone on with."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LARGEST:
            path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")
