# SPDX-License-Identifier: Apache-2.0
"""Reads the variables of an Ansible host as connection, become, jump hosts, platform and credentials."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from inventories.import_set import AssetDraft, Findings, FoundSecret
from inventories.ranges import expand
from inventories.variables import is_kept
from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.secret_names import is_secretive
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.errors import InvalidInput

_KINDS = {
    "ssh": ConnectionKind.SSH,
    "smart": ConnectionKind.SSH,
    "paramiko": ConnectionKind.SSH,
    "paramiko_ssh": ConnectionKind.SSH,
    "libssh": ConnectionKind.SSH,
    "winrm": ConnectionKind.WINRM,
    "psrp": ConnectionKind.PSRP,
    "local": ConnectionKind.LOCAL,
}
_WINDOWS = (ConnectionKind.WINRM, ConnectionKind.PSRP)
_TRANSPORTS = {
    "basic": "basic",
    "ssl": "basic",
    "plaintext": "basic",
    "ntlm": "ntlm",
    "certificate": "certificate",
    "credssp": "credssp",
    "kerberos": "kerberos",
}
_BECOME_METHODS = frozenset({"sudo", "su", "doas", "runas"})
_LOGIN_PASSWORDS = ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password", "ansible_winrm_password",
                    "ansible_winrm_pass", "ansible_psrp_password")  # fmt: skip
_BECOME_PASSWORDS = ("ansible_become_password", "ansible_become_pass", "ansible_sudo_pass", "ansible_su_pass")
_KEY_FILES = ("ansible_ssh_private_key_file", "ansible_private_key_file", "ansible_ssh_private_key")
_TRUE = frozenset({"true", "yes", "on", "1", "y", "t"})


@dataclass(frozen=True)
class Var:
    """One variable as it applies to a host, and where it stood."""

    value: str | None  #: None: encrypted with ansible-vault
    origin: str  #: "host 'web1'", "group 'web'"
    line: int | None = None


@dataclass
class HostReading:
    """What the variables of one host said."""

    draft: AssetDraft | None
    secrets: list[FoundSecret] = field(default_factory=list)
    hops: list[AssetDraft] = field(default_factory=list)


def read_host(
    name: str, groups: tuple[str, ...], variables: Mapping[str, Var], findings: Findings, line: int | None
) -> HostReading:
    """The draft of one host; None as draft where its connection plugin is none of ours (noted)."""
    return _HostReader(name, dict(variables), findings, line).read(groups)


class _HostReader:
    def __init__(self, name: str, variables: dict[str, Var], findings: Findings, line: int | None) -> None:
        self.name = name
        self.vars = variables
        self.findings = findings
        self.line = line
        self.secrets: list[FoundSecret] = []
        self.hops: list[AssetDraft] = []

    def read(self, groups: tuple[str, ...]) -> HostReading:
        plugin = self.take("ansible_connection") or "ssh"
        kind = _KINDS.get(plugin.rsplit(".", 1)[-1])
        if kind is None:
            self.findings.note(self.line, f"host {self.name!r} is left out: connection {plugin!r} is none of ours")
            return HostReading(draft=None)
        user = self.take("ansible_user", "ansible_ssh_user", "ansible_winrm_user", "ansible_psrp_user")
        platform = self.platform(kind)
        fields: dict[str, Any] = {"platform": platform, "groups": groups, "line": self.line}
        fields["address"] = self.take("ansible_host", "ansible_ssh_host", "ansible_psrp_host") or self.name
        if login := self.secret(_LOGIN_PASSWORDS, "login", user):
            fields["credential"] = login
        settings = self.windows_settings(kind) if kind in _WINDOWS else {}
        fields["connections"] = (
            ConnectionSpec(
                kind=kind,
                port=self.port(),
                user=user,
                become=self.become(),
                jump=self.jump() if kind is ConnectionKind.SSH else (),
                settings=settings,
            ),
        )
        for key in _KEY_FILES:
            if key in self.vars:
                self.note_key_file(key)
        if kept := self.kept():
            fields["variables"] = kept
        return HostReading(AssetDraft(name=self.name, **fields), self.secrets, self.hops)

    def take(self, *names: str) -> str | None:
        """The value of the first of these variables that is there; all of them count as read."""
        found = [self.vars.pop(name) for name in names if name in self.vars]
        return next((var.value for var in found if var.value), None)

    def port(self) -> int | None:
        text = self.take("ansible_port", "ansible_ssh_port", "ansible_winrm_port", "ansible_psrp_port")
        if text is None:
            return None
        if not text.isdigit() or not 0 < int(text[:6]) <= 65535:
            self.findings.problem(self.line, f"{text!r} is no port (host {self.name!r})")
            return None
        return int(text)

    def platform(self, kind: ConnectionKind) -> Platform:
        shell = self.vars.get("ansible_shell_type", Var(None, "")).value
        family = self.take("ansible_os_family", "os_family")
        method = self.vars.get("ansible_become_method", Var(None, "")).value
        hints = (kind in _WINDOWS, shell in ("powershell", "cmd"), (family or "").lower() == "windows")
        return Platform.WINDOWS if any(hints) or method == "runas" else Platform.LINUX

    def become(self) -> Become | None:
        wanted = self.take("ansible_become")
        method = self.take("ansible_become_method") or "sudo"
        user = self.take("ansible_become_user", "ansible_sudo_user")
        password = self.secret(_BECOME_PASSWORDS, "become", user)
        if wanted is None and user is None and password is None:
            return None
        if wanted is not None and wanted.lower() not in _TRUE:
            return None
        if method not in _BECOME_METHODS:
            self.findings.note(self.line, f"become method {method!r} of host {self.name!r} is none of ours")
            return None
        return Become(method=method, user=user, credential=password)

    def secret(self, names: tuple[str, ...], use: str, user: str | None) -> str | None:
        """The credential name for the password in these variables, and the password itself put aside."""
        found = {name: self.vars.pop(name) for name in names if name in self.vars}
        for name, var in found.items():
            if var.value is None or "{{" in var.value:
                self.findings.note(
                    var.line,
                    f"{name} of {var.origin} is {'a template' if var.value else 'encrypted with ansible-vault'} and is "
                    "not taken; make a credential: opsc credentials add NAME --kind password",
                )
                continue
            owner = re.sub(r"^(host|group) '(.*)'$", r"\2", var.origin)
            credential = f"{user or 'login'}@{owner}" if use == "login" else f"{user or 'root'}@{owner} (become)"
            self.secrets.append(
                FoundSecret(
                    line=var.line,
                    credential=credential,
                    use="login" if use == "login" else "become",
                    user=user if use == "login" else None,
                    value=SecretStr(var.value),
                    where=f"variable {name} of {var.origin}",
                )
            )
            return credential
        return None

    def note_key_file(self, key: str) -> None:
        var = self.vars.pop(key)
        self.findings.note(
            var.line,
            f"{key} of {var.origin} is not taken; store the key itself: "
            f"opsc credentials add NAME --kind ssh_key --from-file {shlex.quote(var.value or 'FILE')}",
        )

    def windows_settings(self, kind: ConnectionKind) -> dict[str, str]:
        scheme = self.take("ansible_winrm_scheme", "ansible_psrp_protocol")
        port = self.vars.get("ansible_port", self.vars.get("ansible_winrm_port", Var(None, ""))).value
        settings = {"scheme": scheme or ("http" if port == "5985" else "https")}
        transport = self.take("ansible_winrm_transport", "ansible_psrp_auth")
        if transport:
            first = transport.strip("[]").split(",")[0].strip(" '\"")
            if first in _TRANSPORTS:
                settings["transport"] = _TRANSPORTS[first]
            elif kind is not ConnectionKind.PSRP or first != "negotiate":  # which is psrp's own default
                self.findings.problem(self.line, f"transport {first!r} of host {self.name!r} is not known")
        if (self.take("ansible_winrm_server_cert_validation", "ansible_psrp_cert_validation") or "") == "ignore":
            settings["verify"] = "false"
            self.findings.note(self.line, f"TLS certificates of {self.name!r} will not be checked, as the file says")
        ca_file = self.take("ansible_winrm_ca_trust_path", "ansible_psrp_ca_cert", "ansible_psrp_cert_trust_path")
        if ca_file and ca_file != "legacy_requests":
            settings["ca_file"] = ca_file
        return settings

    def jump(self) -> tuple[str, ...]:
        """Names of the jump hosts in the ssh arguments; other arguments are noted."""
        names: list[str] = []
        for variable in ("ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args"):
            text = self.take(variable)
            if not text:
                continue
            try:
                words = shlex.split(text)
            except ValueError:
                self.findings.problem(self.line, f"{variable} of host {self.name!r} has an open quote")
                continue
            names = self.jump_in(words, variable) or names
        return tuple(names)

    def jump_in(self, words: list[str], variable: str) -> list[str]:
        hops: list[str] = []
        rest = []
        queue = iter(words)
        for word in queue:
            option, _, value = word.removeprefix("-o").strip().partition("=")
            if word == "-o":
                option, _, value = next(queue, "").partition("=")
            if word == "-J" or (word.startswith("-J") and len(word) > 2):
                hops = (word[2:] or next(queue, "")).split(",")
            elif option.lower() == "proxyjump":
                hops = value.split(",")
            elif option.lower() == "proxycommand" and (found := _hop_of_command(value)):
                hops = [found]
            else:
                rest.append(option if word.startswith("-o") else word)
        if rest:
            self.findings.note(self.line, f"{variable} of {self.name!r}: {' '.join(rest)} is not taken over")
        return [self.hop(text) for text in hops if text and text != "none"]

    def hop(self, text: str) -> str:
        user, _, place = text.removeprefix("ssh://").rpartition("@")
        try:
            (host, *_), port = expand(place)
        except InvalidInput:
            host, port = place, None
        connection = ConnectionSpec(kind=ConnectionKind.SSH, user=user or None, port=port)
        self.hops.append(
            AssetDraft(name=host, line=self.line, platform=Platform.LINUX, address=host, connections=(connection,))
        )
        return host

    def kept(self) -> dict[str, str]:
        kept = {}
        for name, var in sorted(self.vars.items()):
            if is_secretive(name) or var.value is None:
                kind = "looks like a secret" if var.value is not None else "is encrypted with ansible-vault"
                self.findings.note(var.line, f"variable {name} of {var.origin} {kind} and is not taken")
            elif not is_kept(name):
                self.findings.note(var.line, f"variable {name} of {var.origin} has no meaning here and is not taken")
            else:
                kept[name] = var.value
        return kept


def _hop_of_command(command: str) -> str | None:
    """user@host:port of a plain `ssh -W %h:%p …` proxy command; None for any other command."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if not words or words[0].rsplit("/", 1)[-1] != "ssh" or "-W" not in words:
        return None
    port, user, host = None, None, None
    queue = iter(words[1:])
    for word in queue:
        if word in ("-W", "-o", "-i", "-F"):
            next(queue, None)
        elif word == "-p":
            port = next(queue, None)
        elif word == "-l":
            user = next(queue, None)
        elif not word.startswith("-"):
            host = word
    if host is None:
        return None
    return f"{user + '@' if user else ''}{host}{':' + port if port else ''}"
