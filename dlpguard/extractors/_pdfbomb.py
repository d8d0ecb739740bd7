"""PDF files that would grow without end when a page is drawn or read.

Two kinds: content that inflates to a thousand times its size, and form XObjects that draw each
other, ten times each, so that two kilobytes of file are a billion drawing operations.  pdfium and
pdfminer follow both until memory or time ends; here they are counted without following.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from dlpguard.document import Unread
from dlpguard.extractors._budget import Budget, Unreadable

_MOST_FORMS = 100_000
"""Forms that one page may draw, counting each time; a map of symbols has some thousands."""

_DEEPEST = 60
"""Forms in forms; pdfium itself stops at 40."""

_DEFLATE_RATIO = 1032
"""The most that deflate can make of a byte."""

_DRAWS = re.compile(rb"/([^\s/<>()\[\]{}%]{1,127})\s{1,20}Do\b")


def refuse(document: Any, forms: Iterable[Any], budget: Budget) -> None:
    """Raise `Unreadable` TOO_LARGE when drawing a page of a `pikepdf.Pdf` would not end.

    `forms` are all form XObjects of the document.
    """
    bomb = _Bomb(budget)
    for number, page in enumerate(document.pages):
        if number >= budget.limits.pages:
            break
        bomb.look_at(page)
    # pdfium repairs what it cannot find: a form that no page of ours draws may be drawn by its.
    bomb.look_at_forms(forms)


_Forms = dict[str, Any]
"""The form XObjects that a content stream can draw, by their names in it."""


class _Bomb:
    """Remembers how many forms each form draws."""

    def __init__(self, budget: Budget) -> None:
        import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

        self._pikepdf = pikepdf
        self._budget = budget
        self._anywhere: _Forms = {}
        self._listed: dict[tuple[int, int], tuple[bool, _Forms | None]] = {}
        self._drawn: dict[tuple[int, int], Counter[str]] = {}
        self._page: _Forms = {}
        self._costs: dict[tuple[tuple[int, int], int], int] = {}

    def look_at(self, page: Any) -> None:
        """Raise when a page is a bomb."""
        self._budget.charge()
        forms = self._forms(page.resources if "/Resources" in page.obj else None) or {}
        contents = page.obj.get("/Contents")
        streams = contents if isinstance(contents, self._pikepdf.Array) else [contents]
        drawn: Counter[str] = Counter()
        for stream in streams:
            if isinstance(stream, self._pikepdf.Stream) and (forms or self._may_burst(stream)):
                drawn += self._draws(stream)
        self._page, self._costs = forms, {}
        self._sum(drawn, forms, 0)

    def look_at_forms(self, forms: Iterable[Any]) -> None:
        """Raise when any form of a file is a bomb, whoever draws it."""
        drawn_by_none = [form for form in forms if form.objgen not in self._listed]
        for form in drawn_by_none:
            self._lists(form)
        self._page, self._costs = self._anywhere, {}
        for form in drawn_by_none:
            self._budget.charge()
            if self._cost(form, self._anywhere, 0) > _MOST_FORMS:
                raise Unreadable(Unread.TOO_LARGE, f"draws more than {_MOST_FORMS} forms")

    def _forms(self, resources: Any) -> _Forms | None:
        """The forms that resources name; None where they have no list of any."""
        objects = resources.get("/XObject") if resources is not None else None
        if not isinstance(objects, self._pikepdf.Dictionary):
            return None
        found = {
            name.removeprefix("/"): item
            for name, item in objects.items()
            if isinstance(item, self._pikepdf.Stream) and item.get("/Subtype") == "/Form"
        }
        for name, form in found.items():
            self._anywhere.setdefault(name, form)
        return found

    def _may_burst(self, stream: Any) -> bool:
        """Whether a stream is large, or packed more than once."""
        filters = stream.get("/Filter")
        packed_twice = isinstance(filters, self._pikepdf.Array) and len(filters) > 1
        length = len(stream.read_raw_bytes())
        return packed_twice or length * _DEFLATE_RATIO > self._budget.limits.ratio_from

    def _draws(self, stream: Any) -> Counter[str]:
        """How often a content stream draws each name."""
        try:
            content = stream.read_bytes()
        except self._pikepdf.DataDecodingError:
            raise Unreadable(Unread.TOO_LARGE, "content that inflates without end") from None
        except self._pikepdf.PdfError:
            return Counter()  # of a filter that qpdf does not know; pdfium decides about it
        limits = self._budget.limits
        most = max(limits.ratio_from, len(stream.read_raw_bytes()) * limits.ratio)
        if len(content) > most:
            raise Unreadable(Unread.TOO_LARGE, f"inflates to more than {limits.ratio} times")
        return Counter(name.decode("latin-1") for name in _DRAWS.findall(content))

    def _sum(self, drawn: Counter[str], forms: _Forms, depth: int) -> int:
        """Forms that are drawn in all; raises when there are too many."""
        total = 0
        for name, times in drawn.items():
            if name in forms:
                total += times * self._cost(forms[name], forms, depth + 1)
                if total > _MOST_FORMS:
                    raise Unreadable(Unread.TOO_LARGE, f"draws more than {_MOST_FORMS} forms")
        return total

    def _cost(self, form: Any, outer: _Forms, depth: int) -> int:
        """Forms that are drawn when this one is, itself included."""
        if depth > _DEEPEST:
            raise Unreadable(Unread.TOO_DEEP, f"forms nested deeper than {_DEEPEST}")
        has_resources, own = self._lists(form)
        # As pdfium finds them: without resources those of whoever draws the form, and where its own
        # resources list none, those of the page.
        inner = own if own is not None else self._page if has_resources else outer
        key = form.objgen, id(inner)
        if key not in self._costs:
            self._costs[key] = _MOST_FORMS + 1  # in case its own forms lead back here
            if inner and form.objgen not in self._drawn:
                self._drawn[form.objgen] = self._draws(form)
            drawn = self._drawn[form.objgen] if inner else Counter()
            self._costs[key] = 1 + self._sum(drawn, inner, depth)
        return self._costs[key]

    def _lists(self, form: Any) -> tuple[bool, _Forms | None]:
        """Whether a form has resources of its own, and the forms that they list."""
        if form.objgen not in self._listed:
            resources = form.get("/Resources")
            has_resources = isinstance(resources, self._pikepdf.Dictionary)
            self._listed[form.objgen] = (
                has_resources,
                self._forms(resources if has_resources else None),
            )
        return self._listed[form.objgen]
