"""What reviewers do beside deciding: find a message, see what is masked, say what they think."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser._office import Case, Office
from tests.browser.conftest import sign_in
from tests.journeys._samples import sample
from tests.web._site import APPROVER, AUDITOR, REVIEWER

SHOWN = sample("mail/missed-bcc.eml")
HIDDEN = sample("mail/hidden-sheet.eml")


@pytest.fixture(scope="module")
def address(work: Office) -> str:
    """Where the site is."""
    return work.url


@pytest.fixture(scope="module")
def shown(work: Office) -> Case:
    return work.hold(SHOWN)


@pytest.fixture(scope="module")
def hidden(work: Office) -> Case:
    return work.hold(HIDDEN)


def test_what_is_masked_is_seen_for_a_reason_that_is_on_record(page: Page, work: Office) -> None:
    sign_in(page, APPROVER)
    page.goto(work.hold(HIDDEN).path)
    page.get_by_role("link", name="Blue badges by ward.xlsx").click()
    masked = page.locator(".dlp-sheet").last.inner_text()
    page.get_by_text("Show what is masked").click()
    page.get_by_label("Why do you need to see it?").fill("Are these people on our register?")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.get_by_text("You see everything for an hour")).to_be_visible()
    revealed = page.locator(".dlp-sheet").last.inner_text()
    assert ("***" in masked, "***" in revealed) == (True, False)
    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(page, AUDITOR)
    page.goto("/audit")
    expect(page.get_by_text("Are these people on our register?").first).to_be_visible()


def test_a_message_is_found_by_its_sender_and_by_who_looks_after_it(
    page: Page, shown: Case, hidden: Case
) -> None:
    mine, others = page.locator(f'a[href="{shown.path}"]'), page.locator(f'a[href="{hidden.path}"]')
    sign_in(page, REVIEWER)
    page.get_by_label("Sender's address").fill(shown.mail.sender)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(mine).to_be_visible()
    expect(others).to_have_count(0)
    mine.click()
    page.get_by_role("button", name="I do", exact=True).click()
    expect(page.get_by_text("You look after this.")).to_be_visible()
    page.get_by_role("link", name="Held mail", exact=True).first.click()
    page.get_by_label("Looked after by").select_option("me")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(mine).to_be_visible()
    expect(others).to_have_count(0)
    mine.click()
    page.get_by_role("button", name="Leave it to others").click()
    expect(page.get_by_text("Nobody looks after this yet.")).to_be_visible()


def test_reviewers_tell_each_other_something(page: Page, shown: Case) -> None:
    sign_in(page, REVIEWER)
    page.goto(shown.path)
    page.get_by_label("For the other reviewers").fill("I have rung them: no answer <yet>.")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_text("I have rung them: no answer <yet>.").first).to_be_visible()


def test_what_was_decided_is_marked_as_wrongly_held(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    sign_in(page, REVIEWER)
    page.goto(case.path)
    page.get_by_label("Why that is right").fill("They are one committee.")
    page.get_by_role("button", name="Release", exact=True).click()
    page.get_by_role("button", name="No, wrongly").click()

    expect(page.get_by_text("that is how policies get better")).to_be_visible()
    expect(page.get_by_role("button", name="No, wrongly")).to_have_count(0)
    case.delivered()


def test_a_message_is_downloaded_as_it_came(page: Page, hidden: Case) -> None:
    sign_in(page, APPROVER)
    page.goto(f"{hidden.path}/mail")
    page.get_by_text("Download the mail as a file").click()
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_text("Error: Enter why you need it")).to_be_visible()
    page.get_by_label("Why do you need the file?").fill("For the file of the incident.")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download", exact=True).click()

    assert re.fullmatch(r"message-\w+\.eml", caught.value.suggested_filename)
    assert caught.value.path().read_bytes().endswith(hidden.mail.content)


def test_the_mail_its_header_its_people_and_its_recipients_are_one_link_away(
    page: Page, shown: Case
) -> None:
    sign_in(page, REVIEWER)
    page.goto(shown.path)
    page.get_by_role("link", name="Read the mail itself").click()
    expect(page.get_by_text("epilepsy support group")).to_be_visible()
    for words, heading in (
        ("Header fields", "Header fields"),
        ("Whose details", "Whose details it holds"),
        ("Recipients", "Who would get it"),
    ):
        page.get_by_role("link", name=words, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
