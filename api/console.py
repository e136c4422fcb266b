# SPDX-License-Identifier: Apache-2.0
"""The web console's files: hashed assets for ever, every other address is the application itself."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

from opsconductor.errors import NotFound

#: Where the build puts the console; part of the wheel.
STATIC = Path(__file__).parent / "static"


class HashedFiles(StaticFiles):
    """Files whose name holds their content's hash: a browser never needs to ask again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, to be kept for a year."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def install_console(app: FastAPI, static: Path = STATIC) -> None:
    """Serve the console from `static`; without a build, say how to make one."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{path:path}")
    def console(path: str) -> FileResponse:
        """A file of the console, or the application, which knows its own addresses."""
        index = static / "index.html"
        if not index.is_file():
            raise NotFound("The web console is not built.", remedy="Run `npm ci && npm run build` in ui/.")
        if path.startswith("api/") or path == "api":
            raise NotFound(f"There is no '/{path}'.", remedy="/api/openapi.json lists what there is.")
        wanted = (static / path).resolve()
        if path and wanted.is_file() and wanted.is_relative_to(static.resolve()):
            return FileResponse(wanted, headers={"Cache-Control": "no-cache"})
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    if (static / "assets").is_dir():
        app.mount("/assets", HashedFiles(directory=static / "assets"), name="assets")
    app.include_router(router)
