# SPDX-License-Identifier: Apache-2.0
"""Questions about machines: which there are, in which groups, what they run, how they are reached, what they lack."""

import re

from opsconductor.domain.base import Platform
from opsconductor.domain.plans import Selector
from planner.asking import Asking, words_of
from planner.tokens import Kind
from planner.words import MACHINES

INTENT = "inventory.query"

_SYSTEMS = {"windows": Platform.WINDOWS, "linux": Platform.LINUX, "unix": Platform.LINUX}
_DISTRIBUTIONS = {
    "ubuntu": "Ubuntu", "debian": "Debian", "rhel": "RHEL", "centos": "CentOS", "rocky": "Rocky", "sles": "SLES",
    "fedora": "Fedora", "almalinux": "AlmaLinux", "alma": "Alma", "oracle": "Oracle", "suse": "SUSE",
    "opensuse": "openSUSE", "alpine": "Alpine", "arch": "Arch", "amazon": "Amazon",
}  # fmt: skip
_BEHIND = frozenset({"linux", "server", "enterprise", "stream", "leap", "lts"})
_CONNECTIONS = frozenset({"ssh", "winrm", "psrp", "telnet", "rdp", "local"})
_LACKS = {
    "connection": "connection", "connections": "connection", "credential": "credential", "credentials": "credential",
    "login": "credential", "key": "host key", "keys": "host key", "hostkey": "host key", "role": "role",
    "roles": "role", "tag": "tag", "tags": "tag", "group": "group", "groups": "group", "os": "system",
    "system": "system", "version": "system", "description": "description",
}  # fmt: skip
_WITHOUT = frozenset({"no", "without", "missing", "lack", "lacks", "lacking", "not"})
_BETWEEN = frozenset(
    {"a", "an", "any", "the", "in", "have", "of", "recorded", "trusted", "host", "ssh", "operating", "os"}
)
_UNTRUSTED = frozenset({"trusted", "checked", "verified"})
_SHOWS = {
    "groups": "groups", "group": "groups", "roles": "roles", "role": "roles", "tags": "tags", "tag": "tags",
    "os": "systems", "systems": "systems", "distribution": "systems", "distributions": "systems",
    "platform": "systems", "platforms": "systems", "version": "systems", "versions": "systems",
    "ip": "addresses", "ips": "addresses", "address": "addresses", "addresses": "addresses", "where": "addresses",
    "hostname": "addresses", "hostnames": "addresses", "connection": "connections", "connections": "connections",
    "connected": "connections", "reached": "connections", "details": "details", "about": "details",
}  # fmt: skip
_GLUE = words_of(
    """what which who whom where how many much what's where's that this there these those the a an all any every
    each do does did is are was were has have had having be been being we you they it us me our my your please
    pls just now right currently list show give display tell print get see find count enumerate name names
    describe look up let know on in at for from with via and or of to by about run runs running use uses using
    belong belongs part member members exist exists contain contains number total inventory asset assets
    database fleet estate called named own manage operating reached reach connected connect connects over
    through managed role group groups everything ip"""
)


def ask_assets(asking: Asking) -> bool:
    """Explain a question about machines as far as possible; whether it is one, with no word left over."""
    _lacking(asking)
    _tags(asking)
    _connections(asking)
    system = _system(asking)
    asking.look_for_machines()
    _shown(asking)
    spoken = {asking.word(at) for at in range(len(asking.tokens))}
    cue = bool(spoken & (MACHINES | {"inventory", "fleet"}) or asking.phrases or "shows" in asking.params)
    asking.skip(MACHINES | _GLUE | frozenset(_SHOWS))
    asking.system = system
    return cue and asking.whole and _asks(asking)


def _asks(asking: Asking) -> bool:
    """Whether anything of the machines is asked: a filter or a noun, beyond their names."""
    return bool(asking.params or asking.system or asking.phrases)


def _lacking(asking: Asking) -> None:
    """ "Without credential", "no host key", "not in any group", "not trusted"."""
    for at in asking.open():
        word, after = asking.word(at), at + 1
        if word == "untrusted" or (word in {"not", "never"} and asking.word(after) in _UNTRUSTED | {"been"}):
            end = after + (word != "untrusted") + (asking.word(after) == "been")
            asking.take(range(at, end), "lacking", "host key")
            return
        if word not in _WITHOUT:
            continue
        while asking.word(after) in _BETWEEN and asking.word(after + 1):
            after += 1
        what = _LACKS.get(asking.word(after))
        if what:
            following = asking.word(after + 1) == "version" and what == "system"
            asking.take(range(at, after + 1 + following), "lacking", what)
            return


def _tags(asking: Asking) -> None:
    """ "Tagged dmz", "with the tag dmz"."""
    places = [at for at in asking.open() if asking.word(at) in {"tagged", "tag", "tags"}]
    known = {tag.casefold(): tag for asset in asking.index.estate.assets if places for tag in asset.tags}
    for at in places:
        value = at + 1 + (asking.word(at + 1) in {"with", "as"})
        if value < len(asking.tokens) and asking.tokens[value].kind in (Kind.WORD, Kind.QUOTED):
            named = asking.tokens[value].value
            plain = asking.word(value)
            said = asking.word(at) == "tagged" or (plain not in asking.vocabulary.reserved and plain not in _GLUE)
            if said or named.casefold() in known:
                asking.take(range(at, value + 1), "tag", known.get(named.casefold(), named))
                return


def _connections(asking: Asking) -> None:
    for at in asking.open():
        if asking.word(at) in _CONNECTIONS and asking.word(at - 1) in {
            "use", "uses", "using", "over", "via", "by", "through", "with", "a", "an", "have", "has",
        }:  # fmt: skip
            asking.take([at], "connection", asking.word(at))
            return


def _system(asking: Asking) -> Selector | None:
    """ "Run Debian 12", "on Windows Server 2019", "running Linux"."""
    for at in asking.open():
        if asking.word(at - 1) not in {"run", "runs", "running", "use", "uses", "using", "on", "with", "have"}:
            continue
        word = asking.word(at)
        named = _DISTRIBUTIONS.get(word) or (asking.tokens[at].text if _is_system(asking, word) else None)
        if word not in _SYSTEMS and named is None:
            continue
        end = at + 1
        while asking.word(end) in _BEHIND or (
            end < len(asking.tokens) and re.fullmatch(r"\d+(?:\.\d+)*|R\d", asking.tokens[end].text, re.IGNORECASE)
        ):
            end += 1
        if asking.word(end) in MACHINES and end == at + 1:
            continue  # "on Windows servers" is a phrase of its own
        asking.take(range(at, end))
        words = " ".join(t.text for t in asking.tokens[at:end])
        asking.system_span = (asking.tokens[at].start, asking.tokens[end - 1].end)
        if word in _SYSTEMS and end == at + 1:
            return Selector(os=_SYSTEMS[word])
        return Selector(os_version=words)
    return None


def _is_system(asking: Asking, word: str) -> bool:
    """Whether some machine's operating system is called so."""
    if not word.isalpha() or word in asking.vocabulary.reserved:
        return False
    return any(word in (asset.os_version or "").casefold().split() for asset in asking.index.estate.assets)


def _shown(asking: Asking) -> None:
    """What is asked of the machines: the first noun that asks."""
    first = [asking.word(at) for at in range(2)]
    for at in asking.open():
        shown = _SHOWS.get(asking.word(at))
        if asking.word(at) == "operating" and asking.word(at + 1) in {"system", "systems"}:
            asking.take([at, at + 1], "shows", "systems")
        elif shown == "connections" and asking.word(at) in {"connected", "reached"} and "how" not in first:
            continue
        elif shown and not (asking.word(at) in {"systems", "role", "group"} and asking.word(at - 1) == "with"):
            asking.take([at], "shows", shown)
        else:
            continue
        return
