"""What axe (npm's axe-core, by `make assets`) finds wrong on a page: WCAG 2.2 AA, good practice."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests import _needs

_FILE = (
    Path(__file__)
    .resolve()
    .parents[2]
    .joinpath("dlpguard/web/front/node_modules/axe-core/axe.min.js")
)
_RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
_GOOD_PRACTICE = (*_RULES, "best-practice")

_RUN = """
rules => axe.run(document, {
  runOnly: {type: 'tag', values: rules}, resultTypes: ['violations'], iframes: false
}).then(found => found.violations.map(
  one => [one.id, one.help, one.nodes.map(node => node.html.slice(0, 200))]
))
"""
"""A frame in which no script may run is looked at as a page of its own (`_views`)."""


def faults(page: Page, *, is_framed: bool = False) -> list[Any]:
    """Each fault: the name of the rule, what it asks for, and the elements.

    `is_framed`: what stands in a frame needs no heading and no landmarks of its own.
    """
    # What a driver evaluates is under no policy of the page: the page stays as it is served.
    page.evaluate(_source())
    found: list[Any] = page.evaluate(_RUN, _RULES if is_framed else _GOOD_PRACTICE)
    return found


@cache
def _source() -> str:
    _needs.need(_FILE.exists(), "npm (for make assets, which brings axe-core)")
    return f"{_FILE.read_text('utf-8')};undefined"
