"""Comments on cells, told of whom the row is about.

The comment "has epilepsy" names nobody: the name stands in the row that it is pinned to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlpguard.counting.mention import SPECIAL_CATEGORY, Detail, Mention, detail
from dlpguard.detectors import person_name, special
from dlpguard.document import SEPARATOR, Text
from dlpguard.finding import Confidence, Finding

_PLACE = re.compile(
    rf"(?P<sheet>.{{1,2000}}){SEPARATOR}cell [A-Z]{{1,3}}(?P<row>\d{{1,7}}){SEPARATOR}"
)


def row_of(remark: Text) -> str:
    """The place of the row whose cell a text is a comment on; "" for any other text."""
    place = _PLACE.match(remark.where)
    return f"{place['sheet']}{SEPARATOR}row {place['row']}" if place else ""


def told(remark: Text, findings: Iterable[Finding], about: Mention, index: int) -> Mention:
    """What a comment tells of the person of its row, as a mention of them."""
    details = [
        Detail(SPECIAL_CATEGORY, c, remark.hidden) for c in sorted(special.categories(remark.text))
    ]
    details += [
        detail(found, remark.hidden)
        for found in findings
        if found.kind != person_name.KIND and found.confidence >= Confidence.MEDIUM
    ]
    own = tuple(d for d in about.details if d.kind != SPECIAL_CATEGORY)
    return Mention(
        about.name, (*own, *details), about.where, index, about.hidden, about.listed, about.record
    )
