# SPDX-License-Identifier: Apache-2.0
"""What a command meets in its environment, told like our own errors: a message, a remedy, an exit code."""

import tomllib

from pydantic import ValidationError
from pydantic_settings import SettingsError

from opsconductor.errors import Broken, InvalidInput, OpsConductorError

_CONFIG = "OPSCONDUCTOR_CONFIG, else /etc/opsconductor.toml"


def told(error: Exception) -> OpsConductorError | None:
    """The error of ours that says the same; None for one that nobody foresaw. A given value is never repeated."""
    if isinstance(error, ValidationError) and error.title == "Settings":
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        return InvalidInput(
            f"The settings cannot be used: {faults}.",
            remedy=f"Correct the variable OPSCONDUCTOR_<NAME> or the settings file ({_CONFIG}).",
        )
    if isinstance(error, SettingsError):
        return InvalidInput(f"The settings cannot be used: {error}.", remedy='A list is given as JSON: \'["a", "b"]\'.')
    if isinstance(error, tomllib.TOMLDecodeError):
        return InvalidInput(f"The settings file is no TOML: {error}.", remedy=f"Correct it ({_CONFIG}).")
    if isinstance(error, UnicodeEncodeError):
        return InvalidInput("What was given holds bytes that are no UTF-8 text.", remedy="Write it anew, in UTF-8.")
    if isinstance(error, OSError):
        return _system(error)
    return _database(error)


def _system(error: OSError) -> Broken:
    place = f"{error.filename}: " if error.filename else ""
    return Broken(
        f"The system refused: {place}{error.strerror or error}.",
        remedy="See that this user may read and write there, that there is space, and that OPSCONDUCTOR_HOME is right.",
    )


def _database(error: Exception) -> OpsConductorError | None:
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        return None
    # The driver's words only: the statement and its values say too much.
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "it gave no reason"
    return Broken(
        f"The database could not be used: {said}.",
        remedy="See that it runs and that this user may write to it: OPSCONDUCTOR_DATABASE_URL, else the file in HOME.",
    )
