# SPDX-License-Identifier: Apache-2.0
"""What the warm processes of this machine say of themselves."""

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from opsconductor.execution.warm_profile import socket_of

#: What a state may tell → its type.
_FIELDS = {"pid": int, "since": str, "runs": int, "refused": int, "refusal": str, "memory": int}


@dataclass(frozen=True)
class WarmState:
    """The warm process of one profile."""

    #: Whether runs can come to it now.
    ready: bool
    #: Whether a server or worker keeps one.
    kept: bool
    pid: int = 0
    since: str = ""
    runs: int = 0
    refused: int = 0
    refusal: str = ""  #: why the last that was refused was
    memory: int = 0  #: MB


def warm_states(runtime: Path) -> list[WarmState]:
    """Of every profile that is kept, or whose process is still there."""
    found = []
    for folder in sorted((runtime / "w").glob("*/")):
        told = _told(folder / "state.json")
        pid = told.get("pid")
        ready = isinstance(pid, int) and Path(f"/proc/{pid}").exists() and socket_of(folder).exists()
        if (kept := _held(folder / "lock")) or ready:
            found.append(WarmState(ready=ready, kept=kept, **(told if ready else {})))  # type: ignore[arg-type]
    return found


def _told(path: Path) -> dict[str, object]:
    """What we know of in a state, which another version may have written."""
    with contextlib.suppress(OSError, ValueError):
        told = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(told, dict):
            return {name: value for name, value in told.items() if type(value) is _FIELDS.get(name)}
    return {}


def _held(lock: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
