"""Every page in every state: axe finds nothing, it fits a narrow screen, nothing is blocked.

With `DLPGUARD_PICTURES=1` this also makes the pictures of `docs/images/` again.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from dlpguard.web.pages import routers
from tests.browser import _axe
from tests.browser._house import House, house
from tests.browser._views import ALL_PAGES, NO_PAGE, PICTURED, View
from tests.browser.conftest import sign_in

HEIGHT = 900
SIZE: ViewportSize = {"width": 1200, "height": HEIGHT}
NARROW: ViewportSize = {"width": 320, "height": HEIGHT}

PICTURES = Path(__file__).resolve().parents[2] / "docs/images"
MAKES_PICTURES = os.environ.get("DLPGUARD_PICTURES") == "1"

TALLEST = 1900
"""Pixels of a picture: what is below is more of the same."""

COLOURS = 64
"""That show everything which a page of few colours has, in a quarter of the bytes."""

LARGEST = 120_000
"""Bytes of a picture: they are in the repository."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def windows(browser: Browser, there: House) -> Iterator[dict[str, BrowserContext]]:
    """A browser for everybody who has come, in which they are signed in."""
    opened: dict[str, BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


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
    view: View, there: House, browser: Browser, windows: dict[str, BrowserContext]
) -> None:
    with visiting(view, there, browser, windows) as (page, wrong):
        if MAKES_PICTURES and view.name in PICTURED:
            assert picture(page, PICTURES / f"page-{view.name}.png") < LARGEST
            page.set_viewport_size(SIZE)
        assert [] == _axe.faults(page, is_framed=view.is_framed), "at 1200 pixels"
        page.set_viewport_size(NARROW)
        if view.name in PICTURED:  # another state of a page has the same style
            assert [] == _axe.faults(page, is_framed=view.is_framed), "at 320 pixels"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], page.evaluate(_TOO_WIDE, NARROW["width"])
        assert [] == wrong


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


@contextmanager
def visiting(
    view: View, there: House, browser: Browser, windows: dict[str, BrowserContext]
) -> Iterator[tuple[Page, list[str]]]:
    """A page in its state, and a list of what goes wrong on it."""
    wrong: list[str] = []
    with opened(view, there, browser, windows) as page:
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(there.path(view.path))
        if view.then:
            view.then(page)
            page.wait_for_load_state()
        yield page, [text for text in wrong if "status of 4" not in text]


@contextmanager
def opened(
    view: View, there: House, browser: Browser, windows: dict[str, BrowserContext]
) -> Iterator[Page]:
    """An empty page of whoever visits."""
    if not view.who:
        url = there.strict_url if view.asks_for_codes else there.url
        with browser.new_context(base_url=url, viewport=SIZE, locale="en-GB") as alone:
            yield alone.new_page()
        return
    if view.who not in windows:
        windows[view.who] = browser.new_context(base_url=there.url, viewport=SIZE, locale="en-GB")
        sign_in(windows[view.who].new_page(), view.who)
    page = windows[view.who].new_page()
    yield page
    page.close()
