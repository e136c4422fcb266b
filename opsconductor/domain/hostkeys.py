# SPDX-License-Identifier: Apache-2.0
"""Making a host key from what known_hosts or a server gives."""

import base64
import binascii
import hashlib

from opsconductor.domain.assets import HostKey
from opsconductor.errors import InvalidInput


class InvalidHostKey(InvalidInput):
    """The SSH host key cannot be read."""

    code = "invalid-host-key"


def make_host_key(kind: str, public: str) -> HostKey:
    """A host key with its fingerprint from the key type and the base64 body. Raises InvalidHostKey."""
    try:
        body = base64.b64decode(public, validate=True)
    except (ValueError, binascii.Error):
        raise InvalidHostKey(
            "The SSH host key is not base64.", remedy="Give the key as it stands in known_hosts, without line breaks."
        ) from None
    length = int.from_bytes(body[:4])
    if body[4 : 4 + length] != kind.encode() or len(body) <= 4 + length:
        raise InvalidHostKey(
            f"The SSH host key is not of the type {kind[:40]!a} it is said to be.",
            remedy="Give type and key from the same line of known_hosts.",
        )
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return HostKey(kind=kind, public=public, fingerprint=f"SHA256:{digest}")
