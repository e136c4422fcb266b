# SPDX-License-Identifier: Apache-2.0
"""Every error leaves as problem+json (RFC 9457): what is wrong and what to do about it."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from opsconductor.errors import Broken, InvalidInput, OpsConductorError
from opsconductor.logging import get_logger

MEDIA_TYPE = "application/problem+json"
_log = get_logger(__name__)


class Problem(BaseModel):
    """The body of every answer that is not a success; `remedy` and `context` only where there is something to say."""

    type: str = Field(examples=["urn:opsconductor:problem:not-found"])
    title: str
    status: int
    detail: str
    code: str
    remedy: str | None = None
    context: dict[str, Any] | None = None


class ProblemResponse(JSONResponse):
    """A problem as an answer."""

    media_type = MEDIA_TYPE


def problem_response(error: OpsConductorError) -> ProblemResponse:
    """The answer for an error of ours."""
    return ProblemResponse(error.problem(), status_code=error.status)


def _ours(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, OpsConductorError)  # noqa: S101 - registered for that class
    if error.status >= 500:
        _log.error("request failed", code=error.code, detail=error.message)
    return problem_response(error)


def too_large() -> ProblemResponse:
    """The answer to a request beyond the limit."""
    problem = {
        "type": "urn:opsconductor:problem:too-large",
        "title": "The request is larger than the server takes.",
        "status": 413,
        "detail": "The request is larger than the server takes.",
        "code": "too-large",
        "remedy": "Send less; large contents go into the file library.",
    }
    return ProblemResponse(problem, status_code=413)


def _http(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for that class
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return too_large()
    title = HTTPStatus(error.status_code).phrase
    code = title.lower().replace(" ", "-")
    problem = {
        "type": f"urn:opsconductor:problem:{code}",
        "title": title,
        "status": error.status_code,
        "detail": error.detail,
        "code": code,
    }
    return ProblemResponse(problem, status_code=error.status_code, headers=error.headers)


def _validation(_request: Request, error: Exception) -> ProblemResponse:
    """Which fields are wrong and why. What was given is left out: it may be a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for that class
    errors = [{"field": ".".join(str(p) for p in e["loc"]), "message": e["msg"]} for e in error.errors()]
    text = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
    return problem_response(
        InvalidInput(f"The request does not fit: {text}.", remedy="/api/openapi.json says what fits.", errors=errors)
    )


def _unforeseen(_request: Request, _error: Exception) -> ProblemResponse:
    """The trace goes to the server's log, never to the client."""
    return problem_response(
        Broken("The server met an error it did not foresee.", remedy="The server's log has the details.")
    )


def install_problems(app: FastAPI) -> None:
    """Turn all errors of `app` into problems."""
    app.add_exception_handler(OpsConductorError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(Exception, _unforeseen)
