"""Deciding as a person does it: to some only, with a note in other words, and with a second one."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from dlpguard.review import notes
from dlpguard.store import accounts, quarantine
from dlpguard.store.quarantine import Held
from tests.browser.conftest import sign_in
from tests.web._site import APPROVER, HASH, REVIEWER, Desk


def held_for(here: Desk, approvals: int) -> Held:
    return next(one for one in here.held() if one.approvals_needed == approvals)


def outcomes(here: Desk, held: Held) -> dict[str, int]:
    return here.store.database.read_now(lambda tx: quarantine.outcomes(tx, held.id))


def test_a_reviewer_changes_the_words_of_a_note(page: Page, here: Desk) -> None:
    held = held_for(here, 1)
    sign_in(page, REVIEWER)
    page.goto(f"/messages/{held.id}")

    page.get_by_role("link", name="Change these words (Recipients see").click()
    box = page.get_by_label("Your own words")
    expect(box).to_have_value(notes.BCC.text)
    box.fill("Please use Bcc.")
    page.get_by_role("button", name="Return", exact=True).click()

    expect(page.get_by_text("It was returned: it will not be sent")).to_be_visible()
    history = here.store.database.read_now(lambda tx: tuple(quarantine.history(tx, held.id)))
    assert "Please use Bcc." == history[-1].reason


def test_the_second_approver_is_offered_what_the_first_chose(page: Page, here: Desk) -> None:
    held, second = held_for(here, 2), "ava.dunn@council.example"
    here.store.database.write_now(
        lambda tx: accounts.add(tx, second, "Ava Dunn", HASH, ["approver"])
    )
    sign_in(page, APPROVER)
    page.goto(f"/messages/{held.id}")
    page.get_by_label("Only to some").check()
    page.get_by_label("personal webmail").first.check()
    page.get_by_label("Why that is right").fill("they are ours")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#decide")).to_contain_text("1 more approver has to agree")
    page.get_by_role("button", name="Sign out", exact=True).click()

    sign_in(page, second)
    page.goto(f"/messages/{held.id}")
    expect(page.get_by_label(f"As {APPROVER} has approved")).to_be_checked()
    page.get_by_label("Why that is right").fill("I agree")
    page.get_by_role("button", name="Approve").click()

    expect(page.locator("#decide")).to_contain_text("waiting to be sent")
    assert {"pending", "returned"} == set(outcomes(here, held))
