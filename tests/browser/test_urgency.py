"""Somebody is at risk: from the link in a notice to the look at it afterwards, as people do it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from dlpguard.lifecycle import State
from dlpguard.store import alarms
from tests.browser.conftest import sign_in
from tests.web._site import APPROVER, DUTY_OFFICER, Desk


def taking_two(here: Desk) -> str:
    """A held message that takes two people."""
    return next(h.id for h in here.held() if h.approvals_needed > 1 and h.envelope.sender)


def link(here: Desk, id: str) -> str:
    return f"/urgent/{here.store.database.read_now(lambda tx: alarms.code(tx, id))}"


def test_from_the_alarm_to_the_look_afterwards(page: Page, here: Desk) -> None:
    id = taking_two(here)

    page.goto(link(here, id))
    page.get_by_label("What could happen, and how soon?").fill("She needs her medicine today")
    page.get_by_role("button", name="Someone is at risk: tell the duty officer").click()
    expect(page.get_by_role("heading", name="The duty officer has been told")).to_be_visible()

    sign_in(page, DUTY_OFFICER)
    first = page.locator("main ol > li, main tbody > tr").first
    expect(first).to_contain_text("someone is at risk")
    first.get_by_role("link").first.click()
    expect(page.get_by_text("She needs her medicine today")).to_be_visible()
    page.get_by_text("Release it now, alone").click()
    page.get_by_label("Who is at risk, and why can it not wait").fill("A patient without medicine")
    page.get_by_role("button", name="Release it now").click()
    expect(page.get_by_text("It was released and is on its way")).to_be_visible()
    assert State.READY is here.state(id)

    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(page, APPROVER)
    page.goto("/urgent")
    expect(page.get_by_text("A patient without medicine")).to_be_visible()
    page.get_by_label("Yes").check()
    page.get_by_label("What did you find?").fill("The ward confirms it")
    page.get_by_role("button", name="Put it on record").click()
    expect(page.get_by_text("All of it has been looked at")).to_be_visible()
    expect(page.get_by_text("The ward confirms it")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1200])
def test_its_pages_fit_on_any_screen(
    browser: Browser, address: str, here: Desk, width: int
) -> None:
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, java_script_enabled=False
    )
    page = context.new_page()
    try:
        page.goto(link(here, taking_two(here)))
        widths = [page.locator("html").evaluate("e => e.scrollWidth")]
        page.goto("/urgent/nothing")
        widths.append(page.locator("html").evaluate("e => e.scrollWidth"))
        sign_in(page, APPROVER)
        page.goto("/urgent")
        widths.append(page.locator("html").evaluate("e => e.scrollWidth"))
    finally:
        context.close()

    assert [width] * 3 == widths
