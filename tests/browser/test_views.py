"""Every page in every state: axe finds nothing, it fits a narrow screen, nothing is blocked.

With `DLPGUARD_PICTURES=1` this also makes the pictures of `docs/images/` again.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from dlpguard.web.pages import routers
from tests.browser import _axe
from tests.browser._house import House
from tests.browser._views import ALL_PAGES, NO_PAGE, PICTURED, View
from tests.browser.conftest import PATIENCE, sign_in

HEIGHT = 900
SIZE: ViewportSize = {"width": 1200, "height": HEIGHT}
NARROW: ViewportSize = {"width": 320, "height": HEIGHT}

PICTURES = Path(__file__).resolve().parents[2] / "docs/images"
MAKES_PICTURES = os.environ.get("DLPGUARD_PICTURES") == "1"

ONE_OF_EACH = {view.route: view for view in reversed(ALL_PAGES)}.values()
"""The first state of each page: on a narrow screen the others have the same style."""

TALLEST = 1900
"""Pixels of a picture: what is below is more of the same."""

COLOURS = 64
"""That show everything which a page of few colours has, in a quarter of the bytes."""

LARGEST = 120_000
"""Bytes of a picture: they are in the repository."""


@dataclass(frozen=True, slots=True)
class Window:
    """What somebody has open, and what went wrong in it."""

    page: Page
    wrong: list[str]


@pytest.fixture(scope="module")
def windows(browser: Browser, there: House) -> Iterator[Callable[[View], Window]]:
    """A window for each person who visits, in which they are signed in: new ones take time."""
    opened: dict[tuple[str, str], Window] = {}

    def window(view: View) -> Window:
        url = there.strict_url if view.asks_for_codes else there.url
        if (view.who, url) not in opened:
            opened[view.who, url] = _window(browser, url, view.who)
        return opened[view.who, url]

    yield window
    for one in opened.values():
        one.page.context.close()


def test_every_route_has_a_view() -> None:
    routes = {
        route.path
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }

    assert routes == {view.route for view in ALL_PAGES if view.route.startswith("/")} | set(NO_PAGE)


@pytest.mark.parametrize("view", ALL_PAGES, ids=lambda view: view.name)
def test_a_page_is_for_everybody(
    view: View, there: House, windows: Callable[[View], Window]
) -> None:
    page, wrong = visit(view, there, windows(view))
    if MAKES_PICTURES and view.name in PICTURED:
        assert picture(page, PICTURES / f"page-{view.name}.png") < LARGEST
        page.set_viewport_size(SIZE)
    assert [] == _axe.faults(page, is_framed=view.is_framed), "at 1200 pixels"
    page.set_viewport_size(NARROW)
    if view in ONE_OF_EACH:
        assert [] == _axe.faults(page, is_framed=view.is_framed), "at 320 pixels"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], page.evaluate(_TOO_WIDE, NARROW["width"])
    assert [] == [text for text in wrong if "status of 4" not in text]


def visit(view: View, there: House, window: Window) -> tuple[Page, list[str]]:
    """A page in its state, and a list of what goes wrong on it."""
    page = window.page
    window.wrong.clear()
    if not view.who:
        page.context.clear_cookies()
    page.set_viewport_size(SIZE)
    page.goto(there.path(view.path))
    if view.then:
        view.then(page)
        page.wait_for_load_state()
    return page, window.wrong


def _window(browser: Browser, url: str, who: str) -> Window:
    context = browser.new_context(base_url=url, viewport=SIZE, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    window = Window(context.new_page(), [])
    if who:
        sign_in(window.page, who)
    window.page.on("pageerror", lambda error: window.wrong.append(str(error)))
    window.page.on(
        "console", lambda said: window.wrong.append(said.text) if said.type == "error" else None
    )
    return window


def picture(page: Page, file: Path) -> int:
    """Take a picture of a page; returns its size in bytes."""
    # In a window as high as the page: what stands in frames is not painted outside of a window.
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
    page.set_viewport_size({"width": SIZE["width"], "height": height})
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    _few_colours(taken).save(file, optimize=True)
    return file.stat().st_size


def _few_colours(taken: Image.Image) -> Image.Image:
    """The colours of which there is most stay; the edges of letters become like them."""
    counted = taken.getcolors(taken.width * taken.height) or []
    most = sorted(counted, reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, rgb in most if isinstance(rgb, tuple) for part in rgb])
    return taken.quantize(palette=palette, dither=Image.Dither.NONE)


_TOO_WIDE = """
width => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > width)
  .filter(one => !one.parentElement.closest('.dlp-scroll'))
  .map(one => one.outerHTML.slice(0, 120))
"""
