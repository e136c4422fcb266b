# SPDX-License-Identifier: Apache-2.0
"""Blobs in a folder of this machine: `ab/abcdef…`, files 0600 in folders 0700, written whole or not at all."""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from opsconductor.blobs.store import Blob, BlobDamaged, BlobMissing
from opsconductor.errors import InvalidInput
from opsconductor.ids import new_id

_PIECE = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FolderBlobs:
    """A BlobStore in `folder`, which is made when the first blob comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, stream: BinaryIO) -> Blob:
        """Store everything that is left in the stream, once however often it comes."""
        incoming = self.folder / "incoming"
        _make_folder(incoming)
        draft = incoming / new_id()
        try:
            with _new_file(draft) as file:
                blob = _copy(stream, file)
                _sync(file)
            path = self._path(blob.sha256)
            _make_folder(path.parent)
            # Also where the blob is there already: a damaged one is healed by its own bytes.
            draft.replace(path)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
        return blob

    def has(self, sha256: str) -> bool:
        """Whether the blob is there, unverified."""
        return self._path(sha256).is_file()

    def remove(self, sha256: str, settled: float) -> bool:
        """Remove the blob; whether it is gone. It stays where it was put within the last `settled` seconds, or where
        the folder does not let go of it."""
        path = self._path(sha256)
        try:
            if time.time() - path.stat().st_mtime < settled:
                return False
            path.unlink()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def read(self, sha256: str) -> Iterator[bytes]:
        """The bytes in pieces of at most 1 MiB, verified before the first one is handed out."""
        with self._open(sha256) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise _damaged(sha256, self._path(sha256))
            file.seek(0)
            while piece := file.read(_PIECE):
                yield piece

    def fetch(self, sha256: str, destination: Path) -> None:
        """Write the blob to a new file (0600); it appears whole and verified, or not at all."""
        draft = destination.with_name(f".{new_id()}.part")
        try:
            with self._open(sha256) as source, _new_file(draft) as file:
                if _copy(source, file).sha256 != sha256:
                    raise _damaged(sha256, self._path(sha256))
            draft.replace(destination)
        finally:
            draft.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise InvalidInput(f"{sha256[:80]!a} is no SHA-256.", remedy="Give 64 lower-case hex digits.")
        return self.folder / sha256[:2] / sha256

    def _open(self, sha256: str) -> BufferedReader:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise BlobMissing(
                f"The stored content {sha256} is missing from {self.folder}.",
                remedy="Put the folder back from your backup, or add the file again: `opsc files add`.",
            ) from None


def _copy(source: BinaryIO, target: BinaryIO) -> Blob:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += target.write(piece)
    return Blob(sha256=digest.hexdigest(), size=size)


def _new_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _make_folder(path: Path) -> None:
    # A folder made by `parents=True` would have the umask's mode.
    for folder in (path.parent, path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems cannot sync a folder; the file itself is safe by then.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(sha256: str, path: Path) -> BlobDamaged:
    return BlobDamaged(
        f"The stored content {sha256} is damaged: {path} has another SHA-256.",
        remedy="Add the file again (`opsc files add`), which puts the right content back, and check the disk.",
    )
