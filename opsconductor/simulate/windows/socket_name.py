# SPDX-License-Identifier: Apache-2.0
"""A Unix socket's address has 108 bytes; the folder it lies in may be deeper than that."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def socket_name(path: Path) -> Iterator[str]:
    """A short name of the socket at `path`, to bind or connect to within the block. Raises OSError."""
    folder = os.open(path.parent, os.O_DIRECTORY | os.O_PATH)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
