"""Returning and asking, to what its sender reads; their answer; a release that is taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dlpguard.lifecycle import State
from dlpguard.review import notes
from tests.browser._office import Case, Office, office
from tests.browser.conftest import sign_in
from tests.journeys._samples import sample
from tests.web._site import REVIEWER

SHOWN = sample("mail/missed-bcc.eml")

LONG_ENOUGH = "600s"
"""How long a release waits here: nothing leaves before a test takes it back."""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office"), undo=LONG_ENOUGH) as made:
        yield made


@pytest.fixture(scope="module")
def address(work: Office) -> str:
    """Where the site is."""
    return work.url


def open_as_reviewer(page: Page, case: Case) -> None:
    """Sign in, and open a message from the list."""
    sign_in(page, REVIEWER)
    page.locator(f'a[href="{case.path}"]').click()


def ask(page: Page, case: Case) -> str:
    """Ask its sender; returns the link that they are sent."""
    open_as_reviewer(page, case)
    page.get_by_label("Ask its sender").fill("Do these people know of each other?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Its sender has been asked. The answer")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    letter = case.office.letter(case.mail.sender, "Do these people know of each other?")
    found = re.search(rf"{case.office.url}/answer/\S+", letter)
    assert found, letter
    return found[0]


def test_a_returned_message_comes_back_with_the_note_and_ones_own_words(
    page: Page, work: Office
) -> None:
    case = work.hold(SHOWN)
    open_as_reviewer(page, case)
    page.get_by_label("Recipients see each other's addresses").check()
    page.get_by_label("Your own words").fill("Ring me if you need a hand: extension 4410.")
    page.get_by_role("button", name="Return", exact=True).click()

    expect(page.get_by_text("It was returned: it will not be sent")).to_be_visible()
    letter = work.letter(case.mail.sender, "was not sent, and none of it has left")
    assert "Bcc (in Outlook: Options, Bcc)" in letter
    assert "extension 4410" in letter
    assert not any(address in letter for address in SHOWN.recipients)
    assert (State.DONE, []) == (case.state(), case.arrived())


def test_a_note_is_sent_in_other_words(scripted: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    open_as_reviewer(scripted, case)
    scripted.get_by_role("link", name="Change these words (Recipients see").click()
    box = scripted.get_by_label("Your own words")
    expect(box).to_have_value(notes.BCC.text)
    box.fill("Please use Bcc, as we agreed.")
    scripted.get_by_role("button", name="Return", exact=True).click()

    expect(scripted.get_by_text("It was returned: it will not be sent")).to_be_visible()
    letter = work.letter(case.mail.sender, "Please use Bcc, as we agreed.")
    assert "in Outlook: Options, Bcc" not in letter


def test_its_sender_says_yes_and_the_reviewer_decides(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    page.goto(ask(page, case))
    expect(page.get_by_role("heading", level=1)).to_have_text("Did you mean to send this?")
    assert State.AWAITING_SENDER is case.state(), "opening the page decides nothing"
    page.get_by_label("If you meant it").fill("They are one committee.")
    page.get_by_role("button", name="I meant it: send this answer").click()

    expect(page.get_by_text("A reviewer has your answer")).to_be_visible()
    assert State.QUARANTINED is case.state()
    open_as_reviewer(page, case)
    expect(page.get_by_text("They are one committee.").first).to_be_visible()
    assert [] == case.arrived()


def test_its_sender_takes_it_back(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    link = ask(page, case)
    page.goto(link)
    page.get_by_role("button", name="Do not send it").click()

    expect(page.get_by_text("It will not be sent")).to_be_visible()
    case.comes_to(State.DONE)
    assert [] == case.arrived()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This question is settled")


def test_a_release_is_taken_back_before_it_leaves(page: Page, work: Office) -> None:
    case = work.hold(SHOWN)
    open_as_reviewer(page, case)
    page.get_by_label("Why that is right").fill("They agreed to it.")
    page.get_by_role("button", name="Release", exact=True).click()
    assert State.READY is case.state()
    page.get_by_role("button", name="Take the release back").click()

    expect(page.get_by_text("The release was taken back: it is held again")).to_be_visible()
    expect(page.get_by_role("heading", name="What should happen?")).to_be_visible()
    assert (State.QUARANTINED, []) == (case.state(), case.arrived())


def test_who_is_second_is_told_who_was_quicker(page: Page, browser: Browser, work: Office) -> None:
    case = work.hold(SHOWN)
    open_as_reviewer(page, case)
    with browser.new_context(base_url=work.url) as elsewhere:
        other = elsewhere.new_page()
        open_as_reviewer(other, case)
        other.get_by_role("button", name="Return", exact=True).click()
        expect(other.get_by_text("It was returned")).to_be_visible()
    page.get_by_label("Why that is right").fill("They agreed to it.")
    page.get_by_role("button", name="Release", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody was quicker")
    assert (State.DONE, []) == (case.state(), case.arrived())
