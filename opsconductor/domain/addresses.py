# SPDX-License-Identifier: Apache-2.0
"""Addresses: a host name, an IPv4 or an IPv6 address. They reach SSH's command line, so nothing else passes."""

import ipaddress
import re

from opsconductor.errors import InvalidInput

# Underscores are not in the standard and yet in many Windows networks.
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBERS = re.compile(r"[0-9.]+")


class InvalidAddress(InvalidInput):
    """The address cannot be used."""

    code = "invalid-address"


def check_address(address: str) -> str:
    """The address as it is stored: IP addresses in their shortest form. Raises InvalidAddress."""
    text = address.strip()
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare or _NUMBERS.fullmatch(bare):
        host, percent, zone = bare.partition("%")
        try:
            ip = ipaddress.ip_address(host)
        except ValueError:
            raise _invalid(address) from None
        if percent and not _LABEL.fullmatch(zone):
            raise _invalid(address)
        return f"{ip.compressed}%{zone}" if percent else ip.compressed
    name = bare.removesuffix(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise _invalid(address)
    return name


def _invalid(address: str) -> InvalidAddress:
    return InvalidAddress(
        f"{address[:80]!a} is no address.",
        remedy="Give a host name (web1.example.com), an IPv4 (192.0.2.10) or an IPv6 address (2001:db8::10); "
        "a port belongs to the connection.",
    )
