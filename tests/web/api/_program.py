"""A program that asks the API by a token of somebody's."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.testclient import TestClient

from dlpguard.store import accounts, tokens
from dlpguard.web import app
from dlpguard.web.roles import rights
from dlpguard.web.scopes import ONLY_PEOPLE, scope
from tests.web._site import PEOPLE, REVIEWER, Desk

BASE = "/api/v1"


def made(
    desk: Desk,
    name: str = REVIEWER,
    scopes: Iterable[str] = (),
    days: int = 30,
    called: str = "reports",
) -> str:
    """A token of somebody's; without scopes for all that they may."""
    wanted = scopes or map(scope, rights(PEOPLE[name][1]) - ONLY_PEOPLE)

    def work(tx: object) -> str:
        account = accounts.known(tx, name)  # type: ignore[arg-type]
        return tokens.make(tx, account, called, wanted, days)[0]  # type: ignore[arg-type]

    return desk.store.database.write_now(work)


def program(desk: Desk, token: str = "") -> TestClient:
    """A client of the API with a token, "" none."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return TestClient(
        app.create(desk.site),
        base_url="http://testserver" + BASE,
        headers=headers,
        follow_redirects=False,
    )


def program_of(desk: Desk, name: str = REVIEWER, scopes: Iterable[str] = ()) -> TestClient:
    """A client with a new token of somebody's."""
    return program(desk, made(desk, name, scopes))
