"""Signing in, as a person does it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.web._site import REVIEWER


def test_a_reviewer_signs_in_and_out(page: Page) -> None:
    sign_in(page, REVIEWER)
    expect(page.get_by_role("heading", level=1)).to_have_text("Held mail")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
