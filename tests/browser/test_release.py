"""Releasing, from signing in to what arrives at the next hop: to all, to some, by two people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from dlpguard.lifecycle import State
from tests.browser._office import SECOND_APPROVER, Case, Office
from tests.browser.conftest import sign_in
from tests.journeys._samples import sample
from tests.web._site import APPROVER, REVIEWER

SHOWN = sample("mail/missed-bcc.eml")
"""A mail to 45 people, who see each other's addresses: 40 personal ones, five of firms."""

HIDDEN = sample("mail/hidden-sheet.eml")
MAILING = sample("mail/a4e-xlsx.eml")
"""To release one of these takes two people; this one goes to many."""

PERSONAL = ("@webmail.example", "@homemail.example")
"""What the relay's settings call personal webmail."""

COLLEAGUES = ("carol.finch@council.example", "dev.patel@council.example")


@pytest.fixture(scope="module")
def address(work: Office) -> str:
    """Where the site is."""
    return work.url


def open_as(page: Page, name: str, case: Case) -> None:
    """Sign in, and open a message from the list."""
    sign_in(page, name)
    page.locator(f'a[href="{case.path}"]').click()


def release(page: Page, button: str = "Release") -> None:
    """Say why, and press the button."""
    page.get_by_label("Why that is right").fill("They are one committee, and agreed to it.")
    page.get_by_role("button", name=button, exact=True).click()


def test_a_release_arrives_with_everybody(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    open_as(page, REVIEWER, case)
    release(page)

    expect(page.get_by_text("It was released and is on its way")).to_be_visible()
    assert set(SHOWN.recipients) == case.delivered()
    page.reload()
    expect(page.get_by_role("heading", name="It is settled")).to_be_visible()
    expect(page.get_by_text("45 delivered")).to_be_visible()


def test_a_release_needs_a_reason(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    open_as(page, REVIEWER, case)
    page.get_by_role("button", name="Release", exact=True).click()

    expect(page.get_by_text("Error: Enter why it may go")).to_be_visible()
    assert State.QUARANTINED is case.state()
    release(page)
    assert set(SHOWN.recipients) == case.delivered()


def test_who_is_not_chosen_never_gets_it(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    open_as(page, REVIEWER, case)
    firms = page.get_by_label("outside (5)")
    expect(firms).to_be_hidden()
    page.get_by_label("Only to some").check()
    firms.check()
    release(page)

    expect(page.get_by_text("It was released to those whom you chose")).to_be_visible()
    firms_only = {address for address in SHOWN.recipients if "webmail" not in address}
    assert firms_only == case.delivered()
    assert "40 do not get it" in work.letter(case.mail.sender, "it goes to some of its")


def test_it_can_stay_inside_the_organisation(page: Page, work: Office) -> None:
    papers = SHOWN.content.replace(b"Support group, 9 July", b"Board papers, 9 July")
    to = (*SHOWN.recipients, *COLLEAGUES)
    case = work.hold(replace(SHOWN, content=papers, recipients=to))
    open_as(page, REVIEWER, case)
    page.get_by_label("Only inside the organisation (2)").check()
    release(page)
    expect(page.get_by_text("It was released to those whom you chose")).to_be_visible()

    assert set(COLLEAGUES) == case.delivered()


def test_two_people_approve_what_takes_two(page: Page, work: Office) -> None:
    case = work.hold(MAILING)
    open_as(page, APPROVER, case)
    release(page, "Approve")
    expect(page.get_by_text("You have approved its release")).to_be_visible()
    expect(page.get_by_text("1 more approver has to agree")).to_be_visible()
    page.get_by_label("Only to some").check()
    page.get_by_label("personal webmail").first.check()
    release(page, "Approve")  # they think again, but nobody counts twice
    assert (State.QUARANTINED, []) == (case.state(), case.arrived())

    page.get_by_role("button", name="Sign out", exact=True).click()
    open_as(page, SECOND_APPROVER, case)
    expect(page.get_by_text(f"Approved by {APPROVER}")).to_be_visible()
    expect(page.get_by_label(f"As {APPROVER} has approved")).to_be_checked()
    release(page, "Approve")

    personal = {to for to in MAILING.recipients if to.endswith(PERSONAL)}
    assert personal == case.delivered()


def test_a_reviewer_alone_cannot_release_what_takes_two(page: Page, work: Office) -> None:
    case = work.hold(HIDDEN)
    open_as(page, REVIEWER, case)

    expect(page.get_by_text("That takes two approvers")).to_be_visible()
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
