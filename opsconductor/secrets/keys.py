# SPDX-License-Identifier: Apache-2.0
"""The master key: 32 bytes from the environment, or from a 0600 file in HOME that is made on first start."""

import base64
import binascii
import contextlib
import os
import stat
from pathlib import Path

from opsconductor.errors import Broken
from opsconductor.ids import new_id
from opsconductor.settings import Settings

KEY_BYTES = 32
_FILE_LIMIT = 1024


class MasterKeyUnusable(Broken):
    """The master key cannot be used."""

    code = "master-key-unusable"


def load_master_key(settings: Settings) -> bytes:
    """The 32 bytes of the master key; makes the key file when there is none. Raises MasterKeyUnusable."""
    if settings.master_key is not None:
        return _decode(settings.master_key.get_secret_value(), "OPSCONDUCTOR_MASTER_KEY")
    path = settings.key_file
    if not os.path.lexists(path):
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Write a new key; of several processes that start at once, one makes it and all use that one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{new_id()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never replaces a key that another process has made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> bytes:
    try:
        # Without O_NONBLOCK a named pipe in its place would hold us up for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise MasterKeyUnusable(
            f"The master key file {path} cannot be read: {error.strerror}.",
            remedy="Run as the user it belongs to, or give the key in OPSCONDUCTOR_MASTER_KEY.",
        ) from None
    try:
        _refuse_unsafe(path, os.fstat(descriptor))
        text = os.read(descriptor, _FILE_LIMIT)
    finally:
        os.close(descriptor)
    return _decode(text.decode("ascii", "replace"), f"the file {path}")


def _refuse_unsafe(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise MasterKeyUnusable(
            f"The master key file {path} is no regular file.", remedy="Put the file with the key there."
        )
    if state.st_mode & 0o077:
        raise MasterKeyUnusable(
            f"Others may read or change the master key file {path} (mode {stat.S_IMODE(state.st_mode):04o}).",
            remedy=f"Run `chmod 600 {path}`; if somebody may have read it, replace all credentials.",
        )


def _decode(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyUnusable(
            f"The master key in {place} is not {KEY_BYTES} bytes in base64.",
            remedy="Put back the key from your backup. For a new installation make one with `openssl rand -base64 32`.",
        )
    return key
