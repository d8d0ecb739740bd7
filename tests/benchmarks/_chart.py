"""The picture of docs/performance.md: messages a second through each route, a panel for each load.

An SVG that needs nothing from elsewhere, light on a card of its own so that it can be read on a
dark page.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from html import escape

from tests.benchmarks._peers import AMAVIS, DLPGUARD, RECEIVING, RSPAMD
from tests.benchmarks._runs import MAIN, STRAIGHT, Figures, Load, cpu, rate

_PANELS = 2
"""Beside each other."""

_WIDTH, _LABELS, _BARS, _GAP = 500, 148, 220, 24
_ROW, _BAR, _TITLE, _MARGIN = 26, 16, 34, 20
_OWN, _FILTER, _OTHER, _INK, _FAINT = "#1d4e79", "#6f9fc8", "#c3ccd4", "#222222", "#666666"
_COLOURS = {DLPGUARD: _OWN, AMAVIS: _FILTER, RSPAMD: _FILTER}
_EXPLAINED = (
    "Messages a second until the last was at the next hop (median; line: least to most); "
    "in grey, CPU ms a message."
)
_LEGEND = ((_OWN, "dlpguard"), (_FILTER, "takes messages apart"), (_OTHER, "reads nothing"))


def drawn(figures: Figures) -> str:
    """The picture, as text."""
    panels = [load for load in MAIN if figures.of(load, DLPGUARD, rate)]
    rows = max((len(_routes(figures, load)) for load in panels), default=0)
    height = _TITLE + rows * _ROW + _GAP
    lines = math.ceil(len(panels) / _PANELS)
    whole = (2 * _MARGIN + _PANELS * _WIDTH, 2 * _MARGIN + lines * height + 2 * _ROW)
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" '
        'font-family="DejaVu Sans, Arial, sans-serif" font-size="13" role="img" '
        'aria-label="Messages a second through dlpguard and its peers">',
        f'<rect width="{whole[0]}" height="{whole[1]}" rx="8" fill="#ffffff"/>',
        *(
            part
            for number, load in enumerate(panels)
            for part in _panel(
                figures,
                load,
                _MARGIN + number % _PANELS * _WIDTH,
                _MARGIN + number // _PANELS * height,
            )
        ),
        *_legend(whole[1] - _MARGIN - _ROW),
        _text(_MARGIN, whole[1] - _MARGIN, _FAINT, _EXPLAINED),
        "</svg>\n",
    ))  # fmt: skip


def _panel(figures: Figures, load: Load, left: float, top: float) -> Iterator[str]:
    routes = _routes(figures, load)
    most = max(max(figures.of(load, route, rate)) for route in routes)
    yield _text(left, top + 14, _INK, load.name, weight=600)
    for number, route in enumerate(routes):
        values = figures.of(load, route, rate)
        y = top + _TITLE + number * _ROW
        yield from _bar(route, values, most, (left + _LABELS, y))
        weight = 600 if route == DLPGUARD else 400
        middle = y + _BAR / 2 + 5
        yield _text(left + _LABELS - 8, middle, _INK, route, anchor="end", weight=weight)
        end = left + _LABELS + max(values) / most * _BARS + 8
        spent = statistics.median(figures.of(load, route, cpu))
        shown = f"{_digits(statistics.median(values))}/s"
        yield _text(end, middle, _INK, shown, weight=weight, remark=f"{_digits(spent)} ms")


def _bar(
    route: str, values: Sequence[float], most: float, at: tuple[float, float]
) -> Iterator[str]:
    (x, y), middle = at, statistics.median(values) / most * _BARS
    colour = _COLOURS.get(route, _OTHER)
    yield f'<rect x="{x}" y="{y}" width="{middle:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>'
    if len(values) > 1:
        low, high = (x + edge(values) / most * _BARS for edge in (min, max))
        yield (
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y + _BAR / 2}" y2="{y + _BAR / 2}" '
            f'stroke="{_INK}" stroke-width="1.5"/>'
        )


def _legend(y: float) -> Iterator[str]:
    for number, (colour, text) in enumerate(_LEGEND):
        x = _MARGIN + number * 190
        yield f'<rect x="{x}" y="{y - 11}" width="12" height="12" rx="2" fill="{colour}"/>'
        yield _text(x + 18, y, _INK, text)


def _text(
    x: float,
    y: float,
    colour: str,
    text: str,
    *,
    anchor: str = "start",
    weight: int = 400,
    remark: str = "",
) -> str:
    more = f'<tspan dx="8" fill="{_FAINT}" font-weight="400">{remark}</tspan>' if remark else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}{more}</text>'
    )


def _routes(figures: Figures, load: Load) -> list[str]:
    """Those that pass mail on, in their order."""
    left_out = {STRAIGHT, RECEIVING}
    return [
        route for route in load.routes if route not in left_out and figures.of(load, route, rate)
    ]


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.3g}"
