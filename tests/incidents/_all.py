"""Every incident in every variant, and every twin."""

from __future__ import annotations

from tests.incidents import _at_home, _concealed, _exposed, _mailings, _misdirected
from tests.incidents._case import Case, every

_FAMILIES = (_mailings, _at_home, _misdirected, _exposed, _concealed)

NOT_SEEN = "SURREY-2011C"
"""Internal mail never passes an edge relay: the documentation has to say so."""


def incidents() -> tuple[Case, ...]:
    """All variants of all incidents that went by mail."""
    return every(*(family.incidents for family in _FAMILIES))


def twins() -> tuple[Case, ...]:
    """All benign twins of theirs."""
    return every(*(family.twins for family in _FAMILIES))
