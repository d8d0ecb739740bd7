"""The site as an ASGI application: pages, security headers, and what errors look like."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from dlpguard import telemetry
from dlpguard.errors import NotFoundError, RefusedError, StaleError, TemporaryError
from dlpguard.web import api, session, words
from dlpguard.web.pages import routers, trying
from dlpguard.web.session import ForgedError, NotAllowedError, SignInFirstError
from dlpguard.web.site import ASSETS, Site, page
from dlpguard.web.throttle import Throttle
from dlpguard.web.words import _

CONTENT_SECURITY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Nothing inline, nothing from elsewhere (Content Security Policy Level 3)."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every answer that does not set its own: what people see here is in no cache."""

STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"

LONGEST_FORM = 64 * 1024
"""Bytes of a request's body: forms here are short."""

LONGEST = {"/try": trying.LARGEST}
"""The pages that take a file."""


def create(site: Site) -> FastAPI:
    """The application for a site."""
    app = FastAPI(title="dlpguard", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = site
    app.state.throttle = Throttle()
    app.mount("/api", api.create(site, app.state.throttle), name="api")
    app.mount("/assets", StaticFiles(directory=ASSETS, check_dir=False), name="assets")
    for router in routers():
        app.include_router(router)

    @app.middleware("http")
    async def protect(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        words.speak(site.languages, request.headers.get("accept-language", ""))
        # A body that comes in pieces could be endless: browsers say how long a form is.
        declared = request.headers.get("content-length", "0")
        endless = "transfer-encoding" in request.headers
        longest = LONGEST.get(request.url.path, LONGEST_FORM)
        if endless or not declared.isdecimal() or int(declared) > longest:
            response = api.too_long() if _is_api(request) else _too_long()
        else:
            response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.url.path.startswith("/assets/"):
            response.headers["Cache-Control"] = "public, max-age=3600"
        if site.is_secure:
            response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        return response

    @app.get("/healthz", include_in_schema=False)
    def alive() -> PlainTextResponse:
        """Whether the process answers."""
        return PlainTextResponse("ok\n")

    _explain_errors(app, site)
    return app


def _explain_errors(app: FastAPI, site: Site) -> None:
    """Every error is a page that says what happened and what to do."""

    def show(request: Request, status: int, title: str, text: str) -> HTMLResponse:
        visitor = session.anybody(request)
        return HTMLResponse(
            page(site, "error.html", visitor=visitor, title=title, text=text), status
        )

    @app.exception_handler(SignInFirstError)
    def sign_in_first(request: Request, _error: SignInFirstError) -> Response:
        after = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = f"?after={quote(after)}" if request.method == "GET" and after != "/" else ""
        return RedirectResponse(f"/sign-in{wanted}", HTTPStatus.SEE_OTHER)

    @app.exception_handler(NotAllowedError)
    def not_allowed(request: Request, _error: NotAllowedError) -> Response:
        text = _("Your account does not have the role for it. Ask a mail administrator.")
        return show(request, HTTPStatus.FORBIDDEN, _("You may not do this"), text)

    @app.exception_handler(RefusedError)
    def refused_to_them(request: Request, error: RefusedError) -> Response:
        text = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return show(request, HTTPStatus.FORBIDDEN, _("This is not for you to decide"), text)

    @app.exception_handler(ForgedError)
    def forged(request: Request, _error: ForgedError) -> Response:
        text = _("Nothing was changed. Go back, load the page again, and then send it.")
        return show(request, HTTPStatus.FORBIDDEN, _("This form is out of date"), text)

    @app.exception_handler(NotFoundError)
    @app.exception_handler(HTTPStatus.NOT_FOUND)
    def not_found(request: Request, _error: Exception) -> Response:
        if _is_api(request):  # a path with a line end in it does not get as far as the API
            return api.nothing_there()
        text = _("It may have been decided and forgotten since, or the address is not complete.")
        return show(request, HTTPStatus.NOT_FOUND, _("There is nothing here"), text)

    @app.exception_handler(StaleError)
    def stale(request: Request, error: StaleError) -> Response:
        return show(request, HTTPStatus.CONFLICT, _("Somebody was quicker"), f"{error}.")

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, _error: RequestValidationError) -> Response:
        text = _("Something is missing, or is not what it should be. Nothing was changed.")
        return show(request, HTTPStatus.BAD_REQUEST, _("This does not work"), text)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        title = HTTPStatus(error.status_code).phrase
        return show(request, error.status_code, title, "Nothing was changed.")

    @app.exception_handler(TemporaryError)
    def busy(_request: Request, error: TemporaryError) -> Response:
        telemetry.crashed("web", error)
        text = "The database cannot be used at the moment. Nothing was changed; try again shortly."
        return _plain(HTTPStatus.SERVICE_UNAVAILABLE, text)

    @app.exception_handler(Exception)
    def failed(_request: Request, error: Exception) -> Response:
        telemetry.crashed("web", error)
        text = "Something went wrong on our side. Nothing was changed; tell your mail team."
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, text)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _too_long() -> Response:
    return PlainTextResponse("too long\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _plain(status: HTTPStatus, text: str) -> Response:
    """Without the database, and so without knowing who asks."""
    return PlainTextResponse(text + "\n", status)
