"""A replay in the terminal: what an administrator reads before policies act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from dlpguard.commands import _terminal
from dlpguard.replay.curves import Curve, Point
from dlpguard.replay.run import Replayed
from dlpguard.replay.tallies import A_DAY, BUDGET_ASKED, BUDGET_HELD, Tally
from dlpguard.replay.told import caveats, headline, hours

POINTS = 12
"""Rows of a curve in a terminal, and a few; the report has all of them."""

DAYS = 10
"""Days in a terminal: those with most to decide."""

FLOWS = 10
"""Flows in a terminal."""


def parts(replayed: Replayed, minutes: float) -> Iterator[Table | Text]:
    """What is printed, in its order."""
    tally = replayed.tally
    yield Text(headline(replayed), style="bold")
    yield _budget(tally, minutes)
    yield _policies(tally)
    if tally.decisions:
        yield _people(tally)
        yield _days(tally)
    if replayed.gaps:
        yield _gaps(replayed)
    for curve in replayed.curves:
        yield _curve(curve)
    if tally.flows:
        yield _flows(tally)
    yield Text("\n".join(f"• {line}" for line in caveats(replayed)), style="dim")


def as_json(replayed: Replayed, minutes: float) -> dict[str, Any]:
    """The same for programs."""
    tally, origin = replayed.tally, replayed.origin
    totals = tally.totals
    return {
        "messages": totals.messages,
        "forwarded": totals.forwarded,
        "tagged": totals.tagged,
        "asked": {"messages": totals.asked, "decisions": totals.questions},
        "held": {"messages": totals.held, "decisions": totals.holds},
        "rejected": {"messages": totals.rejected, "decisions": totals.refusals},
        "in_a_thousand": {
            "asked": round(totals.in_a_thousand(totals.questions), 3),
            "held": round(totals.in_a_thousand(totals.holds), 3),
        },
        "reviewer_minutes": tally.minutes(minutes),
        "policies": [
            {
                "name": p.name,
                "then": p.then.label,
                "messages": p.messages,
                "decisions": p.decisions,
                "alone": p.alone,
                "observed": p.observed,
                "approvals": p.approvals,
            }
            for p in tally.policies
        ],
        "days": [
            {"day": d.day.isoformat(), "messages": d.messages, "asked": d.asked, "held": d.held}
            for d in tally.days
        ],
        "people": [
            {"people": label, "asked": asked, "held": held} for label, asked, held in tally.people()
        ],
        "decisions": [
            {
                "action": d.action.label,
                "day": d.day.isoformat(),
                "messages": d.messages,
                "policies": list(d.stopping),
                "people": d.people,
                "private": d.private,
                "hidden": d.hidden,
                "reach": d.reach,
                "approvals": d.approvals,
            }
            for d in tally.decisions
        ],
        "gaps": [{"why": why, "format": kind, "messages": n} for why, kind, n in replayed.gaps],
        "flows": [
            {
                "from": f.sender,
                "to": list(f.to),
                "kinds": list(f.kinds),
                "max_people": f.max_people,
                "sends": f.sends,
                "first": f.first.isoformat(),
                "last": f.last.isoformat(),
            }
            for f in tally.flows
        ],
        "sweeps": [
            {
                "threshold": c.name,
                "now": list(c.now),
                "policies": list(c.policies),
                "points": [
                    {
                        "value": p.value,
                        "asked": p.questions,
                        "held": p.holds,
                        "messages": p.messages,
                    }
                    for p in c.points
                ],
            }
            for c in replayed.curves
        ],
        "left_out": {
            "others": origin.others,
            "unusable": origin.unusable,
            "duplicates": origin.duplicates,
        },
        "inside": replayed.inside,
        "undated": origin.undated,
        "recipients": {str(known): n for known, n in origin.known},
        "read": origin.read,
        "seconds": round(replayed.seconds, 1),
    }


def _budget(tally: Tally, minutes: float) -> Table:
    table = Table(header_style="bold", show_footer=False)
    for name in ("", "messages", "decisions", "in 1,000", f"of {A_DAY:,} a day", "budget", ""):
        table.add_column(name, justify="left" if not name else "right")
    totals = tally.totals
    table.add_row("forwarded", f"{totals.forwarded:,}", "", "", "", "", "")
    if totals.tagged:
        table.add_row("  of them tagged", f"{totals.tagged:,}", "", "", "", "", "")
    for word, number, decisions, budget in (
        ("asked", totals.asked, totals.questions, BUDGET_ASKED),
        ("held", totals.held, totals.holds, BUDGET_HELD),
        ("rejected", totals.rejected, totals.refusals, 0),
    ):
        a_day = totals.in_a_day(decisions)
        over = bool(budget) and a_day > budget
        table.add_row(
            word,
            f"{number:,}",
            f"{decisions:,}",
            f"{totals.in_a_thousand(decisions):.2f}",
            f"{a_day:,.0f}",
            f"{budget:,}" if budget else "",
            ("over" if over else "within") if budget else "",
            style="bold red" if over else "",
        )
    table.caption = f"{hours(tally, minutes)} at {minutes:g} minutes for what is held"
    return table


def _policies(tally: Tally) -> Table:
    table = Table(
        "policy", "then", "messages", "decisions", "alone", "observed", header_style="bold",
        title="By policy", caption="alone: decisions that no other policy asks for",
    )  # fmt: skip
    for one in tally.policies:
        if one.messages or one.observed:
            table.add_row(
                one.name,
                one.then.label,
                *(f"{n:,}" if n else "" for n in (one.messages, one.decisions, one.alone)),
                f"{one.observed:,}" if one.observed else "",
            )
    if not table.row_count:
        table.add_row("none", "", "", "", "", "")
    return table


def _people(tally: Tally) -> Table:
    table = Table("people in it", "asked", "held", header_style="bold", title="By people")
    for label, asked, held in tally.people():
        if asked or held:
            table.add_row(label, f"{asked:,}" if asked else "", f"{held:,}" if held else "")
    return table


def _days(tally: Tally) -> Table:
    busy = sorted(tally.days, key=lambda d: (-(d.held + d.asked), d.day))[:DAYS]
    title = "Busiest days" if len(tally.days) > DAYS else "By day"
    table = Table("day", "messages", "asked", "held", header_style="bold", title=title)
    for day in sorted((d for d in busy if d.asked or d.held), key=lambda d: d.day):
        table.add_row(day.day.isoformat(), f"{day.messages:,}", str(day.asked), str(day.held))
    return table


def _gaps(replayed: Replayed) -> Table:
    table = Table("not read because", "format", "messages", header_style="bold", title="Gaps")
    for why, kind, number in replayed.gaps:
        table.add_row(why, _terminal.plain(kind or "unknown"), f"{number:,}")
    return table


def _curve(curve: Curve) -> Table:
    now = ", ".join(map(str, curve.now))
    number = len(curve.policies)
    policies = curve.policies[0] if number == 1 else f"{number} policies"
    table = Table(
        curve.name, "asked", "held", "messages held", header_style="bold",
        title=f"If {curve.name} were…", caption=f"in {policies}: {now} now",
    )  # fmt: skip
    for point in _some(curve):
        value = f"{point.value} (now)" if point.value in curve.now else str(point.value)
        table.add_row(value, f"{point.questions:,}", f"{point.holds:,}", f"{point.messages:,}")
    return table


def _some(curve: Curve) -> Iterator[Point]:
    """Points evenly over the curve, and those that the policies have now."""
    step = -(-len(curve.points) // POINTS)
    last = len(curve.points) - 1
    for place, point in enumerate(curve.points):
        if place % step == 0 or place == last or point.value in curve.now:
            yield point


def _flows(tally: Tally) -> Table:
    table = Table(
        "sender", "recipients", "sends in 30 days", "most people", header_style="bold",
        title="Flows to think about",
        caption="What is agreed goes into flows.yaml, and is not asked about again",
    )  # fmt: skip
    for flow in tally.flows[:FLOWS]:
        to = ", ".join(flow.to[:3]) + (f" and {len(flow.to) - 3:,} more" if flow.to[3:] else "")
        table.add_row(
            _terminal.plain(flow.sender), _terminal.plain(to), str(flow.sends), str(flow.max_people)
        )
    return table
