# SPDX-License-Identifier: Apache-2.0
"""Secrets in a request: found, and replaced by stars before the text is kept anywhere."""

import re
from functools import cache
from typing import Any

from opsconductor.domain.secret_names import is_secretive
from opsconductor.errors import Refused

STARS = "•••"
#: What to do with a secret instead of writing it down.
CREDENTIAL_WAY = (
    "Store it with `opsc credentials add`, which asks for it, and name the credential where the secret stood: "
    "set the password of user bob to credential bob-login."
)


class SecretGiven(Refused):
    """A literal secret was given; only stored credentials are named."""

    code = "secret-given"


#: Words behind "password" that go on speaking of it, and are none.
_NOT_A_VALUE = (
    r"(?:on|for|of|in|at|to|from|the|a|an|is|are|was|and|or|by|with|that|this|polic(?:y|ies)|files?|manager|reset|changes?|"
    r"rotation|expiry|expiration|hash|hashes|prompt|protected|store|vault|server|service|please|via|using|when|if|auth|"
    r"authentication|login|based|length|age|history|accounts?|field|agent|ring|bucket|it|them|all|every|never|must|should|"
    r"will|be|been|has|have|not|no|app|application|credentials?|generate|random|something|one|new|same|only|first|later|"
    r"again|here|there)(?=[\s.,;:?!)\]]|$)"
)
#: What is said of a password without saying it: "is expired", "must be changed".
_STATE = (
    r"(?:(?!pass)[a-z-]+(?:ed|en|ing|able)|at|too|so|still|also|already|about|long|longer|strong|stronger|weak|weaker|"
    r"unique|empty|blank|secure|valid|invalid|reset|set|different|secret|optional|mandatory|wrong|right|correct|old|"
    r"older|known|due|ok|okay|safe|ready|missing|needed|less|more|what|who|how|why|where|then|now)(?=[\s.,;:?!)\]]|$)"
)
_WORD = (
    r"(?:pass[\s-]?(?:word|phrase)|passwd|pwd|secret(?:\s+key)?|(?:access|auth|bearer|api)[\s_-]?(?:token|key)|token|"
    r"passwort|kennwort|passphrase|contrase[ñn]a|mot\s+de\s+passe|wachtwoord|senha|has[łl]o|heslo|l[öo]senord|пароль)"
)
_QUOTED = r"'[^'\n]+'|\"[^\"\n]+\"|\u201c[^\u201d\n]+\u201d|\u2018[^\u2019\n]+\u2019|`[^`\n]+`"
_VALUE = rf"(?P<secret>{_QUOTED}|\S+)"
#: A word that no name is: it has a digit or a sign in it.
_ODD = r"(?P<secret>(?=[^\s,;]*[\d!@#$%^&*])[^\s,;]+)"
_LINE = r"[^\n;|]*?\s"


def _ready(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


@cache
def _known_forms() -> tuple[re.Pattern[str], ...]:
    return _ready(
        # What is written in a known form, wherever it stands.
        r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*)",
        r"\b(?P<secret>(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
        r"|xox[abeprs]-[A-Za-z0-9-]{10,}|(?:sk|rk|pk)_(?:live|test)_\w{10,}|sk-(?:[a-z]+-)?[\w-]{20,}|AIza[\w-]{30,}"
        r"|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|hvs\.[\w-]{20,}|dop_v1_[0-9a-f]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}"
        r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)",
        r"://[^\s/:@]*:(?P<secret>[^\s/]+)@",
        r"\bhooks\.slack\.com/services/(?P<secret>\S+)",
        r"\bauthorization\s*:\s*(?:[a-z]+\s+)?(?P<secret>[\w.~+/=-]{6,})",
        r"\bbearer\s+(?P<secret>(?=\S*\d)[\w.~+/=-]{12,})",
        r"\bbasic\s+(?P<secret>[A-Za-z0-9+/]{6,}={1,2})",
        r"\b(?:AccountKey|SharedAccessKey|[?&]sig)\s*=\s*(?P<secret>[^\s;&]+)",
        # Programs that take one as an argument.
        r"\bsshpass\s+(?-i:-p)\s*" + _VALUE,
        rf"\b(?:mysql\w*|mariadb[\w-]*)\b{_LINE}(?-i:-p)(?P<secret>[^\s-]\S*)",
        rf"\b(?:curl|wget|https?|xh)\b{_LINE}(?:-u|--user|--proxy-user)[ =]?['\"]?[^\s:'\"]+:(?P<secret>[^\s'\"]+)",
        rf"\b(?:sqlcmd|osql|bcp)\b{_LINE}(?-i:-P)\s*" + _VALUE,
        rf"\bredis-cli\b{_LINE}(?-i:-a)\s+" + _VALUE,
        r"\s-pw\s+" + _VALUE,
        r"\s-U\s*[^\s%]+%(?P<secret>\S+)",
        rf"\bnet(?:\.exe)?\s+user\s+(?![/*])\S+\s+(?![/*]|{_NOT_A_VALUE})" + _VALUE,
        rf"\bnet(?:\.exe)?\s+use\b{_LINE}/user:\S+\s+(?![/*]|{_NOT_A_VALUE})" + _VALUE,
        r"\bnet(?:\.exe)?\s+use\s+(?:\S:\s+|\*\s+)?\\\\\S+\s+(?![/*])(?P<secret>\S+)\s+/user:",
        r"\becho\s+(?:-\w+\s+)*(?P<secret>[^|\n]+?)\s*\|\s*(?:sudo\s+)?(?:passwd|chpasswd|cryptsetup|sudo|su)\b",
        r"\bconvertto-securestring\s+(?:-string\s+)?" + _VALUE,
        r"\s/(?:rp|pass(?:word)?)[: ]\s*(?![/*])" + _VALUE,
        rf"(?:^|\s)--?(?:password|passwd|pass|pwd|token|secret|api-?key|passphrase)[ =](?!-|{_NOT_A_VALUE})" + _VALUE,
    )


#: Every sentence holds one of these. Most requests do not, and compiling the sentences takes longer than reading one.
_SPOKEN_OF = re.compile(rf"{_WORD}|pw|pass", re.IGNORECASE)


@cache
def _sentences() -> tuple[re.Pattern[str], ...]:
    return _ready(
        rf"\b{_WORD}s?\s+(?:is|as|to|was)\s+(?!{_NOT_A_VALUE}|{_STATE})" + _VALUE,
        rf"\b{_WORD}s?\s+(?:(?:should|must|shall|will|has\s+to|needs\s+to)\s+)?be\s+(?!{_NOT_A_VALUE}|{_STATE})"
        + _VALUE,
        rf"\b(?:set|change|reset|update|make)\b[^.;\n]{{0,60}}?\b{_WORD}s?\s+(?:of|for)\s+(?:\S+\s+){{1,5}}?(?:to|as|is|=)\s+"
        rf"(?!{_NOT_A_VALUE}|expire)" + _VALUE,
        rf"\b{_WORD}\s+(?:of\s+)?(?P<secret>{_QUOTED})",
        rf"\b(?:with|using|use|and)\s+(?:the\s+|a\s+)?(?:{_WORD}|pw|pass)\s+(?!{_NOT_A_VALUE}|{_STATE})(?P<secret>[^\s,;]+)",
        rf"\b{_WORD}\s+(?!{_NOT_A_VALUE})" + _ODD,
        r"\b(?:pw|pass)\s+(?P<secret>(?=[^\s,;]*\d)(?=[^\s,;]*[a-z])[^\s,;./\\]+)(?=[\s,;]|$)",
        r"(?<![\w-])[a-z][\w-]*[_-](?:secret|password|passwd|token|pwd)\s+(?:is|to|as)\s+"
        rf"(?!{_NOT_A_VALUE}|{_STATE})" + _VALUE,
    )


@cache
def _accounts() -> tuple[re.Pattern[str], ...]:
    return _ready(
        r"\bpin(?:\s?code)?\s*(?:is\s+|=|:)?\s*(?P<secret>\d{4,12})\b(?![.\d])",
        # An account with what opens it.
        r"\b(?:credentials?|creds|log\s?(?:in|on)\s+(?:with|as|using))\s+(?:are\s+|is\s+|=\s*|:\s*)?"
        r"(?![a-z]:[\\/]|https?:)[\w.@\\-]+:(?P<secret>\S+)",
        r"\b(?:credentials?|creds|user(?:name)?|account|log\s?(?:in|on)\s+(?:with|as|using))\s+(?:as\s+)?[\w.@-]+[:/]"
        r"(?P<secret>(?-i:(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)[^\s/\\.,:-]{6,}))",
        r"\buser\s+[\w.-]+:(?P<secret>(?=[^\s@]*\d)(?=[^\s@]*[a-z])[^\s@:]+)@",
    )


#: name = value, where the name may be any: told by itself whether it speaks of a secret.
_ASSIGNED = re.compile(
    rf"(?<![\w.@/\\-])(?P<name>[^\W\d][\w.-]{{0,80}}?|{_WORD}s?|{_WORD}\s?\d?)\s*(?:=|:)\s*(?P<secret>{_QUOTED}|[^\s;&]+)",
    re.IGNORECASE,
)
#: Values of settings about passwords, and references to stored ones.
_NO_SECRET = re.compile(
    r"(?:yes|no|true|false|on|off|none|null|never|always|generated?|random|prohibit-password|without-password|"
    r"optional|required|disabled|enabled|\d{1,3}|[*•<{\[$].*|(?:/[\w.-]+){2,}|[a-z]:\\[\w.\\ -]+)[.,)]*",
    re.IGNORECASE,
)
_REFERENCE = frozenset({"credential", "credentials", "creds"})
_FOREIGN = re.compile(_WORD + r"s?\s?\d?", re.IGNORECASE)
_TELL_ME = re.compile(
    r"\b(?:what(?:'s|\s+is|\s+are)|show|print|list|tell|give|dump|reveal|display|export|read|get|cat|send|email|extract|steal|output)\b[^.;]*"
    r"\b(?:passwords?|passphrases?|credentials?|secrets?|(?:ntlm|nt|lm|sam|krbtgt|kerberos|account|login)\s+hash(?:es)?|private\s+(?:(?:ssh|host|tls|ssl|rsa|gpg)\s+)?keys?|api\s+keys?|tokens?|/etc/shadow|ntds\.dit|lsass|sam\s+hive|id_rsa|vault\s+contents?|master\s+key)\b"
    r"|\b(?:show|print|list|cat|read|get|fetch|copy|send|dump|display|tail|head|type|download|collect|open)\b.*"
    r"\bid_(?:rsa|ed25519|ecdsa|dsa)\b(?!\.pub)"
    r"|\b(?:i|we)\s+(?:need|want|require|must\s+have|forgot|lost)\s+(?:to\s+know\s+)?the\s+(?:[\w.-]+\s+){0,4}"
    r"(?:passwords?|passphrases?|private\s+keys?)\s+(?:for|of|from|on|to\s+log|please)\b"
    r"|\b(?:fetch|retrieve|obtain|grab|collect|reveal)\b[^.;]*\b(?:passwords?|passphrases?|private\s+(?:\w+\s+)?keys?)\b"
    # Asked for in one sentence, wanted in the next.
    r"|\b(?:passwords?|passphrases?|private\s+(?:\w+\s+)?keys?|secrets?)\b[^;]{0,80}\b"
    r"(?:print|show|tell|display|reveal|output|read\s+out|send|mail|e-?mail|give)\s+(?:it|them|that)\b"
    r"|\bwhich\s+(?:\w+\s+){0,4}?(?:passwords?|passphrases?|private\s+(?:\w+\s+)?keys?)\s+(?:do|does|did)\s+(?:you|we|they|it)\b"
    r"|\b(?:credentials?|passwords?|hash(?:es)?|secrets?|sam|lsass)[\s-]+dumps?\b"
    r"|/etc/shadow\b|\bmimikatz\b|\bntds\.dit\b|\blsass\b.*\bdump|\bdump\b.*\b(?:lsass|hashes|credentials)\b",
    re.IGNORECASE,
)


def mask_secrets(text: str) -> str:
    """The text with every literal secret replaced by stars; the same object's text where there is none."""
    spoken = _sentences() if _SPOKEN_OF.search(text) else ()
    for pattern in (*_known_forms(), *spoken, *_accounts()):
        text = pattern.sub(_stars, text)
    return _ASSIGNED.sub(_stars_if_secret, text)


#: Who may read a file is no secret, what it holds is; a new one is none yet,
#: and neither is which machines have no password stored for them.
_HARMLESS = re.compile(
    r"\b(?:permissions?|mode|owner(?:ship)?|chmod|chown)\b[^.;,]{0,30}?/etc/shadow\b"
    r"|\b(?:give|assign|issue|get)\s+(?!me\b|us\b)[^.;,]{1,60}?\sa\s+(?:new|fresh|different|random)\s+(?:password|passphrase)\b"
    r"|\b(?:without|no|lack(?:s|ing)?|missing)\s+(?:an?\s+|any\s+)?(?:credentials?|passwords?|tokens?|secrets?)\b",
    re.IGNORECASE,
)


def secret_request(text: str) -> tuple[int, int] | None:
    """The span of the words that want stored passwords, keys or hashes shown; None where nothing does."""
    match = _TELL_ME.search(_HARMLESS.sub(lambda found: " " * len(found.group()), text))
    return match.span() if match else None


def refuse_secrets(what: str, value: Any) -> None:
    """Raise SecretGiven when a text holds a literal secret, or one in a list or a mapping does."""
    if isinstance(value, str):
        if mask_secrets(value) != value:
            raise SecretGiven(f"The {what} holds a secret. Nothing of it was kept.", remedy=CREDENTIAL_WAY)
    elif isinstance(value, dict):
        for entry in value.values():
            refuse_secrets(what, entry)
    elif isinstance(value, list | tuple):
        # The arguments of a command are read together: -u admin:… means something behind curl only.
        refuse_secrets(what, " ".join(entry for entry in value if isinstance(entry, str)))
        for entry in value:
            refuse_secrets(what, entry)


def _stars(match: re.Match[str]) -> str:
    start, end = match.span("secret")
    if match["secret"].startswith(STARS):
        return match.group()
    whole, offset = match.group(), match.start()
    return whole[: start - offset] + STARS + whole[end - offset :]


def _stars_if_secret(match: re.Match[str]) -> str:
    name = match["name"]
    if name.casefold() in _REFERENCE or _NO_SECRET.fullmatch(match["secret"]):
        return match.group()
    return _stars(match) if is_secretive(name) or _FOREIGN.fullmatch(name) else match.group()
