"""google-re2 for patterns that other people write: no input makes it slow.

It wants UTF-8, so lone surrogates (mail with broken charsets) become "?", one for one: offsets
into the text stay right.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LONGEST_PATTERN = 1000
"""Characters of a pattern: the longest identifier needs a tenth."""


@lru_cache(maxsize=256)
def compiled(pattern: str, *, case_sensitive: bool = True) -> Any:
    """A pattern, compiled.  `re2.error` when google-re2 does not take it."""
    import re2  # noqa: PLC0415 - 20 ms that commands which detect nothing do not need

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = case_sensitive
    return re2.compile(pattern, options)


def refusal(pattern: str) -> str:
    """Why google-re2 does not take a pattern, in its words; "" when it does."""
    import re2  # noqa: PLC0415 - see above

    if len(pattern) > LONGEST_PATTERN:
        return f"longer than {LONGEST_PATTERN} characters"
    try:
        compiled(pattern)
    except re2.error as error:
        return str(error.args[0].decode("utf-8", "replace"))
    except UnicodeEncodeError:
        return "not text in Unicode"
    return ""


def spans(pattern: Any, text: str) -> Iterator[tuple[int, int]]:
    """Where a compiled pattern matches whole tokens: offsets in characters.

    What would go on beyond the match in a letter or a digit is a part of something longer.
    """
    for match in pattern.finditer(encodable(text)):
        start, end = match.span()
        if start < end and not _continues(text, start - 1) and not _continues(text, end):
            yield start, end


def encodable(text: str) -> str:
    """A text with "?" for every lone surrogate."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _continues(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()
