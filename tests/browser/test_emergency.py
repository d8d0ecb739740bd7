"""Somebody is at risk: from the link in the notice to what arrives, and who looks at it then."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dlpguard.lifecycle import State
from tests.browser._office import Office
from tests.browser.conftest import sign_in
from tests.journeys._samples import sample
from tests.web._site import APPROVER, DUTY_OFFICER, REVIEWER

HIDDEN = sample("mail/hidden-sheet.eml")
"""To release it takes two people otherwise."""


@pytest.fixture(scope="module")
def address(work: Office) -> str:
    """Where the site is."""
    return work.url


def test_an_alarm_by_the_sender_leads_to_a_release_that_another_looks_into(
    page: Page, work: Office
) -> None:
    case = work.hold(HIDDEN)
    notice = work.letter(case.mail.sender, "has not been sent yet")
    link = re.search(rf"{work.url}/urgent/\S+", notice)
    assert link, notice
    page.goto(link[0])
    page.get_by_label("What could happen, and how soon?").fill("The coach leaves at noon.")
    page.get_by_role("button", name="Someone is at risk: tell the duty officer").click()
    expect(page.get_by_text("The duty officer has been told")).to_be_visible()
    assert case.path in work.letter(DUTY_OFFICER, case.id)

    sign_in(page, DUTY_OFFICER)
    expect(page.locator(".dlp-line").first).to_contain_text("someone is at risk")
    page.locator(f'a[href="{case.path}"]').click()
    expect(page.get_by_text("The coach leaves at noon.").first).to_be_visible()
    page.get_by_text("Release it now, alone").click()
    page.get_by_label("Who is at risk, and why can it not wait").fill("Children wait at the stop.")
    page.get_by_role("button", name="Release it now", exact=True).click()
    expect(page.get_by_text("Another person looks at that afterwards")).to_be_visible()
    assert set(HIDDEN.recipients) == case.delivered()
    page.get_by_role("button", name="Sign out", exact=True).click()

    sign_in(page, APPROVER)
    page.get_by_role("link", name="Emergencies").click()
    one = page.locator(".dlp-emergencies__one", has=page.locator(f'a[href="{case.path}"]'))
    expect(one).to_contain_text("Children wait at the stop.")
    one.get_by_label("Yes", exact=True).check()
    one.get_by_label("What did you find?").fill("The school had rung twice.")
    one.get_by_role("button", name="Put it on record").click()
    expect(page.get_by_text("What you found is on record.")).to_be_visible()
    expect(one).to_contain_text("The school had rung twice.")


def test_a_reviewer_raises_the_alarm_and_releases_nothing(page: Page, work: Office) -> None:
    case = work.hold(HIDDEN)
    sign_in(page, REVIEWER)
    page.locator(f'a[href="{case.path}"]').click()
    page.get_by_text("Tell the duty officer", exact=True).click()
    page.get_by_label("What could happen, and how soon?").fill("She needs it before noon.")
    page.get_by_role("button", name="Tell the duty officer now").click()

    expect(page.get_by_text("The duty officer has been told")).to_be_visible()
    assert case.path in work.letter(DUTY_OFFICER, case.id)
    assert (State.QUARANTINED, []) == (case.state(), case.arrived())
