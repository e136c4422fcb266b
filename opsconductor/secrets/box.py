# SPDX-License-Identifier: Apache-2.0
"""Sealing secrets for storage: AES-256-GCM with a key of its own for every sealing.

A sealed secret is text: `1:<key id>:<base64 of salt, nonce, ciphertext and tag>`. The key is derived from the master
key by HKDF-SHA256 with the salt; place (table, row, field) and key id are authenticated, so a sealed secret opens in
its own row only. The key id tells which master key is needed, so that several can be in use while one replaces another.
"""

import base64
import binascii
import hashlib
import json
import os

from opsconductor.domain.base import Frozen
from opsconductor.errors import Broken

FORMAT = "1"
_SALT, _NONCE, _TAG = 32, 12, 16


class SealBroken(Broken):
    """A stored secret cannot be opened."""

    code = "seal-broken"


class Place(Frozen):
    """Where a sealed secret is stored."""

    table: str
    row: str
    field: str


class Box:
    """Seals and opens with one master key of 32 bytes. cryptography is loaded with the first one: most commands
    never open a secret."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key
        #: Names the master key without telling anything about it: 16 hex digits.
        self.key_id = hashlib.sha256(b"opsconductor key id\0" + self._derive(b"", b"key id")).hexdigest()[:16]

    def seal(self, plain: str, place: Place) -> str:
        """The sealed text; the same secret sealed twice gives two different texts."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
        bound = _bound(place, self.key_id)
        ciphertext = AESGCM(self._derive(salt, bound)).encrypt(nonce, plain.encode(), bound)
        return ":".join((FORMAT, self.key_id, base64.b64encode(salt + nonce + ciphertext).decode()))

    def open(self, sealed: str, place: Place) -> str:
        """The secret. Raises SealBroken for another master key, a changed text or another place."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        form, key_id, body = _parts(sealed, place)
        if form != FORMAT:
            raise SealBroken(
                f"The secret in {_shown(place)} is sealed in a form this version does not know.",
                remedy="Use the version of OpsConductor that wrote it, or a newer one.",
            )
        if key_id != self.key_id:
            raise SealBroken(
                f"The secret in {_shown(place)} is sealed with master key {key_id}, in use is {self.key_id}.",
                remedy="Put back the master key this database belongs to (OPSCONDUCTOR_MASTER_KEY or master.key in "
                "HOME), or give the secret anew: `opsc credentials replace`.",
            )
        salt, nonce, ciphertext = body[:_SALT], body[_SALT : _SALT + _NONCE], body[_SALT + _NONCE :]
        bound = _bound(place, key_id)
        try:
            return AESGCM(self._derive(salt, bound)).decrypt(nonce, ciphertext, bound).decode()
        except InvalidTag:
            raise _damaged(place) from None

    def _derive(self, salt: bytes, info: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"opsconductor\0" + info).derive(self._master_key)


def _bound(place: Place, key_id: str) -> bytes:
    """The associated data; JSON keeps the borders between the parts."""
    return json.dumps([FORMAT, key_id, place.table, place.row, place.field]).encode()


def _parts(sealed: str, place: Place) -> tuple[str, str, bytes]:
    try:
        form, key_id, body = sealed.split(":")
        raw = base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error):
        raise _damaged(place) from None
    if len(raw) < _SALT + _NONCE + _TAG:
        raise _damaged(place)
    return form, key_id, raw


def _damaged(place: Place) -> SealBroken:
    return SealBroken(
        f"The secret in {_shown(place)} was changed or damaged since it was stored.",
        remedy="Find out who changed the database; then give the secret anew: `opsc credentials replace`.",
    )


def _shown(place: Place) -> str:
    return f"{place.table}, row {place.row}"
