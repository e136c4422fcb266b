# SPDX-License-Identifier: Apache-2.0
"""Names of variables that speak of a secret: what they hold would stand in the database, exports and git in clear."""

import re
from itertools import pairwise

#: A name's parts: dbPassword_2 is db, Password, 2.
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = frozenset(
    [
        "pass",
        "passes",
        "passwd",
        "passwds",
        "password",
        "passwords",
        "passphrase",
        "passphrases",
        "passcode",
        "secret",
        "secrets",
        "token",
        "tokens",
        "pwd",
        "pwds",
        "pw",
        "pws",
        "credential",
        "credentials",
        "creds",
        "apikey",
        "apikeys",
        "accesskey",
        "accesskeys",
        "privatekey",
        "privatekeys",
    ]
)
#: Two parts side by side.
_PAIRS = frozenset((first, last) for first in ("api", "access", "private") for last in ("key", "keys"))
#: Parts written as one word: dbpassword, rootpw.
_RUN_TOGETHER = re.compile(r"(passw(or)?d|passphrase|secret|token|credential)s?$|pwd?$")
#: The path of a key tells nothing.
_KEY_PATH = re.compile(r"(?i)private_?key_(file|path)$")


def is_secretive(name: str) -> bool:
    """Whether a variable of this name must be taken for a secret, wherever the word stands in it.

    Refusing one name too many costs another name; taking one too few costs the secret.
    """
    parts = [part.lower() for part in _PARTS.findall(_KEY_PATH.sub("", name))]
    return (
        not _SECRET.isdisjoint(parts)
        or any(_RUN_TOGETHER.search(part) for part in parts)
        or any(pair in _PAIRS for pair in pairwise(parts))
    )
