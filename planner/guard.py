# SPDX-License-Identifier: Apache-2.0
"""The first look at a raw request: what is refused before anything is read out of it."""

import re

from opsconductor.domain.plans import Refusal
from planner.hazards import danger_in
from planner.masking import CREDENTIAL_WAY, asks_for_secrets, mask_secrets
from planner.tokens import Kind, tokenize

#: Longest request that is read, in characters.
LONGEST = 4000

_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|<%")
_SUBSTITUTION = re.compile(r"\$\(|\$\{")
_OPERATORS = re.compile(
    r"&&|\|\||(?<=\S)\||\|(?=\s*\w)|(?<=\w);(?=\S)"
    # Two orders may stand beside each other with a semicolon; a command line behind one is code.
    r"|;\s*(?:sudo\s+)?(?:rm|del|erase|rd|rmdir|dd|mkfs\S*|chmod|chown|curl|wget|nc|ncat|bash|sh|powershell|pwsh|cmd|"
    r"python\S*|perl|ruby|eval|exec|kill|pkill|shutdown|format)\s+[-/~$\"']",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_UPWARDS = re.compile(r"(?:^|[\s'\"/\\])\.\.[\\/]|[\\/]\.\.(?:[\s'\"]|$)")
_OVERRIDE = re.compile(
    r"\b(?:ignore|forget|disregard|override|bypass|skip)\b[^.;]{0,40}\b(?:rules?|instructions?|prompts?|polic(?:y|ies)|approvals?|guard\w*|restrictions?|safety)\b"
    r"|\byou are now\b|\bsystem prompt\b|\bact as (?:root|admin|an?\b)|\b(?:developer|god|jailbreak) mode\b",
    re.IGNORECASE,
)
_HOW = "Say it in words: one step per thing to do, names and paths as plain text."


def refusal_for(text: str) -> Refusal | None:
    """Why a request is refused unread; None when it may be read."""
    if mask_secrets(text) != text:
        return Refusal(
            reason="secrets",
            text=f"The request holds a secret. It was masked and is kept nowhere. {CREDENTIAL_WAY}",
        )
    if asks_for_secrets(text):
        return Refusal(reason="secrets", text="Passwords, keys and credential stores are never shown.")
    if what := danger_in(text):
        return Refusal(reason="dangerous", text=f"{what} OpsConductor never does that.")
    if what := _code_in(text):
        return Refusal(reason="injection", text=f"The request holds {what}, which is code and not data. {_HOW}")
    if _OVERRIDE.search(text):
        return Refusal(
            reason="injection",
            text="A request cannot change the rules of OpsConductor or grant an approval. Say only what shall be done.",
        )
    return None


def _code_in(text: str) -> str | None:
    if _CONTROL.search(text):
        return "a control character"
    if _BRACES.search(text):
        return "template braces"
    if _SUBSTITUTION.search(text):
        return "a shell substitution"
    if _UPWARDS.search(text):
        return "a step out of a folder (../)"
    tokens = tokenize(text)
    plain = list(text)
    for token in tokens:
        if token.kind is Kind.URL:
            plain[token.start : token.end] = " " * (token.end - token.start)
    if _OPERATORS.search("".join(plain)):
        return "a shell operator"
    if any(t.kind is not Kind.CODE and "`" in t.text for t in tokens):
        return "a back quote inside a word"
    return None
