"""Every route for every role: what is not given is refused, and a new route is noticed here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from dlpguard.lifecycle import State
from dlpguard.web import app
from dlpguard.web.pages import routers
from dlpguard.web.roles import RIGHTS, Right, Role, rights
from tests.web._site import (
    APPROVER,
    AUDITOR,
    MAIL_ADMINISTRATOR,
    NOBODY,
    PEOPLE,
    POLICY_ADMINISTRATOR,
    REVIEWER,
    Desk,
    csrf,
    desk,
)

OPEN = "anybody"
SIGNED_IN = "whoever is signed in"

NEEDS: dict[tuple[str, str], Right | str] = {
    ("GET", "/"): SIGNED_IN,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/digest"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/sessions"): SIGNED_IN,
    ("GET", "/account/tokens"): SIGNED_IN,
    ("POST", "/account/tokens"): SIGNED_IN,
    ("POST", "/account/tokens/revoke"): SIGNED_IN,
    ("GET", "/accounts"): Right.MANAGE_ACCOUNTS,
    ("GET", "/accounts/add"): Right.MANAGE_ACCOUNTS,
    ("POST", "/accounts/add"): Right.MANAGE_ACCOUNTS,
    ("GET", "/accounts/{id}"): Right.MANAGE_ACCOUNTS,
    ("POST", "/accounts/{id}"): Right.MANAGE_ACCOUNTS,
    ("POST", "/accounts/{id}/act"): Right.MANAGE_ACCOUNTS,
    ("GET", "/answer/{code}"): OPEN,
    ("POST", "/answer/{code}"): OPEN,
    ("GET", "/figures"): Right.SEE_FIGURES,
    ("GET", "/figures.csv"): Right.SEE_FIGURES,
    ("GET", "/health"): Right.SEE_HEALTH,
    ("POST", "/health/next-hop"): Right.SEE_HEALTH,
    ("GET", "/metrics"): OPEN,  # to whom the settings name; without them there are none
    ("GET", "/readyz"): OPEN,
    ("GET", "/flows"): Right.SEE_POLICIES,
    ("GET", "/flows/{id}"): Right.CHANGE_POLICIES,
    ("POST", "/flows/{id}/accept"): Right.CHANGE_POLICIES,
    ("POST", "/flows/{id}/refuse"): Right.CHANGE_POLICIES,
    ("GET", "/policies"): Right.SEE_POLICIES,
    ("GET", "/try"): Right.SEE_POLICIES,
    ("POST", "/try"): Right.SEE_POLICIES,
    ("GET", "/policies/{id}"): Right.SEE_POLICIES,
    ("GET", "/audit"): Right.SEE_AUDIT,
    ("POST", "/audit/checkpoint"): Right.SEE_AUDIT,
    ("POST", "/audit/export"): Right.SEE_AUDIT,
    ("POST", "/audit/verify"): Right.SEE_AUDIT,
    ("GET", "/messages/{id}"): Right.SEE_QUEUE,
    ("GET", "/messages/{id}/files/{file}"): Right.SEE_CONTENT,
    ("GET", "/messages/{id}/headers"): Right.SEE_CONTENT,
    ("GET", "/messages/{id}/mail"): Right.SEE_CONTENT,
    ("GET", "/messages/{id}/mail/{number}"): Right.SEE_CONTENT,
    ("POST", "/messages/{id}/download"): Right.DOWNLOAD,
    ("GET", "/messages/{id}/people"): Right.SEE_CONTENT,
    ("GET", "/messages/{id}/recipients"): Right.SEE_CONTENT,
    ("POST", "/messages/{id}/reveal"): Right.SEE_CONTENT,
    ("POST", "/messages/{id}/ask"): Right.DECIDE,
    ("POST", "/messages/{id}/comment"): Right.DECIDE,
    ("POST", "/messages/{id}/mark"): Right.DECIDE,
    ("POST", "/messages/{id}/owner"): Right.DECIDE,
    ("POST", "/messages/{id}/release"): Right.DECIDE,
    ("POST", "/messages/{id}/return"): Right.DECIDE,
    ("POST", "/messages/{id}/undo"): Right.DECIDE,
    ("GET", "/queue"): Right.SEE_QUEUE,
    ("GET", "/queue/news"): Right.SEE_QUEUE,
    ("POST", "/queue/keys"): Right.SEE_QUEUE,
    ("POST", "/messages/{id}/urgent"): Right.DECIDE,
    ("POST", "/messages/{id}/break-glass"): Right.BREAK_GLASS,
    ("GET", "/urgent"): Right.LOOK_INTO,
    ("POST", "/urgent"): Right.LOOK_INTO,
    ("GET", "/urgent/{code}"): OPEN,
    ("POST", "/urgent/{code}"): OPEN,
    ("GET", "/welcome/{code}"): OPEN,
    ("POST", "/welcome/{code}"): OPEN,
    ("GET", "/sign-in"): OPEN,
    ("POST", "/sign-in"): OPEN,
    ("GET", "/sign-in/code"): "a password that was right",
    ("POST", "/sign-in/code"): "a password that was right",
    ("POST", "/sign-out"): SIGNED_IN,
}

FORM = {"version": "1", "campaign": "0", "note": "x", "question": "x", "reason": "x", "text": "x"}
MORE = {"who": "me", "was": "rightly", "session": "99"}
TO_RIGHTS = [(route, right) for route, right in NEEDS.items() if isinstance(right, Right)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, inspected: Path) -> Iterator[Desk]:
    """One site for all tests that ask only whether something is refused."""
    with desk(tmp_path_factory.mktemp("roles"), inspected) as made:
        yield made


@pytest.fixture(scope="module")
def reviewer(shared: Desk) -> TestClient:
    return shared.visitor(REVIEWER)


@pytest.fixture(scope="module")
def nobody(shared: Desk) -> TestClient:
    return shared.visitor()


def test_every_route_is_in_the_table() -> None:
    routes = {
        (method, route.path)
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }

    assert set(NEEDS) == routes


@pytest.mark.parametrize("name", PEOPLE)
def test_each_role_may_do_what_the_table_says_and_nothing_else(here: Desk, name: str) -> None:
    """A refusal is 403; everything else is an answer about the matter itself."""
    client = here.visitor(name)
    mine = rights(PEOPLE[name][1])
    proof = csrf(client.get("/account").text)
    for number, ((method, path), right) in enumerate(TO_RIGHTS):
        ids = here.ids() or ("",)  # they may be released meanwhile
        address = path.format(id=ids[number % len(ids)], file=0, number=0)
        if method == "GET":
            status = client.get(address).status_code
        else:
            status = client.post(address, data={"csrf": proof} | FORM | MORE).status_code

        assert (status == 403) == (right not in mine), (method, path, status)


@pytest.mark.parametrize("name", [AUDITOR, MAIL_ADMINISTRATOR, POLICY_ADMINISTRATOR, NOBODY])
def test_who_may_not_decide_has_changed_nothing(here: Desk, name: str) -> None:
    client = here.visitor(name)
    proof = csrf(client.get("/account").text)
    id = here.ids()[0]
    for (method, path), _ in TO_RIGHTS:
        if method == "POST":
            client.post(path.format(id=id), data={"csrf": proof} | FORM | MORE)

    assert State.QUARANTINED is here.state(id)


@pytest.mark.parametrize("route", [route for route, right in NEEDS.items() if right != OPEN])
def test_nobody_gets_anywhere_without_signing_in(
    nobody: TestClient, shared: Desk, route: tuple[str, str]
) -> None:
    method, path = route
    proof = csrf(nobody.get("/sign-in").text)
    address = path.format(id=shared.ids()[0], file=0, number=0)
    answer = (
        nobody.get(address)
        if method == "GET"
        else nobody.post(address, data={"csrf": proof} | FORM | MORE)
    )

    assert 303 == answer.status_code
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("route", [r for r in NEEDS if r[0] == "POST"])
def test_no_form_is_taken_without_proof(
    reviewer: TestClient, shared: Desk, route: tuple[str, str]
) -> None:
    address = route[1].format(id=shared.ids()[0], code="x")

    assert 403 == reviewer.post(address, data=FORM | MORE).status_code


def test_a_form_is_short(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    proof = csrf(client.get("/account").text)

    data = {"csrf": proof, "old": "x" * app.LONGEST_FORM}
    assert 413 == client.post("/account/password", data=data).status_code
    endless = (b"x" for _ in range(3))  # sent in pieces, without saying how many
    assert 413 == client.post("/account/password", content=endless).status_code


def test_who_reviews_does_not_run_the_machine_and_who_runs_it_reads_no_mail() -> None:
    assert Right.MANAGE_ACCOUNTS not in RIGHTS[Role.REVIEWER] | RIGHTS[Role.APPROVER]
    for role in (Role.AUDITOR, Role.MAIL_ADMINISTRATOR, Role.POLICY_ADMINISTRATOR):
        assert not RIGHTS[role] & {Right.SEE_CONTENT, Right.DECIDE, Right.DOWNLOAD}
    assert {Right.APPROVE, Right.DOWNLOAD} <= rights(PEOPLE[APPROVER][1])
