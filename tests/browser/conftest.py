"""A real browser before a real site: the system's Chromium, driven by Playwright.

What is slow is shared.  A browser serves a module, a house (`_house`) is furnished once in a run
and copied for each module, and an office (`_office`) serves all modules that a worker is given.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import _needs
from tests.browser import _house
from tests.browser._house import House
from tests.browser._office import Office, office
from tests.browser._once import made_once
from tests.web._site import PASSWORD

PATIENCE = 15_000
"""Milliseconds after which what a test waits for will not come, also where much runs beside it."""

FLAGS = (
    "--no-sandbox",
    "--renderer-process-limit=1",
    "--js-flags=--max-optimized-bytecode-size=0",
)
"""As root there is no sandbox.  A process for each page protects pages from each other, and the
optimizing compiler is for scripts that run for long: here both cost more than all that they do."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: its driver keeps a loop running in this thread, and the tests that
    follow have loops of their own."""
    # The first is the same without the parts that draw windows, in half of the time.
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    _needs.need(program is not None, "chromium-headless-shell")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a house, to be copied."""
    return made_once(tmp_path_factory, "furnished", _house.furnish)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[House]:
    """A house for the tests of a module."""
    with _house.house(tmp_path_factory.mktemp("house"), furnished) as made:
        yield made


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office in which a release leaves almost at once; each test has mail of its own in it."""
    with office(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page of a new visitor; each test runs with and without JavaScript.

    A module that uses this says by its fixture `address` where the site is.
    """
    scripts = request.param == "with JavaScript"
    context = browser.new_context(base_url=address, java_script_enabled=scripts)
    yield from watched(context)


@pytest.fixture
def scripted(browser: Browser, address: str) -> Iterator[Page]:
    """A page of a new visitor, with JavaScript."""
    yield from watched(browser.new_context(base_url=address))


def sign_in(page: Page, name: str) -> None:
    """As a person does."""
    page.goto("/sign-in")
    page.get_by_label("Email address at work").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def watched(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong unnoticed: no script error, nothing blocked."""
    faults: list[str] = []
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert not [f for f in faults if "Failed to load resource" not in f], faults
