"""One place where a person stands: a row of a table, a record in a text, a name with what is near.

Mentions are what tables and prose give and what `people` merges; they do not leave counting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dlpguard.detectors import case_reference, email_address, money, postal_address
from dlpguard.document import Hidden
from dlpguard.finding import Confidence, Finding

SPECIAL_CATEGORY = "special_category"
"""The kind of a detail that tells of health, offences, care, …; its value is the category."""

_DOUBTFUL = frozenset({case_reference.KIND, postal_address.KIND, money.KIND})
"""Kinds that are private only when it is certain what they are: not every letter's "our ref", not
an office's address, not a project's budget."""


class Detail(NamedTuple):
    """One thing that stands with a person.

    `weak`: enough only in a list (an address that need not be a home, a token in the shape of a
    reference).
    """

    kind: str
    value: str
    hidden: Hidden | None = None
    weak: bool = False

    @property
    def is_role(self) -> bool:
        """Whether it is the e-mail address of a function, not of a person."""
        return (
            self.kind == email_address.KIND and self.value.partition("@")[0] in email_address.ROLES
        )


def detail(found: Finding, hidden: Hidden | None, *, stated: bool = False) -> Detail:
    """What a finding in running text tells.  `stated`: the text says that it is somebody's own."""
    sure = found.kind not in _DOUBTFUL or stated or (
        found.confidence is Confidence.HIGH and found.kind != postal_address.KIND
    )  # fmt: skip
    return Detail(found.kind, found.value, hidden, not sure)


@dataclass(frozen=True, slots=True)
class Mention:
    """A person at one place.

    `name` is in `names.canonical`'s form, "" when only identifiers are known.  `hidden` is why the
    name (or the identifier that stands for it) is not seen.  `greeted`: the message speaks to
    them.  `record`: a row of a table or form, where another row of the same name with another
    number is another person; in prose it is the same one.
    """

    name: str = field(repr=False)
    details: tuple[Detail, ...] = field(repr=False)
    where: str = field(repr=False)
    block: int
    hidden: Hidden | None = None
    listed: bool = False
    record: bool = False
    greeted: bool = False
