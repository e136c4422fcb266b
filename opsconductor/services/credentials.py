# SPDX-License-Identifier: Apache-2.0
"""Credentials: what goes in comes out for a job only."""

import string
from collections.abc import Callable, Iterable, Mapping
from secrets import choice
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session

from opsconductor.clock import utc_now
from opsconductor.db.engine import Database
from opsconductor.db.repositories.credentials import CredentialRepository
from opsconductor.domain.base import Frozen
from opsconductor.domain.credentials import Credential, CredentialKind, Secret
from opsconductor.domain.names import check_name, check_text, check_user, normal
from opsconductor.errors import Broken, Conflict
from opsconductor.ids import new_id
from opsconductor.logging import register_secret
from opsconductor.secrets.material import prepare
from opsconductor.secrets.store import SecretsStore
from opsconductor.services.audit import AuditService
from opsconductor.services.groups import NameTaken

#: Names of users of a credential that an error lists.
_SHOWN_USERS = 10
#: A random password: characters that every system takes, and how many.
_LETTERS = string.ascii_letters + string.digits + "-_.,+=!"
_GENERATED = 32


class CredentialInUse(Conflict):
    """The credential is in use."""

    code = "credential-in-use"


class CredentialSpec(Frozen):
    """A credential to be stored."""

    name: str
    kind: CredentialKind
    #: Password, API key, private key, or private key of a certificate (the certificate may stand beside it).
    value: SecretStr
    user: str | None = None
    description: str | None = None
    passphrase: SecretStr | None = None  #: of the private key; not stored
    certificate: str | None = None  #: PEM, when it does not stand in `value`


class CredentialEdit(Frozen):
    """Changes to a credential's public side: only the fields that were given are changed."""

    name: str | None = None
    user: str | None = None
    description: str | None = None


class CredentialService:
    """Stores credentials and opens them for the slice that needs them."""

    def __init__(
        self,
        database: Database,
        secrets: SecretsStore,
        audit: AuditService,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        """`changed` is called when one of them is another, or gone: what was opened with it is to be closed."""
        self.changed = changed
        self.database = database
        self.secrets = secrets
        self.audit = audit

    def list(self) -> tuple[Credential, ...]:
        """All credentials in the natural order of their names, without secrets."""
        with self.database.reading() as session:
            return CredentialRepository(session).all()

    def get(self, name: str) -> Credential:
        """One credential without its secret. Raises NotFound with near names."""
        with self.database.reading() as session:
            return CredentialRepository(session).get(name)

    def users(self, name: str) -> tuple[str, ...]:
        """Who uses it, as phrases like "asset 'web1'". Raises NotFound."""
        with self.database.reading() as session:
            credentials = CredentialRepository(session)
            return credentials.users(credentials.get(name).id)

    def add(self, spec: CredentialSpec, actor: str) -> Credential:
        """Store a new credential. Raises NameTaken, InvalidName, and InvalidInput for a value that cannot be used."""
        with self.database.session() as session:
            return self.save(session, spec, actor)

    def save(self, session: Session, spec: CredentialSpec, actor: str) -> Credential:
        """Store a new credential in the caller's unit of work. Raises what `add` raises."""
        name = check_name(spec.name, "credential")
        _never_log(spec.value, spec.passphrase)
        material = prepare(spec.kind, spec.value, passphrase=spec.passphrase, certificate_pem=spec.certificate)
        credential = Credential(
            id=new_id(),
            name=name,
            kind=spec.kind,
            user=check_user(spec.user),
            description=check_text(spec.description, "description"),
            public=material.public,
            updated_at=utc_now(),
            actor=actor,
        )
        credentials = CredentialRepository(session)
        if credentials.find(name) is not None:
            raise _taken(name)
        credentials.add(credential, credential.updated_at)
        self.secrets.put(session, credential.id, material.secret.get_secret_value())
        self._audit(session, actor, "added", credential, {"kind": credential.kind.value, "user": credential.user})
        return credential

    def replace(
        self,
        name: str,
        value: SecretStr,
        actor: str,
        *,
        passphrase: SecretStr | None = None,
        certificate: str | None = None,
    ) -> Credential:
        """Give a credential a new value of the same kind. Raises NotFound, InvalidInput."""
        _never_log(value, passphrase)
        material = prepare(self.get(name).kind, value, passphrase=passphrase, certificate_pem=certificate)
        with self.database.session() as session:
            credentials = CredentialRepository(session)
            before = credentials.get(name)
            after = before.model_copy(update={"public": material.public, "updated_at": utc_now(), "actor": actor})
            credentials.update(after)
            self.secrets.put(session, before.id, material.secret.get_secret_value())
            self._audit(session, actor, "replaced", after, {})
        self.changed()
        return after

    def generate(self, name: str, actor: str, description: str) -> None:
        """Store a random password under the name, unless there is one: somebody may log in with it."""
        if any(credential.name == normal(name) for credential in self.list()):
            return
        value = SecretStr("".join(choice(_LETTERS) for _ in range(_GENERATED)))
        self.add(CredentialSpec(name=name, kind=CredentialKind.PASSWORD, value=value, description=description), actor)

    def edit(self, name: str, edit: CredentialEdit, actor: str) -> Credential:
        """Change name, user or description. Raises NotFound, NameTaken, InvalidName."""
        changes = edit.model_dump(include=edit.model_fields_set)
        if changes.get("name") is None:
            changes.pop("name", None)
        else:
            changes["name"] = check_name(changes["name"], "credential")
        if "user" in changes:
            changes["user"] = check_user(changes["user"])
        if "description" in changes:
            changes["description"] = check_text(changes["description"], "description")
        with self.database.session() as session:
            credentials = CredentialRepository(session)
            before = credentials.get(name)
            after = before.model_copy(update=changes | {"updated_at": utc_now(), "actor": actor})
            if after.name != before.name and credentials.find(after.name) is not None:
                raise _taken(after.name)
            credentials.update(after)
            self._audit(session, actor, "changed", before, changes)
        self.changed()
        return after

    def remove(self, name: str, actor: str, *, force: bool = False) -> tuple[str, ...]:
        """Remove a credential; `force` takes it away from its users first. Returns who used it.

        Raises NotFound, CredentialInUse naming the users.
        """
        with self.database.session() as session:
            credentials = CredentialRepository(session)
            credential = credentials.get(name)
            users = credentials.users(credential.id)
            if users and not force:
                raise _in_use(credential.name, users)
            credentials.detach(credential.id)
            self.secrets.remove(session, credential.id)
            credentials.remove(credential.id)
            self._audit(session, actor, "removed", credential, {"used_by": list(users)})
        self.changed()
        return users

    def open(self, name: str) -> Secret:
        """The secret, for use in memory only. Raises NotFound, and Broken when it cannot be opened."""
        return self.open_all([name])[normal(name)]

    def open_all(self, names: Iterable[str]) -> dict[str, Secret]:
        """Name → secret, for use in memory only. Raises NotFound, and Broken when one cannot be opened."""
        wanted = list(dict.fromkeys(normal(name) for name in names))
        with self.database.reading() as session:
            repository = CredentialRepository(session)
            found = {credential.name: credential for credential in repository.some(wanted)}
            credentials = [found.get(name) or repository.get(name) for name in wanted]
            values = self.secrets.get(session, [credential.id for credential in credentials])
        return {credential.name: _secret(credential, values.get(credential.id)) for credential in credentials}

    def _audit(
        self,
        session: Session,
        actor: str,
        done: str,
        credential: Credential,
        details: Mapping[str, Any],
    ) -> None:
        self.audit.append(session, actor, f"credential.{done}", f"credential:{credential.name}", dict(details))


def _secret(credential: Credential, value: str | None) -> Secret:
    if value is None:
        raise Broken(
            f"The secret of credential '{credential.name}' is missing from the secrets store.",
            remedy="Give it anew: `opsc credentials replace`.",
        )
    secret = SecretStr(value)
    _never_log(secret)
    return Secret(kind=credential.kind, user=credential.user, value=secret, public=credential.public)


def _never_log(*secrets: SecretStr | None) -> None:
    """Keep the values out of this process's logs, a key's lines each for itself: they may be logged one by one."""
    for secret in secrets:
        for line in secret.get_secret_value().splitlines() if secret is not None else ():
            if not line.startswith("-----"):
                register_secret(line)


def _taken(name: str) -> NameTaken:
    return NameTaken(
        f"There is a credential '{name}' already.",
        remedy="Choose another name, or give that one a new value: `opsc credentials replace`.",
    )


def _in_use(name: str, users: tuple[str, ...]) -> CredentialInUse:
    shown = ", ".join(users[:_SHOWN_USERS])
    more = f" and {len(users) - _SHOWN_USERS} more" if len(users) > _SHOWN_USERS else ""
    return CredentialInUse(
        f"Credential '{name}' is used by {shown}{more}.",
        remedy="Give them another credential first, or remove it from all of them with --force.",
        users=list(users),
    )
