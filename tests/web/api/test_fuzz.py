"""Requests that nobody would write: no fault of ours, and every answer as it is described.

schemathesis makes requests out of the description, right ones and wrong ones, and compares what
comes back with what the description promises: status, headers, media type, every field; and
that nothing is given without a token.  For a longer run: FUZZ_EXAMPLES=500 in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.schemas import OpenApiSchema

from dlpguard import policy
from dlpguard.runners.judging import Judging
from dlpguard.store import accounts
from dlpguard.web import api, app, throttle
from dlpguard.web.roles import Role
from dlpguard.web.rulebook import Rulebook
from dlpguard.web.scopes import SCOPES
from dlpguard.web.throttle import Throttle
from tests.web._site import HEAD, ORGANISATION, POLICIES, REVIEWER, desk
from tests.web.api._program import made

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))


class Application:
    """What the requests go to: a site, once a fixture has made it."""

    def __init__(self) -> None:
        self.site: Any = None
        self.held: list[str] = []
        """Messages that there are: a random id is none."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.site(scope, receive, send)


def described() -> OpenApiSchema:
    """The description, without a site: tests are made of it before there is one."""
    made = api.create(None, Throttle()).openapi()  # type: ignore[arg-type]
    schema = schemathesis.openapi.from_dict(made | {"servers": [{"url": "/api"}]})
    schema.app = APPLICATION
    # A list that is too long for its model may be too long to be read at all.
    schema.config.checks.negative_data_rejection.expected_statuses.append("413")
    return schema


APPLICATION = Application()
SCHEMA = described()


@pytest.fixture(scope="module", autouse=True)
def site(tmp_path_factory: pytest.TempPathFactory, inspected: Path) -> Iterator[None]:
    with (
        desk(tmp_path_factory.mktemp("fuzz"), inspected) as here,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setattr(throttle, "FREE", 1e9)  # without a token is tried here more often than ten times
        who = here.store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
        here.store.database.write_now(lambda tx: accounts.change(tx, who.id, roles=tuple(Role)))
        APPLICATION.held = [held.id for held in here.held()]
        judging = Judging(policy.load(POLICIES), "enforce", frozenset(), ORGANISATION, HEAD)
        rules = Rulebook(lambda: judging, POLICIES)
        APPLICATION.site = app.create(replace(here.site, rules=rules))
        SCHEMA.config.headers = {"Authorization": f"Bearer {made(here, REVIEWER, SCOPES)}"}
        yield


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_it_is_described(case: Case[Any]) -> None:
    held = APPLICATION.held
    if "id" in (case.path_parameters or {}) and _is_right(case):
        case.path_parameters["id"] = held[len(str(case.body)) % len(held)]

    case.call_and_validate()


def _is_right(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
