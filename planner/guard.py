# SPDX-License-Identifier: Apache-2.0
"""The first look at a raw request: what is refused before anything is read out of it."""

import re
from dataclasses import dataclass

from opsconductor.domain.plans import Refusal
from planner.hazards import danger_at
from planner.masking import CREDENTIAL_WAY, STARS, mask_secrets, secret_request
from planner.tokens import Kind, tokenize

#: Longest request that is read, in characters.
LONGEST = 4000
#: Most words and signs that are read: a text as long as that has half as many.
MOST_TOKENS = 1200

_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|<%")
_SUBSTITUTION = re.compile(r"\$\(|\$\{")
_OPERATORS = re.compile(
    r"&&|\|\||(?<=\S)\||\|(?=\s*\w)|(?<=\w);(?=\S)"
    # Two orders may stand beside each other with a semicolon; a command line behind one is code.
    r"|;\s*(?:sudo\s+)?(?:rm|del|erase|rd|rmdir|dd|mkfs\S*|chmod|chown|curl|wget|nc|ncat|bash|sh|powershell|pwsh|cmd|"
    r"python\S*|perl|ruby|eval|exec|kill|pkill|shutdown|format|cat|ls|echo|tee|env|id)\s+[-/~$\"']"
    r"|;\s*(?:id|whoami|ls)\s*(?:$|;|on\b)"
    r"|\b(?:run|execute|invoke)\b(?:(?!\bon\b)[^;\n])*;\s*(?:cat|ls|echo|id|whoami|touch|mv|cp|tee|head|tail|env|type|dir)\b",
    re.IGNORECASE,
)
#: With surrogates that are not in pairs: bytes that are no text, which no JSON can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UPWARDS = re.compile(r"(?:^|[\s'\"/\\])\.\.[\\/]|[\\/]\.\.(?:[\s'\"]|$)")
_OVERRIDE = re.compile(
    r"\b(?:ignore|forget|disregard|override|bypass|skip)\b[^.;]{0,40}\b(?:rules?|instructions?|prompts?|polic(?:y|ies)|guidelines?|directives?|approvals?|guard\w*|restrictions?|safety)\b"
    r"|\b(?:disable|turn\s+off|switch\s+off|deactivate|suspend|lift|remove|drop)\s+(?:(?:the|all|any|every|your|its)\s+)*"
    r"(?:approvals?|safety(?:\s+checks?)?|guard\s?rails?)\b"
    r"|\byou are now\b|\bsystem prompt\b|\bact as (?:root|admin|an?\b)|\b(?:developer|god|jailbreak) mode\b",
    re.IGNORECASE,
)
_HOW = "Say it in words: one step per thing to do, names and paths as plain text."


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a request is refused: the rule, and the words in the masked text that broke it."""

    rule: str
    refusal: Refusal
    start: int | None = None
    end: int | None = None


def refusal_for(text: str) -> Refusal | None:
    """Why a request is refused unread; None when it may be read."""
    finding = finding_in(text)
    return finding.refusal if finding else None


def finding_in(text: str) -> Finding | None:
    """What the guard finds in a request; None when it may be read."""
    masked = mask_secrets(text)
    if STARS in masked:
        start = masked.index(STARS)
        secret = Refusal(
            reason="secrets",
            text=f"The request holds a secret. It was masked and is kept nowhere. {CREDENTIAL_WAY}",
        )
        return Finding("secret", secret, start, start + len(STARS))
    if span := secret_request(text):
        shown = Refusal(reason="secrets", text="Passwords, keys and credential stores are never shown.")
        return Finding("secret-shown", shown, *span)
    if danger := danger_at(text):
        what, start, end = danger
        refusal = Refusal(reason="dangerous", text=f"{what} OpsConductor never does that.")
        return Finding("dangerous", refusal, start, end)
    if code := _code_in(text):
        what, start, end = code
        refusal = Refusal(reason="injection", text=f"The request holds {what}, which is code and not data. {_HOW}")
        return Finding("code", refusal, start, end)
    if match := _OVERRIDE.search(text):
        refusal = Refusal(
            reason="injection",
            text="A request cannot change the rules of OpsConductor or grant an approval. Say only what shall be done.",
        )
        return Finding("override", refusal, *match.span())
    return _too_many_words(text)


def _too_many_words(text: str) -> Finding | None:
    """Whether a text is hardly more than signs."""
    if len(text) <= MOST_TOKENS or (count := len(tokenize(text))) <= MOST_TOKENS:
        return None
    told = f"The request has {count} words and signs; {MOST_TOKENS} are read. Say it shorter."
    return Finding("length", Refusal(reason="unsupported", text=told))


#: What is code wherever it stands.
_CODE = (
    ("a control character", _CONTROL),
    ("template braces", _BRACES),
    ("a shell substitution", _SUBSTITUTION),
    ("a step out of a folder (../)", _UPWARDS),
)


def _code_in(text: str) -> tuple[str, int, int] | None:
    for what, pattern in _CODE:
        if match := pattern.search(text):
            return what, *match.span()
    tokens = tokenize(text)
    plain = list(text)
    for token in tokens:
        if token.kind is Kind.URL:
            plain[token.start : token.end] = " " * (token.end - token.start)
    if match := _OPERATORS.search("".join(plain)):
        return "a shell operator", *match.span()
    quoting = next((t for t in tokens if t.kind is not Kind.CODE and "`" in t.text), None)
    return ("a back quote inside a word", quoting.start, quoting.end) if quoting else None
