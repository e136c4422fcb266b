# SPDX-License-Identifier: Apache-2.0
"""What a name may be and how names sort. A name is plain text everywhere: it is shown, compared, never evaluated."""

import re
import unicodedata

from opsconductor.errors import InvalidInput

LONGEST_NAME = 200
LONGEST_TEXT = 2000
#: What a request may call a library file: nothing that a template, a shell or a target could take for more than text.
FILE_NAME = r"[^\W_][\w .+()@-]{0,200}"
FILE_NAME_WORDS = "letters, digits, blanks and . _ + - ( ) @, beginning with a letter or a digit"
_DIGITS = re.compile(r"[0-9]+")
_NUMBERS = re.compile(r"(\d+)")


class InvalidName(InvalidInput):
    """The name cannot be used."""

    code = "invalid-name"


def normal(text: str) -> str:
    """The one spelling under which equal-looking text is stored and looked up (Unicode NFC)."""
    return unicodedata.normalize("NFC", text)


def check_name(name: str, noun: str) -> str:
    """The name as it is stored; `noun` ("asset", "asset group"…) is for the message. Raises InvalidName."""
    name = normal(name)
    fault = _fault(name)
    if fault is None:
        return name
    shown = name if len(name) <= 60 else name[:57] + "…"
    raise InvalidName(
        f"{shown!a} cannot be the name of {article(noun)} {noun}: {fault}.",
        remedy=f"Give 1 to {LONGEST_NAME} printable characters that begin and end with something other than a blank.",
    )


def _fault(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > LONGEST_NAME:
        return f"it has {len(name)} characters, {LONGEST_NAME} are allowed"
    if not name.isprintable():
        return "it holds control or invisible characters"
    if name != name.strip():
        return "it begins or ends with a blank"
    return None


def check_file_name(name: str) -> str:
    """A library file's name: also a single file name on disk and on the target. Raises InvalidName."""
    name = check_name(name, "file")
    if "/" in name or "\\" in name or name in (".", ".."):
        raise InvalidName(
            f"{name!r} cannot be the name of a file: it must be one name, without a folder.",
            remedy="Give the last part of the path, for example with --name app.exe.",
        )
    if not re.fullmatch(FILE_NAME, name):
        raise InvalidName(
            f"{name!r} cannot be the name of a file: no request could name it.",
            remedy=f"Give it another name with --name. It may hold {FILE_NAME_WORDS}.",
        )
    if len(name.encode()) > 255:
        raise InvalidName(
            f"{name[:40] + '…'!r} cannot be the name of a file: it has {len(name.encode())} bytes, 255 are allowed.",
            remedy="Give a shorter name with --name.",
        )
    return name


def check_text(text: str | None, what: str, *, longest: int = LONGEST_TEXT) -> str | None:
    """Free text on one line (a description, a role, a user); blank becomes None. Raises InvalidInput."""
    if text is None or not text.strip():
        return None
    text = normal(text.strip())
    if len(text) > longest:
        raise InvalidInput(
            f"The {what} has {len(text)} characters, {longest} are allowed.", remedy=f"Shorten the {what}."
        )
    if not text.isprintable():
        raise InvalidInput(
            f"The {what} {text[:60]!a} holds control or invisible characters.",
            remedy="Give it as one line of printable text.",
        )
    return text


def check_user(user: str | None) -> str | None:
    """A login name; blank becomes None. It stands on command lines, so it is never an option. Raises InvalidInput."""
    user = check_text(user, "user", longest=LONGEST_NAME)
    if user is not None and user.startswith("-"):
        raise InvalidInput(f"{user!a} cannot be a user: it begins with a hyphen.", remedy="Give the login name.")
    return user


def article(noun: str) -> str:
    """ "an" before a vowel, else "a"."""
    return "an" if noun[:1].lower() in "aeiou" else "a"


def sort_key(name: str) -> str:
    """A text whose plain order is the natural order of names: web2 before web10, case ignored.

    Every run of digits becomes its length and the digits without leading zeros.
    """
    return _DIGITS.sub(_sortable, name.casefold())


def natural_key(name: str) -> tuple[str | int, ...]:
    """Sorts web-2 before web-10, and capitals before small letters."""
    parts: list[str | int] = [*_NUMBERS.split(name)]
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)


def _sortable(run: re.Match[str]) -> str:
    digits = run.group().lstrip("0") or "0"
    return f"{len(digits):03d}{digits}"
