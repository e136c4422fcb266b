# SPDX-License-Identifier: Apache-2.0
"""From what Ansible, ssh or WinRM said to what the operator can do about it."""

import re
import shlex
from dataclasses import dataclass

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.inventory import BoundTarget
from opsconductor.services.telnet_login import End, TelnetAnswer

_WINDOWS = (ConnectionKind.WINRM, ConnectionKind.PSRP)


@dataclass(frozen=True)
class Finding:
    """One cause in words, and its remedy."""

    message: str
    remedy: str | None
    host_key: bool = False  #: the host key is the cause


def login_finding(target: BoundTarget, asset: str, said: str) -> Finding:
    """What kept the login from working."""
    name = shlex.quote(asset)
    for pattern, message, remedy in _LOGIN:
        if re.search(pattern, said, re.IGNORECASE):
            host_key = "HOST KEY" in message or "host key" in message
            return Finding(_filled(message, target, name), _filled(remedy, target, name), host_key)
    if _REJECTED.search(said):
        if target.credential is None:
            message = "The login was refused, and no credential applies."
            remedy = f"Store one (opsc credentials add) and name it: opsc assets edit {name} --credential NAME"
            return Finding(message, remedy)
        credential = shlex.quote(target.credential)
        return Finding(
            f"The login was refused: credential '{target.credential}' is wrong, or its user may not log in.",
            f"Give its present value: opsc credentials replace {credential}",
        )
    if target.kind in _WINDOWS and re.search(r"40[45]|not a valid|wsman", said, re.IGNORECASE):
        return Finding(f"What answers is not a usable WinRM service: {_short(said)}", winrm_preparation(target))
    return Finding(_short(said), None)


def telnet_finding(answer: TelnetAnswer, asset: str, credential: str | None, place: str) -> Finding:
    """What kept a telnet login from working; `place` is "address port" as the telnet command takes it."""
    by_hand = f"Look what it says: telnet {place}"
    name, named = shlex.quote(asset), shlex.quote(credential or "NAME")
    replace = f"Give its present value: opsc credentials replace {named}"
    said = f": it said {answer.said!r}" if answer.said else ""
    store = f"Store one (opsc credentials add) and name it: opsc assets edit {name} --credential NAME"
    found = {
        End.SILENT: ("The port is open, but nothing came before the time was over.", by_hand),
        End.ENDLESS: (f"It sends without a pause and never asks for a login{said}.", by_hand),
        End.NO_PROMPT: (f"The port is open, but no login prompt came{said}.", by_hand),
        End.HUNG_UP: (
            f"The line was closed before a login prompt came{said}.",
            "See whether the telnet server lets this machine in, and has a line free.",
        ),
        End.NOT_TRIED: ("A login prompt came, and no credential applies.", store),
        End.NO_USER: (
            f"It asks for a user, and credential '{credential}' names none.",
            f"Give it one: opsc credentials edit {named} --user USER",
        ),
        End.REFUSED: (
            f"The login was refused: credential '{credential}' is wrong, or its user may not log in.",
            replace,
        ),
        End.MUST_CHANGE: (
            f"The password of credential '{credential}' has expired: a new one is asked for.",
            f"Log in by hand and change it (telnet {place}), then: opsc credentials replace {named}",
        ),
        End.CLOSED: (
            "The line was closed after the password, without a shell prompt.",
            f"See in the machine's log why: the password of credential '{credential}', the user's shell, a limit.",
        ),
        End.NO_SHELL: (
            "After the password came neither a shell prompt nor a refusal before the time was over.",
            f"Log in by hand and see what it waits for: telnet {place}",
        ),
    }
    message, remedy = found[answer.end]
    return Finding(message, remedy)


def become_finding(target: BoundTarget, asset: str, said: str) -> Finding:
    """What kept becoming the other user from working; the login itself was good."""
    become = target.become
    name, method = shlex.quote(asset), become.method if become else "sudo"
    credential = become.credential if become else None
    if re.search(r"missing \w+ password|password is required", said, re.IGNORECASE):
        message = f"{method} asks for a password, and become has no credential."
        remedy = f"Name one in the connection's become: opsc assets edit {name} (become-credential=NAME)."
        return Finding(message, remedy)
    if re.search(r"incorrect .*password|sorry, try again|authentication failure|rejected", said, re.IGNORECASE):
        used = credential or target.credential or "NAME"
        message = f"{method} refused the password of credential '{used}'."
        return Finding(message, f"Give its present value: opsc credentials replace {shlex.quote(used)}")
    if re.search(r"not in the sudoers|not allowed to|not permitted", said, re.IGNORECASE):
        return Finding(f"The user may not use {method} on this machine.", f"Allow it there (visudo), or edit {name}.")
    if re.search(r"(sudo|doas|su)(: | )(command )?not found|no such file", said, re.IGNORECASE):
        return Finding(
            f"{method} is not installed on this machine.", f"Install it, or choose another method for {name}."
        )
    return Finding(f"Becoming the other user failed: {_short(said)}", None)


def network_remedy(asset: str, target_kind: ConnectionKind, message: str, address: str, port: int) -> str:
    """What to do when the port itself cannot be reached."""
    if "resolved" in message:
        return f"Correct the address (opsc assets edit {shlex.quote(asset)} --address ADDRESS) or the name service."
    service = {"ssh": "the SSH server", "rdp": "Remote Desktop", "telnet": "the telnet server"}.get(target_kind.value)
    if "refused" in message and target_kind in _WINDOWS:
        return preparation(address, port)
    if "refused" in message:
        return f"Start {service or 'the service'} on the machine, or correct the connection's port."
    last = f"\n{preparation(address, port)}" if target_kind in _WINDOWS else ""
    return f"Check that the machine is on, the address is right and no firewall closes port {port}.{last}"


def winrm_preparation(target: BoundTarget) -> str:
    """The steps that make a Windows machine answer on this target's WinRM port."""
    return preparation(target.address, target.port)


def preparation(address: str, port: int) -> str:
    """PowerShell that prepares WinRM over HTTPS (or HTTP on 5985), to be run on the Windows machine itself."""
    lines = ["Prepare WinRM on the machine, in PowerShell as an administrator:", "  Enable-PSRemoting -Force"]
    if port == 5985:
        lines += [
            "  New-NetFirewallRule -DisplayName 'WinRM HTTP' -Direction Inbound -Protocol TCP "
            "-LocalPort 5985 -Action Allow",
            "(over plain HTTP use the ntlm transport, which encrypts by itself; basic is refused)",
        ]
        return "\n".join(lines)
    lines += [
        f"  $c = New-SelfSignedCertificate -DnsName '{address}' -CertStoreLocation Cert:\\LocalMachine\\My",
        "  New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * "
        f"-Port {port} -CertificateThumbPrint $c.Thumbprint -Force",
        "  New-NetFirewallRule -DisplayName 'WinRM HTTPS' -Direction Inbound -Protocol TCP "
        f"-LocalPort {port} -Action Allow",
        "  Export-Certificate -Cert $c -FilePath $HOME\\winrm.cer",
        "and here: openssl x509 -inform der -in winrm.cer -out winrm.pem, its path as the connection's ca_file.",
    ]
    return "\n".join(lines)


_REJECTED = re.compile(
    r"permission denied|incorrect username|rejected by the server|authentication fail|failed to authenticate"
    r"|no more authentication methods|logon failure|401",
    re.IGNORECASE,
)
#: (what was said, message, remedy): the first that matches; {name} is the asset, quoted for a shell.
_LOGIN = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|host key for \S+ has changed",
        "HOST KEY CHANGED: the machine does not have the recorded SSH host key. Somebody may be in between, or it was "
        "installed anew.",
        "Find out which before anything else. If it was installed anew: opsc assets trust {name} --replace",
    ),
    (
        r"host key verification failed|no \S+ host key is known",
        "The machine's SSH host key is not recorded.",
        "Compare its fingerprint and record it: opsc assets trust {name}",
    ),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed", "The TLS certificate is not signed by a known authority.",
     "Give the connection the authority's certificate (ca_file=/path.pem); verify=false switches the check off."),
    (r"hostname mismatch|doesn't match|not valid for", "The TLS certificate is for another name.",
     "Use the certificate's name as address, or give the machine a certificate for this address."),
    (r"connection refused", "The connection was refused.", "Start the service on the machine, or correct the port."),
    (r"could not resolve", "The address cannot be resolved.", "Correct it: opsc assets edit {name} --address ADDRESS"),
    (r"timed out|no route to host|network is unreachable", "The machine did not answer in time.",
     "Check that it is on, the address is right and no firewall is in the way."),
    (r"python[\w./]*: (command )?(not found|no such file)|no python interpreters|interpreter.*not found",
     "Nothing can run there: Python 3 was not found on the machine.",
     "Install Python 3 there, or name it: opsc assets edit {name} --var ansible_python_interpreter=/path/python3"),
    (r"unable to negotiate|no matching .* found", "The SSH server offers only methods that are no longer safe.",
     "Update the SSH server of the machine."),
)  # fmt: skip


def _filled(text: str, target: BoundTarget, name: str) -> str:
    return text.replace("{name}", name).replace("{address}", target.address)


def _short(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    text = " ".join(lines) or "no reason was given"
    return text if len(text) <= 400 else text[:397] + "…"
