"""Amounts of money that tell something about a person: budgets, benefits, arrears, pay.

An amount is one only with such a word nearby; prices and totals are left alone.  The word decides
the confidence: one that is only ever said of a person ("personal budget", "arrears", "salary") is
HIGH, one that is said of projects too ("budget", "award") MEDIUM.  Whether the amount goes with
somebody is for counting to say.

Source: ISO 4217 for the value's currency; GOV.UK style guide for how amounts are written.

>>> [f.value for f in find(Text("body", "rent arrears of £1,204.50"), Setup())]
['GBP 1204.50']
>>> [f.value for f in find(Text("body", "The chairs cost £1,204.50"), Setup())]
[]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import finding, supporting, word_pattern
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "money"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?:\.\d{1,2})?"
PATTERN = re.compile(
    rf"(?<![\w.,])(?:(?P<sign>[£€$]|GBP|EUR|USD)[ ]?(?P<amount>{_NUMBER})(?P<k>k)?"
    rf"|(?P<amount2>{_NUMBER})[ ]?(?P<word>pounds|GBP|EUR|euros?|USD|dollars))(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
PERSONAL = (
    "personal budget", "direct payment", "direct payments", "arrears", "salary", "wage", "wages",
    "earnings", "earns", "earning", "housing benefit", "universal credit", "pip", "esa",
    "jobseeker's allowance", "attendance allowance", "carer's allowance",
    "disability living allowance", "child maintenance", "client contribution",
    "weekly contribution", "overpayment", "net pay", "gross pay", "take-home pay", "debt",
    "debts", "savings", "state pension", "care package",
)  # fmt: skip
SUPPORT: tuple[str, ...] = (
    *PERSONAL,
    "budget", "benefit", "benefits", "award", "awarded", "allowance", "pension", "income",
    "owed", "owes", "rent", "contribution", "bonus", "fine", "settlement", "compensation",
    "redundancy",
)  # fmt: skip
HEADINGS = frozenset({
    "amount", "annual budget", "annual salary", "arrears", "arrears (£)", "award", "balance",
    "balance owed", "benefit", "benefit amount", "budget", "budget (£)", "budget £",
    "client contribution", "contribution", "debt", "direct payment", "gross pay",
    "housing benefit", "income", "indicative budget", "net pay", "overpayment", "pay", "payment",
    "pension", "personal budget", "personal budget (£)", "rent arrears", "salary", "salary (£)",
    "savings", "wage", "wages", "weekly amount", "weekly budget", "weekly cost", "cyllideb",
})  # fmt: skip
GATE = r"(?i)(?:[£€$]|gbp|eur|usd) ?[0-9]|[0-9] ?(?:pounds|gbp|eur|usd|dollars)"
PRIVATE = True
STRONG = False
NEEDS_HEADING = True

_CURRENCIES = {
    "£": "GBP", "gbp": "GBP", "pounds": "GBP", "€": "EUR", "eur": "EUR", "euro": "EUR",
    "euros": "EUR", "$": "USD", "usd": "USD", "dollars": "USD",
}  # fmt: skip
_CELL = re.compile(
    rf"[£€$]?[ ]?(?P<amount>-?{_NUMBER})[ ]?(?:GBP|EUR|USD|p/?w|pcm|p/?a)?", re.IGNORECASE
)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every amount beside a word that makes it somebody's; the value is currency and amount."""
    del setup
    text = block.text
    if not word_pattern(SUPPORT).search(text):
        return
    for match in PATTERN.finditer(text):
        word = supporting(text, match.start(), match.end(), SUPPORT)
        if not word:
            continue
        sure = Confidence.HIGH if word_pattern(PERSONAL).fullmatch(word) else Confidence.MEDIUM
        value = _value(match)
        yield finding(KIND, value, block, match.start(), match.end(), sure, f"“{word}” nearby")


def read_cell(cell: str, setup: Setup) -> str | None:
    """The amount that a cell holds, in pounds where it has no currency sign.

    >>> read_cell("1,234.5", Setup())
    'GBP 1234.50'
    """
    del setup
    match = _CELL.fullmatch(cell.strip())
    if match is None:
        return None
    sign = next((code for mark, code in _CURRENCIES.items() if mark in cell.casefold()), "GBP")
    return _spell(sign, match["amount"])


def _value(match: re.Match[str]) -> str:
    currency = _CURRENCIES[squash(match["sign"] or match["word"]).casefold()]
    return _spell(currency, match["amount"] or match["amount2"], 1000 if match["k"] else 1)


def _spell(currency: str, amount: str, times: int = 1) -> str:
    return f"{currency} {float(amount.replace(',', '')) * times:.2f}"
