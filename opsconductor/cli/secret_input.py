# SPDX-License-Identifier: Apache-2.0
"""Where the CLI takes secrets from: a hidden prompt, a file or standard input; never an argument."""

import sys
from pathlib import Path

import typer
from pydantic import SecretStr

from opsconductor.errors import InvalidInput

_LARGEST = 1 << 20


def read_secret(what: str, *, file: Path | None, stdin: bool, confirm: bool = False) -> SecretStr:
    """The secret from the file, from standard input, or from a hidden prompt on a terminal. Raises InvalidInput."""
    if file is not None and stdin:
        raise InvalidInput(f"The {what} is given twice.", remedy="Use either --from-file or --stdin.")
    if file is not None:
        return SecretStr(_without_last_break(read_text(file, what)))
    if stdin:
        return SecretStr(_without_last_break(_decode(sys.stdin.buffer.read(_LARGEST), what, "standard input")))
    return prompt(what, confirm=confirm)


def prompt(what: str, *, confirm: bool = False, instead: str = "--from-file FILE or --stdin") -> SecretStr:
    """The secret from a hidden prompt. Raises InvalidInput, which names the options `instead`, without a terminal."""
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"There is no terminal to ask for the {what}.",
            remedy=f"Give it with {instead}.",
        )
    return SecretStr(typer.prompt(what.capitalize(), hide_input=True, confirmation_prompt=confirm, err=True))


def read_text(file: Path, what: str) -> str:
    """The text of a file. Raises InvalidInput when it cannot be read, is too large or no text."""
    try:
        with file.open("rb") as stream:
            return _decode(stream.read(_LARGEST), what, str(file))
    except OSError as error:
        raise InvalidInput(
            f"The {what} cannot be read from {file}: {error.strerror}.", remedy="Give a file you may read."
        ) from None


def _decode(data: bytes, what: str, place: str) -> str:
    if len(data) == _LARGEST:
        raise InvalidInput(f"The {what} in {place} is too large.", remedy="Give the right file.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"The {what} in {place} is no UTF-8 text.", remedy="Give a text file.") from None


def _without_last_break(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
