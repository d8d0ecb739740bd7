"""How much was forwarded, asked about, held and decided, and how well; nothing about one person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from dlpguard.document import Unread
from dlpguard.policy.language import FLOOR
from dlpguard.store import figures as numbers
from dlpguard.store.figures import Figures
from dlpguard.store.tallies import What
from dlpguard.web import csv_export, plots
from dlpguard.web.roles import Right
from dlpguard.web.session import Visitor, may, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(default_response_class=HTMLResponse)

Looker = Annotated[Visitor, Depends(may(Right.SEE_FIGURES))]

PERIODS = (7, 30, 90)
"""Days that one can look at."""

USUAL = 30


def _chosen(days: int = USUAL) -> int:
    """How many days the address asks for, if that is one of `PERIODS`."""
    return days if days in PERIODS else USUAL


Days = Annotated[int, Depends(_chosen)]

WAITS = (
    (0, 900, _("up to 15 minutes")),
    (900, 3600, _("up to 1 hour")),
    (3600, 4 * 3600, _("up to 4 hours")),
    (4 * 3600, 86400, _("up to 1 day")),
    (86400, 2 * 86400, _("up to 2 days")),
    (2 * 86400, 7 * 86400, _("up to 1 week")),
    (7 * 86400, float("inf"), _("more than 1 week")),
)
"""The groups in which times to a decision are shown: more than, until, in words.  The numbers are
ends of `waits.ENDS`."""

UNREAD = {
    Unread.ENCRYPTED: _("needs a password"),
    Unread.SCAN: _("is a picture of text"),
    Unread.UNSUPPORTED: _("is of a kind that nothing here reads"),
    Unread.CORRUPT: _("is damaged"),
    Unread.TOO_LARGE: _("is too large"),
    Unread.TOO_DEEP: _("is nested too deeply"),
    Unread.TOO_SLOW: _("took too long"),
    Unread.CRASHED: _("made its reader fail"),
}
"""Why something could not be read, as the end of "a file that …"."""

COUNTED = (
    (What.FORWARDED, "Forwarded"),
    (What.ASKED, "Sender asked"),
    (What.HELD, "Held"),
    (What.REFUSED, "Refused"),
    (What.RELEASED, "Released"),
    (What.RETURNED, "Returned"),
    (What.CONFIRMED, "Confirmed by sender"),
    (What.CANCELLED, "Cancelled by sender"),
    (What.EXPIRED, "Not decided in time"),
    (What.WOULD_ASK, "Would have been asked"),
    (What.WOULD_HOLD, "Would have been held"),
    (What.WOULD_REFUSE, "Would have been refused"),
)
"""The columns of the table of days."""

ACTIONS = ("quarantine", "confirm", "reject", "tag")
"""What a policy does, the columns of the table of policies."""


@router.get("/figures")
def figures(request: Request, visitor: Looker, days: Days) -> Response:
    """The page; how many days stands in the address."""
    site = site_of(request)
    found = site.store.database.read_now(lambda tx: numbers.of(tx, days))
    budget = site.store.periods.patience.daily_budget
    html = page(
        site,
        "figures.html",
        visitor=visitor,
        section="figures",
        found=found,
        What=What,
        days=days,
        periods=PERIODS,
        budget=budget,
        held=_plot(found, What.HELD, budget),
        plot=partial(_plot, found),
        waits=[(words, found.waited.between(more, until)) for more, until, words in WAITS],
        gaps=[(UNREAD[Unread(why)], number) for why, number in found.gaps],
        titles=_titles(request),
        floor=FLOOR,
    )
    return HTMLResponse(html)


@router.get("/figures.csv", response_class=Response)
def download(
    request: Request,
    visitor: Looker,
    days: Days,
    table: Literal["days", "policies", "decisions", "gaps"] = "days",
) -> Response:
    """One of the tables, for a spreadsheet program."""
    del visitor
    found = site_of(request).store.database.read_now(lambda tx: numbers.of(tx, days))
    heads, rows = TABLES[table]
    return csv_export.download(f"dlpguard-{table}-{days}-days", heads, rows(found))


def _plot(found: Figures, what: What, limit: int = 0) -> plots.Plot:
    days = [(day.day, day.of(what)) for day in found.days]
    return plots.by_day(days, limit, found.uncounted)


def _titles(request: Request) -> dict[str, str]:
    """What policies are called, as far as they are still in force and known here."""
    policies = site_of(request).around.running.policies()
    return {policy.name: policy.title for policy in policies.policies} if policies else {}


def _day_rows(found: Figures) -> Iterator[list[str | int]]:
    for day in found.days[found.uncounted :]:
        yield [str(day.day), *(day.of(what) for what, _ in COUNTED)]


def _policy_rows(found: Figures) -> Iterator[list[str | int]]:
    for one in found.policies:
        yield [
            one.name,
            *(one.did[action] for action in ACTIONS),
            *(one.watched[action] for action in ACTIONS),
            one.rightly,
            one.wrongly,
        ]


def _wait_rows(found: Figures) -> Iterator[list[str | int]]:
    for more, until, words in WAITS:
        yield [words, found.waited.between(more, until)]


def _gap_rows(found: Figures) -> Iterator[list[str | int]]:
    for why, number in found.gaps:
        yield [UNREAD[Unread(why)], number]


Rows = Callable[[Figures], Iterator[list[str | int]]]

TABLES: dict[str, tuple[tuple[str, ...], Rows]] = {
    "days": (("Day (UTC)", *(words for _, words in COUNTED)), _day_rows),
    "policies": (
        (
            *("Policy", "Held", "Sender asked", "Refused", "Tagged"),
            *("Would have held", "Would have asked", "Would have refused", "Would have tagged"),
            *("Rightly held", "Wrongly held"),
        ),
        _policy_rows,
    ),
    "decisions": (("Decided after", "Decisions"), _wait_rows),
    "gaps": (("A file that", "Messages"), _gap_rows),
}
"""The tables that can be saved: their heads, and what makes their rows."""
