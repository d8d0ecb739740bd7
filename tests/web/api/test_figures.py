"""Figures, policies, flows, health and accounts: the numbers and lists of the pages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dlpguard import health, policy
from dlpguard.policy.flows import Flow
from dlpguard.runners.judging import Judging
from dlpguard.store import accounts, figures, tallies, tokens
from dlpguard.store.tallies import What
from dlpguard.web.rulebook import Rulebook
from tests.web._site import (
    HEAD,
    MAIL_ADMINISTRATOR,
    ORGANISATION,
    PEOPLE,
    POLICIES,
    REVIEWER,
    Desk,
)
from tests.web.api._program import program_of


@pytest.fixture
def known(here: Desk) -> Desk:
    """A site that knows its policies, one flow among them."""
    today = here.store.database.read_now(tallies.today)
    flow = Flow(
        "payroll",
        ("payroll@council.example",),
        ("pensions@nhs.example",),
        frozenset({"person_name", "gb_nino"}),
        500,
        "agreement 2019/4",
        "Ann Bee",
        today - timedelta(days=30),
        today + timedelta(days=100),
    )
    policies = replace(policy.load(POLICIES), flows=(flow,))
    judging = Judging(policies, "enforce", frozenset(), ORGANISATION, HEAD)
    here.site = replace(here.site, rules=Rulebook(lambda: judging, POLICIES))
    return here


def test_the_figures_are_those_of_the_page(here: Desk) -> None:
    found = here.store.database.read_now(lambda tx: figures.of(tx, 30))

    said = program_of(here).get("/figures").json()

    assert 30 == len(said["days"])
    assert sum(found.total(What(what)) for what in ("held", "asked")) == sum(
        day["counts"]["held"] + day["counts"]["asked"] for day in said["days"]
    )
    assert {one.name for one in found.policies} == {one["policy"] for one in said["policies"]}
    assert 1 == len(program_of(here, MAIL_ADMINISTRATOR).get("/figures?days=1").json()["days"])


@pytest.mark.parametrize("days", ["0", "91", "x", "-1"])
def test_days_that_are_not_counted_are_refused(here: Desk, days: str) -> None:
    assert 422 == program_of(here).get(f"/figures?days={days}").status_code


def test_a_decision_is_in_the_figures_and_who_made_it_is_not(here: Desk) -> None:
    client = program_of(here)
    held = next(one for one in here.held() if one.approvals_needed == 1)
    body = {"version": held.version, "campaign": held.campaign_version}
    client.post(f"/messages/{held.id}/return", json=body)
    client.post(f"/messages/{held.id}/mark", json={"rightly": True})

    said = client.get("/figures").json()

    assert 1 == said["waits"]["decisions"] == said["days"][-1]["counts"]["returned"]
    assert REVIEWER not in json.dumps(said)


def test_the_policies_in_force_are_listed_and_each_is_shown_in_words(known: Desk) -> None:
    client = program_of(known)
    said = client.get("/policies").json()

    shipped = policy.load(POLICIES)
    assert shipped.digest == said["digest"]
    assert {one.name for one in shipped.policies} == {one["name"] for one in said["policies"]}
    assert any(one["acted"] for one in said["policies"])
    for one in said["policies"]:
        whole = client.get(f"/policies/{one['name']}").json()
        assert one.items() <= whole.items()
        assert whole["when"]
        assert one["title"] in whole["text"]


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc%2Fpasswd", "x" * 200, "%00"])
def test_a_policy_that_is_none_is_not_there(known: Desk, name: str) -> None:
    assert 404 == program_of(known).get(f"/policies/{name}").status_code


def test_the_registered_flows_are_listed(known: Desk) -> None:
    (flow,) = program_of(known).get("/flows").json()["flows"]

    assert ("payroll", "agreement 2019/4", "in force") == (
        flow["name"],
        flow["agreement"],
        flow["standing"],
    )
    assert ["gb_nino", "person_name"] == flow["kinds"]


def test_a_site_that_was_not_told_its_policies_says_so(here: Desk) -> None:
    client = program_of(here)

    for path in ("/policies", "/policies/x", "/flows"):
        assert 404 == client.get(path).status_code


def test_health_says_what_the_page_says(here: Desk) -> None:
    lines = health.look(here.store, here.site.around)

    said = program_of(here, MAIL_ADMINISTRATOR).get("/health").json()

    assert [line.about for line in lines] == [one["about"] for one in said["checks"]]
    levels = {one["level"] for one in said["checks"]} - {"not known here"}
    assert said["level"] in levels
    assert ("broken" in levels) == (said["level"] == "broken")


def test_who_manages_accounts_sees_who_may_sign_in_and_no_secret(here: Desk) -> None:
    client = program_of(here, MAIL_ADMINISTRATOR)
    who = here.store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
    here.store.database.write_now(lambda tx: accounts.change(tx, who.id, disabled=True))

    answer = client.get("/accounts")

    found = {one["name"]: one for one in answer.json()["accounts"]}
    assert set(PEOPLE) == set(found)
    assert (["reviewer"], True) == (found[REVIEWER]["roles"], found[REVIEWER]["disabled"])
    assert (1, 0) == (found[MAIL_ADMINISTRATOR]["tokens"], found[REVIEWER]["tokens"])
    assert "argon2" not in answer.text
    assert tokens.PREFIX not in answer.text
