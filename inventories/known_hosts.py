# SPDX-License-Identifier: Apache-2.0
"""Reads known_hosts files of OpenSSH, plain and hashed."""

import base64
import hmac
from collections.abc import Iterable

from inventories.import_set import Findings, ImportSet, KnownHost
from opsconductor.domain.assets import Asset, ConnectionKind, HostKey
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.errors import InvalidInput


def read_known_hosts(text: str, source: str) -> ImportSet:
    """The entries of a known_hosts file; certificate authorities, revocations and wildcards are noted, not taken."""
    findings = Findings(source)
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            entry = _entry(number, line.split(), findings)
            if entry:
                entries.append(entry)
    findings.raise_if_any()
    return ImportSet(format="known_hosts", known_hosts=tuple(entries), notes=tuple(findings.notes))


def keys_of(asset: Asset, entries: Iterable[KnownHost]) -> tuple[HostKey, ...]:
    """The keys that a known_hosts file gives for an asset, found by its name and addresses at their ssh ports."""
    names = known_names(asset)
    found = {entry.key.public: entry.key for entry in entries if any(_matches(entry, name) for name in names)}
    return tuple(found.values())


def known_names(asset: Asset) -> frozenset[str]:
    """The names under which a known_hosts file would hold the asset's keys."""
    names = set()
    for connection in asset.connections:
        if connection.kind is ConnectionKind.SSH:
            port = connection.effective_port
            for host in (asset.name, asset.address, connection.address or asset.address):
                names.add(host.lower() if port == 22 else f"[{host.lower()}]:{port}")
    return frozenset(names)


def _entry(number: int, fields: list[str], findings: Findings) -> KnownHost | None:
    if fields[0].startswith("@"):
        findings.note(number, f"{fields[0]} entries are not used here; record the host's own key")
        return None
    if len(fields) < 3:
        findings.problem(number, "it is not 'names key-type key'")
        return None
    try:
        key = make_host_key(fields[1], fields[2])
    except InvalidInput:
        findings.problem(number, f"the key is damaged or no {fields[1]} key")
        return None
    if fields[0].startswith("|"):
        return _hashed(number, fields[0], key, findings)
    names = fields[0].lower().split(",")
    if patterns := [name for name in names if set("*?!") & set(name)]:
        findings.note(number, f"the pattern {patterns[0]!r} names no single host and is not used")
    plain = tuple(name for name in names if not set("*?!") & set(name))
    return KnownHost(line=number, names=plain, key=key) if plain else None


def _hashed(number: int, field: str, key: HostKey, findings: Findings) -> KnownHost | None:
    try:
        _, version, salt, digest = field.split("|")
        entry = KnownHost(line=number, salt=base64.b64decode(salt), digest=base64.b64decode(digest), key=key)
    except ValueError:
        findings.problem(number, "the hashed name is damaged")
        return None
    if version != "1":
        findings.problem(number, f"names hashed by method {version} are not known")
    return entry


def _matches(entry: KnownHost, name: str) -> bool:
    if entry.salt is not None and entry.digest is not None:
        # The format itself is HMAC-SHA1.
        return hmac.compare_digest(hmac.digest(entry.salt, name.encode(), "sha1"), entry.digest)
    return name in entry.names
