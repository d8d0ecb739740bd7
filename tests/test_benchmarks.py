"""What measures measures rightly: the mail that is sent, what sends and takes it, the page."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from tests.benchmarks import _chart, _goals, _page, _relay_page
from tests.benchmarks._load import CountingSink, Source, counting_sink, cpu_of, source
from tests.benchmarks._mails import KINDS, Mail, filler, prose
from tests.benchmarks._peers import AMAVIS, DLPGUARD, POSTFIX
from tests.benchmarks._runs import SMALL, Figures, Run
from tests.benchmarks._sink import Taker
from tests.benchmarks._source import Order
from tests.benchmarks.relay import goals
from tests.journeys._programs import wait_until

SIZES = {"workbook": 3, "clients": 12, "spreadsheet": 5}
"""Rows and people; of the others so many bytes."""


@pytest.fixture(scope="module")
def programs() -> Iterator[tuple[CountingSink, Source]]:
    with counting_sink() as sink, source() as mails:
        yield sink, mails


def whole(mail: Mail) -> bytes:
    return b"".join(mail.pieces)


@pytest.mark.parametrize("kind", KINDS)
def test_mail_can_go_over_the_wire_as_it_is(kind: str) -> None:
    content = whole(KINDS[kind](7, SIZES.get(kind, 3_000)))

    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert b"\r\n." not in content


@pytest.mark.parametrize("kind", KINDS)
def test_no_message_is_another_s_and_a_number_gives_the_same_text(kind: str) -> None:
    one, again, other = (KINDS[kind](number, SIZES.get(kind, 3_000)) for number in (7, 7, 8))

    assert one.pieces[0] == again.pieces[0]
    assert one.sender != other.sender
    assert one.recipient != other.recipient
    ids = {re.findall(rb"Message-ID: (\S+)", whole(mail))[0] for mail in (one, other)}
    assert 2 == len(ids)
    assert whole(one).partition(b"\r\n\r\n")[2] != whole(other).partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("size", [4_000, 100_000])
def test_a_message_has_the_size_that_is_asked_for(size: int) -> None:
    assert size == pytest.approx(prose(1, size).size, rel=0.15)


def test_filler_has_nothing_that_a_finding_could_begin_with() -> None:
    text = whole(filler(1, 20_000)).partition(b"\r\n\r\n")[2]

    assert re.fullmatch(rb"[a-z \r\n]+", text)


def test_what_is_sent_arrives_and_is_counted(programs: tuple[CountingSink, Source]) -> None:
    sink, mails = programs
    before = sink.count
    mails.prepare(order(sink.port, "prose", count=7))
    sent = mails.send()

    drained = sink.wait_for(before + 7)
    assert before + 7 == sink.count
    assert 7 == len(sent["waits"])
    assert sent["began"] < drained <= sent["ended"] + 1


def test_a_server_that_refuses_is_an_error_and_not_a_figure() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.7.1 not you\r\n")
        writer.close()
        await writer.wait_closed()

    async def trip() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with source() as mails:
            mails.prepare(order(port, "prose", count=1))
            with pytest.raises(RuntimeError, match="mail to be sent"):
                await asyncio.to_thread(mails.send)
        server.close()

    asyncio.run(trip())


def order(port: int, kind: str, count: int) -> Order:
    return Order(port=port, connections=3, kind=kind, size=3_000, first=1, count=count)


@pytest.mark.parametrize("step", [1, 2, 3, 5, 1000])
def test_the_sink_finds_the_end_of_a_message_however_it_comes(step: int) -> None:
    talk = (
        b"EHLO a.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@outside.example>\r\nDATA\r\n"
        b"Subject: a\r\n\r\n..\r\n.a\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\n"
        b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@outside.example>\r\nDATA\r\n\r\n.\r\nQUIT\r\n"
    )

    async def trip() -> tuple[int, list[bytes]]:
        took = 0

        def one_more() -> None:
            nonlocal took
            took += 1

        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Taker(one_more), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for start in range(0, len(talk), step):
            writer.write(talk[start : start + step])
            await asyncio.sleep(0)
        said = await reader.read()
        writer.close()
        server.close()
        return took, re.findall(rb"(?m)^(\d{3}) ", said)

    took, codes = asyncio.run(trip())

    assert 2 == took
    assert [b"220", b"250", *[b"250", b"250", b"354", b"250"] * 3, b"221"] == codes


def test_cpu_is_that_of_a_process_and_of_its_children() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\n"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); input()"
    with subprocess.Popen((sys.executable, "-c", parent), stdin=subprocess.PIPE) as process:
        wait_until(lambda: cpu_of(process.pid) >= 0.2, "what the child has used to be counted")
        process.communicate(b"\n")

    assert 0.0 == cpu_of(process.pid)


def test_the_median_decides_whether_a_goal_is_met() -> None:
    assert _goals.at_least("a", 2, [1, 2, 9], "×").is_met
    assert not _goals.at_least("a", 2, [1, 1.9, 9], "×").is_met
    assert _goals.at_most("a", 2, [1, 2, 9], "s").is_met
    assert not _goals.at_most("a", 2, [1, 2.1, 9], "s").is_met


def test_a_goal_without_figures_is_not_measured() -> None:
    goal = _goals.at_most("a", 2, [], "s")

    assert not goal.is_met
    assert [("a", "≤ 2 s", "–", "–", "–", "not measured")] == list(_goals.rows([goal]))


def test_goals_are_put_into_their_rows_of_the_page_and_new_ones_below() -> None:
    page = "a\n<!-- goals: begin -->\nold\n<!-- goals: end -->\nb\n"
    first = _page.put_goals([_goals.at_least(n, 2, [1], "×") for n in ("x", "y")], page)
    second = _page.put_goals([_goals.at_least(n, 2, [3], "×") for n in ("z", "x")], first)

    lines = [line for line in second.splitlines() if line.startswith("|")][2:]
    assert [("x", "met"), ("y", "missed"), ("z", "met")] == [
        (cells[1].strip(), cells[6].strip()) for cells in (line.split("|") for line in lines)
    ]
    assert ("a", "b") == (second.splitlines()[0], second.splitlines()[-1])


def test_a_page_without_a_place_is_not_changed() -> None:
    with pytest.raises(ValueError, match="no place for relay"):
        _page.put("relay", "text", "<!-- relay: begin -->\n")


def test_the_page_has_a_place_for_all_that_is_written(figures: Figures) -> None:
    before = _page.PAGE.read_text("utf-8")
    after = _relay_page.written(before, figures, list(goals(figures)), 3)

    assert "| dlpguard | 100 (90–150) |" in after
    assert "3 rounds. dlpguard 1.0." in after
    assert before.splitlines()[0] == after.splitlines()[0]


@pytest.fixture
def figures() -> Figures:
    """Of three rounds, in which dlpguard passed on half of what Postfix did."""

    def runs(*rates: float) -> tuple[Run, ...]:
        return tuple(Run(rate, 1 / rate, 0.001, 0.001, 0.01, 0.02) for rate in rates)

    return Figures(
        {(SMALL.name, DLPGUARD): runs(100, 150, 90), (SMALL.name, POSTFIX): runs(200, 300, 180)},
        {(program, loop): (cost,) * 3 for program, cost in (("dlpguard", 0.01), ("aiosmtpd", 0.1))
         for loop in ("uvloop", "asyncio")},
        (1.0, 1.2, 1.1),
        {DLPGUARD: "1.0"},
    )  # fmt: skip


def test_shares_are_of_the_same_round(figures: Figures) -> None:
    assert (0.5, 0.5, 0.5) == figures.share(SMALL, POSTFIX)
    assert () == figures.share(SMALL, AMAVIS)


def test_what_was_measured_is_held_against_the_goals(figures: Figures) -> None:
    verdicts = {goal.name: (goal.values, goal.verdict) for goal in goals(figures)}

    assert 10 == len(verdicts) + 1
    assert ("met", "met", "not measured", "missed", "met") == tuple(
        verdicts[name][1]
        for name in (
            "receive 5 MB, CPU, against stock aiosmtpd",
            "4 KB prose, 20 connections, against Postfix's queue",
            "4 KB prose, 20 connections, against Postfix + amavisd",
            "CPU a message of 4 KB, everything included",
            "a spreadsheet of 10,000 people, from its dot to the verdict",
        )
    )


def test_the_picture_names_what_was_measured(figures: Figures) -> None:
    root = ElementTree.fromstring(_chart.drawn(figures))
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}

    assert {SMALL.name, DLPGUARD, POSTFIX, "100/s", "200/s"} <= texts


def test_a_table_has_a_row_for_each_route_that_was_measured(figures: Figures) -> None:
    table, _ = _relay_page.tables(figures)

    assert 2 == table.row_count
