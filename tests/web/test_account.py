"""One's own account: a password that only its owner changes, and sessions that can be ended."""

from __future__ import annotations

import pytest

from dlpguard.store import accounts
from tests.web._site import MAIL_ADMINISTRATOR, NOBODY, PASSWORD, REVIEWER, Desk, csrf, sign_in

NEW = "four quite different words"


def test_a_new_password_counts_from_now_on_and_signs_out_everywhere_else(here: Desk) -> None:
    client, elsewhere = here.visitor(REVIEWER), here.visitor(REVIEWER)
    proof = csrf(client.get("/account").text)

    data = {"csrf": proof, "old": PASSWORD, "new": NEW}
    assert 303 == client.post("/account/password", data=data).status_code

    assert 200 == client.get("/account").status_code
    assert 303 == elsewhere.get("/account").status_code
    sign_in(here.visitor(), REVIEWER, NEW)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("wrong", NEW, "until now is not right"),
        (PASSWORD, "short", "too short"),
        (PASSWORD, PASSWORD, "the one that you have"),
    ],
)
def test_what_is_wrong_with_a_new_password_is_said(
    here: Desk, old: str, new: str, told: str
) -> None:
    client = here.visitor(REVIEWER)
    proof = csrf(client.get("/account").text)

    answer = client.post("/account/password", data={"csrf": proof, "old": old, "new": new})

    assert 422 == answer.status_code
    assert told in answer.text
    sign_in(here.visitor(), REVIEWER)


def test_a_session_elsewhere_can_be_ended_and_nobody_elses(here: Desk) -> None:
    client, elsewhere, other = here.visitor(REVIEWER), here.visitor(REVIEWER), here.visitor(NOBODY)
    html = client.get("/account").text
    ids = [int(part.split('"')[0]) for part in html.split('name="session" value="')[1:]]

    assert 1 == len(ids)
    for number in ids:
        data = {"csrf": csrf(other.get("/account").text), "session": str(number)}
        other.post("/account/sessions", data=data)
    assert 200 == elsewhere.get("/account").status_code
    client.post("/account/sessions", data={"csrf": csrf(html), "session": str(ids[0])})

    assert 303 == elsewhere.get("/account").status_code
    assert 200 == client.get("/account").status_code


def test_the_mail_in_the_morning_can_be_switched_off_and_on(here: Desk) -> None:
    client = here.visitor(REVIEWER)

    def wants() -> bool:
        return here.store.database.read_now(lambda tx: accounts.known(tx, REVIEWER).digest)

    assert wants()
    for choice, said, wanted in (
        ("no", "no mail in the morning", False),
        ("yes", "get a mail", True),
    ):
        proof = csrf(client.get("/account").text)
        answer = client.post("/account/digest", data={"csrf": proof, "wanted": choice})
        assert 303 == answer.status_code
        assert said in client.get(answer.headers["location"]).text
        assert wanted == wants()


def test_who_reviews_nothing_is_offered_no_mail_about_it(here: Desk) -> None:
    assert "A mail in the morning" not in here.visitor(MAIL_ADMINISTRATOR).get("/account").text
