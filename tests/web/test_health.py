"""The page of those who run the machine, and what programs ask."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from dlpguard import policy
from dlpguard.health import Around, Running
from dlpguard.health.next_hop import TRIED
from dlpguard.runners.sandbox import PROTECTIONS
from dlpguard.smtp.client import Pool, Target
from dlpguard.store import audit
from dlpguard.web import app
from tests import _stores
from tests.health._machine import hop
from tests.web._site import MAIL_ADMINISTRATOR, POLICIES, REVIEWER, Desk, csrf, sign_in


def keeper(here: Desk, around: Around | None = None) -> TestClient:
    """A mail administrator's browser, before a site that knows what runs beside it."""
    client = TestClient(
        app.create(replace(here.site, around=around or Around())), follow_redirects=False
    )
    sign_in(client, MAIL_ADMINISTRATOR)
    return client


def words(html: str) -> dict[str, str]:
    """How each thing is, by what it is called."""
    found = re.findall(
        r'dlp-health__about">([^<]*)</dt>.*?</span> ([^<]*?)\s*</strong>', html, re.DOTALL
    )
    return {about: word.strip() for about, word in found}


def running(target: Target) -> Around:
    """All roles in this process."""
    pool = Pool(target)
    policies = policy.load(POLICIES)
    return Around(
        target, (), "enforce", Running(lambda: policies, lambda: PROTECTIONS, lambda: pool)
    )


def test_every_check_has_a_word_and_not_only_a_colour(here: Desk) -> None:
    html = keeper(here, running(Target("hop.example", 25))).get("/health").text
    found = words(html)

    assert {"fine", "look at it", "broken"} >= set(found.values())
    assert len(found) == html.count("dlp-health__about") >= 12
    assert "fine" == found["Policies"] == found["Reading of attachments"]


def test_the_first_sentence_counts_what_is_wrong(here: Desk) -> None:
    html = keeper(here, running(Target("hop.example", 25))).get("/health").text
    found = list(words(html).values())
    broken, look = found.count("broken"), found.count("look at it")

    # One approver, where policies ask for two; and no node beside the site on a shared database.
    assert broken == (1 if _stores.EMBEDDED else 2)
    assert f"{'1 thing does' if broken == 1 else '2 things do'} not work." in html
    assert look == 0 or f"{look} more need" in html


def test_the_site_alone_says_what_it_does_not_know(here: Desk) -> None:
    html = keeper(here).get("/health").text

    assert "not known here" == words(html)["Reading of attachments"]
    assert "Try it now" not in html


def test_trying_the_next_hop_is_shown_and_recorded(here: Desk) -> None:
    with hop() as there:
        client = keeper(here, running(Target("127.0.0.1", there.port, tls="none")))
        html = client.get("/health").text
        assert "Try it now" in html
        answer = client.post("/health/next-hop", data={"csrf": csrf(html)})
        shown = client.get(answer.headers["location"]).text

    assert (303, "/health?done=tried#next-hop") == (
        answer.status_code,
        answer.headers["location"],
    )
    assert "Tried by hand now: reached: without TLS" in shown
    assert ["EHLO", "QUIT"] == [command.partition(" ")[0] for command in there.commands]
    entries = here.store.database.read_now(lambda tx: tuple(audit.entries(tx, "next hop")))
    assert [(MAIL_ADMINISTRATOR, TRIED)] == [(entry.actor, entry.act) for entry in entries]


def test_a_next_hop_that_refuses_is_told_in_its_words(here: Desk) -> None:
    with hop({"connect": [b"554 5.7.1 not you\r\n"]}) as there:
        client = keeper(here, running(Target("127.0.0.1", there.port, tls="none")))
        client.post("/health/next-hop", data={"csrf": csrf(client.get("/health").text)})
        shown = client.get("/health").text

    assert "broken" == words(shown)["Last try of the next hop"]
    assert "the next hop answered 554" in shown


def test_where_no_next_hop_is_known_there_is_nothing_to_try(here: Desk) -> None:
    client = keeper(here)
    proof = csrf(client.get("/health").text)

    assert 404 == client.post("/health/next-hop", data={"csrf": proof}).status_code


def test_only_who_runs_the_machine_sees_it(here: Desk) -> None:
    assert 403 == here.visitor(REVIEWER).get("/health").status_code
    assert 'href="/health"' not in here.visitor(REVIEWER).get("/queue").text
    assert 'href="/health"' in here.visitor(MAIL_ADMINISTRATOR).get("/account").text


def test_nothing_of_the_mail_is_on_the_page(here: Desk) -> None:
    html = keeper(here, running(Target("hop.example", 25))).get("/health").text

    for held in here.held():
        assert held.envelope.sender not in html
        assert held.record.facts.plain_subject not in html


@pytest.mark.parametrize("secret", ["hunter2-of-the-hop", "relay-login"])
def test_no_secret_is_on_the_page(here: Desk, secret: str) -> None:
    target = Target("127.0.0.1", 1, username="relay-login", password="hunter2-of-the-hop")
    client = keeper(here, running(target))
    client.post("/health/next-hop", data={"csrf": csrf(client.get("/health").text)})

    assert secret not in client.get("/health").text + client.get("/readyz").text


def test_programs_are_told_that_it_is_ready(here: Desk) -> None:
    nobody = here.visitor()
    answer = nobody.get("/readyz")

    assert (200, "ready\n") == (answer.status_code, answer.text[:6])
    assert "no-store" == answer.headers["cache-control"]
    around = running(Target("hop.example", 25))
    loaded = TestClient(app.create(replace(here.site, around=around))).get("/readyz").text
    assert re.search(r"policies: \d+ in force", loaded)


def test_programs_are_told_that_it_is_not_ready(here: Desk) -> None:
    change = text("UPDATE alembic_version SET version_num = '0003'")
    here.store.database.write_now(lambda tx: tx.execute(change))
    answer = here.visitor().get("/readyz")

    assert 503 == answer.status_code
    assert "not ready\ndatabase: has another schema\npolicies: judged elsewhere\n" == answer.text
