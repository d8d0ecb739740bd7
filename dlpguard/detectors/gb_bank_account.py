"""UK bank accounts: a sort code (six digits, 12-34-56) and an account number (eight digits).

There is no check digit that can be told without the banks' tables, and any six and eight digits
will do.  So: both together are HIGH with a word such as "sort code" nearby, otherwise MEDIUM;
eight digits alone only directly after such a word ("account number: 12345678"), MEDIUM; a sort
code alone is nobody's account and is left out.  In tables a heading is needed.

Source: Pay.UK, Vocalink "Validating account numbers" (modulus checking), section 2 on formats.

>>> [f.value for f in find(Text("body", "Sort code 12-34-56, account number 12345678"), Setup())]
['123456 12345678']
>>> [f.value for f in find(Text("body", "Your order 12345678 of 12-03-14"), Setup())]
[]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import finding, supporting
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "gb_bank_account"
_SORT_CODE = r"(?<![\w./-]\d)\d(?P<gap>[ –-]?)\d\d(?P=gap)\d\d(?![\w/-]|[.]\d)"
_ACCOUNT = r"(?<![\w./,£$-]\d)(?:\d{7}|\d{3}[ ]\d{4})(?![\w/-]|[.,]\d)"
PATTERN = re.compile(rf"\d(?:{_SORT_CODE}|{_ACCOUNT})")
"""The first digit first: what begins with one class is the fastest to look for.  A sort code has a
"gap", be it empty."""
SUPPORT: tuple[str, ...] = (
    "sort code", "sortcode", "sort-code", "s/c", "account", "account no", "account number",
    "acc no", "acc number", "acct", "acct no", "a/c", "a/c no", "bank", "bank details", "bacs",
    "cod didoli", "rhif cyfrif",
)  # fmt: skip
SORT_CODE_HEADINGS = frozenset({
    "sort code", "sortcode", "sort-code", "bank sort code", "s/c", "cod didoli",
})  # fmt: skip
ACCOUNT_HEADINGS = frozenset({
    "account number", "account no", "account no.", "acc no", "acc number", "acct no", "a/c no",
    "a/c number", "a/c", "bank account", "bank account number", "bank account no", "bank a/c",
    "bank details", "rhif cyfrif",
})  # fmt: skip
HEADINGS = SORT_CODE_HEADINGS | ACCOUNT_HEADINGS
GATE = "[0-9]{4} ?[0-9]{4}"
PRIVATE = True
STRONG = True
NEEDS_HEADING = True

APART = 60
"""Characters that may stand between sort code and account: a label and a line break."""

_TOUCHING = re.compile(r"[ \t\n,;:/|-]{1,4}")
"""What may stand between them when no word says what they are: "12-34-56 / 12345678"."""

_LABELLED = re.compile(
    r"(?<!\w)(?:bank\s)?(?:account|acct?|a/c)\.?\s?(?:number|no|num|nr)?[.:]?\s{0,4}(?:is\s)?\Z",
    re.IGNORECASE,
)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every account in a block; the value is "sort-code account" or the account's eight digits."""
    del setup
    sort: re.Match[str] | None = None
    account: re.Match[str] | None = None
    for match in PATTERN.finditer(block.text):
        if match["gap"] is not None:
            if account and (pair := _pair(block, account, match, match, account)):
                yield pair
                sort = account = None
                continue
            if account:
                yield from _alone(block, account)
            sort, account = match, None
        else:
            if account:
                yield from _alone(block, account)
                account = None
            if sort and (pair := _pair(block, sort, match, sort, match)):
                yield pair
                sort = None
            else:
                account = match
    if account:
        yield from _alone(block, account)


def read_cell(cell: str, setup: Setup) -> str | None:
    """What a cell holds: an account number (7 digits lost a zero), or a sort code and one.

    >>> read_cell("12-34-56", Setup()) is None         # a sort code is nobody's account
    True
    """
    del setup
    text = tidy(cell)
    return _read_account(text) or _read_both(text)


def read_sort_code(cell: str) -> str | None:
    """The six digits of a sort code, however they are grouped.

    >>> read_sort_code("12-34-56"), read_sort_code("2-34-56")
    ('123456', None)
    """
    return digits(cell) if re.fullmatch(r"\d\d([ -]?)\d\d\1\d\d", cell.strip()) else None


def _read_account(text: str) -> str | None:
    return digits(text).zfill(8) if re.fullmatch(r"\d{7,8}|\d{4} \d{4}", text) else None


def _read_both(text: str) -> str | None:
    match = re.fullmatch(r"(\d\d[ -]?\d\d[ -]?\d\d)[ ,;/|-]{1,3}(\d{8})", text)
    return f"{digits(match[1])} {match[2]}" if match else None


def _pair(
    block: Text,
    first: re.Match[str],
    second: re.Match[str],
    sort: re.Match[str],
    account: re.Match[str],
) -> Finding | None:
    apart = second.start() - first.end()
    if apart > APART:
        return None
    word = supporting(block.text, first.start(), second.end(), SUPPORT) or supporting(
        block.text, second.start(), second.end(), SUPPORT
    )
    separated = sort["gap"] != ""
    between = block.text[first.end() : second.start()]
    touching = separated and _TOUCHING.fullmatch(between)
    if not word and not touching:
        return None
    if first is account and not touching and not _is_labelled(block.text, account):
        return None
    value = f"{digits(sort[0])} {digits(account[0])}"
    confidence = Confidence.HIGH if word else Confidence.MEDIUM
    evidence = f"“{word}” nearby" if word else "sort code beside eight digits"
    return finding(KIND, value, block, first.start(), second.end(), confidence, evidence)


def _alone(block: Text, account: re.Match[str]) -> Iterator[Finding]:
    if _is_labelled(block.text, account):
        evidence = "“account number” directly before"
        yield finding(
            KIND,
            digits(account[0]),
            block,
            account.start(),
            account.end(),
            Confidence.MEDIUM,
            evidence,
        )


def _is_labelled(text: str, account: re.Match[str]) -> bool:
    """Whether "account number" or the like stands directly before."""
    return bool(_LABELLED.search(text, max(0, account.start() - APART), account.start()))
