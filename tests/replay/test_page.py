"""The page and its plots: right, whole, and safe to open."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dlpguard.replay import plots
from dlpguard.replay.page import columns_of, page
from dlpguard.replay.plots import Bar, Series
from dlpguard.replay.run import Replayed
from dlpguard.replay.tallies import Day
from tests.replay._mail import MONDAY, House, letter, listed, put

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, house: House) -> Replayed:
    mails = [letter(["cy@elsewhere.example"]), listed(["di@webmail.example"], MONDAY + 60)]
    folder = put(tmp_path_factory.mktemp("mail"), *mails)
    return house.replay(folder, sweeps=["people.at_least=1..50"])


def drawn(done: Replayed) -> str:
    return page(done, "Bees & <b>Sons</b>", 6, datetime(2026, 11, 1, 9, 30, tzinfo=UTC))


def test_the_page_says_what_was_found(done: Replayed) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", drawn(done)).split())

    assert "of 2 messages: 1 forwarded, 0 asked about, 1 held." in text
    assert "That is 500 held in 1,000, over the budget of 1." in text
    assert "1 of 2 messages forwarded" in text
    assert "A list of people does not go to personal webmail people-list-webmail held" in text
    assert "7 September 2026" in text
    assert "judged again on 1 November 2026, 09:30 UTC" in text


def test_what_settings_say_is_text_on_the_page(done: Replayed) -> None:
    assert "<b>Sons" not in drawn(done)
    assert "Bees &amp; &lt;b&gt;Sons" in drawn(done)


def test_every_plot_is_a_picture_with_a_title_and_what_it_says(done: Replayed) -> None:
    found = re.findall(r"<svg xmlns.*?</svg>", drawn(done), re.DOTALL)
    pictures = [ET.fromstring(text) for text in found]

    assert 3 == len(pictures)
    for picture in pictures:
        assert "img" == picture.get("role")
        assert all(picture.findtext(f"{SVG}{name}") for name in ("title", "desc"))


def test_columns_of_a_plot_are_as_high_as_their_numbers() -> None:
    picture = ET.fromstring(
        plots.columns("T", "t", ["a", "b"], [Series("x", (1, 4)), Series("y", (0, 4))])
    )
    bars = [bar for bar in picture.iter(f"{SVG}rect") if bar.get("width") != "7.0"]
    heights = [float(bar.get("height", 0)) for bar in bars]

    assert [25.0, 100.0, 100.0] == heights


def test_plots_of_nothing_and_of_one_value_are_drawn() -> None:
    for text in (
        plots.columns("T", "t", [], [Series("x", ())]),
        plots.columns("T", "t", ["a"], [Series("x", (0,))]),
        plots.lines("T", "t", [5], [Series("x", (0,))], (5,)),
        plots.against("T", "t", [Bar("x", 0, 0)], "a day"),
    ):
        assert "nan" not in ET.tostring(ET.fromstring(text)).decode()


@pytest.mark.parametrize(
    ("days", "word", "columns"),
    [
        (1, "day", 1),
        (40, "day", 40),
        (100, "week", 15),
        (400, "month", 14),
        (9000, "year", 25),
    ],
)
def test_many_days_become_weeks_months_or_years(days: int, word: str, columns: int) -> None:
    first = date(2026, 1, 1)
    some = [Day(first + timedelta(n), 2, 1, 0) for n in range(days)]
    found, rows = columns_of(some)

    assert (word, columns) == (found, len(rows))
    assert (2 * days, days) == (sum(r[1] for r in rows), sum(r[2] for r in rows))


def test_a_day_without_mail_is_a_column_too() -> None:
    days = [Day(date(2026, 1, 1), 1, 0, 0), Day(date(2026, 1, 4), 1, 0, 0)]

    assert 4 == len(columns_of(days)[1])


def test_the_templates_are_where_the_package_is() -> None:
    assert Path(plots.__file__).with_name("templates").joinpath("report.html").is_file()
