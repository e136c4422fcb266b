# SPDX-License-Identifier: Apache-2.0
"""What Ansible sends to a Windows host, decoded: the command line and the manifest on standard input.

The command is `PowerShell … -EncodedCommand X`. X is either a plain script or ansible-core's bootstrap, which reads
from standard input a JSON line naming the wrapper, four NUL characters, a JSON manifest and, for uploads, data.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated

_ENCODED = re.compile(r"-e(?:nc|ncodedcommand)?\s+([A-Za-z0-9+/=]+)\s*$", re.IGNORECASE)
_SEPARATOR = re.compile(rb"\r?\n\0\0\0\0\r?\n")
_PRIVATE = "_ansible_"


class CallKind(StrEnum):
    MODULE = "module"
    #: The text of a script, given by the `script` action.
    SCRIPT = "script"
    #: A small program of the connection: upload, fetch, make a temporary folder.
    HELPER = "helper"


@dataclass(frozen=True, kw_only=True)
class Become:
    user: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One decoded manifest."""

    kind: CallKind = CallKind.HELPER
    #: Short module name, script or helper file name.
    name: str = ""
    qualified_name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    #: The `_ansible_…` arguments without that prefix: check_mode, diff, no_log, verbosity, …
    control: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    script: str = ""
    become: Become | None = None
    #: AsyncDir and AsyncJid of an asynchronous task.
    background: Mapping[str, Any] | None = None
    data: bytes = field(default=b"", repr=False)

    @property
    def check_mode(self) -> bool:
        return bool(self.control.get("check_mode"))

    @property
    def no_log(self) -> bool:
        return bool(self.control.get("no_log"))


class UnreadablePayload(Exception):
    """The standard input is not what this ansible-core version sends."""


def encoded_script(command: str, arguments: str) -> str | None:
    """The text of `PowerShell … -EncodedCommand X`; None for any other command line."""
    match = _ENCODED.search(f"{command} {arguments}")
    if match is None or "powershell" not in command.lower():
        return None
    try:
        return base64.b64decode(match.group(1), validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise UnreadablePayload(f"The encoded command is damaged: {error}") from None


def is_bootstrap(script: str) -> bool:
    """True if the script is ansible-core's bootstrap, which takes its work from standard input."""
    return "`0`0`0`0" in script and "$codeJson" in script


def decode(stdin: bytes) -> Call:
    """The call in a bootstrap's standard input. Raises UnreadablePayload, NotSimulated."""
    parts = _SEPARATOR.split(stdin, maxsplit=2)
    try:
        if len(parts) < 2:
            raise UnreadablePayload("The manifest is missing")
        boot, manifest = json.loads(parts[0]), json.loads(parts[1])
        if boot.get("name") != "exec_wrapper":
            raise UnreadablePayload(f"The bootstrap asks for {boot.get('name')!r}, not for exec_wrapper")
        call = Call(data=parts[2] if len(parts) > 2 else b"")
        for action in manifest["actions"]:
            call = _add(call, action, manifest)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadablePayload(f"The manifest cannot be read: {error!r}") from None
    return call


def _add(call: Call, action: Mapping[str, Any], manifest: Mapping[str, Any]) -> Call:
    name, parameters = action["name"], action.get("params") or {}
    match name:
        case "become_wrapper.ps1":
            secret = (action.get("secure_params") or {}).get("BecomePassword")
            return replace(call, become=Become(user=parameters.get("BecomeUser", ""), password=secret))
        case "async_wrapper.ps1":
            return replace(call, background=dict(parameters))
        case "async_watchdog.ps1":
            return replace(call, background={**(call.background or {}), **parameters})
        case "coverage_wrapper.ps1":
            return call
        case "module_wrapper.ps1":
            return _add_module(call, parameters, manifest)
        case _ if call.kind is CallKind.HELPER and not call.name:
            return replace(call, name=name, arguments=parameters)
    raise NotSimulated(f"The wrapper {name}")


def _add_module(call: Call, parameters: Mapping[str, Any], manifest: Mapping[str, Any]) -> Call:
    file, environment = parameters["Script"], parameters.get("Environment") or {}
    if not parameters.get("ForModule"):
        text = base64.b64decode(manifest["scripts"][file]["script"]).decode("utf-8-sig", "replace")
        return replace(call, kind=CallKind.SCRIPT, name=file, qualified_name=file, script=text, environment=environment)
    qualified = file[:-4] if file.lower().endswith(".ps1") else file
    values: dict[str, Any] = next(
        (v["Value"] for v in parameters.get("Variables") or [] if v["Name"] == "complex_args"), {}
    )
    return replace(
        call,
        kind=CallKind.MODULE,
        name=qualified.rsplit(".", 1)[-1],
        qualified_name=qualified.removeprefix("ansible_collections.").replace(".plugins.modules.", "."),
        arguments={k: v for k, v in values.items() if not k.startswith(_PRIVATE)},
        control={k.removeprefix(_PRIVATE): v for k, v in values.items() if k.startswith(_PRIVATE)},
        environment=environment,
    )
