"""Free text in the cells of a column: what it tells is told of whom the row is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from dlpguard import detectors
from dlpguard.counting import headings
from dlpguard.counting.columns import Column
from dlpguard.detectors import special
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

_SERVICE = re.compile(
    r"\b(?:clinics?|groups?|services?|team|support|centre|courses?|training|leaflets?|scheme|unit|"
    r"ward|awareness|policy|strategy|fund)\b",
    re.IGNORECASE,
)
"""Words beside an illness that make it something that is offered: "HIV clinic, Dr Brady"."""

_BETWEEN = "\n\n"


def findings(
    texts: Sequence[str], where: str, setup: detectors.Setup
) -> Iterator[tuple[str, Finding]]:
    """What detectors find in different texts: the text, and a finding with offsets into it.

    They are read as one, an empty line between them: detectors start up once, and what is said of
    a thousand people is read once.
    """
    lengths = (len(text) + len(_BETWEEN) for text in texts)
    starts = list(accumulate(lengths, initial=0))
    for found in detectors.detect(Text(where, _BETWEEN.join(texts)), setup):
        place = bisect_right(starts, found.start) - 1
        begin, text = starts[place], texts[place]
        if found.end <= begin + len(text):
            yield text, replace(found, start=found.start - begin, end=found.end - begin)


def categories(text: str, column: Column) -> list[str]:
    """The special categories that a cell of a column tells, sorted.

    Under a heading such as "Reason" one word is enough; where none stands, it takes a sentence.
    """
    if column.confidence is Confidence.LOW and _SERVICE.search(text):
        return []
    told = special.categories(text)
    if column.headed and not column.party.startswith(headings.PROFESSIONAL):
        told |= special.beside(text)
    return sorted(told)
