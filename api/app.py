# SPDX-License-Identifier: Apache-2.0
"""The application: routes, errors, guard and the web console put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.body_limit import BodyLimit
from api.console import install_console
from api.container import Container
from api.guard import Guard
from api.hub import Hub
from api.openapi import install_openapi
from api.problems import install_problems
from api.routes import (
    artifacts,
    assets,
    credentials,
    files,
    freeze,
    groups,
    jobs,
    plans,
    runbooks,
    schedules,
    system,
    templates,
    vision,
    watch,
)


def _operation_id(route: APIRoute) -> str:
    """Operation ids are the function names: stable, and what generated clients call."""
    return route.name


def create_app(container: Container, started: Callable[[], object] | None = None) -> FastAPI:
    """The ASGI application over the services of `container`; `started` is called when it takes requests."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.hub = Hub(container)
        if started:
            started()
        yield
        app.state.hub.close()

    app = FastAPI(
        title="OpsConductor",
        version=version("opsconductor"),
        summary="Say what should change on which machines; review the plan; watch every step on every target.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both pages load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    app.state.container = container
    install_problems(app)
    for module in (
        plans,
        runbooks,
        schedules,
        vision,
        jobs,
        artifacts,
        freeze,
        templates,
        assets,
        groups,
        credentials,
        files,
        system,
        watch,
    ):
        app.include_router(module.router)
    app.include_router(schedules.calendars)
    install_openapi(app)
    install_console(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard)  # the last added is the outermost
    return app
