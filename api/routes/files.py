# SPDX-License-Identifier: Apache-2.0
"""The file library: what jobs may deploy."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from api.deps import Actor, After, Limit, Name, Services
from api.pages import Page, named_page
from opsconductor.domain.files import LibraryFile

router = APIRouter(prefix="/api/files", tags=["files"])


@router.get("")
def list_files(services: Services, after: After = None, limit: Limit = 100) -> Page[LibraryFile]:
    """The newest version of every file, in the natural order of names."""
    return named_page(services.files.list(), after, limit, lambda file: file.name)


@router.post("", status_code=201)
def add_file(
    services: Services,
    actor: Actor,
    file: Annotated[UploadFile, File(description="The content; its file name is the name in the library.")],
    name: Annotated[str | None, Form(max_length=255, description="Another name in the library.")] = None,
    label: Annotated[str | None, Form(max_length=200, description="What people call this version: 2.1.3.")] = None,
) -> LibraryFile:
    """Add a file, or the next version of one. The same content again makes no new version."""
    return services.files.add(file.file, actor, name=name or file.filename or "", label=label or None)


@router.get("/{name:path}")
def list_file_versions(name: Name, services: Services) -> list[LibraryFile]:
    """All versions of a file, newest first."""
    return list(services.files.versions(name))
