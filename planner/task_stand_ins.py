# SPDX-License-Identifier: Apache-2.0
"""Stand-ins: literals that the planner reads in the place of what a task's name says in a form of its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from planner.task_words import BARE_FILE, BARE_FOLDER, GENERIC, NO_FILE, ON_FILES, ON_NAMES

#: Words of the longest display name.
_LONGEST_NAME = 6
_VARIABLE = re.compile(r"[\"'`]?[^\s\"'`{]*(?:\{\{.*?\}\}[^\s\"'`{]*)+[\"'`]?|[\"'`]?<[\w -]+>[\"'`]?")
_OF_FILES = re.compile(r"(?i)\b(?:files?|director(?:y|ies)|folders?|dir|path|permissions?|symlinks?|links?|exists?)\b")
_OUTSIDE_FILE = re.compile(rf"['\"](?P<quoted>{BARE_FILE})['\"]|'[^']*'|\"[^\"]*\"|(?P<name>{BARE_FILE})")
_OUTSIDE_FOLDER = re.compile(rf"(?P<quoted>(?!))|'[^']*'|\"[^\"]*\"|(?P<name>{BARE_FOLDER})", re.IGNORECASE)
#: Behind a display name they show that the name it is handled by follows: "Docker CE package docker-ce".
_NAMED_BEHIND = re.compile(
    r"\s+(?:package|service|feature|daemon)s?\s+(?!is\b|are\b|to\b|on\b|for\b|from\b|if\b|has\b|and\b)['\"\w]"
)
#: Where a file is put that is named without its folder, so that the planner reads a path.
_FOLDER = "/srv/"
_FORMS = ('"{}"', f"{_FOLDER}{{}}", "{}")
#: "Ensure Windows Update service is running": all of it is the service's name.
_SHOWN_SERVICE = re.compile(
    r"(?:[Ee]nsure|[Ss]tart|[Ss]top|[Rr]estart|[Ee]nable|[Dd]isable|[Vv]erify|[Cc]heck|[Rr]eload)\s+(?:the\s+)?"
    r"(?P<name>[A-Z][\w.+-]*(?:\s+[A-Z][\w.+-]*)+)(?=\s+service\b)"
)
_NO_SERVICE = re.compile(r"\b(?:Required|Needed|All|Unnecessary|Unused|Start|Stop|Enable|And|Status)\b")
_TITLE = re.compile(r"\.?[A-Z][\w.+#-]*")


@dataclass(frozen=True, slots=True)
class TaskReading:
    """One request that a task's name may stand for; `names`: what its stand-ins stand for, None for a variable."""

    text: str
    names: Mapping[str, Any] = field(default_factory=dict)

    def saying(self, text: str) -> "TaskReading":
        """The reading with another text."""
        return replace(self, text=text)

    def holding(self, kind: "TaskReading") -> "TaskReading":
        """A reading of this one's text, with what both stand for."""
        inner = {
            word: self.names.get(said, said) if isinstance(said, str) else said for word, said in kind.names.items()
        }
        return TaskReading(kind.text, {**self.names, **inner})

    def said(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a plan as the name says them, without those that it leaves to a variable."""
        return {name: said for name, value in params.items() if (said := self._one(value)) not in (None, [])}

    def _one(self, value: Any) -> Any:
        if isinstance(value, list):
            return [said for part in value if (said := self._one(part)) is not None]
        return self.names.get(value, value) if isinstance(value, str) else value


def stand_in(number: int) -> str:
    """A word that no vocabulary holds."""
    return f"nom{chr(ord('a') + number % 26) * (number // 26 + 2)}x"


def with_stand_ins(text: str) -> Iterator[TaskReading]:
    """A name in which stand-ins take the place of variables, files without a folder and display names."""
    variables = _VARIABLE.findall(text)
    if not variables:
        yield _named(TaskReading(text))
        return
    for form in _FORMS if _OF_FILES.search(text) is None else (_FORMS[1], _FORMS[0], _FORMS[2]):
        names: dict[str, Any] = {}

        def take(_: re.Match[str], form: str = form, names: dict[str, Any] = names) -> str:
            word = form.format(stand_in(len(names) + 1))
            names[word.strip('"')] = None
            return word

        yield _named(TaskReading(_VARIABLE.sub(take, text), names))


def _named(reading: TaskReading) -> TaskReading:
    """The reading with stand-ins for bare files and folders, or for display names of several words."""
    text = reading.text
    names = dict(reading.names)
    if ON_FILES.search(text) and not NO_FILE.search(text):

        def placed(match: re.Match[str]) -> str:
            if (found := match["name"] or match["quoted"]) is None:
                return match[0]
            names[path := f"{_FOLDER}{found}"] = found
            return path + (match[0][len(found) :] if match["name"] else "")

        text = _OUTSIDE_FOLDER.sub(placed, _OUTSIDE_FILE.sub(placed, text))
    if text == reading.text and (shown := _SHOWN_SERVICE.match(text)) and not _NO_SERVICE.search(shown["name"]):
        names[word := stand_in(len(names) + 1)] = shown["name"]
        text = f"{text[: shown.start('name')]}{word}{text[shown.end('name') :]}"
    if text == reading.text and (verb := ON_NAMES.match(text)):
        for start, end in reversed(_display_names(text, verb.end())):
            word = stand_in(len(names) + 1)
            names[word] = text[start:end]
            text = f"{text[:start]}{word}{text[end:]}"
    return TaskReading(text, names)


def _display_names(text: str, at: int) -> list[tuple[int, int]]:
    """Where names of several words stand, each with a capital letter: "Google Chrome", "Remote Desktop Services"."""
    found: list[tuple[int, int]] = []
    run: list[re.Match[str]] = []

    def close() -> None:
        if 1 < len(run) <= _LONGEST_NAME and not _NAMED_BEHIND.match(text, run[-1].end()):
            found.append((run[0].start(), run[-1].end()))
        run.clear()

    for word in re.finditer(r"[^\s,;()]+", text):
        if word.start() < at:
            continue
        if run and text[run[-1].end() : word.start()] != " ":
            close()
        if (len(run) > 1 and word[0] == "Services") or (
            _TITLE.fullmatch(word[0]) and word[0].casefold().rstrip(".") not in GENERIC
        ):
            run.append(word)
        else:
            close()
    close()
    return found
