# SPDX-License-Identifier: Apache-2.0
"""One clean line for people out of a module's result. Pure."""

import re
from typing import Any

from opsconductor.domain.plain_text import without_controls

LONGEST = 300
#: Characters of an output in which its first or last line is looked for: it may have millions of lines.
_ENOUGH = 10_000
#: Messages that say nothing without the output beside them.
_EMPTY = re.compile(r"(?i)^(non-zero return code|module failure.*|task failed\.?|)$")
_PREFIX = re.compile(
    r"^(Task failed: (Action failed: |Module failed: )?|failed to copy file \S.*?: (?=\S)|Unhandled exception [^:]*: )+"
)
#: The connection plugin's words for a connection that was lost in the middle of a task. A module that ran and
#: reports a refused connection of its own (uri, wait_for) has a return code or its invocation in its result.
_LOST = re.compile(
    r"Connection aborted|RemoteDisconnected|Remote end closed connection|Connection reset by peer"
    r"|HTTPS?ConnectionPool\(.*(Max retries exceeded|timed out|Connection refused)|Max retries exceeded with url"
    r"|NewConnectionError|ConnectTimeout|ReadTimeout|Failed to connect to the host via ssh|winrm connection error"
    r"|Failed to establish a new connection",
    re.DOTALL,
)
#: ssh's own words for a host key that does not fit → ours, with what to do.
_HOST_KEYS = (
    (
        re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED", re.IGNORECASE),
        "the SSH host key is not the recorded one: another machine answers, or this one was set up anew"
        " (then record it again: opsc assets trust)",
    ),
    (
        re.compile(r"Host key verification failed|No \S+ host key is known", re.IGNORECASE),
        "no recorded SSH host key fits this machine (look at it and record it: opsc assets trust)",
    ),
)
#: What libraries say at length of a connection that was not made → ours, with what to do.
_NETWORK = (
    (
        re.compile(r"ConnectionPool\(host='(?P<host>[^']+)', port=(?P<port>\d+)\).*Connection refused", re.DOTALL),
        "the connection to {host} port {port} was refused: nothing listens there (see opsc assets check)",
    ),
    (
        re.compile(r"ConnectionPool\(host='(?P<host>[^']+)', port=(?P<port>\d+)\).*timed out", re.DOTALL),
        "no answer from {host} port {port} in time (see opsc assets check)",
    ),
    (
        re.compile(r"connect to host (?P<host>\S+) port (?P<port>\d+): Connection refused"),
        "the connection to {host} port {port} was refused: nothing listens there (see opsc assets check)",
    ),
    (
        re.compile(r"the specified credentials were rejected by the server"),
        "the user name or password was refused (replace it: opsc credentials replace)",
    ),
    (
        re.compile(r"Permission denied \((?P<ways>[a-z,-]+)\)"),
        "the login was refused for {ways} (see opsc assets check, opsc credentials replace)",
    ),
    (
        re.compile(
            r"(?:module interpreter '|EOF on stream; .*?)(?P<path>/[^\s:']+)(?:' was|:) (?:not found|No such file)",
            re.DOTALL,
        ),
        "there is no Python at {path} (opsc assets check looks for it anew, unless the asset names it itself)",
    ),
    (  # Ansible met the closed pipe before it knew that ssh had ended, and so leaves out what ssh said
        re.compile(r"Data could not be sent to remote host '(?P<host>[^']+)'.*\[Errno 32\]", re.DOTALL),
        "the SSH session to {host} ended as it began: another host key than the recorded one, a refused login,"
        " or a host that hung up (opsc assets check tells which)",
    ),
)


def clean(text: str) -> str:
    """One line without terminal sequences and control characters, cut at LONGEST characters."""
    # What goes back to the beginning of the line begins another.
    line = " ".join(without_controls(text.replace("\r", "\n")).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def failure(result: dict[str, Any]) -> str:
    """Why the task failed."""
    if "censored" in result:
        return "failed; the output is hidden because it may hold a secret"
    for item in result.get("results") or []:
        if isinstance(item, dict) and item.get("failed"):
            return failure({key: value for key, value in item.items() if key != "results"})
    message = _PREFIX.sub("", str(result.get("msg") or "")).strip()
    for theirs, ours in _HOST_KEYS:
        if "ssh" in message and theirs.search(message):
            return ours
    for pattern, ours in _NETWORK:
        if found := pattern.search(message):
            return clean(ours.format(**found.groupdict()))
    if _EMPTY.match(message):
        output = _last_line(result, "stderr") or _last_line(result, "module_stderr") or _last_line(result, "stdout")
        code = f"return code {result['rc']}" if "rc" in result else ""
        message = ": ".join(part for part in (code, output) if part) or message or "failed without a message"
    return clean(message)


def success(result: dict[str, Any]) -> str | None:
    """What is worth telling of a task that ended well: the first line of its output, or its message."""
    if "censored" in result:
        return None
    if "rc" in result and isinstance(result.get("stdout"), str):
        lines = result["stdout"].lstrip()[:_ENOUGH].splitlines()
        return clean(lines[0]) or None if lines else None
    message = result.get("msg")
    return clean(message) or None if isinstance(message, str) else None


def connection_lost(result: dict[str, Any]) -> bool:
    """Whether a failed task tells of a connection that went away under it."""
    if "rc" in result or "invocation" in result:
        return False
    return _LOST.search(f"{result.get('msg') or ''}") is not None


def _last_line(result: dict[str, Any], key: str) -> str:
    lines = str(result.get(key) or "").rstrip()[-_ENOUGH:].splitlines()
    return clean(lines[-1]) if lines else ""
