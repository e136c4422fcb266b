# SPDX-License-Identifier: Apache-2.0
"""A checked catalogue kept in a file of this user, so that a command need not read and check every manifest again.

What is kept is data, read through the types' own validation, under a name that depends on every byte of the template
folders, on this version and on the code that reads manifests. Where the file is missing, damaged, somebody else's or
cannot be written, the manifests are read as ever.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from opsconductor import __version__
from opsconductor.domain import templates
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import OpsConductorError
from opsconductor.playbooks import manifest
from opsconductor.private_folder import private_folder

#: Kept catalogues of other contents that stay: another version, or another further template folder.
_STAY = 4
_PREFIX = "catalogue-"


def kept_name(folders: Iterable[tuple[str, str]]) -> str:
    """The name of the file for templates whose manifests and hashes (hex) are these, in their order."""
    total = hashlib.sha256(f"{__version__}\n{_code()}\n".encode())
    for manifest_path, sha256 in folders:
        total.update(f"{len(manifest_path)}:{manifest_path}:{sha256}\n".encode())
    return f"{_PREFIX}{total.hexdigest()}.json"


def read_kept(file: Path) -> Catalogue | None:
    """The catalogue of a file that this user alone can have written and that is whole; None for any other."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022 or not stat.S_ISREG(found.st_mode):
            return None
        sha256, _, content = opened.read().partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != sha256:
        return None
    try:
        return Catalogue.model_validate_json(content)
    except ValidationError:
        return None


def keep(catalogue: Catalogue, file: Path) -> None:
    """Write the file whole or not at all. A folder that cannot be written to is no error: it only saves time."""
    content = catalogue.model_dump_json().encode()
    with contextlib.suppress(OSError, OpsConductorError):
        folder = private_folder(file.parent)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{_PREFIX}")
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink()
            raise
        others = [path for path in folder.glob(f"{_PREFIX}*.json") if path != file]
        for path in sorted(others, key=lambda path: path.stat().st_mtime)[:-_STAY]:
            path.unlink(missing_ok=True)


@cache
def _code() -> str:
    """SHA-256 (hex) of the code that says what a manifest may hold."""
    from opsconductor.playbooks import catalogue

    total = hashlib.sha256()
    for module in (templates, manifest, catalogue):
        total.update(Path(str(module.__file__)).read_bytes())
    return total.hexdigest()
