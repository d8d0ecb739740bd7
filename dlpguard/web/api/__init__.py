"""The site for programs: the same under `/api/v1`, as JSON, by personal access tokens.

One module for each subject; to add one, add a module and its line here.  What a token may do is
what its account may do on the pages, by the same functions: masks, groups, roles and the audit are
not done again here.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Response

from dlpguard.web.api import (
    _problems,
    audit,
    content,
    decisions,
    emergencies,
    figures,
    me,
    messages,
    policies,
    queue,
    system,
)
from dlpguard.web.api._description import describe
from dlpguard.web.site import Site
from dlpguard.web.throttle import Throttle


def routers() -> tuple[APIRouter, ...]:
    """The routes of all subjects."""
    return (
        me.router,
        queue.router,
        messages.router,
        content.router,
        decisions.router,
        emergencies.router,
        figures.router,
        policies.router,
        audit.router,
        system.router,
    )


def create(site: Site, throttle: Throttle) -> FastAPI:
    """The application under `/api`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.site = site
    app.state.throttle = throttle
    for router in routers():
        app.include_router(router, prefix="/v1")
    _problems.explain(app)
    describe(app)
    return app


def nothing_there() -> Response:
    """The answer where there is no route."""
    return _problems.problem(404, _problems.MEANS[404])


def too_long() -> Response:
    """The answer to a body that is longer than any, or does not say how long it is."""
    return _problems.problem(413, _problems.MEANS[413])
