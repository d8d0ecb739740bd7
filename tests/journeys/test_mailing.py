"""One mailing as one, four and 157 transactions: it is held as a whole, or goes as a whole."""

from __future__ import annotations

import io
import smtplib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pytest

from dlpguard.lifecycle import State
from dlpguard.store.schema import verdicts
from tests.incidents._people import people
from tests.journeys import _letters
from tests.journeys._letters import Copy
from tests.journeys._postfix import SmtpSink, smtp_sink
from tests.journeys._programs import HOST, wait_until
from tests.journeys._relay import Relay, must, relay
from tests.journeys._samples import SAMPLES, sample
from tests.journeys._watch import watching

MAILING = sample("mail/a4e-xlsx.eml")
SENDER = MAILING.sender
CLIENTS = (SAMPLES / "attachments" / "clients-40.xlsx").read_bytes()
CONNECTIONS = 4

LETTERS = 104
"""More people than any policy lets out in one list."""

A_WHILE = 1.0
"""Seconds, and longer than copies wait for each other."""


@pytest.fixture
def hop() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


def send(running: Relay, copies: Sequence[Copy], sender: str = SENDER) -> None:
    """Over four connections at once."""

    def some(part: Sequence[Copy]) -> None:
        with smtplib.SMTP(HOST, running.port, timeout=120) as client:
            client.ehlo("client.example")
            for content, recipients in part:
                must(client.mail(sender))
                for recipient in recipients:
                    must(client.rcpt(recipient))
                must(client.data(content))

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(some, [copies[n::CONNECTIONS] for n in range(CONNECTIONS)]))


def split_in(size: int) -> list[Copy]:
    """As Postfix does: the same bytes to so many recipients at a time."""
    everyone = MAILING.recipients
    return [
        (MAILING.content, everyone[start : start + size]) for start in range(0, len(everyone), size)
    ]


def merged(attachment: bytes | None = CLIENTS) -> list[Copy]:
    """As a mail merge does: each with a greeting and header of its own."""
    return [
        (
            letter(
                address,
                f"Dear {address.partition('@')[0].replace('.', ' ').title()},\n\nplease find "
                "attached the programme of the summer term, with dates and rooms, and the form "
                "for those who have not sent theirs in yet.\n\nKind regards\nAnn Bee\n",
                attachment,
            ),
            [address],
        )
        for address in MAILING.recipients
    ]


def letter(to: str, text: str, attachment: bytes | None = None) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, to, "Summer term"
    message["Message-ID"] = f"<{abs(hash(to))}@council.example>"
    message.set_content(text)
    if attachment:
        message.add_attachment(attachment, "application", "octet-stream", filename="programme.xlsx")
    return message.as_bytes()


def clients_mail(hop: SmtpSink) -> list[str]:
    return [r for m in hop.received(0) if m.sender for r in m.recipients]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("copies", [split_in(157), split_in(50), merged()], ids=[1, 4, 157])
def test_nothing_of_it_leaves_and_one_decision_is_for_all(
    hop: SmtpSink, tmp_path: Path, copies: Sequence[Copy]
) -> None:
    with relay(tmp_path, hop.port, settle="20s") as running, watching(running) as watch:
        send(running, copies)
        wait_until(lambda: len(copies) == len(watch.held()), "all copies to be held", 120)
        [line] = running.held()

        assert len(copies) == len(line["copies"])
        assert [] == clients_mail(hop)
        assert line["policies"][0]["name"] == "people-list-mass-mailing"
        assert 0 == line["left"]

        for approver in ("rita", "sam"):
            name = running.approver(f"{approver}@council.example")
            running.run("quarantine", "release", line["id"], "--as", name)
        wait_until(lambda: len(clients_mail(hop)) == 157, "all to arrive", 120)

        assert sorted(MAILING.recipients) == sorted(clients_mail(hop))


@pytest.mark.timeout(600)
def test_what_left_before_the_rest_came_is_stated_exactly(hop: SmtpSink, tmp_path: Path) -> None:
    copies = merged(three_clients())
    with relay(tmp_path, hop.port, settle="0.5s") as running, watching(running) as watch:
        send(running, copies[:7])
        wait_until(lambda: len(clients_mail(hop)) == 7, "the first seven to leave")
        time.sleep(A_WHILE)
        send(running, copies[7:])
        wait_until(
            lambda: 157 == len(clients_mail(hop)) + len(watch.held()), "the rest to be held", 120
        )
        [line] = running.held()
        returned = running.run("quarantine", "return", line["id"], "--as", "rita")

    assert len(clients_mail(hop)) == line["left"]
    assert len(line["copies"]) + line["left"] == 157
    assert line["left"] < 10
    assert f"and {len(line['copies']) - 1} more like it: returned by rita" in returned


def three_clients() -> bytes:
    """Too few for any policy while they go to fewer than ten."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["Name", "Phone", "Case reference"])
    for number, name in enumerate(("Moira Tregenza", "Idris Pemberton", "Sunita Rao")):
        sheet.append([name, f"07700 900{number:03}", f"ILS/2013/0{number:04}"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", _letters.LETTERS)
def test_letters_that_each_concern_their_addressee_are_forwarded(
    hop: SmtpSink, tmp_path: Path, kind: str
) -> None:
    copies = _letters.merge(people(300, LETTERS), _letters.LETTERS[kind])
    with relay(tmp_path, hop.port, settle="0.5s") as running, watching(running) as watch:
        send(running, copies, _letters.SENDER)
        wait_until(lambda: len(clients_mail(hop)) == len(copies), "all to arrive", 120)

        assert () == watch.held()
    assert sorted(to for _, [to] in copies) == sorted(clients_mail(hop))


@pytest.mark.timeout(600)
def test_a_merge_that_has_slipped_by_a_row_is_asked_about(hop: SmtpSink, tmp_path: Path) -> None:
    everybody = people(300, 39)
    copies = [
        copy
        for number, letter in enumerate(_letters.LETTERS.values())
        for copy in _letters.merged_wrong(everybody[13 * number :][:13], letter)
    ]
    with relay(tmp_path, hop.port, settle="0.5s") as running:
        send(running, copies, _letters.SENDER)
        with watching(running) as watch:
            wait_until(lambda: watch.count(verdicts) == len(copies), "all to be judged", 120)
            asked = watch.in_state(State.AWAITING_SENDER)

    # The others went to addresses that name nobody for sure: these names are in no list of ours.
    assert asked >= 0.6 * len(copies)
    assert len(clients_mail(hop)) <= len(copies) - asked
