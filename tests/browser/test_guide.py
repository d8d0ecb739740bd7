"""The guide for reviewers: what it names is on the pages, and who follows it gets there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dlpguard.lifecycle import State
from tests.browser._house import CODED, House
from tests.browser._views import ALL_PAGES, PICTURED
from tests.browser.conftest import sign_in
from tests.web._site import APPROVER, DUTY_OFFICER, REVIEWER

ROOT = Path(__file__).resolve().parents[2]
DOCS, TEMPLATES = ROOT / "docs", ROOT / "dlpguard/web/templates"
GUIDE = (DOCS / "guide-for-reviewers.md").read_text("utf-8")

WORDS_A_MINUTE = 200
"""That people read who do something meanwhile."""

PAGES = (
    ("", "/sign-in"),
    ("", "/answer/{code:asked}"),
    (CODED, "/sign-in/code"),
    (REVIEWER, "/queue"),
    (REVIEWER, "/messages/{hidden}"),
    (REVIEWER, "/messages/{shown}"),
    (REVIEWER, "/messages/{released}"),
    (APPROVER, "/messages/{mailing}"),
    (DUTY_OFFICER, "/messages/{urgent}"),
)
"""The pages that the guide takes one through."""

ONLY_SOMETIMES = {"Only inside the organisation": "decide.html"}
"""What a page offers where a policy is for colleagues too, and its template."""

ITS_OWN = {
    "bold",
    "Whose details?",
    "To whom?",
    "Can its sender see them?",
    "Has anything left?",
    "Two people.",
    "Changed your mind?",
}
"""What is in bold in the guide and stands on no page."""


@pytest.fixture(scope="module")
def address(there: House) -> str:
    """Where the site is."""
    return there.url


@pytest.fixture(scope="module")
def words(browser: Browser, there: House) -> str:
    """All that stands on those pages, also what is folded up."""
    found = []
    for who in sorted({who for who, _ in PAGES}):
        with browser.new_context(base_url=there.url) as context:
            page = context.new_page()
            if who:
                sign_in(page, who)
            for path in (path for whose, path in PAGES if whose == who):
                page.goto(there.path(path))
                found.append(page.locator("body").text_content() or "")
    return " ".join(" ".join(found).split())


def test_everything_that_the_guide_names_is_on_a_page(words: str) -> None:
    prose = re.sub(r"`[^`]*`", "", GUIDE)
    named = {" ".join(name.split()) for name in re.findall(r"\*\*([^*]+)\*\*", prose)}
    on_pages = named - ITS_OWN - set(ONLY_SOMETIMES)

    assert len(on_pages) > 30
    assert [] == sorted(name for name in on_pages if name not in words)
    for name, template in ONLY_SOMETIMES.items():
        assert name in (TEMPLATES / template).read_text("utf-8")


def test_its_pictures_are_there_and_made_by_the_tests() -> None:
    shown = re.findall(r"!\[([^]]+)\]\(images/page-([a-z-]+)\.png\)", GUIDE)

    assert len(shown) > 8
    assert {name for _, name in shown} <= PICTURED <= {view.name for view in ALL_PAGES}
    for name in PICTURED:
        assert (DOCS / f"images/page-{name}.png").read_bytes().startswith(b"\x89PNG")


def test_it_is_read_in_ten_minutes() -> None:
    assert 10 == sum(map(int, re.findall(r"^## .*\((\d+) minutes?\)$", GUIDE, re.MULTILINE)))
    assert len(GUIDE.split()) < WORDS_A_MINUTE * 10


def test_who_follows_it_releases_one_message_and_returns_another(
    scripted: Page, there: House
) -> None:
    page = scripted
    sign_in(page, REVIEWER)
    page.locator(f'a[href="/messages/{there.ids["urgent"]}"]').click()
    page.get_by_role("button", name="I do", exact=True).click()
    page.get_by_label("Why that is right").fill("They are one committee.")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("It was released")
    page.get_by_role("button", name="Yes, rightly").click()
    page.get_by_role("link", name="Held mail").first.click()
    page.locator(f'a[href="/messages/{there.ids["shown"]}"]').click()
    page.get_by_label("Your own words").fill("Please send it again by Bcc.")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("It was returned")

    assert State.DONE is there.desk.state(there.ids["shown"])
    assert State.READY is there.desk.state(there.ids["urgent"])
