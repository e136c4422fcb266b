# SPDX-License-Identifier: Apache-2.0
"""What the simulated Windows hosts are like before anything happens: the state file.

    schema_version: 1
    defaults:            # every host, on top of the built-in server
      services: ...
    hosts:               # keys: names or numbers, with ranges and lists: "win03", "5", "1-7", "2,4,9-11"
      "1-7": {services: {StationController: {state: stopped}}}

Descriptions are merged from left to right, key by key; `null` removes an entry.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from opsconductor.simulate.windows.failure import DescriptionError
from opsconductor.simulate.windows.fault import FaultDescription
from opsconductor.simulate.windows.service import ServiceState, StartMode

SCHEMA_VERSION = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceDescription(_Strict):
    path: str
    display_name: str | None = None
    description: str = ""
    state: ServiceState = ServiceState.RUNNING
    start_mode: StartMode = StartMode.AUTO
    username: str = "LocalSystem"
    dependencies: list[str] = Field(default_factory=list)
    processes: list[str] = Field(default_factory=list)
    ports: list[int] = Field(default_factory=list)
    start_delay: float = Field(default=0.05, ge=0)
    stop_delay: float = Field(default=0.05, ge=0)


class FileDescription(_Strict):
    """`content` is text; `size` makes a file of that many bytes; neither with `directory` is a folder.

    `age` is the seconds since a file was changed.
    """

    content: str | None = None
    base64: str | None = None
    size: int | None = Field(default=None, ge=0)
    directory: bool = False
    age: int = Field(default=0, ge=0)


class ProgramDescription(_Strict):
    version: str = "1.0.0"
    publisher: str = ""
    product_id: str = ""
    installer: str = ""


class OfferDescription(_Strict):
    versions: list[str] = Field(min_length=1)
    files: dict[str, str] = Field(default_factory=dict)
    configuration: dict[str, str] = Field(default_factory=dict)


class ChocolateyDescription(_Strict):
    #: Whether Chocolatey itself is there.
    available: bool = True
    installed: dict[str, str] = Field(default_factory=dict)
    pinned: dict[str, str] = Field(default_factory=dict)
    source: dict[str, OfferDescription] = Field(default_factory=dict)


class UserDescription(_Strict):
    """Without `password_file` the user has the password of the lab."""

    full_name: str = ""
    description: str = ""
    groups: list[str] = Field(default_factory=lambda: ["Users"])
    enabled: bool = True
    password_file: Path | None = None


class WebsiteDescription(_Strict):
    """What one address answers, as long as a service of the host listens on its port."""

    status: int = Field(default=200, ge=100, le=599)
    reason: str = "OK"
    content: str = ""


class CertificateDescription(_Strict):
    """What is shown on a port; `valid_for` in seconds from the start of the host, negative for one that has expired."""

    subject: str
    issuer: str = "CN=OpsConductor simulated authority"
    valid_for: int = 365 * 86_400


class UpdateDescription(_Strict):
    """An update that the update agent would offer."""

    title: str
    kb: list[str] = Field(default_factory=list)
    categories: list[str] = Field(default_factory=list)
    severity: str = ""
    #: Whether it takes effect with the next start only.
    wants_restart: bool = False


class EventDescription(_Strict):
    """An entry of an event log, `ago` seconds before the start of the host."""

    log: str = "System"
    provider: str
    id: int = 1
    level: int = Field(default=4, ge=1, le=5)  #: 1 critical, 2 error, 3 warning, 4 information
    message: str
    ago: float = Field(default=60, ge=0)


class FeatureDescription(_Strict):
    """A role or feature; `needs` names what is installed with it."""

    display_name: str = ""
    installed: bool = False
    needs: list[str] = Field(default_factory=list)
    wants_restart: bool = False


class HostDescription(_Strict):
    """One host, complete."""

    services: dict[str, ServiceDescription] = Field(default_factory=dict)
    processes: list[str] = Field(default_factory=list)
    files: dict[str, FileDescription] = Field(default_factory=dict)
    programs: dict[str, ProgramDescription] = Field(default_factory=dict)
    chocolatey: ChocolateyDescription = Field(default_factory=ChocolateyDescription)
    registry: dict[str, dict[str, Any]] = Field(default_factory=dict)
    users: dict[str, UserDescription] = Field(default_factory=dict)
    #: Local groups beside those of every Windows → what they are for.
    groups: dict[str, str] = Field(default_factory=dict)
    websites: dict[str, WebsiteDescription] = Field(default_factory=dict)
    certificates: dict[int, CertificateDescription] = Field(default_factory=dict)
    updates: list[UpdateDescription] = Field(default_factory=list)
    events: list[EventDescription] = Field(default_factory=list)
    #: Installed ones: number (KB5034439) → date of the installation.
    hotfixes: dict[str, str] = Field(default_factory=dict)
    #: Roles and features of Windows Server.
    features: dict[str, FeatureDescription] = Field(default_factory=dict)
    #: Optional features of any Windows.
    optional_features: dict[str, FeatureDescription] = Field(default_factory=dict)
    #: A Windows for desks: without roles and their cmdlets.
    client: bool = False
    timezone: str = "UTC"
    #: The domain it belongs to; empty: none.
    domain: str = ""
    #: Laid over what `setup` reports, without the `ansible_` prefix.
    facts: dict[str, Any] = Field(default_factory=dict)
    disk_bytes: int = Field(default=64 * 1024**3, gt=0)
    #: How long the host is away when it reboots.
    reboot_seconds: float = Field(default=2.0, ge=0)
    faults: list[FaultDescription] = Field(default_factory=list)

    @field_validator("files", mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {path: {"content": one} if isinstance(one, str) else one for path, one in value.items()}

    @field_validator("programs", mode="before")
    @classmethod
    def _plain_version(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"version": one} if isinstance(one, str) else one for name, one in value.items()}


def merge(base: Any, over: Any) -> Any:
    """`over` laid upon `base`: mappings key by key, null removes, anything else replaces."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    merged = {key: value for key, value in base.items() if not (key in over and over[key] is None)}
    for key, value in over.items():
        if value is not None:
            merged[key] = merge(base.get(key), value) if isinstance(value, dict) else value
    return merged


def selects(selector: str, name: str, number: int) -> bool:
    """True if `selector` ("win03", "5", "1-7", "2,4,9-11", "*") means the host."""
    for part in (piece.strip() for piece in selector.split(",")):
        bounds = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if bounds:
            if int(bounds[1]) <= number <= int(bounds[2] or bounds[1]):
                return True
        elif part == "*" or part.lower() == name.lower():
            return True
    return False


class LabDescription:
    """All hosts' descriptions: the built-in server, the file's defaults, the file's hosts."""

    def __init__(self, defaults: dict[str, Any] | None = None, hosts: dict[str, Any] | None = None) -> None:
        builtin = yaml.safe_load(files(__package__).joinpath("server.yml").read_text(encoding="utf-8"))
        self._base = merge(builtin, defaults or {})
        self._hosts = {str(key): value for key, value in (hosts or {}).items()}

    @classmethod
    def read(cls, path: Path) -> LabDescription:
        """From a YAML or JSON file. Raises DescriptionError."""
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise DescriptionError(f"The state file {path} cannot be read: {error}.") from None
        if not isinstance(data, dict):
            raise DescriptionError(f"The state file {path} is not a mapping.", remedy="See `schema_version: 1`.")
        unknown = sorted(set(data) - {"schema_version", "defaults", "hosts"})
        if unknown or data.get("schema_version") != SCHEMA_VERSION:
            raise DescriptionError(
                f"The state file {path} has "
                + (f"unknown keys: {', '.join(unknown)}." if unknown else "no or another schema_version."),
                remedy=f"It needs `schema_version: {SCHEMA_VERSION}` and may have `defaults` and `hosts`.",
            )
        return cls(data.get("defaults"), data.get("hosts"))

    def host(self, name: str, number: int) -> HostDescription:
        """The description of host `number` (from 1). Raises DescriptionError."""
        merged = self._base
        for selector, value in self._hosts.items():
            if selects(selector, name, number):
                merged = merge(merged, value or {})
        try:
            return HostDescription.model_validate(merged)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DescriptionError(
                f"The description of simulated host {name} is wrong at {where}: {first['msg']}."
            ) from None

    def unused(self, names: list[str]) -> list[str]:
        """Selectors that mean no host: most likely a slip."""
        return [
            selector
            for selector in self._hosts
            if not any(selects(selector, name, number) for number, name in enumerate(names, 1))
        ]
