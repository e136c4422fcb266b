# SPDX-License-Identifier: Apache-2.0
"""`opsc credentials`: what logs in, stored encrypted and never shown."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from opsconductor.cli.output import Json, print_json, say, table
from opsconductor.cli.secret_input import prompt, read_secret, read_text
from opsconductor.domain.credentials import Credential, CredentialKind
from opsconductor.errors import InvalidInput

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The credential's name.")]
FromFile = Annotated[
    Path | None, typer.Option("--from-file", "-f", help="Read the value (password, key, PEM) from this file.")
]
Stdin = Annotated[bool, typer.Option("--stdin", help="Read the value from standard input.")]
Passphrase = Annotated[
    Path | None, typer.Option(help="Read the private key's passphrase from this file; else it is asked for.")
]
CertificateFile = Annotated[
    Path | None, typer.Option("--certificate", help="The certificate (PEM), when it does not stand beside the key.")
]
User = Annotated[str | None, typer.Option(help="The user to log in as, e.g. deploy or CORP\\\\deploy.")]
Description = Annotated[str | None, typer.Option(help="What it is for.")]

_WHAT = {
    CredentialKind.PASSWORD: "password",
    CredentialKind.SSH_KEY: "private key",
    CredentialKind.API_KEY: "API key",
    CredentialKind.CERTIFICATE: "certificate's key",
}


@app.command()
def add(
    name: Name,
    kind: Annotated[CredentialKind, typer.Option(help="What it holds.")] = CredentialKind.PASSWORD,
    user: User = None,
    description: Description = None,
    from_file: FromFile = None,
    stdin: Stdin = False,
    passphrase_file: Passphrase = None,
    certificate: CertificateFile = None,
    json: Json = False,
) -> None:
    """Store a credential, encrypted by the master key. Its value is asked for, hidden; never an argument.

    Examples:

      opsc credentials add "CIS admin" --user Administrator

      opsc credentials add "web key" --kind ssh_key --user deploy --from-file ~/.ssh/id_ed25519

      opsc credentials add "winrm cert" --kind certificate --from-file client.pem
    """
    from opsconductor.actor import local_actor
    from opsconductor.services.credentials import CredentialSpec
    from opsconductor.wiring import open_container

    value = _value(kind, from_file, stdin)
    with open_container() as container:
        spec = CredentialSpec(
            name=name,
            kind=kind,
            value=value,
            user=user,
            description=description,
            passphrase=_passphrase(kind, value, passphrase_file),
            certificate=read_text(certificate, "certificate") if certificate else None,
        )
        settings = container.settings
        first = settings.master_key is None and not settings.key_file.exists()
        stored = container.credentials.add(spec, local_actor())
    if json:
        print_json(stored)
        return
    say(f"Stored {_WHAT[kind]} '{stored.name}'.")
    if stored.public and kind is CredentialKind.SSH_KEY:
        say("Its public key, for ~/.ssh/authorized_keys on the targets:")
        say(stored.public)
    if first:
        say(f"The master key was made: {settings.key_file}", "yellow")
        say("Back it up apart from the database: without it no stored credential can be opened.", "yellow")


@app.command()
def replace(
    name: Name,
    from_file: FromFile = None,
    stdin: Stdin = False,
    passphrase_file: Passphrase = None,
    certificate: CertificateFile = None,
    json: Json = False,
) -> None:
    """Give a credential a new value; everything that uses it uses the new one from the next job on.

    Example: opsc credentials replace "CIS admin" --stdin < new-password
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        kind = container.credentials.get(name).kind
        value = _value(kind, from_file, stdin)
        stored = container.credentials.replace(
            name,
            value,
            local_actor(),
            passphrase=_passphrase(kind, value, passphrase_file),
            certificate=read_text(certificate, "certificate") if certificate else None,
        )
    if json:
        print_json(stored)
        return
    say(f"Replaced {_WHAT[kind]} '{stored.name}'.")


@app.command()
def edit(
    name: Name,
    rename: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    user: User = None,
    description: Description = None,
    json: Json = False,
) -> None:
    """Change name, user or description; an empty text takes user or description away.

    Example: opsc credentials edit "web key" --user ops
    """
    from opsconductor.actor import local_actor
    from opsconductor.services.credentials import CredentialEdit
    from opsconductor.wiring import open_container

    given = {"name": rename, "user": user, "description": description}
    changes = {field: value for field, value in given.items() if value is not None}
    if not changes:
        raise InvalidInput("Nothing to change.", remedy="Give --rename, --user or --description.")
    with open_container() as container:
        stored = container.credentials.edit(name, CredentialEdit(**changes), local_actor())
    if json:
        print_json(stored)
        return
    say(f"Changed credential '{stored.name}'.")


@app.command()
def remove(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Take it away from everything that uses it first.")] = False,
    json: Json = False,
) -> None:
    """Remove a credential; refused while anything uses it.

    Example: opsc credentials remove "old admin"
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        users = container.credentials.remove(name, local_actor(), force=force)
    if json:
        print_json({"removed": name, "used_by": users})
        return
    say(f"Removed credential '{name}'.")
    for user in users:
        say(f"  no credential any more: {user}")


@app.command("list")
def list_(json: Json = False) -> None:
    """All credentials, without their values."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        credentials = container.credentials.list()
    if json:
        print_json(credentials)
        return
    rows = [(c.name, c.kind, c.user, c.description, f"{c.updated_at:%Y-%m-%d %H:%M}", c.actor) for c in credentials]
    table(["Name", "Kind", "User", "Description", "Last changed (UTC)", "By"], rows)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """One credential: its public side and who uses it. The value is never shown."""
    from opsconductor.secrets.certificate import describe
    from opsconductor.wiring import open_container

    with open_container() as container:
        credential = container.credentials.get(name)
        users = container.credentials.users(name)
    certificate = describe(credential.public) if _is_certificate(credential) and credential.public else None
    if json:
        print_json({**credential.model_dump(mode="json"), "certificate": certificate, "used_by": users})
        return
    say(credential.name, "bold")
    rows = [
        ("Kind", credential.kind),
        ("User", credential.user),
        ("Description", credential.description),
        ("Last changed", f"{credential.updated_at:%Y-%m-%d %H:%M} UTC by {credential.actor}"),
    ]
    if certificate:
        rows += [(key.replace("_", " ").capitalize(), value) for key, value in certificate.items()]
    elif credential.public:
        rows.append(("Public key", credential.public))
    rows.append(("Used by", "\n".join(users) or "nothing"))
    table(["", ""], [(label, value) for label, value in rows if value])


def _is_certificate(credential: Credential) -> bool:
    return credential.kind is CredentialKind.CERTIFICATE


def _value(kind: CredentialKind, file: Path | None, stdin: bool) -> SecretStr:
    if kind in (CredentialKind.SSH_KEY, CredentialKind.CERTIFICATE) and file is None and not stdin:
        raise InvalidInput(
            f"A {_WHAT[kind]} has many lines and cannot be typed in.",
            remedy="Give it with --from-file FILE or --stdin.",
        )
    return read_secret(_WHAT[kind], file=file, stdin=stdin, confirm=True)


def _passphrase(kind: CredentialKind, value: SecretStr, file: Path | None) -> SecretStr | None:
    """The passphrase, asked for only when the key turns out to have one."""
    from opsconductor.secrets import certificate, ssh_key

    if file is not None:
        return read_secret("passphrase", file=file, stdin=False)
    if kind not in (CredentialKind.SSH_KEY, CredentialKind.CERTIFICATE):
        return None
    try:
        if kind is CredentialKind.SSH_KEY:
            ssh_key.read(value.get_secret_value(), None)
        else:
            certificate.read_key(value.get_secret_value(), None)
    except ssh_key.PassphraseNeeded:
        return prompt("passphrase of the private key", instead="--passphrase-file FILE")
    return None
