"""What reviewers do every day: with the keyboard alone, on a telephone, and in large type."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dlpguard.lifecycle import State
from tests.browser._house import House
from tests.browser.conftest import sign_in
from tests.web._site import APPROVER, PASSWORD, REVIEWER

MOST_STOPS = 120
"""Of the Tab key on one page: a trap would have no end."""

FOCUSED = """
() => {
  const one = document.activeElement
  if (one.matches('iframe')) return [one.title, true]  // drawn inside of it
  const label = one.labels && one.labels[0]
  const drawn = label && one.matches('.govuk-radios__input, .govuk-checkboxes__input')
  const look = () => {
    const style = drawn ? getComputedStyle(label, '::before') : getComputedStyle(one)
    const outline = style.outlineStyle === 'none' ? '' : style.outlineWidth + style.outlineColor
    return [outline, style.boxShadow, style.backgroundColor].join()
  }
  const focused = look()
  one.blur()
  const plain = look()
  one.focus()
  const name = label ? label.innerText : one.ariaLabel || one.title || one.innerText
  return [name.trim(), focused !== plain]
}
"""
"""What has the focus is called, and whether one can see that it has it."""

SMALL = """
() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select')]
  .map(one => [one.getBoundingClientRect(), one])
  .filter(([box]) => box.width && (box.width < 24 || box.height < 24))
  .filter(([, one]) => !one.matches('.dlp-link-button'))
  .map(([, one]) => one.outerHTML)
"""
"""Targets that are smaller than 24 pixels; those inside a sentence may be (WCAG 2.5.8)."""


@pytest.fixture(scope="module")
def address(there: House) -> str:
    """Where the site is."""
    return there.url


def tab_to(page: Page, name: str, key: str = "Tab") -> list[str]:
    """Press Tab until something is reached; returns all stops, each of which shows its focus."""
    stops: list[str] = []
    while not stops or not stops[-1].startswith(name):
        page.keyboard.press(key)
        said, is_seen = page.evaluate(FOCUSED)
        assert is_seen, f"one cannot see that “{said}” has the focus"
        stops.append(said)
        assert len(stops) < MOST_STOPS, stops
    return stops


def test_a_message_is_released_with_the_keyboard_alone(page: Page, there: House) -> None:
    page.goto("/sign-in")
    assert ["Skip to main content"] == tab_to(page, "Skip to main content")
    tab_to(page, "Email address at work")
    page.keyboard.type(REVIEWER)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Held mail")

    tab_to(page, "Skip to main content")
    page.keyboard.press("Enter")
    stops = tab_to(page, "45 outside recipients")
    assert "Figures" not in stops, "the navigation is skipped"
    page.keyboard.press("Enter")
    page.wait_for_url("**/messages/*")
    stops = tab_to(page, "Why that is right")
    assert stops.index("Return") < stops.index("Ask") < len(stops), "as they stand on the page"
    page.keyboard.type("They are one committee.")
    assert ["Release"] == tab_to(page, "Release")
    page.keyboard.press("Space")

    expect(page.get_by_role("alert")).to_contain_text("It was released")
    released = page.url.partition("?")[0].rpartition("/")[2]
    assert State.READY is there.desk.state(released)
    tab_to(page, "Take the release back")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What should happen?")).to_be_visible()


def test_the_frame_with_the_mail_is_no_trap(scripted: Page, there: House) -> None:
    sign_in(scripted, APPROVER)
    scripted.goto(there.path("/messages/{letter}/mail"))
    there_and_on = tab_to(scripted, "Download the mail as a file")
    and_back = tab_to(scripted, "The mail as plain text", "Shift+Tab")

    assert "The mail as formatted text" in there_and_on, there_and_on
    assert "The mail as formatted text" in and_back


def test_single_keys_do_nothing_until_they_are_switched_on(scripted: Page) -> None:
    sign_in(scripted, REVIEWER)
    in_focus = scripted.locator("a:focus")
    scripted.keyboard.press("j")
    expect(in_focus).to_have_count(0)
    scripted.locator("summary", has_text="Keys").click()
    scripted.get_by_role("button", name="Switch them on").click()
    expect(scripted.locator(".dlp-lines[data-keys]")).to_be_visible()
    scripted.wait_for_load_state()
    scripted.keyboard.press("j")
    expect(in_focus).to_contain_text("would see 45 outside addresses")
    scripted.keyboard.press("j")
    expect(in_focus).to_contain_text("names, phone numbers and case references")
    scripted.keyboard.press("k")
    expect(in_focus).to_contain_text("would see 45 outside addresses")
    scripted.get_by_label("Sender's address").press("j")
    assert "j" == scripted.get_by_label("Sender's address").input_value(), "nothing moves who types"
    scripted.locator(".dlp-line__title a").first.focus()
    scripted.keyboard.press("o")
    expect(scripted.get_by_role("heading", name="What should happen?")).to_be_visible()
    scripted.go_back()
    scripted.locator("summary", has_text="Keys").click()
    scripted.get_by_role("button", name="Switch them off").click()
    expect(scripted.locator(".dlp-lines[data-keys]")).to_have_count(0)
    scripted.wait_for_load_state()
    scripted.keyboard.press("j")
    expect(in_focus).to_have_count(0)


@pytest.mark.parametrize(("width", "type_size"), [(320, "100%"), (640, "200%")])
def test_a_message_is_returned_on_a_telephone_and_in_large_type(
    scripted: Page, there: House, width: int, type_size: str
) -> None:
    page = scripted

    def fits() -> None:
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.evaluate("size => { document.documentElement.style.fontSize = size }", type_size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (width, []) == (max(width, wide), page.evaluate(SMALL)), page.url

    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/sign-in")
    fits()
    sign_in(page, REVIEWER)
    page.wait_for_url("**/queue")
    fits()
    name = "shown" if width == 320 else "unread"
    page.locator(f'a[href="/messages/{there.ids[name]}"]').click()
    page.wait_for_url("**/messages/*")
    fits()
    page.get_by_label("Your own words").fill("Please send it again by Bcc.")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("It was returned")
    fits()
