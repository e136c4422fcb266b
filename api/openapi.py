# SPDX-License-Identifier: Apache-2.0
"""The published description of the API; `python -m api.openapi` writes it for the web console's types."""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem

#: Where the web console's types are generated from.
COMMITTED = Path(__file__).parent.parent / "ui" / "openapi.json"
_METHODS = {"get", "put", "post", "delete", "patch"}


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1, every operation with the problem it may answer instead."""
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    answer = {
        "description": "What is wrong and what to do about it (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in document["paths"].values():
        for method in _METHODS & path.keys():
            path[method]["responses"].pop("422", None)
            path[method]["responses"]["default"] = answer
    return document


def install_openapi(app: FastAPI) -> None:
    """Let `app` publish that description."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def text(app: FastAPI) -> str:
    """The document as it is committed: sorted, so that a change reads as a change."""
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write ui/openapi.json, or what the first argument names."""
    from api.app import create_app  # the application imports this module

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else COMMITTED
    # The description needs the routes only; no service is asked.
    target.write_text(text(create_app(object())))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
