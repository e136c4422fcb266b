# SPDX-License-Identifier: Apache-2.0
"""Amounts as people write them: "10%", "10 GB", "80". Pure."""

import re

from opsconductor.domain.answers import Unit
from opsconductor.errors import InvalidInput

#: Names of the powers of 1024.
_UNITS = ("B", "KB", "MB", "GB", "TB")
_AMOUNT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|per ?cent|[A-Za-z]*)")
#: A unit's first letter → bytes. GB and GiB are the same: what df, free and Windows call a GB is 1024 MB.
_SIZES = {letter: 1024**power for power, letter in enumerate("bkmgtp")}
_SIZE = re.compile(r"([kmgtp]?)i?b?|(kilo|mega|giga|tera|peta)?(?:bytes?)?", re.IGNORECASE)
_PERCENT = frozenset({"", "%", "percent", "per cent"})


def amount(text: str) -> tuple[float, Unit]:
    """The number in per cent or bytes; a bare number is one of per cent. Raises InvalidInput."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is not None:
        number, unit = float(found["number"]), found["unit"].lower()
        if unit in _PERCENT:
            return number, Unit.PERCENT
        if size := _SIZE.fullmatch(unit):
            letter = (size[1] or size[2] or "b")[0]
            return number * _SIZES[letter], Unit.BYTES
    raise InvalidInput(f"{text!a} is no percentage and no size.", remedy="Write it as 10% or 10 GB.")


def portion(done: int, size: int) -> str:
    """ "23.1 MB of 45.2 MB": both in the unit of the whole, a MB being 1024 KB."""
    power = min((max(size, 1).bit_length() - 1) // 10, len(_UNITS) - 1)
    digits = 1 if power else 0
    return " of ".join(f"{count / 1024**power:.{digits}f} {_UNITS[power]}" for count in (done, size))
