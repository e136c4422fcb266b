# SPDX-License-Identifier: Apache-2.0
"""What every route may ask for: the services, who is acting, a page's bounds, an idempotency key."""

from typing import Annotated

from fastapi import Depends, Header, Path, Query
from fastapi.requests import HTTPConnection

from api.container import Container
from opsconductor.actor import local_actor
from opsconductor.ids import new_id

#: Most rows one page may hold.
MAX_PAGE = 500


def container(connection: HTTPConnection) -> Container:
    """The services, as the composition root wired them."""
    wired: Container = connection.app.state.container
    return wired


def actor() -> str:
    """Who acts: the account the server runs as, as long as it answers its own machine only."""
    return local_actor()


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="Repeating the request with the same key starts nothing twice.",
        ),
    ] = None,
) -> str:
    """The client's key; without one every request stands for itself."""
    return idempotency_key or new_id()


Services = Annotated[Container, Depends(container)]
Actor = Annotated[str, Depends(actor)]
IdempotencyKey = Annotated[str, Depends(idempotency_key)]
#: Names are plain text; a slash in one arrives like any other character.
Name = Annotated[str, Path(min_length=1, max_length=255)]
Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most items on the page.")]
