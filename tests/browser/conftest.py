"""A real browser before a real site: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dlpguard.web.serving import Serving
from tests import _needs
from tests.web._site import PASSWORD, Desk, desk, inspect_samples

PATIENCE = 15_000
"""Milliseconds after which what a test waits for will not come, also where much runs beside it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: its driver keeps a loop running in this thread, and the tests that
    follow have loops of their own."""
    _needs.need(shutil.which("chromium") is not None, "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        expect.set_options(timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture(scope="session")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspected")
    inspect_samples(folder)
    return folder


@pytest.fixture
def here(tmp_path: Path, inspected: Path) -> Iterator[Desk]:
    with desk(tmp_path, inspected) as made:
        yield made


@pytest.fixture
def address(here: Desk) -> Iterator[str]:
    """Where the site of this test is."""
    with served(here) as url:
        yield url


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page of a new visitor; each test runs with and without JavaScript."""
    scripts = request.param == "with JavaScript"
    context = browser.new_context(base_url=address, java_script_enabled=scripts)
    yield from _watched(context)


@pytest.fixture
def scripted(browser: Browser, address: str) -> Iterator[Page]:
    """A page of a new visitor, with JavaScript."""
    yield from _watched(browser.new_context(base_url=address))


def sign_in(page: Page, name: str) -> None:
    """As a person does."""
    page.goto("/sign-in")
    page.get_by_label("Email address at work").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@contextmanager
def served(here: Desk) -> Iterator[str]:
    """The site on a port, in a thread."""
    ready = threading.Event()
    ports: list[int] = []
    loops: list[asyncio.AbstractEventLoop] = []
    serving = Serving(here.site)

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await serving.start("127.0.0.1:0")
        ports.append(serving.port)
        ready.set()
        assert serving._task
        await serving._task

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(30)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        asyncio.run_coroutine_threadsafe(serving.stop(), loops[0])
        thread.join(30)


def _watched(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong unnoticed: no script error, nothing blocked."""
    faults: list[str] = []
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert not [f for f in faults if "Failed to load resource" not in f], faults
