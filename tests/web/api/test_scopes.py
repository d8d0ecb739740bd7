"""Every route for every scope: what is not given is refused, and a new route is noticed here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from dlpguard.lifecycle import State
from dlpguard.store import accounts
from dlpguard.web.api import routers
from dlpguard.web.roles import Right, Role, rights
from dlpguard.web.scopes import SCOPES, scope
from tests.web._site import (
    APPROVER,
    AUDITOR,
    MAIL_ADMINISTRATOR,
    NOBODY,
    PEOPLE,
    POLICY_ADMINISTRATOR,
    REVIEWER,
    Desk,
    desk,
)
from tests.web.api._program import made, program, program_of

ANY_TOKEN = "any token"
NO_MESSAGE = "0" * 26

NEEDS: dict[tuple[str, str], Right | str] = {
    ("GET", "/accounts"): Right.MANAGE_ACCOUNTS,
    ("GET", "/audit"): Right.SEE_AUDIT,
    ("GET", "/emergencies"): Right.LOOK_INTO,
    ("GET", "/figures"): Right.SEE_FIGURES,
    ("GET", "/flows"): Right.SEE_POLICIES,
    ("GET", "/health"): Right.SEE_HEALTH,
    ("GET", "/me"): ANY_TOKEN,
    ("GET", "/messages/{id}"): Right.SEE_QUEUE,
    ("GET", "/messages/{id}/files/{file}"): Right.SEE_CONTENT,
    ("GET", "/messages/{id}/history"): Right.SEE_QUEUE,
    ("GET", "/messages/{id}/people"): Right.SEE_CONTENT,
    ("GET", "/messages/{id}/recipients"): Right.SEE_CONTENT,
    ("GET", "/policies"): Right.SEE_POLICIES,
    ("GET", "/policies/{name}"): Right.SEE_POLICIES,
    ("GET", "/queue"): Right.SEE_QUEUE,
    ("POST", "/audit/verify"): Right.SEE_AUDIT,
    ("POST", "/emergencies/{id}"): Right.LOOK_INTO,
    ("POST", "/messages/{id}/alarm"): Right.DECIDE,
    ("POST", "/messages/{id}/ask"): Right.DECIDE,
    ("POST", "/messages/{id}/comments"): Right.DECIDE,
    ("POST", "/messages/{id}/download"): Right.DOWNLOAD,
    ("POST", "/messages/{id}/mark"): Right.DECIDE,
    ("POST", "/messages/{id}/owner"): Right.DECIDE,
    ("POST", "/messages/{id}/release"): Right.DECIDE,
    ("POST", "/messages/{id}/return"): Right.DECIDE,
    ("POST", "/messages/{id}/reveal"): Right.SEE_CONTENT,
    ("POST", "/messages/{id}/undo"): Right.DECIDE,
}

BODIES: dict[str, dict[str, object]] = {
    "/audit/verify": {"checkpoints": ""},
    "/emergencies/{id}": {"justified": True, "found": "x"},
    "/messages/{id}/alarm": {"said": "x"},
    "/messages/{id}/ask": {"version": 1, "campaign": 0, "question": "x"},
    "/messages/{id}/comments": {"text": "x"},
    "/messages/{id}/download": {"reason": "x"},
    "/messages/{id}/mark": {"rightly": True},
    "/messages/{id}/owner": {"who": "me"},
    "/messages/{id}/release": {"version": 1, "campaign": 0, "reason": "x"},
    "/messages/{id}/return": {"version": 1, "campaign": 0, "note": "x"},
    "/messages/{id}/reveal": {"reason": "x"},
    "/messages/{id}/undo": {"reason": "x"},
}

TO_RIGHTS = [(route, right) for route, right in NEEDS.items() if isinstance(right, Right)]
ASKING = [AUDITOR, REVIEWER, APPROVER, POLICY_ADMINISTRATOR, MAIL_ADMINISTRATOR]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, inspected: Path) -> Iterator[Desk]:
    """One site for all tests that ask only whether something is refused."""
    with desk(tmp_path_factory.mktemp("scopes"), inspected) as made_:
        yield made_


def asked(client: TestClient, route: tuple[str, str], id: str) -> Any:
    method, path = route
    address = path.format(id=id, file=0, name="x")
    return client.request(method, address, json=BODIES.get(path) if method == "POST" else None)


def test_every_route_is_in_the_table() -> None:
    routes = {
        (method, route.path)
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }

    assert set(NEEDS) == routes


@pytest.mark.parametrize("name", sorted(SCOPES))
def test_a_token_with_one_scope_may_do_that_and_nothing_else(shared: Desk, name: str) -> None:
    """A refusal is 403 and names the scope; everything else is about the matter itself."""
    database = shared.store.database
    who = database.read_now(lambda tx: accounts.known(tx, NOBODY))
    database.write_now(lambda tx: accounts.change(tx, who.id, roles=tuple(Role)))
    client = program(shared, made(shared, NOBODY, [name], called=name))
    ids = shared.ids() or (NO_MESSAGE,)
    for number, (route, right) in enumerate(TO_RIGHTS):
        answer = asked(client, route, ids[number % len(ids)])

        refused = answer.status_code == 403 and answer.json().get("scope") == scope(right)
        assert refused == (SCOPES[name] is not right), (route, answer.text)


@pytest.mark.parametrize("owner", ASKING)
def test_a_token_with_all_scopes_may_what_its_account_may(shared: Desk, owner: str) -> None:
    client = program_of(shared, owner, SCOPES)
    ids = shared.ids() or (NO_MESSAGE,)
    mine = _rights(owner)
    for number, (route, right) in enumerate(TO_RIGHTS):
        answer = asked(client, route, ids[number % len(ids)])

        refused = answer.status_code == 403 and "scope" in answer.json()
        assert refused == (right not in mine), (route, answer.text)


@pytest.mark.parametrize("route", sorted(NEEDS))
def test_nobody_gets_anything_without_a_token(shared: Desk, route: tuple[str, str]) -> None:
    answer = asked(program(shared), route, NO_MESSAGE)

    assert 401 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]


def test_who_may_not_decide_has_changed_nothing(here: Desk) -> None:
    id = here.ids()[0]
    for owner in (AUDITOR, MAIL_ADMINISTRATOR, POLICY_ADMINISTRATOR):
        client = program_of(here, owner, SCOPES)
        for route, _ in TO_RIGHTS:
            asked(client, route, id)
    client = program_of(here, REVIEWER, ["see-queue", "see-content"])
    for route, _ in TO_RIGHTS:
        asked(client, route, id)

    assert State.QUARANTINED is here.state(id)


def _rights(name: str) -> frozenset[Right]:
    return rights(PEOPLE[name][1])
