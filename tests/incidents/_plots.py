"""Plain bar charts as SVG, drawn by hand: nothing is fetched, nothing is installed for them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

HEIGHT, GAP, LEFT, WIDTH, RIGHT = 18, 8, 190, 460, 150
"""Pixels: of a bar, between bars, for labels, of the longest bar, for what stands behind it."""

COLOURS = ("#1d4e79", "#4a90c4", "#f0b429", "#c0392b")
"""Told apart in grey too: dark to light, and red for what got out."""

_FONT = 'font-family="DejaVu Sans, Arial, sans-serif" font-size="12"'


def stacked(
    title: str, parts: Sequence[str], bars: Sequence[tuple[str, Sequence[int], str]]
) -> str:
    """Bars of one length, each divided into shares.  A bar is (label, amounts, remark)."""
    drawn: list[str] = []
    for row, (label, amounts, remark) in enumerate(bars):
        y, x, whole = _y(row), float(LEFT), sum(amounts) or 1
        drawn.append(_label(y, label))
        for amount, colour in zip(amounts, COLOURS, strict=False):
            width = WIDTH * amount / whole
            if amount:
                drawn.append(_bar(x, y, width, colour))
                drawn.append(_inside(x + width / 2, y, str(amount), colour))
            x += width
        drawn.append(_text(LEFT + WIDTH + 8, y, remark))
    return _picture(title, drawn, len(bars), parts)


def against(
    title: str, parts: tuple[str, str], bars: Sequence[tuple[str, float, float, str]]
) -> str:
    """Two bars under each other for each row, to the scale of the longest of the row.

    A row is (label, first, second, remark): what was claimed and what is true, or what is expected
    and what can be borne.
    """
    drawn: list[str] = []
    for row, (label, first, second, remark) in enumerate(bars):
        y, longest = _y(row), max(first, second, 1e-9)
        drawn.append(_label(y, label))
        for half, (value, colour) in enumerate(((first, COLOURS[0]), (second, COLOURS[1]))):
            width = max(WIDTH * value / longest, 0.5)
            drawn.append(_bar(LEFT, y + half * HEIGHT / 2, width, colour, HEIGHT / 2))
        drawn.append(_text(LEFT + WIDTH + 8, y, remark))
    return _picture(title, drawn, len(bars), parts)


def _y(row: int) -> float:
    return 56 + row * (HEIGHT + GAP)


def _bar(x: float, y: float, width: float, colour: str, height: float = HEIGHT) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def _label(y: float, text: str) -> str:
    return f'<text x="{LEFT - 8}" y="{y + 13:.1f}" text-anchor="end">{escape(text)}</text>'


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y + 13:.1f}">{escape(text)}</text>'


def _inside(x: float, y: float, text: str, colour: str) -> str:
    ink = "#222" if colour == COLOURS[2] else "#fff"
    return f'<text x="{x:.1f}" y="{y + 13:.1f}" text-anchor="middle" fill="{ink}">{text}</text>'


def _picture(title: str, drawn: Sequence[str], rows: int, parts: Sequence[str]) -> str:
    width, height = LEFT + WIDTH + RIGHT, int(_y(rows)) + 8
    legend: list[str] = []
    x = LEFT
    for part, colour in zip(parts, COLOURS, strict=False):
        legend += [_bar(x, 32, 12, colour, 12), _text(x + 17, 29, part)]
        x += 40 + 7 * len(part)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}" role="img" {_FONT} fill="#222">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            f'<text x="12" y="20" font-weight="bold">{escape(title)}</text>',
            *legend,
            *drawn,
            "</svg>\n",
        )
    )
