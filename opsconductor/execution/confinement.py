# SPDX-License-Identifier: Apache-2.0
"""What the system lets a process do, as /proc tells. Standard library only: the warm process uses it.

A fork inherits all of this from the warm process, so a run may be forked only where it would have had the same.
"""

from pathlib import Path

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
_STATUS = frozenset(
    {
        *("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"),
        *("NoNewPrivs", "Seccomp", "Seccomp_filters", "Cpus_allowed", "Mems_allowed"),
    }
)
#: Name → its place behind the command in /proc/PID/stat.
_STAT = {"nice": 16, "real-time priority": 37, "scheduling policy": 38}
#: Name → file.
_FILES = {"limits": "limits", "cgroup": "cgroup", "oom_score_adj": "oom_score_adj", "login": "loginuid"}


def confinement(pid: int | str = "self") -> dict[str, str]:
    """Sandbox, rights, limits and priority of a process. Raises OSError when they cannot be read."""
    process = Path("/proc") / str(pid)
    found = {"root folder": str((process / "root").readlink())}
    for name in _NAMESPACES:
        found[f"{name} namespace"] = _link(process / "ns" / name)
    for line in (process / "status").read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name in _STATUS:
            found[name] = value.strip()
    stat = (process / "stat").read_text(encoding="utf-8", errors="replace")
    fields = stat[stat.rindex(")") + 2 :].split()
    found |= {name: fields[place] for name, place in _STAT.items()}
    found |= {name: _text(process / file) for name, file in _FILES.items()}
    found["security label"] = _text(process / "attr" / "current")
    return found


def difference(one: dict[str, str], other: dict[str, str]) -> str | None:
    """The first thing in which they differ."""
    return next((name for name in sorted({*one, *other}) if one.get(name) != other.get(name)), None)


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:  # an older kernel has no such namespace
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n")
    except PermissionError:
        raise
    except OSError:
        return ""  # this kernel has no such thing
