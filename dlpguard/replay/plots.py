"""Plots as SVG, drawn by hand: nothing is fetched and nothing runs when a page is opened.

Series differ by colour, by the shape of their marks and by words; each plot has a title and a
sentence for who does not see it.  The numbers stand in a table beside it, which is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

COLOURS = ("#1d70b8", "#b8341d", "#505a5f")
"""Blue, red and grey: told apart by who sees no red or green, and on paper without colours."""

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 860, 64, 24, 38, 46
"""Pixels of the picture; of what is left around the plot for words."""

PLOT_HEIGHT = 200

BAR, GAP, LABEL = 22, 14, 110
"""Pixels: height of a bar, between bars, for the words before them."""

TICKS = 4
"""Lines across a plot."""

MOST_LABELS = 13
"""Words below a plot that stand beside each other without touching."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers with a name, one for each place along the plot."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """Something counted, and what of it can be borne."""

    name: str
    value: float
    limit: float


def columns(title: str, told: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Columns for each label, those of all series on top of each other."""
    sums = [sum(values) for values in zip(*(s.values for s in series), strict=True)]
    top, step = _scale(max(sums, default=0))
    width = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    drawn = [*_grid(top, step), *_below(labels, lambda i: LEFT + (i + 0.5) * width)]
    for place in range(len(labels)):
        base = 0.0
        for one, colour in zip(series, COLOURS, strict=False):
            value = one.values[place]
            if value:
                x, y = LEFT + place * width + width * 0.14, _y(base + value, top)
                height = _y(base, top) - y
                drawn.append(_rect(x, y, max(width * 0.72, 1), height, colour))
            base += value
    return _picture(title, told, drawn, [s.name for s in series], TOP + PLOT_HEIGHT + BOTTOM)


def lines(
    title: str,
    told: str,
    places: Sequence[int],
    series: Sequence[Series],
    marked: Sequence[int] = (),
    along: str = "",
) -> Markup:
    """Lines through the values at places along a number line; `marked` places have a dotted line,
    `along` says what the number is."""
    top, step = _scale(max((v for s in series for v in s.values), default=0))
    low, high = min(places), max(places)

    def x(place: float) -> float:
        return LEFT + 8 + (WIDTH - LEFT - RIGHT - 16) * (place - low) / max(1, high - low)

    shown = _some(places)
    drawn = [*_grid(top, step), *_below([str(p) for p in shown], lambda i: x(shown[i]))]
    drawn.append(_text((LEFT + WIDTH - RIGHT) / 2, TOP + PLOT_HEIGHT + 38, along, "middle"))
    for place in marked:
        if low <= place <= high:
            drawn.append(
                f'<line x1="{x(place):.1f}" x2="{x(place):.1f}" y1="{TOP}"'
                f' y2="{TOP + PLOT_HEIGHT}" stroke="{COLOURS[2]}" stroke-dasharray="2 4"/>'
            )
    for which, (one, colour) in enumerate(zip(series, COLOURS, strict=False)):
        points = [(x(p), _y(v, top)) for p, v in zip(places, one.values, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
            ' stroke-linejoin="round"/>'
        )
        drawn += [_mark(which, a, b, colour) for a, b in points]
    height = TOP + PLOT_HEIGHT + BOTTOM + (8 if along else 0)
    return _picture(title, told, drawn, [s.name for s in series], height)


def against(title: str, told: str, bars: Sequence[Bar], unit: str) -> Markup:
    """A bar for each thing, to a scale of its own, with a line where its limit is."""
    room, drawn = WIDTH - LABEL - 230, []
    for row, bar in enumerate(bars):
        y = TOP + row * (BAR + GAP)
        longest = max(bar.value, bar.limit) * 1.12 or 1
        colour = COLOURS[1] if bar.value > bar.limit else COLOURS[0]
        edge = LABEL + room * bar.limit / longest
        drawn += [
            _text(LABEL - 12, y + 16, bar.name, "end"),
            _rect(LABEL, y, room, BAR, "#f3f2f1"),
            _rect(LABEL, y, max(room * bar.value / longest, 2 if bar.value else 0), BAR, colour),
            f'<line x1="{edge:.1f}" x2="{edge:.1f}" y1="{y - 4}" y2="{y + BAR + 4}"'
            ' stroke="#0b0c0c" stroke-width="2"/>',
            _text(LABEL + room + 14, y + 16, f"{bar.value:,.0f} {unit}; budget {bar.limit:,.0f}"),
        ]
    return _picture(title, told, drawn, (), TOP + len(bars) * (BAR + GAP) + 4)


def share(value: float, whole: float, which: int) -> Markup:
    """A bar in a cell of a table, as long as its share; for the eye only."""
    width = 100 * value / whole if whole else 0
    return Markup(  # noqa: S704 - numbers and a colour of ours
        '<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.1f}" height="10" fill="{COLOURS[which]}"/></svg>'
    )


def _scale(highest: float) -> tuple[float, float]:
    """The top of a scale, and the step between its lines: 1, 2 or 5 times a power of ten."""
    rough = max(highest, TICKS) / TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    return step * max(1, math.ceil(highest / step)), step


def _y(value: float, top: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - value / top)


def _grid(top: float, step: float) -> Iterator[str]:
    value = 0.0
    while value <= top:
        y = _y(value, top)
        ink = "#0b0c0c" if not value else "#dcdcdc"
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{ink}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:,g}", "end")
        value += step


def _below(labels: Sequence[str], x: Callable[[int], float]) -> Iterator[str]:
    for place in _some(range(len(labels))):
        yield _text(x(place), TOP + PLOT_HEIGHT + 18, labels[place], "middle")


def _some(places: Sequence[int]) -> Sequence[int]:
    """As many of them as have room, the first among them."""
    return places[:: -(-len(places) // MOST_LABELS) or 1]


def _mark(which: int, x: float, y: float, colour: str) -> str:
    if which % 2:
        return _rect(x - 3.5, y - 3.5, 7, 7, colour)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.8" fill="{colour}"/>'


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _picture(
    title: str, told: str, drawn: Iterable[str], names: Iterable[str], height: float
) -> Markup:
    """The whole picture, with a legend on its right where there are several series."""
    legend: list[str] = []
    x = float(LEFT)
    for which, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        legend += [_mark(which, x, 15, colour), _text(x + 10, 19, name)]
        x += 34 + 8 * len(name)
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' class="plot" font-size="13" fill="#0b0c0c">',
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>",
        *legend,
        *drawn,
        "</svg>",
    )
    return Markup("\n".join(parts))  # noqa: S704 - numbers; all words went through `escape`
