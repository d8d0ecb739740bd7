"""Signing in, as people do it: a password, a one-time code, a recovery code; and out again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from dlpguard.store import accounts
from dlpguard.store.database import Transaction
from tests.browser._serving import served
from tests.browser.conftest import sign_in
from tests.web._site import HASH, PASSWORD, Desk, desk


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A site at which nothing is held: samples take seconds to inspect."""
    empty = tmp_path_factory.mktemp("empty")
    with desk(tmp_path_factory.mktemp("site"), empty, second_factor=True) as made:
        yield made


@pytest.fixture(scope="module")
def address(here: Desk) -> Iterator[str]:
    """Where it is; it asks everybody for one-time codes."""
    with served(here) as url:
        yield url


@pytest.fixture
def reviewer(here: Desk) -> str:
    """Somebody who has never signed in."""

    def add(tx: Transaction) -> str:
        name = f"rita.reid{len(tuple(accounts.everyone(tx)))}@council.example"
        return accounts.add(tx, name, "Rita Reid", HASH, ("reviewer",)).name

    return here.store.database.write_now(add)


def give(page: Page, code: str) -> None:
    """Enter a code."""
    page.get_by_label("Code from your app").fill(code)
    page.get_by_role("button", name="Continue").click()


def set_up(page: Page, reviewer: str) -> tuple[pyotp.TOTP, str]:
    """Sign in for the first time; returns the app on the phone, and a recovery code."""
    sign_in(page, reviewer)
    app = pyotp.TOTP(page.locator("code").inner_text())
    give(page, app.now())
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    recovery = page.locator("code").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    return app, recovery


def sign_out(page: Page) -> None:
    """Press the button at the top."""
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def heading(page: Page, text: str) -> None:
    """Wait for the page of this name."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_code_is_set_up_once_and_asked_for_from_then_on(page: Page, reviewer: str) -> None:
    app, _ = set_up(page, reviewer)
    heading(page, "Held mail")
    sign_out(page)
    sign_in(page, reviewer)
    heading(page, "Your one-time code")
    give(page, "000000")
    expect(page.get_by_role("alert")).to_be_visible()
    give(page, app.at(int(time.time()) + 30))  # the next one: each works once
    heading(page, "Held mail")


def test_a_recovery_code_works_once_in_its_place(page: Page, reviewer: str) -> None:
    _, recovery = set_up(page, reviewer)
    sign_out(page)
    sign_in(page, reviewer)
    give(page, recovery)
    heading(page, "Held mail")
    sign_out(page)
    sign_in(page, reviewer)
    give(page, recovery)
    heading(page, "Your one-time code")


def test_a_wrong_password_leads_nowhere(page: Page, reviewer: str) -> None:
    page.goto("/queue")
    heading(page, "Sign in")
    page.get_by_label("Email address at work").fill(reviewer)
    page.get_by_label("Password", exact=True).fill(f"{PASSWORD}.")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    assert reviewer == page.get_by_label("Email address at work").input_value()
    page.goto("/queue")
    heading(page, "Sign in")


def test_whoever_came_for_a_page_gets_it_after_signing_in(page: Page, reviewer: str) -> None:
    page.goto("/account")
    page.get_by_label("Email address at work").fill(reviewer)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    give(page, pyotp.TOTP(page.locator("code").inner_text()).now())
    page.get_by_role("button", name="I have kept them").click()

    heading(page, "Rita Reid")
    sign_out(page)
    page.goto("/account")
    heading(page, "Sign in")
