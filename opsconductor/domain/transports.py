# SPDX-License-Identifier: Apache-2.0
"""Which ways to log in to Windows this installation offers."""

from collections.abc import Mapping

from opsconductor.errors import Refused, Unsupported

#: What `transport` may be; the first is what is used when nothing is said.
TRANSPORTS = ("ntlm", "basic", "certificate")
#: What other tools offer as well; the locked environment has no libraries for it.
WITHOUT_LIBRARY = {"kerberos": "Kerberos", "credssp": "CredSSP"}


def check_transport(settings: Mapping[str, str]) -> None:
    """Refuse a transport that cannot work or would send a password in clear; `settings` are a connection's.

    Raises Unsupported, Refused.
    """
    transport = settings.get("transport", "")
    if transport in WITHOUT_LIBRARY:
        raise Unsupported(
            f"{WITHOUT_LIBRARY[transport]} is not supported: its libraries are not part of this installation.",
            remedy=f"Use one of {', '.join(TRANSPORTS)}.",
        )
    if transport == "basic" and settings.get("scheme") == "http":
        raise Refused(
            "Basic over http would send the password and all that follows in clear.",
            remedy="Use scheme=https, or transport=ntlm, which encrypts over http as well.",
        )
