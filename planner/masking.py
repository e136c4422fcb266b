# SPDX-License-Identifier: Apache-2.0
"""Secrets in a request: found, and replaced by stars before the text is kept anywhere."""

import re

STARS = "•••"

_NOT_A_VALUE = (
    r"(?:on|for|of|in|at|to|from|the|a|an|is|are|was|and|or|by|with|that|this|polic(?:y|ies)|files?|manager|reset|changes?|"
    r"rotation|expiry|expiration|hash|hashes|prompt|protected|store|vault|server|service|please|via|using|when|if|auth|"
    r"authentication|login|based|length|age|history|accounts?|field|agent|ring|bucket|it|them|all|every|never|must|should|"
    r"will|be|has|have|not|no|app|application)(?=[\s.,;:?!]|$)"
)
_WORD = (
    r"(?:pass(?:word|wd|phrase)|passwd|pwd|secret(?:\s+key)?|(?:access|auth|bearer|api)[\s_-]?(?:token|key)|token|"
    r"pin\s?code)"
)
_PATTERNS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_WORD}s?\s*(?:=|:)\s*(?P<secret>'[^'\n]+'|\"[^\"\n]+\"|\S+)",
        rf"\b{_WORD}s?\s+(?:is|as|to)\s+(?!{_NOT_A_VALUE})(?P<secret>'[^'\n]+'|\"[^\"\n]+\"|\S+)",
        rf"\b(?:set|change|reset|update|make)\b[^.;\n]{{0,60}}?\b{_WORD}s?\s+(?:of|for)\s+(?:\S+\s+){{1,5}}?(?:to|as|is|=)\s+"
        rf"(?!{_NOT_A_VALUE}|generate|random|expire)(?P<secret>'[^'\n]+'|\"[^\"\n]+\"|\S+)",
        rf"\b{_WORD}\s+(?:of\s+)?(?P<secret>'[^'\n]+'|\"[^\"\n]+\")",
        rf"\b(?:with|using|use|and)\s+(?:the\s+|a\s+)?{_WORD}\s+(?!{_NOT_A_VALUE})(?P<secret>[^\s,;]+)",
        rf"\b{_WORD}\s+(?!{_NOT_A_VALUE})(?P<secret>(?=[^\s,;]*[\d!@#$%^&*])[^\s,;]+)",
        r"://[^\s/:@]+:(?P<secret>[^\s/@]+)@",
        r"\b(?P<secret>AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abp]-[A-Za-z0-9-]{10,})\b",
        r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*)",
    )
)
_TELL_ME = re.compile(
    r"\b(?:what(?:'s|\s+is|\s+are)|show|print|list|tell|give|dump|reveal|display|export|read|get|cat|send|email|extract|steal|output)\b[^.;]*"
    r"\b(?:passwords?|passphrases?|credentials?|secrets?|private\s+keys?|api\s+keys?|tokens?|/etc/shadow|ntds\.dit|lsass|sam\s+hive|id_rsa|vault\s+contents?|master\s+key)\b"
    r"|\b(?:show|print|list|cat|read|get|fetch|copy|send|dump|display|tail|head|type|download|collect|open)\b.*"
    r"\bid_(?:rsa|ed25519|ecdsa|dsa)\b(?!\.pub)"
    r"|/etc/shadow\b|\bmimikatz\b|\bntds\.dit\b|\blsass\b.*\bdump|\bdump\b.*\b(?:lsass|hashes|credentials)\b",
    re.IGNORECASE,
)


def mask_secrets(text: str) -> str:
    """The text with every literal secret replaced by stars; the same object's text where there is none."""
    for pattern in _PATTERNS:
        text = pattern.sub(_stars, text)
    return text


#: Who may read a file is no secret, what it holds is.
_RIGHTS = re.compile(r"\b(?:permissions?|mode|owner(?:ship)?|chmod|chown)\b[^.;,]{0,30}?/etc/shadow\b", re.IGNORECASE)


def secret_request(text: str) -> tuple[int, int] | None:
    """The span of the words that want stored passwords, keys or hashes shown; None where nothing does."""
    match = _TELL_ME.search(_RIGHTS.sub(lambda found: " " * len(found.group()), text))
    return match.span() if match else None


def _stars(match: re.Match[str]) -> str:
    start, end = match.span("secret")
    whole, offset = match.group(), match.start()
    return whole[: start - offset] + STARS + whole[end - offset :]
