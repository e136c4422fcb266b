# SPDX-License-Identifier: Apache-2.0
"""Whether the path or the name in a reading is a file's or a folder's."""

import re

from opsconductor.domain.templates import ParameterType
from planner.matching import Match, all_matches
from planner.tokens import Kind, Token
from planner.vocabulary import Vocabulary

#: Equally good readings of "create /srv/x" and "create /srv/x.txt", and whether the path ends like a file.
BY_SUFFIX = {"file.mkdir": False, "file.touch": True}


def names_file(match: Match) -> bool:
    """Whether a plain word is read as a file of the library rather than as a text of its own."""
    return any(
        match.template.parameters[name].type is ParameterType.FILE and any(t.kind is Kind.WORD for t in f.tokens)
        for name, fillings in match.fillings.items()
        for f in fillings
    )


def has_suffix(match: Match, named: tuple[str, ...]) -> bool | None:
    """Whether a path ends like a file's; None where its ending may be a file's or a part of a folder's name."""
    values = [t.value for fillings in match.fillings.values() for f in fillings for t in f.tokens] or list(named)
    if all("." not in re.split(r"[\\/]", value.rstrip("\\/"))[-1] for value in values):
        return False
    return True if all(re.search(r"[^\\/.]\.[A-Za-z]\w{1,4}$", value) for value in values) else None


def from_library(
    matches: tuple[Match, ...], tokens: tuple[Token, ...], vocabulary: Vocabulary, files: frozenset[str]
) -> tuple[Match, ...]:
    """The readings; what is called like a file of the library is that file where the verb goes with files as well:
    "put motd on web-01"."""
    if len(matches) != 1 or matches[0].template.id != "package.install" or "package" not in matches[0].fillings:
        return matches
    if not any(t.value in files for f in matches[0].fillings["package"] for t in f.tokens):
        return matches
    copies = (m for m in all_matches(tokens, vocabulary, fixed=True) if m.template.id == "file.copy")
    copy = next((m for m in copies if "src" in m.fillings), None)
    return (copy,) if copy is not None else matches


def all_in(folder: str) -> str:
    """What stands for all that lies in a folder: /srv/old/*, C:\\Temp\\*."""
    if "*" in re.split(r"[\\/]", folder)[-1]:
        return folder
    sign = "/" if folder.startswith("/") else "\\"
    return folder.rstrip("/\\") + sign + "*"


def limits_files(tokens: tuple[Token, ...]) -> bool:
    """Whether a wildcard says which files are meant: without it all of them would be."""
    return any(t.kind is Kind.RANGE and t.text.startswith("*.") for t in tokens)
