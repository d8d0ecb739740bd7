"""The report as one page: no scripts, nothing fetched, no address and no name in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dlpguard.policy.flows import Suggestion
from dlpguard.replay import plots, told
from dlpguard.replay.curves import Curve
from dlpguard.replay.plots import Bar, Series
from dlpguard.replay.run import Replayed
from dlpguard.replay.tallies import A_DAY, BUDGET_ASKED, BUDGET_HELD, Day, Tally
from dlpguard.verdict import Action

MOST_COLUMNS = 45
"""Columns that can be told apart in a plot."""

SHOWN_DECISIONS = 200
"""Decisions that are listed: those about most people.  Who wants more takes `--json`."""


_DONE = {
    Action.ALLOW: "forwarded",
    Action.TAG: "tagged",
    Action.CONFIRM: "asked",
    Action.QUARANTINE: "held",
    Action.REJECT: "rejected",
}
"""What becomes of a message, in the words of the report."""


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A flow as a page may say it: domains, no addresses, which are people's names."""

    sender: str
    to: str
    kinds: str
    sends: int
    max_people: int


def page(replayed: Replayed, organisation: str, minutes: float, made: datetime) -> str:
    """The page, as HTML."""
    tally = replayed.tally
    word, columns = columns_of(tally.days)
    made_of = Environment(
        loader=PackageLoader("dlpguard.replay"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made_of.filters["n"] = lambda value: f"{value:,}" if value else "–"
    return made_of.get_template("report.html").render(
        organisation=organisation,
        made=f"{made:%-d %B %Y, %H:%M} UTC",
        replayed=replayed,
        tally=tally,
        totals=tally.totals,
        minutes=minutes,
        hours=told.hours(tally, minutes),
        headline=told.headline(replayed),
        caveats=told.caveats(replayed),
        span=_span(tally.days),
        budget=_budget(tally),
        a_day=A_DAY,
        budget_rows=(
            ("asked about", tally.totals.asked, tally.totals.questions, BUDGET_ASKED),
            ("held", tally.totals.held, tally.totals.holds, BUDGET_HELD),
            ("rejected", tally.totals.rejected, tally.totals.refusals, 0),
        ),
        most=max((p.decisions for p in tally.policies), default=0),
        watched=any(line.observed for line in tally.policies),
        share=plots.share,
        done=_DONE,
        by=word,
        columns=columns,
        days=_days(word, columns),
        people=[row for row in tally.people() if row[1] or row[2]],
        curves=[(curve, _curve(curve)) for curve in replayed.curves],
        flows=[_flow(flow) for flow in tally.flows],
        decisions=_decisions(tally),
        shown=SHOWN_DECISIONS,
    )


def columns_of(days: Sequence[Day]) -> tuple[str, tuple[tuple[str, int, int, int], ...]]:
    """Days, or weeks, months or years of them: the word, and label, messages, asked, held of
    each, those without mail among them."""
    if not days:
        return "day", ()
    first, last = days[0].day, days[-1].day
    every = [first + timedelta(n) for n in range((last - first).days + 1)]
    for word in ("day", "week", "month", "year"):
        labels = list(dict.fromkeys(_label(day, word) for day in every))
        if len(labels) <= MOST_COLUMNS or word == "year":
            break
    counted: Counter[tuple[str, int]] = Counter()
    for day in days:
        for which, number in enumerate((day.messages, day.asked, day.held)):
            counted[_label(day.day, word), which] += number
    return word, tuple((x, counted[x, 0], counted[x, 1], counted[x, 2]) for x in labels)


def _label(day: date, word: str) -> str:
    match word:
        case "day":
            return f"{day:%-d %b}"
        case "week":
            return f"{day - timedelta(day.weekday()):%-d %b}"
        case "month":
            return f"{day:%b %Y}"
        case _:
            return f"{day:%Y}"


def _span(days: Sequence[Day]) -> str:
    """From when to when."""
    if not days:
        return ""
    first, last = days[0].day, days[-1].day
    if first == last:
        return f"{first:%-d %B %Y}"
    return f"{first:%-d %B %Y} to {last:%-d %B %Y}"


def _budget(tally: Tally) -> Markup:
    totals = tally.totals
    bars = (
        Bar("asked about", totals.in_a_day(totals.questions), BUDGET_ASKED),
        Bar("held", totals.in_a_day(totals.holds), BUDGET_HELD),
    )
    said = "; ".join(f"{b.name}: {b.value:,.0f}, budget {b.limit:,.0f}" for b in bars)
    return plots.against(f"Decisions of {A_DAY:,} messages, and the budget", said, bars, "a day")


def _days(word: str, columns: Sequence[tuple[str, int, int, int]]) -> Markup:
    series = (
        Series("asked about", tuple(c[2] for c in columns)),
        Series("held or rejected", tuple(c[3] for c in columns)),
    )
    busiest = max(columns, key=lambda c: c[2] + c[3], default=("", 0, 0, 0))
    said = f"Most in one {word}: {busiest[2] + busiest[3]:,} ({busiest[0]})."
    return plots.columns(f"Decisions by {word}", said, [c[0] for c in columns], series)


def _curve(curve: Curve) -> Markup:
    series = (
        Series("asked about", tuple(p.questions for p in curve.points)),
        Series("held", tuple(p.holds for p in curve.points)),
    )
    first, last = curve.points[0], curve.points[-1]
    said = (
        f"At {first.value}: {first.questions:,} asked, {first.holds:,} held. "
        f"At {last.value}: {last.questions:,} asked, {last.holds:,} held."
    )
    places = [p.value for p in curve.points]
    along = f"{curve.name}; dotted: as it is now"
    return plots.lines(f"Decisions against {curve.name}", said, places, series, curve.now, along)


def _flow(flow: Suggestion) -> FlowLine:
    domains = Counter(address.rpartition("@")[2] for address in flow.to)
    to = ", ".join(f"{domain} ({n})" if n > 1 else domain for domain, n in domains.most_common(4))
    more = f" and {len(domains) - 4} more" if len(domains) > 4 else ""
    kinds = ", ".join(kind.replace("_", " ") for kind in flow.kinds)
    sender = f"somebody at {flow.sender.rpartition('@')[2]}"
    return FlowLine(sender, to + more, kinds, flow.sends, flow.max_people)


def _decisions(tally: Tally) -> list[tuple[str, str, str, int, int, int, int, int]]:
    """Day, what, policies, people, private, hidden, reach, messages; the strongest first, then
    those about most people."""
    most = sorted(tally.decisions, key=lambda d: (-d.action, -d.people, -d.reach, d.day))
    return [
        (
            f"{d.day:%-d %b %Y}",
            _DONE[d.action] + (f", {d.approvals} approvals" if d.approvals > 1 else ""),
            ", ".join(d.stopping),
            d.people,
            d.private,
            d.hidden,
            d.reach,
            d.messages,
        )
        for d in most[:SHOWN_DECISIONS]
    ]
