# SPDX-License-Identifier: Apache-2.0
"""Reads a source in any of the formats we know."""

import codecs
import json
from collections.abc import Callable
from enum import StrEnum

from inventories.ansible_ini import read_ansible_ini
from inventories.ansible_yaml import read_ansible_yaml
from inventories.csv_format import read_csv
from inventories.import_set import ImportSet, Note, bad_source
from inventories.known_hosts import read_known_hosts
from inventories.safe_yaml import YamlMap, load
from inventories.yaml_format import read_yaml

#: The largest source read (bytes).
LARGEST_SOURCE = 32 * 1024 * 1024
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class ImportFormat(StrEnum):
    """The formats; AUTO looks at the name and the content."""

    AUTO = "auto"
    YAML = "yaml"
    CSV = "csv"
    ANSIBLE_INI = "ansible-ini"
    ANSIBLE_YAML = "ansible-yaml"
    KNOWN_HOSTS = "known-hosts"


def read_source(data: bytes, source: str, chosen: ImportFormat = ImportFormat.AUTO) -> ImportSet:
    """What `data` holds. `source` is the file's name, for messages and to tell the format. Raises BadSource."""
    text = _text(data, source)
    if text.startswith("$ANSIBLE_VAULT"):
        raise bad_source(
            source, [Note(line=1, message="the file is encrypted; import what 'ansible-vault view' prints")]
        )
    found = _guess(text, source) if chosen is ImportFormat.AUTO else chosen
    readers: dict[ImportFormat, Callable[[str, str], ImportSet]] = {
        ImportFormat.CSV: read_csv,
        ImportFormat.ANSIBLE_INI: read_ansible_ini,
        ImportFormat.KNOWN_HOSTS: read_known_hosts,
    }
    if found in readers:
        return readers[found](text, source)
    root = load(text, source)
    if not isinstance(root, YamlMap):
        raise bad_source(source, [Note(line=1, message="it holds no mapping of groups and assets")])
    own = bool(root.keys() & {"assets", "schema_version"}) or ("groups" in root and isinstance(root["groups"], list))
    if found is ImportFormat.YAML or (chosen is ImportFormat.AUTO and own):
        return read_yaml(root, source)
    return read_ansible_yaml(root, source)


def _text(data: bytes, source: str) -> str:
    if len(data) > LARGEST_SOURCE:
        raise bad_source(source, [Note(message=f"it has {len(data):,} bytes; {LARGEST_SOURCE:,} is the most")])
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise bad_source(source, [Note(line=line, message="it is not UTF-8 text; save it as UTF-8")]) from error
    if "\0" in text:
        raise bad_source(source, [Note(message="it is no text file")])
    if not text.strip():
        raise bad_source(source, [Note(message="it is empty")])
    return text


def _guess(text: str, source: str) -> ImportFormat:
    """By the end of the name, else by the first line that says something."""
    name = source.lower()
    if "known_hosts" in name:
        return ImportFormat.KNOWN_HOSTS
    if name.endswith((".csv", ".tsv")):
        return ImportFormat.CSV
    if name.endswith((".ini", ".cfg")):
        return ImportFormat.ANSIBLE_INI
    if name.endswith((".yml", ".yaml", ".json")):
        return ImportFormat.ANSIBLE_YAML
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";"))]
    first = lines[0] if lines else ""
    words = first.split()
    if len(words) >= 3 and words[-2 if words[0].startswith("@") else 1].startswith(("ssh-", "ecdsa-", "sk-")):
        return ImportFormat.KNOWN_HOSTS
    if first in ("---", "{") or first.endswith(":") or _is_json(text):
        return ImportFormat.ANSIBLE_YAML
    header = first.lower().replace(";", ",").replace("\t", ",").split(",")
    if len(header) > 1 and {"name", "host", "hostname"} & {cell.strip(' "') for cell in header}:
        return ImportFormat.CSV
    return ImportFormat.ANSIBLE_INI


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
