# SPDX-License-Identifier: Apache-2.0
"""Credentials go in and never come out: no answer holds a secret."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, SecretStr

from api.deps import Actor, After, Limit, Name, Services
from api.pages import Page, named_page
from opsconductor.domain.credentials import Credential
from opsconductor.services.credentials import CredentialEdit, CredentialSpec

router = APIRouter(prefix="/api/credentials", tags=["credentials"])


class CredentialView(BaseModel):
    """A credential's public side and who uses it."""

    credential: Credential
    users: list[str]


class CredentialValue(BaseModel):
    """A new value of the same kind."""

    model_config = ConfigDict(extra="forbid")

    value: SecretStr
    #: Of the private key; not stored.
    passphrase: SecretStr | None = None
    #: PEM, when it does not stand in `value`.
    certificate: str | None = None


class RemovedCredential(BaseModel):
    """Who used it."""

    users: list[str]


@router.get("")
def list_credentials(services: Services, after: After = None, limit: Limit = 100) -> Page[Credential]:
    """In the natural order of names, without secrets."""
    return named_page(services.credentials.list(), after, limit, lambda credential: credential.name)


@router.post("", status_code=201)
def add_credential(body: CredentialSpec, services: Services, actor: Actor) -> Credential:
    """Store a credential, encrypted."""
    return services.credentials.add(body, actor)


@router.get("/{name:path}")
def get_credential(name: Name, services: Services) -> CredentialView:
    """One credential without its secret, and who uses it."""
    return CredentialView(credential=services.credentials.get(name), users=list(services.credentials.users(name)))


@router.put("/{name:path}")
def replace_credential(name: Name, body: CredentialValue, services: Services, actor: Actor) -> Credential:
    """Give the credential a new value."""
    return services.credentials.replace(
        name, body.value, actor, passphrase=body.passphrase, certificate=body.certificate
    )


@router.patch("/{name:path}")
def edit_credential(name: Name, body: CredentialEdit, services: Services, actor: Actor) -> Credential:
    """Change name, user or description."""
    return services.credentials.edit(name, body, actor)


@router.delete("/{name:path}")
def remove_credential(name: Name, services: Services, actor: Actor, force: bool = False) -> RemovedCredential:
    """Remove a credential; with `force` also one that is in use, which its users then lose."""
    return RemovedCredential(users=list(services.credentials.remove(name, actor, force=force)))
