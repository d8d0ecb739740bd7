"""What the kinds that an organisation's detectors find say about people.

An organisation's own patterns say it in the settings (`strong`, `private`), the others in their
modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dlpguard import detectors
from dlpguard.counting.mention import SPECIAL_CATEGORY, Detail
from dlpguard.detectors import case_reference, email_address, gb_bank_account


@dataclass(frozen=True, slots=True)
class Kinds:
    """`unique` kinds tell who somebody is without a name, `own` ones are one person's alone,
    whatever name stands beside them, `private` ones are nobody else's business."""

    unique: frozenset[str]
    own: tuple[str, ...]
    private: frozenset[str]

    def identifies(self, detail: Detail) -> bool:
        """Whether a detail tells who somebody is, without a name; `info@` does not."""
        return detail.kind in self.unique and not detail.weak and not detail.is_role


@lru_cache(maxsize=8)
def of(setup: detectors.Setup) -> Kinds:
    """The kinds that are looked for."""
    members = detectors.in_force(setup)
    # An account may be a firm's.
    unique = frozenset(d.KIND for d in members if d.STRONG) - {gb_bank_account.KIND}
    return Kinds(
        unique,
        tuple(sorted(unique - {email_address.KIND, case_reference.KIND})),
        frozenset(d.KIND for d in members if d.PRIVATE) | {SPECIAL_CATEGORY},
    )
