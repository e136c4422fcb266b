# SPDX-License-Identifier: Apache-2.0
"""A request as tokens: literals masked whole, every token with its span, nothing lost in between."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from planner.words import NUMBERS, SLASHING


class Kind(StrEnum):
    """What a token is, by its shape alone."""

    WORD = "word"
    NUMBER = "number"
    QUOTED = "quoted"
    CODE = "code"  #: in back quotes: only ever a command
    PATH = "path"
    URL = "url"
    ADDRESS = "address"  #: IPv4 address or network
    RANGE = "range"  #: host range or wildcard: web-[01:04], a-01..05, web-*
    DURATION = "duration"
    SIZE = "size"
    REPOSITORY = "repository"
    REGISTRY = "registry"  #: a registry key
    DEVICE = "device"  #: host:/export, UUID=…
    TIMEZONE = "timezone"
    MODE = "mode"  #: u+x, u=rwX,g=rX
    ACCOUNT = "account"  #: DOMAIN\\user
    CRON = "cron"  #: 0 3 * * *, @daily
    PUBLIC_KEY = "public key"  #: ssh-ed25519 AAAA… somebody@somewhere
    PERCENT = "percent"
    FLAG = "flag"  #: -y, --now
    PUNCTUATION = "punctuation"


#: Kinds whose text is never repaired, lower-cased or split.
LITERALS = frozenset(Kind) - {Kind.WORD, Kind.NUMBER, Kind.PUNCTUATION}


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `value` is what it stands for (a quoted text without its quotes), `low` its lower case."""

    kind: Kind
    text: str
    value: str
    start: int
    end: int
    low: str
    fixed: str = ""  #: `low` after typo repair; the same where nothing was repaired

    @property
    def is_literal(self) -> bool:
        """Whether its text is data and never vocabulary."""
        return self.kind in LITERALS


_QUOTES = (
    ("'", "'"),
    ('"', '"'),
    ("\u2018", "\u2019"),
    ("\u201c", "\u201d"),
    ("\u201e", "\u201c"),
    ("\u00ab", "\u00bb"),
)
_QUOTED = "|".join(rf"(?<![^\W_]){re.escape(a)}[^{re.escape(a + b)}\n]+{re.escape(b)}(?![^\W_])" for a, b in _QUOTES)
_EXTENSION = (
    r"(?:exe|dll|msi|cmd|bat|psm?1|config|conf|cfg|ini|json|xml|ya?ml|txt|log|zip|cab|sys|"
    r"pem|cer|crt|key|sh|py|bak|old)"
)
_PART = r"[^\s\\/\"'<>|*?,;`:]"
#: A blank inside a Windows path: never before a word that joins the path to what follows, nor before an option.
_GAP = (
    r" (?!(?:to|into|onto|with|by|as|and|or|from|in|on|at|over|for|if|is|are|should|must|will|exists?) |-|"
    r"\d{1,2}[.)] )"
)
_UNITS = r"(?:milliseconds?|ms|seconds?|secs?|sec|s|minutes?|mins?|min|m|hours?|hrs?|h|days?|d)"

_COUNTED = "|".join(word for word, value in NUMBERS.items() if value > 1)
_KEY_PART = r"[^\s\\:\"'<>|,;`]+"
#: Keys of Windows itself whose names hold a blank, at the end of a path.
_LAST_KEY = (
    r"(?:Terminal Server|Session Manager|Internet (?:Explorer|Settings)|Image File Execution Options|"
    r"Windows (?:NT|Defender|Error Reporting|File Protection|Firewall|Media Player|Script Host|Search))\b"
)
_ZONES = r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Europe|Indian|Pacific|Etc|US)"
_CRON_FIELD = r"[\d*][\d*/,-]*"
_MODES = r"(?:[ugoa]{1,4}[+=][rwxXst]+(?:,[ugoa]{0,4}[+=-][rwxXst]+)*|(?<=chmod )[ugoa]{0,4}[+=-][rwxXst]+)"
#: A letter and a colon are a drive behind these, and elsewhere a heading: "line C: …".
_BEFORE_DRIVES = "|".join(
    rf"(?<=\b{word}\s)"
    for word in ("on", "of", "in", "is", "disk", "drive", "volume", "space", "under", "usage", "and")
)
_ENDED = r"(?<![.,;:!?)])"

_SHAPES: tuple[tuple[Kind, str], ...] = (
    (Kind.QUOTED, _QUOTED),
    (
        Kind.PUBLIC_KEY,
        r"(?<!\S)(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-[\w.@-]+)[ ]AAAA[A-Za-z0-9+/=]{4,}"
        r"(?:[ ][\w.-]+@[\w.-]*\w)?",
    ),
    (Kind.CODE, r"(?<!\w)`[^`\n]+`(?!\w)"),
    (
        Kind.CRON,
        rf"(?<!\S)(?=[^A-Za-z\n]*\*)(?:{_CRON_FIELD}[ \t]+){{4}}{_CRON_FIELD}(?!\S)"
        r"|(?<!\S)@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)\b",
    ),
    (
        Kind.REPOSITORY,
        rf"\b(?:ppa:[\w.-]+/[\w.-]+|git@[\w.-]+:[\w./~-]+|(?:ssh|git)://[^\s\"'<>`]+|https?://[^\s\"'<>`]+\.git){_ENDED}(?!\w)",
    ),
    (Kind.URL, rf"\b(?:[A-Za-z][A-Za-z0-9+.-]*://|www\.(?=[\w-]+\.))[^\s\"'<>`]+{_ENDED}"),
    (
        Kind.REGISTRY,
        rf"\b(?:Registry::)?(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+):?\\(?:{_KEY_PART}(?: {_KEY_PART})"
        rf"{{0,3}}\\)*(?:{_LAST_KEY}|{_KEY_PART}){_ENDED}",
    ),
    (Kind.DEVICE, rf"\b[A-Za-z0-9][\w.-]+:/(?!/)[^\s\"'<>|,;`]*{_ENDED}|\b(?:PART)?(?:UUID|LABEL)=[\w-]+"),
    (
        Kind.TIMEZONE,
        rf"\b{_ZONES}/[A-Z][\w+/-]*|\b[A-Z][\w.]*(?: [A-Z][\w.]*){{0,3}} (?:Standard|Daylight) Time\b",
    ),
    (
        Kind.PATH,
        rf"\b[A-Za-z]:\\(?:(?:{_PART}+(?:{_GAP}{_PART}+)*\\)*(?:{_PART}+{_GAP})*{_PART}+\.{_EXTENSION}\b|"
        rf"[^\s\"'<>|*?,;`]*)",
    ),
    (Kind.PATH, rf"(?:{_BEFORE_DRIVES})[C-Zc-z]:(?=[\s,.;?!]|$)"),
    (Kind.PATH, rf"\\\\{_PART}+(?:\\{_PART}+)+\\?"),
    (Kind.PATH, r"(?<![\w./\\])(?:~?/(?:[^\s\"'<>|,;`()]+)?)(?<![.:!?])"),
    (
        Kind.RANGE,
        r"\b[A-Za-z][\w-]*(?:\[\d+\s?(?:(?::|-|\.\.)\s?\d+|(?:,\s?\d+)+)\]|\{\d+(?:\.\.\d+|(?:,\d+)+)\})[\w.-]*",
    ),
    (Kind.RANGE, r"\b[A-Za-z][\w-]*?\d+\.\.+(?:[A-Za-z][\w-]*?)?\d+\b"),
    (Kind.RANGE, r"(?<![\w*])(?:[A-Za-z][\w.-]*\*[\w.*-]*|\*[\w.-]+)"),
    (
        Kind.ADDRESS,
        r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\b(?!\.\d)|\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b"
        r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*)?(?:/\d{1,3})?(?![\w:])",
    ),
    (Kind.ACCOUNT, r"\b[A-Za-z][\w.-]*\\[A-Za-z][\w.-]*\$?(?![\\\w])"),
    (Kind.MODE, rf"(?<![\w=+-]){_MODES}(?!\w)"),
    (Kind.PERCENT, r"\b\d+(?:\.\d+)?(?:\s?%|\s(?:percent|per cent)\b)"),
    (Kind.SIZE, r"\b\d+(?:\.\d+)?\s?(?:[kKMGTP]i?[bB]|[kmgt]b|bytes|gigs?|gigabytes?|megabytes?|[KMGT])\b"),
    (Kind.DURATION, rf"\b\d+(?:\.\d+)?\s?{_UNITS}\b|\b(?i:{_COUNTED})\s(?i:seconds|minutes|hours)\b"),
    (Kind.FLAG, r"(?<![\w-])--?[A-Za-z][\w-]*|(?i:(?<=\bkill )|(?<=\bpkill )|(?<=\bkillall ))-\d{1,2}\b"),
    (Kind.NUMBER, r"\b\d+\b(?![\w.-]*[A-Za-z]|\.\d)"),
    #: Names of branches have slashes in them.
    (Kind.WORD, r"(?i:(?<=\bbranch )|(?<=\btag )|(?<=\brevision )|(?<=\bversion ))[\w.-]+(?:/[\w.-]*\w)+"),
    (
        Kind.WORD,
        r"[^\W\d_]+['\u2019](?:t|re|ll|ve|d|m)\b|\b(?i:it|what|let|that|there|here|who|where|how)['\u2019]s\b"
        r"|\w(?:[\w@$+.:-]*[\w$+])?",
    ),
    (Kind.PUNCTUATION, r"(?<=\w)['\u2019]s\b|\S"),
)
_DRIVE = re.compile(r"[A-Za-z]:")
_CRON_LINE = re.compile(rf"(?=.*\*)(?:{_CRON_FIELD}\s+){{4}}[\w*/,-]+|@\w+")
_SLASH_FLAG = re.compile(
    r"/(?!(?:etc|tmp|opt|var|usr|srv|home|data|boot|mnt|root|dev)$)[A-Za-z?]{1,8}(?:[:=]\S+)?", re.IGNORECASE
)
_MANY_BLANKS = re.compile(r"[ \t\xa0]{2}")
_BLANKS = re.compile(rf"{_QUOTED}|`[^`\n]+`|(?P<blanks>[ \t\xa0]{{2,}})")
_MASTER = re.compile("|".join(f"(?P<k{i}>{shape})" for i, (_, shape) in enumerate(_SHAPES)))


def tidied(text: str) -> str:
    """The text with single blanks between its words; what is quoted stays as it is."""
    return _BLANKS.sub(lambda match: " " if match["blanks"] else match[0], text) if _MANY_BLANKS.search(text) else text


def tokenize(text: str) -> tuple[Token, ...]:
    """All tokens of a text in order. Between them stands white space only; each token is a slice of the text."""
    found = []
    for match in _MASTER.finditer(text):
        kind = _SHAPES[int((match.lastgroup or "k0")[1:])][0]
        found.append(_token(kind, match.group(), match.start()))
    if any(t.low.removesuffix(".exe") in SLASHING for t in found if t.kind is Kind.WORD):
        found = [
            replace(t, kind=Kind.FLAG) if t.kind is Kind.PATH and _SLASH_FLAG.fullmatch(t.text) else t for t in found
        ]
    return tuple(found)


def _token(kind: Kind, text: str, start: int) -> Token:
    value = text[1:-1].strip() if kind in (Kind.QUOTED, Kind.CODE) else text
    low = text.casefold().replace("\u2019", "'")
    if kind is Kind.PATH and _DRIVE.fullmatch(value):
        value += "\\"
    if kind is Kind.QUOTED and _CRON_LINE.fullmatch(value):
        kind = Kind.CRON
    token = Token(kind, text, value, start, start + len(text), low)
    return replace(token, fixed=low)
