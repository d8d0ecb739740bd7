"""The figures: whose they are, that they are the same in plots, tables and files, and nobody's."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from dlpguard import review
from dlpguard.policy.language import FLOOR
from dlpguard.store import schema, waits
from dlpguard.store.database import Transaction
from dlpguard.web import csv_export, plots
from dlpguard.web.pages import figures as page
from tests.web._site import AUDITOR, HEAD, PEOPLE, REVIEWER, Desk, _add_people, desk


def saved(client: TestClient, table: str, days: int = 30) -> list[dict[str, str]]:
    """A file of the site, read as a spreadsheet program does."""
    answer = client.get(f"/figures.csv?table={table}&days={days}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def figure(html: str, words: str) -> int:
    """One of the large figures at the top."""
    found = re.search(rf'number">([\d,]+)</span><span [^>]*>{words}', html)
    assert found, words
    return int(found[1].replace(",", ""))


def mailings(here: Desk) -> int:
    """How many mailings are held, as the queue counts them."""
    html = here.visitor(REVIEWER).get("/queue").text
    found = re.search(r"(\d+) held for you", html)
    assert found
    return int(found[1])


def test_the_page_counts_what_the_queue_lists(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/figures").text

    assert mailings(here) == figure(html, "held for a reviewer") > 5
    assert figure(html, "messages forwarded") > 5


def backdate(here: Desk, days: int) -> None:
    """Let one message have arrived some days ago."""
    oldest = select(func.min(schema.messages.c.id)).scalar_subquery()
    moved = update(schema.messages).where(schema.messages.c.id == oldest)
    earlier = schema.messages.c.received_at - days * 86400
    here.store.database.write_now(lambda tx: tx.execute(moved.values(received_at=earlier)))


def test_every_number_of_a_plot_is_in_its_table(here: Desk) -> None:
    backdate(here, 40)
    html = here.visitor(AUDITOR).get("/figures").text
    for plot in re.findall(r"<figure.*?</figure>", html, re.DOTALL):
        drawn = [int(n) for n in re.findall(r"<rect.*?<title>[^<]*: (\d+)</title>", plot)]
        told = [int(n.replace(",", "")) for n in re.findall(r'numeric">([\d,]+)</td>', plot)]

        assert 30 == len(told)
        assert drawn == [n for n in reversed(told) if n]
        assert "aria-labelledby" in plot


def test_how_many_days_stands_in_the_address(here: Desk) -> None:
    backdate(here, 100)
    client = here.visitor(REVIEWER)

    assert [7, 30, 90, 30, 30] == [
        client.get(f"/figures{query}").text.split("</figure>")[0].count('scope="row"')
        for query in ("?days=7", "?days=30", "?days=90", "", "?days=12")
    ]
    assert 'aria-current="page">Last 7 days' in client.get("/figures?days=7").text


def test_days_before_anything_was_counted_are_grey_and_no_zeroes(here: Desk) -> None:
    backdate(here, 5)
    client = here.visitor(REVIEWER)
    html = client.get("/figures").text
    first = html.split("</figure>")[0]

    assert 6 == first.count('scope="row"') == len(saved(client, "days"))
    assert 'dlp-plot__uncounted" x="0" y="0" width="240.0"' in first
    assert re.search(r"Before \d+ \w+ \(grey in the plots\) nothing was counted", html)
    assert "it was passed on 0 of 6 days" in html


def test_a_site_without_any_mail_has_figures(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    with desk(tmp_path / "new", nothing) as new:
        new.store.database.write_now(_add_people)
        html = new.visitor(REVIEWER).get("/figures").text

    assert 0 == figure(html, "messages forwarded")
    assert "No policy has done anything" in html
    assert "NaN" not in html


def test_decisions_are_counted_and_timed(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    assert "No reviewer has decided anything" in client.get("/figures").text
    first, second = [h for h in here.held() if h.approvals_needed == 1][:2]
    review.release(here.store, first.id, "a@council.example", "fine")
    review.return_(here.store, HEAD, second.id, "a@council.example", "no")

    html = client.get("/figures").text

    assert 1 == figure(html, "released by a reviewer")
    assert 1 == figure(html, "returned by a reviewer")
    assert "Of 2 decisions by reviewers half were made within" in html
    assert "2" in [row["Decisions"] for row in saved(client, "decisions")]


def test_the_budget_is_drawn_and_said(here: Desk) -> None:
    backdate(here, 40)
    html = here.visitor(REVIEWER).get("/figures").text

    assert "the daily budget of 25; it was passed on 0 of 30 days" in html
    assert 1 == html.count("dlp-plot__limit")


def test_policies_are_listed_by_what_they_did(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    rows = saved(client, "policies")

    acted = {m.policy for h in here.held() for m in h.record.verdict.matches if not m.observed}
    listed = {row["Policy"] for row in rows}
    assert listed & acted
    assert {row["Policy"] for row in rows if int(row["Held"])} <= acted
    html = client.get("/figures").text
    for name in listed - {FLOOR}:
        assert name in html


def test_what_reviewers_thought_of_it_is_told(here: Desk) -> None:
    held = here.held()
    review.mark(here.store, held[0].id, REVIEWER, rightly=True)
    review.mark(here.store, held[1].id, REVIEWER, rightly=False)

    html = here.visitor(REVIEWER).get("/figures").text

    assert "1 were, 1 were not" in html


def test_no_figure_is_about_one_person(here: Desk) -> None:
    """Neither who sent, nor who decided."""
    held = here.held()[0]
    review.return_(here.store, HEAD, held.id, REVIEWER, "no")
    html = here.visitor(AUDITOR).get("/figures").text
    files = "".join(
        here.visitor(AUDITOR).get(f"/figures.csv?table={table}").text for table in page.TABLES
    )
    names = {h.envelope.sender for h in here.held()} | {held.envelope.sender, *PEOPLE}

    assert not [name for name in names - {AUDITOR} if name in html + files]
    assert REVIEWER not in html + files


@pytest.mark.parametrize("table", page.TABLES)
def test_a_table_is_saved_as_a_file(here: Desk, table: str) -> None:
    answer = here.visitor(REVIEWER).get(f"/figures.csv?table={table}&days=7")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    wanted = f'attachment; filename="dlpguard-{table}-7-days.csv"'
    assert wanted == answer.headers["content-disposition"]
    assert list(page.TABLES[table][0]) == list(next(iter(saved(here.visitor(REVIEWER), table))))


def test_the_file_says_what_the_page_says(here: Desk) -> None:
    backdate(here, 40)
    client = here.visitor(REVIEWER)
    html, rows = client.get("/figures").text, saved(client, "days")

    assert 30 == len(rows)
    assert figure(html, "held for a reviewer") == sum(int(row["Held"]) for row in rows)
    assert figure(html, "messages forwarded") == sum(int(row["Forwarded"]) for row in rows)
    assert 400 == client.get("/figures.csv?table=people").status_code


def test_a_policy_called_like_a_formula_is_text_in_a_file(here: Desk) -> None:
    name = '=HYPERLINK("https://webmail.example";"x")'
    one = select(func.min(schema.matches.c.policy)).scalar_subquery()
    renamed = update(schema.matches).where(schema.matches.c.policy == one)
    here.store.database.write_now(lambda tx: tx.execute(renamed.values(policy=name)))
    client = here.visitor(REVIEWER)

    assert f"'{name}" in [row["Policy"] for row in saved(client, "policies")]
    html = client.get("/figures").text
    assert "&#34;https://webmail.example&#34;" in html


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\ta", "\ra", " =1", "＝1", "|x"])
def test_nothing_in_a_file_begins_like_a_formula(cell: str) -> None:
    [row] = csv.reader(io.StringIO(csv_export.text([cell], []).removeprefix("\ufeff"), newline=""))

    assert ["'" + cell] == row


def test_ordinary_cells_are_left_as_they_are() -> None:
    rows: list[list[str | int]] = [["lists, long", -3], ['say "no"', 0]]

    made = csv_export.text(["a", "b"], rows).removeprefix("\ufeff")

    assert [["a", "b"], ["lists, long", "-3"], ['say "no"', "0"]] == list(
        csv.reader(io.StringIO(made, newline=""))
    )


def test_observing_shows_what_would_have_been(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    assert "What would have been done" not in client.get("/figures").text

    def observe(tx: Transaction) -> None:
        held = schema.verdicts.c.action == "quarantine"
        tx.execute(
            update(schema.verdicts).where(held).values(action="allow", observed="quarantine")
        )
        tx.execute(update(schema.matches).values(watched=True))

    before = mailings(here)
    here.store.database.write_now(observe)
    html = client.get("/figures").text

    assert "What would have been done" in html
    assert 0 == figure(html, "held for a reviewer")
    assert before == sum(int(row["Would have been held"]) for row in saved(client, "days"))


def test_a_plot_starts_at_zero_and_ends_above_everything() -> None:
    first = date(2026, 1, 1)
    numbers = [(first + timedelta(days=n), n) for n in (0, 3, 40)]
    plot = plots.by_day(numbers, limit=30)

    assert [(0.0, False), (7.5, False), (100.0, True)] == [
        (bar.height, bar.over) for bar in plot.bars
    ]
    assert all(bar.y + bar.height == plots.HEIGHT for bar in plot.bars)
    assert (40, 25.0, 1, 43) == (plot.top, plot.limit, plot.over, plot.total)


def test_a_plot_of_nothing_can_be_drawn() -> None:
    day = date(2026, 1, 1)
    plot, unknown = plots.by_day([(day, 0)]), plots.by_day([(day, 0)], 5, 1)

    assert (2, 0, None) == (plot.top, plot.total, plot.limit)
    assert ((), plots.STEP) == (unknown.bars, unknown.uncounted)


def test_pictures_are_wellformed_and_have_names(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/figures").text
    pictures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)

    assert len(pictures) >= 5
    for picture in pictures:
        made = ElementTree.fromstring(picture)
        assert made.get("aria-hidden") == "true" or made[0].tag == "title"
        assert "style" not in made.attrib


def test_the_groups_of_waits_end_where_steps_end() -> None:
    ends = {until for _, until, _ in page.WAITS} - {float("inf")}

    assert ends <= set(waits.ENDS)
    assert [until for _, until, _ in page.WAITS[:-1]] == [more for more, _, _ in page.WAITS[1:]]
