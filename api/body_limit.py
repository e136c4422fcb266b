# SPDX-License-Identifier: Apache-2.0
"""How much a request may hold: little, but for the upload of files."""

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

#: Most bytes of a request: the largest plan is far below.
MAX_BODY = 1 << 20
#: Most bytes of an upload; it goes through a temporary file, never through memory.
MAX_UPLOAD = 4 << 30
UPLOADS = "/api/files"


class BodyLimit:
    """Refuses larger requests with 413, also when they do not say beforehand how large they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._usual = RequestBodyLimitMiddleware(app, MAX_BODY)
        self._uploads = RequestBodyLimitMiddleware(app, MAX_UPLOAD)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the limit of its address."""
        limited = self._uploads if scope.get("path") == UPLOADS else self._usual
        await limited(scope, receive, send)
