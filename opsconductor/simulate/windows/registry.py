# SPDX-License-Identifier: Apache-2.0
"""The registry of a simulated Windows host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_HIVES = {
    "hkey_local_machine": "HKLM",
    "hkey_current_user": "HKCU",
    "hkey_classes_root": "HKCR",
    "hkey_users": "HKU",
    "hkey_current_config": "HKCC",
}


@dataclass
class RegistryValue:
    name: str
    data: Any
    kind: str = "string"


@dataclass
class RegistryKey:
    path: str
    values: dict[str, RegistryValue] = field(default_factory=dict)


class Registry:
    """Keys by path; `HKLM:\\x` and `HKEY_LOCAL_MACHINE\\x` are the same key."""

    def __init__(self) -> None:
        self._keys: dict[str, RegistryKey] = {}

    @staticmethod
    def full(path: str) -> str:
        hive, _, rest = path.replace("/", "\\").removeprefix("Registry::").partition("\\")
        hive = hive.rstrip(":")
        return f"{_HIVES.get(hive.lower(), hive.upper())}:\\{rest.strip(chr(92))}"

    def get(self, path: str) -> RegistryKey | None:
        return self._keys.get(self.full(path).lower())

    def make(self, path: str) -> RegistryKey:
        full = self.full(path)
        return self._keys.setdefault(full.lower(), RegistryKey(full))

    def remove(self, path: str) -> None:
        key = self.full(path).lower()
        for one in [k for k in self._keys if k == key or k.startswith(key + "\\")]:
            del self._keys[one]

    def subkeys(self, path: str) -> list[str]:
        """Names of the keys right below."""
        prefix = self.full(path).lower().rstrip("\\") + "\\"
        names = {k.path[len(prefix) :].partition("\\")[0] for p, k in self._keys.items() if p.startswith(prefix)}
        return sorted(names)

    def exists(self, path: str) -> bool:
        return self.get(path) is not None or bool(self.subkeys(path))

    def view(self) -> dict[str, dict[str, Any]]:
        return {key.path: {v.name: v.data for v in key.values.values()} for key in self._keys.values()}
