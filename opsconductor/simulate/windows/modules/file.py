# SPDX-License-Identifier: Apache-2.0
"""win_stat, win_file, win_find, slurp, win_acl, win_acl_inheritance, win_owner, win_tempfile."""

from __future__ import annotations

import base64
import ntpath
import re
import time
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, WindowsError
from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.filesystem import Entry
from opsconductor.simulate.windows.modules.run import Run, module

_ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512")


def _total(run: Run, entry: Entry) -> int:
    if not entry.directory:
        return len(entry.data)
    return sum(len(below.data) for below in run.host.files.children(entry.path, recurse=True))


def _stat(run: Run, entry: Entry, algorithm: str, *, checksum: bool, size: bool) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "exists": True,
        "path": entry.path,
        "filename": entry.name,
        "attributes": "Directory" if entry.directory else "Archive",
        "isarchive": not entry.directory,
        "isdir": entry.directory,
        "isreg": not entry.directory,
        "ishidden": False,
        "isjunction": False,
        "islnk": bool(entry.link),
        "isreadonly": False,
        "isshared": False,
        "nlink": 1,
        "hlnk_targets": [],
        "creationtime": entry.created,
        "lastaccesstime": entry.modified,
        "lastwritetime": entry.modified,
        "owner": entry.owner,
    }
    if entry.link:
        seen |= {"lnk_source": run.host.files.full(entry.link), "lnk_target": entry.link}
    if size:
        seen["size"] = _total(run, entry)
    if not entry.directory:
        seen["extension"] = ntpath.splitext(entry.path)[1]
        if checksum:
            run.host.files.read(entry.path)
            seen["checksum"] = entry.checksum(algorithm)
    return seen


@module("win_stat", "path dest name get_checksum get_size checksum_algorithm follow")
async def win_stat(run: Run) -> dict[str, Any]:
    entry = run.host.files.get(run.arguments.required("path", "dest", "name"))
    if entry is None:
        return {"stat": {"exists": False}}
    algorithm = run.arguments.choice("checksum_algorithm", _ALGORITHMS, "sha1") or "sha1"
    checksum, size = run.arguments.flag("get_checksum", True), run.arguments.flag("get_size", True)
    try:
        return {"stat": _stat(run, entry, algorithm, checksum=checksum, size=size)}
    except WindowsError as error:
        reason = "Failed to get hash of file, set get_checksum to False to ignore this error"
        raise ModuleFailed(f"{reason}: {error}") from None


@module("slurp", "src path", invocation=False)
async def slurp(run: Run) -> dict[str, Any]:
    path = run.arguments.required("src", "path")
    entry = run.host.files.get(path)
    if entry is None:
        raise ModuleFailed(f"Path {path} is not found")
    if entry.directory:
        raise ModuleFailed(f"Path {path} is a directory")
    return {"content": base64.b64encode(run.host.files.read(path)).decode(), "encoding": "base64"}


@module("win_file", "path dest name state _original_basename", invocation=False)
async def win_file(run: Run) -> dict[str, Any]:
    path, files = run.arguments.required("path", "dest", "name"), run.host.files
    state = run.arguments.choice("state", ("absent", "directory", "file", "touch"))
    base = run.arguments.text("_original_basename")
    if base and files.is_directory(path):
        path = ntpath.join(path, base)
    entry = files.get(path)
    try:
        return {"changed": _bring_file(run, path, entry, state)}
    except WindowsError as error:
        verb = f"Failed to delete {path}: " if state == "absent" else ""
        raise ModuleFailed(f"{verb}{error}") from None


def _bring_file(run: Run, path: str, entry: Entry | None, state: str | None) -> bool:
    files = run.host.files
    match state:
        case "absent":
            if entry is not None and not run.check_mode:
                files.remove(path)
            return entry is not None
        case "touch":
            if not run.check_mode:
                if entry is not None:
                    entry.modified = time.time()
                else:
                    files.write(path, b"")
            return True
        case "directory" if entry is None:
            if not run.check_mode:
                files.make_directory(path)
            return True
    if entry is None:
        raise ModuleFailed(f"path {path} will not be created")
    if state == "directory" and not entry.directory:
        raise ModuleFailed(f"path {path} is not a directory")
    if state == "file" and entry.directory:
        raise ModuleFailed(f"path {path} is not a file")
    return False


@module(
    "win_find",
    "paths patterns file_type recurse use_regex get_checksum checksum_algorithm age age_stamp size hidden follow",
)
async def win_find(run: Run) -> dict[str, Any]:
    arguments, files = run.arguments, run.host.files
    kind = arguments.choice("file_type", ("directory", "file"), "file")
    patterns = arguments.items("patterns") or arguments.items("regex") or []
    found: list[dict[str, Any]] = []
    examined = 0
    for folder in arguments.items("paths") or []:
        if not files.is_directory(folder):
            raise ModuleFailed(f"Argument path '{folder}' does not exist or is not a directory")
        for entry in files.children(folder, recurse=arguments.flag("recurse")):
            examined += 1
            fits = entry.directory == (kind == "directory") and _named(
                entry.name, patterns, arguments.flag("use_regex")
            )
            if fits and _old_enough(run, entry) and _big_enough(run, entry):
                found.append(_found(run, entry))
    return {"files": found, "matched": len(found), "examined": examined}


def _named(name: str, patterns: list[str], use_regex: bool) -> bool:
    if not patterns:
        return True
    if use_regex:
        return any(re.search(pattern, name, re.IGNORECASE) for pattern in patterns)
    return any(wildcard(pattern, name) for pattern in patterns)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZES = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def _measure(text: str, units: dict[str, int]) -> float:
    match = re.fullmatch(r"(-?\d+)([a-z])?", text.strip().lower())
    if match is None or (match[2] and match[2] not in units):
        raise ModuleFailed(f"cannot convert '{text}'")
    return int(match[1]) * units.get(match[2] or "", 1)


def _old_enough(run: Run, entry: Entry) -> bool:
    age = run.arguments.text("age")
    if age is None:
        return True
    stamp = entry.created if run.arguments.text("age_stamp") == "ctime" else entry.modified
    limit, lived = _measure(age, _UNITS), time.time() - stamp
    return lived >= limit if limit >= 0 else lived <= -limit


def _big_enough(run: Run, entry: Entry) -> bool:
    size = run.arguments.text("size")
    if size is None:
        return True
    limit = _measure(size, _SIZES)
    return len(entry.data) >= limit if limit >= 0 else len(entry.data) <= -limit


def _found(run: Run, entry: Entry) -> dict[str, Any]:
    algorithm = run.arguments.choice("checksum_algorithm", _ALGORITHMS, "sha1") or "sha1"
    checksum = run.arguments.flag("get_checksum", True)
    seen = _stat(run, entry, algorithm, checksum=checksum, size=True)
    for key in ("nlink", "hlnk_targets"):
        del seen[key]
    return {key: int(value) if key.endswith("time") else value for key, value in seen.items()}


@module("win_acl", "path user rights type inherit propagation state follow", check_mode=False, invocation=False)
async def win_acl(run: Run) -> dict[str, Any]:
    """The rule is recorded on the entry, not enforced."""
    arguments = run.arguments
    entry = _entry(run)
    if run.host.accounts.get(arguments.required("user")) is None and not _well_known(arguments.required("user")):
        raise ModuleFailed(f"{arguments.required('user')} is not a valid user or group on the host machine or domain")
    default = "ContainerInherit, ObjectInherit" if entry.directory else "None"
    rule = {
        "user": arguments.required("user"),
        "rights": arguments.required("rights"),
        "type": arguments.choice("type", ("allow", "deny"), "allow"),
        "inherit": arguments.text("inherit") or default,
        "propagation": arguments.text("propagation") or "None",
    }
    there = rule in entry.access
    wanted = arguments.choice("state", ("absent", "present"), "present") == "present"
    if there != wanted:
        entry.access = [*entry.access, rule] if wanted else [one for one in entry.access if one != rule]
    return {"changed": there != wanted}


_WELL_KNOWN = {
    "system": "NT AUTHORITY\\SYSTEM",
    "administrators": "BUILTIN\\Administrators",
    "users": "BUILTIN\\Users",
    "everyone": "Everyone",
    "authenticated users": "NT AUTHORITY\\Authenticated Users",
    "network service": "NT AUTHORITY\\NETWORK SERVICE",
    "local service": "NT AUTHORITY\\LOCAL SERVICE",
}


def _well_known(name: str) -> bool:
    return name.rpartition("\\")[2].lower() in _WELL_KNOWN or name.upper().startswith("S-1-")


def _entry(run: Run) -> Entry:
    path = run.arguments.required("path")
    entry = run.host.files.get(path)
    if entry is None:
        raise ModuleFailed(f"{path} file or directory does not exist on the host")
    return entry


@module("win_acl_inheritance", "path state reorganize", invocation=False)
async def win_acl_inheritance(run: Run) -> dict[str, Any]:
    entry = _entry(run)
    wanted = run.arguments.choice("state", ("absent", "present"), "absent") == "present"
    changed = entry.inherits != wanted
    if not run.check_mode:
        entry.inherits = wanted
    return {"changed": changed}


@module("win_owner", "path user recurse", invocation=False)
async def win_owner(run: Run) -> dict[str, Any]:
    entry, user = _entry(run), _account(run, run.arguments.required("user"))
    meant = [entry, *(run.host.files.children(entry.path, recurse=True) if run.arguments.flag("recurse") else [])]
    changed = [one for one in meant if one.owner != user]
    if not run.check_mode:
        for one in changed:
            one.owner = user
    return {"changed": bool(changed)}


def _account(run: Run, name: str) -> str:
    """The account as Windows writes it. Raises ModuleFailed for one that is not there."""
    bare = name.rpartition("\\")[2].lower()
    if bare in _WELL_KNOWN:
        return _WELL_KNOWN[bare]
    if name.upper().startswith("S-1-"):
        return name
    user = run.host.accounts.get(name)
    if user is None:
        reason = "Some or all identity references could not be translated."
        raise ModuleFailed(f"Failed to translate '{name}' to a SecurityIdentifier: {reason}")
    return f"{run.host.accounts.machine.upper()}\\{user.name}"


@module("win_tempfile", "state path prefix suffix")
async def win_tempfile(run: Run) -> dict[str, Any]:
    arguments, files = run.arguments, run.host.files
    folder = files.full(arguments.text("path") or "%TEMP%")
    stem = f"{arguments.text('prefix') or 'ansible.'}{time.time_ns():x}{arguments.text('suffix') or ''}"
    path = ntpath.join(folder, stem)
    if not run.check_mode:
        if arguments.choice("state", ("directory", "file"), "file") == "directory":
            files.make_directory(path)
        else:
            files.write(path, b"")
    return {"changed": True, "path": path}
