# SPDX-License-Identifier: Apache-2.0
"""Documents in a request's body: described by their schema, validated by the services, which name every fault."""

from typing import Annotated, TypeVar

from pydantic import SkipValidation

T = TypeVar("T")

#: What arrives is JSON data; `services.documents.validated` makes the document of it.
Written = Annotated[T, SkipValidation]
