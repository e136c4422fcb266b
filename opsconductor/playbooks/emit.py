# SPDX-License-Identifier: Apache-2.0
"""Writes playbook data as YAML: one fixed layout, so that the same data is the same bytes and every line is known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

#: Text that reads better without quotes and means itself in YAML 1.1; everything else is quoted.
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_ ./()=!<>%+,·'-]*[A-Za-z0-9_/()'%+]|[A-Za-z/]")
#: Characters YAML takes as they are inside double quotes.
_PRINTABLE = re.compile("[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\u2028": "\\L", "\u2029": "\\P"}
#: Characters of one line of quoted text; longer values go on in the next line.
_WIDTH = 100
_RESOLVER = yaml.resolver.Resolver()


@dataclass(frozen=True)
class Unsafe:
    """A value from outside: written with `!unsafe`, so that Ansible never evaluates it and takes it for what it is."""

    value: Any


def emit(data: Any, indent: int = 0) -> list[str]:
    """The lines of a mapping or list, `indent` spaces in. Mappings keep their order."""
    return list(_block(data, " " * indent))


def quoted(text: str, pad: str = "") -> str:
    """The text in double quotes; long text is broken with escaped line ends, `pad` before each further line."""
    pieces, length = [""], 0
    for character in text:
        if length >= _WIDTH:
            pieces.append("\\ " if character == " " else _escape(character))
            length = 1
        else:
            pieces[-1] += _escape(character)
            length += 1
    return f'"{f"{chr(92)}{chr(10)}{pad}".join(pieces)}"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _PRINTABLE.fullmatch(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _block(data: Any, pad: str) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _entry(f"{pad}{_scalar(key, pad)}:", value, pad + "  ")
    else:
        for item in data:
            lines = list(_block(item, pad + "  ")) if isinstance(item, dict) and item else None
            if lines:
                yield f"{pad}- {lines[0].lstrip(' ')}"
                yield from lines[1:]
            else:
                yield from _entry(f"{pad}-", item, pad + "  ")


def _entry(head: str, value: Any, pad: str) -> Iterator[str]:
    """`head` with its value behind it, or below it where it is a filled mapping or list or a text of several lines."""
    tag = ""
    if isinstance(value, Unsafe):
        tag, value = " !unsafe", value.value
    if isinstance(value, dict | list) and value:
        yield head + tag
        yield from _block(value, pad)
    elif isinstance(value, str) and "\n" in value and not tag and _literal(value):
        yield f"{head} |" if value.endswith("\n") else f"{head} |-"
        yield from (pad + line if line else "" for line in value.rstrip("\n").split("\n"))
    elif isinstance(value, str) and tag:
        # Ansible reads a tagged text as if it had no quotes. What would then be a number or null holds no template.
        tag = tag if is_text(value) else ""
        yield from f"{head}{tag} {quoted(value, pad)}".split("\n")
    elif isinstance(value, str) and len(value) > _WIDTH and (folded := _folded(value)):
        yield f"{head} >-"
        yield from (pad + line for line in folded)
    else:
        yield from f"{head}{tag} {_scalar(value, pad)}".split("\n")


def _literal(text: str) -> bool:
    """Whether a block scalar carries the text unchanged."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    return (
        bool(body)
        and ends <= 1
        and not body.startswith((" ", "\n"))
        and all(_PRINTABLE.fullmatch(c) for c in body if c != "\n")
    )


def _folded(text: str) -> list[str]:
    """The lines of a folded block scalar, broken at single blanks; empty where that would change the text."""
    if not text[0].strip() or not text[-1].strip() or any(not _PRINTABLE.fullmatch(c) for c in text):
        return []
    lines = [""]
    for word in _words(text):
        if lines[-1] and len(lines[-1]) + len(word) >= _WIDTH:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return lines if max(map(len, lines)) <= _WIDTH + 30 else []


def _words(text: str) -> list[str]:
    """The text at its single blanks; in an expression what stands in quotes is kept whole, and `}}` never alone."""
    words: list[str] = []
    for word in re.split(r"(?<=\S) (?=\S)", text):
        if "{{" in text and words and (word == "}}" or words[-1].count("'") % 2):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _scalar(value: Any, pad: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    text = str(value)
    plain = _PLAIN.fullmatch(text) and len(text) <= _WIDTH and is_text(text)
    return text if plain else quoted(text, pad)


def is_text(text: str) -> bool:
    """Whether YAML 1.1, which Ansible reads, takes the bare word as text (and not as yes, null or a number)."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return bool(tag == "tag:yaml.org,2002:str")
