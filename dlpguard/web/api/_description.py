"""The API's description of itself (OpenAPI 3.1), at `/api/openapi.json`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dlpguard import __version__
from dlpguard.web.api._problems import Problem
from dlpguard.web.scopes import SCOPES

_TEMPLATE = "#/components/schemas/{model}"

_ABOUT = """
What reviewers do on the pages, for programs: look at what is held, and decide.

**Tokens.** Make one on the page *Your account › Tokens* and send it as
`Authorization: Bearer dlpg_…`. A token has scopes:

{scopes}

It never has more rights than its account has at that moment. What is done by a token is done by
its owner, and the audit says by which token.

**Content** (names, subjects, file names, addresses) is masked, `J*** S****`, until its reader has
given a reason for seeing it (`reveal`), and left out without the scope `see-content`. Messages of
other groups are not there.

**Decisions** carry the `version` and `campaign` of the message as it was looked at; if somebody
decided meanwhile, or more copies came, the answer is 409 and nothing was done.

**Times** are RFC 3339 in UTC. **Errors** are `application/problem+json` (RFC 9457).
"""


def describe(app: FastAPI) -> None:
    """Have an application give its description."""

    def description() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign] # FastAPI documents it so


def _description(app: FastAPI) -> dict[str, Any]:
    scopes = "\n".join(f"- `{name}`: {right}" for name, right in SCOPES.items())
    made = get_openapi(
        title="dlpguard",
        version=__version__,
        summary="Held mail, and what is decided about it",
        description=_ABOUT.format(scopes=scopes).strip(),
        routes=app.routes,
    )
    schemas = made["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template=_TEMPLATE)
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    # FastAPI's own error model, which nothing here answers with.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return made
