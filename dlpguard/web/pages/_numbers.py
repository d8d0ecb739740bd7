"""Numbers in addresses and forms.  What no row has is refused before a database is asked: one too
large for its column is an error there, and not a row that is missing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Path, Query

LARGEST = (1 << 31) - 1
"""What an `integer` of PostgreSQL holds."""

LAST_PAGE = 1_000_000
"""Nobody has so many, and all that stands on them can still be counted."""

IdInPath = Annotated[int, Path(ge=1, le=LARGEST)]
IdInForm = Annotated[int, Form(ge=1, le=LARGEST)]
PageNumber = Annotated[int, Query(le=LAST_PAGE)]
