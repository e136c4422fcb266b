# SPDX-License-Identifier: Apache-2.0
"""win_get_url: downloads for real, from loopback addresses only."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import ipaddress
import ntpath
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated, WindowsError
from opsconductor.simulate.windows.modules.run import Run, module

_ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead away from this machine."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetch(url: str, seconds: float) -> tuple[bytes, int, str]:
    """Body, status and its words. Raises OSError in .NET's wording."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        address = socket.gethostbyname(host)
    except OSError:
        raise OSError(f"The remote name could not be resolved: '{host}'") from None
    if not ipaddress.ip_address(address).is_loopback:
        raise OSError(f"The remote name could not be resolved: '{host}'")
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=seconds) as answer:
            return answer.read(), answer.status, answer.reason
    except urllib.error.HTTPError as error:
        raise OSError(f"The remote server returned an error: ({error.code}) {error.reason}.") from None
    except (urllib.error.URLError, http.client.HTTPException):
        raise OSError("Unable to connect to the remote server") from None


def _destination(run: Run, url: str) -> str:
    files, dest = run.host.files, run.arguments.required("dest")
    if files.is_directory(dest):
        parts = urllib.parse.urlsplit(url)
        return ntpath.join(dest, ntpath.basename(urllib.parse.unquote(parts.path)) or parts.hostname or "")
    parent = ntpath.dirname(files.full(dest))
    if not files.is_directory(parent):
        raise ModuleFailed(
            f"The path '{parent}' does not exist for destination '{dest}', or is not visible to the current user. "
            "Ensure download destination folder exists (perhaps using win_file state=directory) before win_get_url "
            "runs."
        )
    return dest


@module("win_get_url", "url dest force checksum checksum_algorithm url_timeout timeout")
async def win_get_url(run: Run) -> dict[str, Any]:
    arguments, files, began = run.arguments, run.host.files, time.monotonic()
    url = arguments.required("url")
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise NotSimulated(f"Downloading {url}")
    if not arguments.flag("force", True):
        raise NotSimulated("The option force=false of win_get_url")
    dest = _destination(run, url)
    algorithm = arguments.choice("checksum_algorithm", _ALGORITHMS, "sha1") or "sha1"
    expected = (arguments.text("checksum") or "").strip().lower()
    try:
        seconds = arguments.number("url_timeout", arguments.number("timeout", 30)) or 30
        body, status, words = await asyncio.to_thread(_fetch, url, seconds)
    except OSError as error:
        raise ModuleFailed(f"Error downloading '{url}' to '{dest}': {error}", url=url, dest=dest) from None
    checksum = hashlib.new(algorithm, body).hexdigest()
    if expected and expected != checksum:
        raise ModuleFailed(
            f"The checksum for {url} did not match '{expected}', it was '{checksum}'", url=url, dest=dest
        )
    there = files.get(dest)
    changed = there is None or there.checksum(algorithm) != checksum
    if changed and not run.check_mode:
        try:
            files.write(dest, body)
        except WindowsError as error:
            raise ModuleFailed(f"Error downloading '{url}' to '{dest}': {error}", url=url, dest=dest) from None
    result = {
        "changed": changed,
        "url": url,
        "dest": dest,
        "checksum_src": checksum,
        "status_code": status,
        "msg": words,
    }
    entry = files.get(dest)
    if entry is not None:
        result |= {"checksum_dest": entry.checksum(algorithm), "size": len(entry.data)}
    return {**result, "elapsed": time.monotonic() - began}
