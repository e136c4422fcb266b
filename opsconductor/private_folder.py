# SPDX-License-Identifier: Apache-2.0
"""Folders for sockets and secrets in memory, which nobody else may have made or may enter."""

import os
import shlex
import stat
from pathlib import Path

from opsconductor.errors import Broken
from opsconductor.settings import Settings


class NotPrivate(Broken):
    """A folder that must be this user's alone is not."""

    code = "folder-not-private"


def runtime_folder(settings: Settings, *names: str) -> Path:
    """The folder `names` below the runtime folder; it and all above it, up to the runtime folder, are private.

    The runtime folder's place can be foretold and may lie in a folder everyone writes to. Raises NotPrivate.
    """
    folder = private_folder(settings.runtime)
    for name in names:
        folder = private_folder(folder / name)
    return folder


def private_folder(folder: Path) -> Path:
    """The folder, made with mode 0700 when missing, as are those above it.

    Raises NotPrivate unless it is a real folder of this user that nobody else can have written to.
    """
    for missing in [path for path in reversed(folder.parents) if not path.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise _unusable(folder, f"cannot be made: {error.strerror}") from error
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(folder, "is no folder of ours that can be opened") from error
    try:
        _check(folder, descriptor)
    finally:
        os.close(descriptor)
    return folder


def _check(folder: Path, descriptor: int) -> None:
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        raise _unusable(folder, f"belongs to user {found.st_uid}, not to {os.geteuid()}")
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o022:
        raise _unusable(folder, f"can be written to by others (mode {mode:04o})")
    if mode & 0o077:
        # Others could look in, and nobody but us can have put anything there.
        os.fchmod(descriptor, 0o700)


def _unusable(folder: Path, why: str) -> NotPrivate:
    return NotPrivate(
        f"{folder} {why}; sockets and secrets must not go there.",
        remedy=f"Look at it (ls -ld {shlex.quote(str(folder))}) and remove it, or set XDG_RUNTIME_DIR to a folder "
        "of your own, such as /run/user/UID.",
    )
