"""What those do who run dlpguard: accounts, policies, flows, the audit log, the box to try."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert

from dlpguard.lifecycle import Event, State
from dlpguard.store import accounts, schema
from dlpguard.store.database import Transaction
from tests.browser._office import Office
from tests.browser.conftest import sign_in
from tests.journeys._samples import SAMPLES, sample
from tests.web._site import AUDITOR, MAIL_ADMINISTRATOR, POLICY_ADMINISTRATOR

LETTER = sample("mail/essex-own-webmail.eml")


@pytest.fixture(scope="module")
def address(work: Office) -> str:
    """Where the site is."""
    return work.url


def test_somebody_new_is_invited_sets_a_password_and_works(page: Page, work: Office) -> None:
    count = len(work.store.database.read_now(lambda tx: tuple(accounts.everyone(tx))))
    new, password = f"petra.lane{count}@council.example", "three words that do not belong"
    sign_in(page, MAIL_ADMINISTRATOR)
    page.get_by_role("link", name="Accounts").click()
    page.get_by_role("button", name="Add somebody").click()
    page.get_by_label("Email address at work").fill(new)
    page.get_by_label("What they are called").fill("Petra Lane")
    page.get_by_label("Reviewer", exact=True).check()
    page.get_by_role("button", name="Add, and send the link").click()
    expect(page.get_by_text("was sent a link to set a password")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()

    link = re.search(rf"{work.url}/welcome/\S+", work.letter(new, "The link works once"))
    page.goto(link[0] if link else "/")
    page.get_by_label("Your new password").fill(password)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set")).to_be_visible()
    page.goto("/sign-in")
    page.get_by_label("Email address at work").fill(new)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Held mail")
    page.get_by_role("button", name="Sign out", exact=True).click()

    sign_in(page, MAIL_ADMINISTRATOR)
    page.goto("/accounts")
    page.get_by_role("row", name=new).get_by_role("link").click()
    page.get_by_role("button", name="Stop this account").click()
    expect(page.get_by_text("The account was stopped")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("Email address at work").fill(new)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not belong together").first).to_be_visible()


def test_the_log_is_verified_and_says_who_did_what(page: Page) -> None:
    sign_in(page, AUDITOR)
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_text("signed in").first).to_be_visible()
    page.get_by_role("button", name="Verify the whole log").click()

    expect(page.get_by_text("The log is whole")).to_be_visible()


def test_a_file_is_tried_and_nothing_of_it_is_sent_or_kept(page: Page, work: Office) -> None:
    before = len(work.hop.received(0))
    sign_in(page, POLICY_ADMINISTRATOR)
    page.goto("/try")
    page.get_by_label("A saved message (.eml), or any file to attach").set_input_files(
        SAMPLES / "attachments/clients-40.xlsx"
    )
    page.get_by_label("To", exact=True).fill("sam.hale@webmail.example")
    page.get_by_role("button", name="Try it", exact=True).click()

    expect(page.get_by_text("40 people's names").first).to_be_visible()
    expect(page.get_by_role("link", name="A list of people does not go")).to_be_visible()
    assert before == len(work.hop.received(0))


def test_a_flow_that_is_suggested_is_registered_until_a_day(page: Page, work: Office) -> None:
    case = work.hold(LETTER)
    work.store.database.write_now(lambda tx: _confirm(tx, case.id))
    sign_in(page, POLICY_ADMINISTRATOR)
    page.goto("/flows")
    page.locator("main").get_by_role("link", name=re.compile(case.mail.sender)).click()
    name = case.mail.sender.partition("@")[0].replace(".", "-")
    page.get_by_label("A short name").fill(name)
    page.get_by_label("Under which agreement").fill("Sharing agreement 2026/9")
    page.get_by_label("Who answers for it").fill("Head of Adult Care")
    page.get_by_role("button", name="Register it").click()

    expect(page.get_by_text("The flow is registered")).to_be_visible()
    assert name in (work.relay.folder / "policies/flows.yaml").read_text("utf-8")
    page.reload()
    expect(page.get_by_text(name).first).to_be_visible()


def test_what_runs_and_what_is_in_force_is_told(page: Page) -> None:
    sign_in(page, MAIL_ADMINISTRATOR)
    page.get_by_role("link", name="System").click()
    expect(page.get_by_text("Next hop").first).to_be_visible()
    page.get_by_role("button", name="Try it now").click()
    expect(page.get_by_text("Tried by hand now: reached").first).to_be_visible()
    page.get_by_role("link", name="Policies").click()
    page.get_by_role("link", name="A list of people does not go to personal webmail").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not go to personal webmail")


def _confirm(tx: Transaction, id: str) -> None:
    """As if its sender had confirmed the same mail once a day for a week."""
    tx.execute(delete(schema.moves).where(schema.moves.c.event == str(Event.CONFIRM)))
    move = {
        "message_id": id,
        "event": str(Event.CONFIRM),
        "source": str(State.AWAITING_SENDER),
        "target": str(State.READY),
        "who": "sender",
    }
    days = [tx.now() - 86400.0 * number for number in range(1, 8)]
    tx.execute(insert(schema.moves), [move | {"moved_at": day} for day in days])
