"""What goes wrong, as `application/problem+json` (RFC 9457).

No problem repeats what was sent: a value that is refused may be content.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from dlpguard import telemetry
from dlpguard.errors import NotFoundError, RefusedError, StaleError, TemporaryError
from dlpguard.review import ChoiceError
from dlpguard.web.api._caller import NotInScopeError, NoTokenError, TooOftenError
from dlpguard.web.scopes import SCOPES

MEDIA_TYPE = "application/problem+json"

_BUSY_SECONDS = 5
"""After which to try again when the database was busy."""


class InvalidError(Exception):
    """One thing in a request is not as it should be, which its model cannot tell."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where)
        self.where = where
        self.what = what


class Wrong(BaseModel):
    """One thing in a request that is not as it should be."""

    where: str = Field(description="Where: `body.version`, `query.page`.", examples=["body.reason"])
    what: str = Field(description="What is wrong with it.", examples=["Field required"])


class Problem(BaseModel):
    """What went wrong, and what to do (RFC 9457)."""

    type: str = Field(
        description="Which problem it is, for programs: it does not change.",
        examples=["urn:dlpguard:problem:changed"],
    )
    title: str = Field(description="The same for people.", examples=["Somebody was quicker"])
    status: int = Field(description="The HTTP status.", examples=[409])
    detail: str = Field(
        description="What it is in this case, and what to do.",
        examples=["Message 06FK… has changed since you looked at it; look again."],
    )
    scope: str | None = Field(None, description="The scope that is missing.", examples=["decide"])
    errors: list[Wrong] | None = Field(None, description="Everything that is wrong with a request.")


TITLES: dict[int, tuple[str, str]] = {
    401: ("no-token", "No token that works"),
    403: ("not-allowed", "Not allowed"),
    404: ("not-found", "There is nothing here"),
    405: ("method", "Not done like that"),
    409: ("changed", "Somebody was quicker"),
    413: ("too-long", "The request is too long"),
    422: ("invalid", "This request does not work"),
    429: ("too-often", "Too many tries"),
    500: ("failed", "Something went wrong on our side"),
    503: ("busy", "Not now"),
}
"""Every problem: the end of its `type`, and its title."""

MEANS = {
    401: "There is no token, or it was revoked, has run out, or belongs to a disabled account.",
    403: "The token was not made for this, or its account does not have the right.",
    404: "There is no such thing, or it is not this account's to see.",
    409: "Somebody else decided meanwhile, or it has changed. Nothing was done; look again.",
    413: "The body is longer than 64 KiB, or does not say how long it is.",
    422: "Something is missing, or is not what it should be. Nothing was changed.",
    429: "Too many tokens that do not work came from this address.",
    503: "The database cannot be used at the moment. Nothing was changed; try again.",
}
"""What each means in the API's description."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problems for the `responses` of a route."""
    return {status: _documented(status) for status in statuses}


def problem(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    """A problem as an answer."""
    kind, title = TITLES.get(status, ("http", HTTPStatus(status).phrase))
    body = Problem(
        type=f"urn:dlpguard:problem:{kind}", title=title, status=status, detail=detail, **more
    )
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def explain(app: FastAPI) -> None:
    """Make every error of an application a problem."""

    @app.exception_handler(NoTokenError)
    def no_token(request: Request, _error: NoTokenError) -> Response:
        # RFC 6750 3.1: without a token at all there is no error to name.
        error = ', error="invalid_token"' if "authorization" in request.headers else ""
        headers = {"WWW-Authenticate": f'Bearer realm="dlpguard"{error}'}
        return problem(401, f"{MEANS[401]} Send one as “Authorization: Bearer dlpg_…”.", headers)

    @app.exception_handler(NotInScopeError)
    def not_in_scope(_request: Request, error: NotInScopeError) -> Response:
        right = SCOPES[error.missing]
        says = "This token was not made to" if error.account_may else "Your account may not"
        challenge = f'Bearer realm="dlpguard", error="insufficient_scope", scope="{error.missing}"'
        headers = {"WWW-Authenticate": challenge}
        return problem(403, f"{says} {right}.", headers, scope=error.missing)

    @app.exception_handler(TooOftenError)
    def too_often(_request: Request, error: TooOftenError) -> Response:
        return problem(429, MEANS[429], {"Retry-After": str(ceil(error.seconds))})

    @app.exception_handler(RefusedError)
    def refused(_request: Request, error: RefusedError) -> Response:
        return problem(403, _sentence(error))

    @app.exception_handler(NotFoundError)
    def not_found(_request: Request, _error: NotFoundError) -> Response:
        # In the same words whether there is none or it is another group's.
        return problem(404, MEANS[404])

    @app.exception_handler(StaleError)
    def stale(_request: Request, error: StaleError) -> Response:
        return problem(409, _sentence(error))

    @app.exception_handler(ChoiceError)
    def no_choice(_request: Request, error: ChoiceError) -> Response:
        return problem(422, _sentence(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> Response:
        wrong = [Wrong(where=_place(one["loc"]), what=one["msg"]) for one in error.errors()]
        return problem(422, MEANS[422], errors=wrong)

    @app.exception_handler(InvalidError)
    def no_sense(_request: Request, error: InvalidError) -> Response:
        return problem(422, MEANS[422], errors=[Wrong(where=error.where, what=error.what)])

    @app.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI: a body that is no JSON at all
            return problem(422, MEANS[422])
        detail = MEANS.get(error.status_code, "Nothing was changed.")
        return problem(error.status_code, detail, error.headers)

    @app.exception_handler(TemporaryError)
    def busy(_request: Request, error: TemporaryError) -> Response:
        telemetry.crashed("api", error)
        return problem(503, MEANS[503], {"Retry-After": str(_BUSY_SECONDS)})

    @app.exception_handler(Exception)
    def failed(_request: Request, error: Exception) -> Response:
        telemetry.crashed("api", error)
        return problem(500, "Nothing was changed; tell your mail team.")


def _documented(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {"description": MEANS[status], "content": content}
    names = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
    if headers := names.get(status):
        found["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
    return found


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _place(steps: tuple[int | str, ...]) -> str:
    return ".".join(map(str, steps))
