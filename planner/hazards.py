# SPDX-License-Identifier: Apache-2.0
"""What no template may ever be made to do: destroy a system, or carry code inside a value."""

import re
from collections.abc import Sequence

#: Folders whose loss is the loss of the system.
_SYSTEM_ROOTS = (
    "/", "/*", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/dev", "/proc", "/sys", "/var", "/home",
    "/root", "/opt",
    "c:", "c:\\*", "c:\\windows", "c:\\windows\\system32", "c:\\program files", "c:\\users", "%systemroot%",
)  # fmt: skip
_SYSTEM = "|".join(sorted((re.escape(p) for p in _SYSTEM_ROOTS), key=len, reverse=True))
_HERE = r"(?=[\s.,;:!?'\"`)]|$)"

#: (what it is, how it looks in a request or in a command line)
_DANGEROUS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern, re.IGNORECASE))
    for what, pattern in (
        (
            "It would delete the system itself.",
            rf"\brm\s+(?:-[\w-]+\s+)*-\w*[rRf]\w*\s+(?:-[\w-]+\s+)*['\"]?(?:{_SYSTEM}|~)/?\*?{_HERE}",
        ),
        (
            "It would delete the system itself.",
            rf"\b(?:delete|erase|remove|wipe|destroy|purge|empty|rm|del|rd|rmdir|clean(?:\s?up)?|nuke)\b[^.;,]*?(?<![\w/\\])(?:{_SYSTEM})[/\\]?\*?{_HERE}",
        ),
        (
            "It would delete the system itself.",
            r"\b(?:delete|erase|remove|wipe|destroy|nuke|clear)\b[^.;,]*?\b(?:root\s+(?:file\s?system|partition|dir\w*|folder)|(?:whole|entire|all)\s+(?:disks?|drives?|file\s?systems?|hard\s?drives?)|system32(?![\\/]\w)|all\s+data)\b",
        ),
        (
            "It would delete the system itself.",
            r"\b(?:delete|erase|remove|wipe|destroy|nuke)\s+(?:absolutely\s+|literally\s+)?(?:everything|all\s+(?:the\s+)?(?:files|data)|it\s+all)"
            r"\s*(?:$|[.!]\s*$|(?:on|from)\s+(?!/|[a-z]:))(?![^.;]*\b(?:older|under|below|inside|named|matching|except|ending|in)\b)",
        ),
        (
            "It would format a disk.",
            r"\bmkfs(?:\.\w+)?\b|\bformat\s+(?:the\s+|all\s+|every\s+)*(?:[a-z]:|[a-z]\s+drive|disks?|drives?|hard\s?drives?|volumes?|partitions?|/dev/)|\bdiskpart\b|\bformat-volume\b|\bclear-disk\b",
        ),
        (
            "It would overwrite a disk.",
            r"\bdd\b[^;]*\bof=/dev/\w+|>\s*/dev/(?:sd|nvme|vd|hd|xvd)\w*|\b(?:shred|wipefs)\b[^;]*/dev/|\b(?:wipe|zero|overwrite|erase|repartition)\b[^.;,]*/dev/\w+|\b(?:wipe|erase|zero)\b[^.;,]*\b(?:disks?|drives?|partitions?)\b",
        ),
        ("It is a fork bomb.", r":\s*\(\s*\)\s*\{|\bfork\s?bomb\b|%0\|%0"),
        (
            "It would run unread code from the network.",
            r"\b(?:curl|wget|iwr|invoke-webrequest)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b|\b(?:iex|invoke-expression)\b|\bpipe\s+\S+\s+(?:in)?to\s+(?:ba)?sh\b",
        ),
        (
            "It would drop a database.",
            r"\bdrop\s+(?:all\s+|every\s+|the\s+)*(?:\S+\s+)?(?:databases?|schemas?|tables?)\b|\b(?:delete|destroy|wipe|truncate)\b[^.;,]*\b(?:databases|all\s+(?:databases?|tables?|records?|backups?))\b",
        ),
        ("It would open the whole file system to everybody.", rf"\bchmod\s+(?:-\w+\s+)*0?777\s+(?:{_SYSTEM}){_HERE}"),
    )
)

_INJECTION: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("template braces", re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|<%|\$\{")),
    ("a shell substitution", re.compile(r"\$\(|`")),
    ("a shell operator", re.compile(r"&&|\|\||\||;|>>|(?<![-=])>(?!=)|<(?!=)|[\r\n]")),
    ("a step out of its folder (../)", re.compile(r"(?:^|[\\/])\.\.(?:[\\/]|$)")),
    ("a control character", re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")),
)


def danger_in(text: str) -> str | None:
    """Why the text would destroy a system, as a sentence; None where it would not."""
    found = danger_at(text)
    return found[0] if found else None


def danger_at(text: str) -> tuple[str, int, int] | None:
    """The same with the span of the words that say it."""
    found = ((what, pattern.search(text)) for what, pattern in _DANGEROUS)
    return next(((what, *match.span()) for what, match in found if match), None)


def injection_in(value: str) -> str | None:
    """What in a single value looks like code, in words; None for plain data."""
    return next((what for what, pattern in _INJECTION if pattern.search(value)), None)


def protected_path(path: str) -> bool:
    """Whether a file step may never write there: device and kernel files, and the roots of a system or all in them."""
    plain = re.sub(r"[\\/]\*+$", "", path.casefold()).rstrip("/\\") or "/"
    return plain in _SYSTEM_ROOTS or device_path(plain)


#: Roots of a system that other files may be put into.
_SHARED_FOLDERS = frozenset(("/etc", "/usr", "/opt", "/home", "/root", "/var", "c:", "c:\\program files", "c:\\users"))


def shared_folder(path: str) -> bool:
    """Whether a file may be put into a folder that as a whole is protected."""
    return (path.casefold().rstrip("/\\") or "/") in _SHARED_FOLDERS


def device_path(path: str) -> bool:
    """Whether nothing may be put there: device and kernel files."""
    return path.casefold().startswith(("/dev/", "/proc/", "/sys/", "\\\\.\\"))


#: Folders of the system that may be emptied and never be deleted.
_KEPT_FOLDERS = frozenset(("/tmp", "/var/tmp", "/run", "/var/run", "c:\\windows\\temp", "%temp%", "%tmp%"))  # noqa: S108 - never opened


def kept_folder(path: str) -> bool:
    """Whether a folder itself must stay, though what lies in it may go."""
    return (path.casefold().replace("/", "\\") if path[1:2] == ":" else path.casefold()).rstrip("/\\") in _KEPT_FOLDERS


#: Files that say who may log in and what they may do, also as the copies that tools leave beside them.
_ACCOUNTS = r"/etc/(?:passwd|group)-?"
_HIDDEN = (
    r"/etc/g?shadow-?|/etc/sudoers(?:\.d(?:/.*)?)?|/etc/ssh/ssh_host_\w+_key|.*/\.ssh/id_\w+(?<!pub)|/etc/krb5\.keytab"
)
_GUARDED = re.compile(
    rf"{_ACCOUNTS}|{_HIDDEN}|/etc/(?:ssh|pam\.d|security|cron[\w.]*|systemd|init\.d|profile\.d)(?:/.*)?|"
    r"/etc/(?:crontab|fstab|hosts|profile|nsswitch\.conf|login\.defs|ld\.so\.\w+)|/(?:root|.*/\.ssh)(?:/\.ssh)?(?:/.*)?|"
    r"/(?:s?bin|usr|lib(?:32|64)?|boot)(?:/.*)?|[a-z]:\\windows(?:\\.*)?",
    re.IGNORECASE,
)
_READ_BY_ALL, _READ_BY_NONE = re.compile(_ACCOUNTS), re.compile(_HIDDEN)


def secret_file(path: str) -> bool:
    """Whether a file says who may log in and what they may do."""
    return re.fullmatch(rf"{_ACCOUNTS}|{_HIDDEN}", path.rstrip("/")) is not None


def danger_of_mode(path: str, mode: str) -> str | None:
    """Why permissions of a file would open or lock a system, as a sentence; None where they would not."""
    path = path.rstrip("/") or "/"
    if not _GUARDED.fullmatch(path):
        return None
    gives, takes = _others(mode)
    if "w" in gives:
        return f"Everybody could write to {path}, which the system's security rests on."
    if "r" in gives and _READ_BY_NONE.fullmatch(path) and not path.endswith(".pub"):
        return f"Everybody could read {path}, which holds secrets."
    if "r" in takes and _READ_BY_ALL.fullmatch(path):
        return f"Nobody could read {path} any more, and no login would work."
    return None


def _others(mode: str) -> tuple[str, str]:
    """What a mode gives to everybody and what it takes from them, of r and w."""
    if mode.isdigit():
        bits = int(mode[-1])
        gives = ("r" if bits & 4 else "") + ("w" if bits & 2 else "")
        return gives, "".join(sign for sign in "rw" if sign not in gives)
    gives = takes = ""
    for who, sign, what in re.findall(r"([ugoa]*)([+=-])(\w+)", mode):
        if not who or "o" in who or "a" in who:
            gives += what if sign != "-" else ""
            takes += what if sign == "-" else "".join(one for one in "rw" if one not in what) if sign == "=" else ""
    return gives, takes


#: Programs that run text, and the arguments that hand it to them.
_INTERPRETERS = re.compile(
    r"(?:.*[/\\])?(?:(?:ba|da|z|k|c|tc|fi|a)?sh|busybox|cmd|powershell|pwsh|python[\d.]*|perl|ruby|node|php|lua)(?:\.exe)?",
    re.IGNORECASE,
)
_AS_PROGRAM = re.compile(
    r"-[a-z]{0,3}c|-[lanpi]{0,4}e|--?(?:eval|exec|command|encodedcommand|enc|r)|/[ckr]", re.IGNORECASE
)


def shell_in(command: Sequence[str]) -> str | None:
    """The interpreter and the argument that make a command's argument a program: `bash -c`; None without one."""
    for at, argument in enumerate(command):
        if _INTERPRETERS.fullmatch(argument):
            for later in command[at + 1 :]:
                if _AS_PROGRAM.fullmatch(later):
                    return f"{argument} {later}"
    return None
