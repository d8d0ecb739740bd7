"""What a driver's error means to whoever has to go on."""

from __future__ import annotations

from enum import Enum


class Problem(Enum):
    """What to do about an error of the database."""

    OURS = "the statement is wrong: nothing that waiting could mend"
    LATER = "the database cannot do it now: full, locked, not there"
    AGAIN = "somebody else was at the same rows: run it again"
    LOST = "the connection is gone: run it again on another, after asking what became of a commit"
