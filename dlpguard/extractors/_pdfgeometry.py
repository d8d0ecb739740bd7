"""Boxes and matrices of PDF pages (ISO 32000-2 8.3): points of 1/72 inch, y upwards."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_CLOSE = 0.5
"""Points by which corners of a rectangle may be off."""


Edges = tuple[float, float, float, float]
"""A `Box`, or the same numbers: making one of each word's takes as long as asking for them."""


class Box(NamedTuple):
    """Edges in points, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the box."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def cut(self, other: Box) -> Box:
        """What both share; its edges cross where they share nothing."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )

    def touches(self, other: Box) -> bool:
        """Whether the boxes share anything."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.bottom <= other.top
            and other.bottom <= self.top
        )

    def crosses(self, other: Box) -> bool:
        """Whether the box lies partly in another and partly outside it."""
        left, bottom, right, top = self
        if left > other.right or right < other.left or bottom > other.top or top < other.bottom:
            return False
        return left < other.left or right > other.right or bottom < other.bottom or top > other.top

    @property
    def area(self) -> float:
        """Square points."""
        return max(0.0, self.right - self.left) * max(0.0, self.top - self.bottom)

    def is_within(self, other: Box, tolerance: float) -> bool:
        """Whether the box lies in another, give or take some points."""
        return (
            self.left >= other.left - tolerance
            and self.right <= other.right + tolerance
            and self.bottom >= other.bottom - tolerance
            and self.top <= other.top + tolerance
        )


make_box: Callable[[Iterable[float]], Box] = functools.partial(tuple.__new__, Box)
"""A box of four edges, in half the time of `Box._make`: a page has thousands."""


def around(points: list[tuple[float, float]]) -> Box:
    """The smallest box that holds some points."""
    across, up = [x for x, _ in points], [y for _, y in points]
    return Box(min(across), min(up), max(across), max(up))


def is_rectangle(points: list[tuple[float, float]]) -> bool:
    """Whether points are the corners of a rectangle with edges along the page's."""
    if len(points) < 4:
        return False
    box = around(points)
    return all(
        min(abs(x - box.left), abs(x - box.right)) < _CLOSE
        and min(abs(y - box.bottom), abs(y - box.top)) < _CLOSE
        for x, y in points
    )


def product(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does what `first` does and `then` what the other does."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r, a * q + b * s,
        c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def moved_box(box: Box, matrix: Matrix) -> Box:
    """The box around what becomes of a box where a matrix moves it."""
    left, bottom, right, top = box
    a, b, c, d, e, f = matrix
    if b or c:
        corners = ((left, bottom), (right, top), (left, top), (right, bottom))
        return around([moved(x, y, matrix) for x, y in corners])
    # It stays upright, so two corners are enough.
    left, right = a * left + e, a * right + e
    bottom, top = d * bottom + f, d * top + f
    if left > right:
        left, right = right, left
    if bottom > top:
        bottom, top = top, bottom
    return make_box((left, bottom, right, top))


def moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    """A point where a matrix moves it."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
