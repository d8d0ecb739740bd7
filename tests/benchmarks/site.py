"""What the pages of the review site cost when there is much to show.

    python -m tests.benchmarks.site

A store with 5,000 held messages of as many senders and one mailing of 5,000 held copies, and a
message with a spreadsheet of 5 MB and 10,000 people.  Each page is asked for in this process, the
way a browser asks, without the network; wall clock and CPU of the whole process, median and worst
of some turns.
"""

from __future__ import annotations

import contextlib
import io
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import openpyxl
from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

from dlpguard import inspection, passwords, policy
from dlpguard.audience import Circle, Viewer
from dlpguard.evidence import Evidence, pack
from dlpguard.facts import Facts
from dlpguard.inspection import Inspection, Setup
from dlpguard.lifecycle import State
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.notices import Letterhead
from dlpguard.recipients import Organisation
from dlpguard.runners.judging import Case, Judging, decide
from dlpguard.runners.reading import Reading
from dlpguard.store import accounts, bodies, messages, work
from dlpguard.store.database import Transaction
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store, open_store
from dlpguard.web import app
from dlpguard.web.site import Site, environment

HELD, COPIES, PEOPLE = 5_000, 5_000, 10_000
QUEUE_GOAL, MESSAGE_GOAL = 100, 500
"""Milliseconds that the pages may take (issue 7)."""

TURNS = 9
AT_ONCE = 100
"""Messages that are stored in one transaction, to wait for the disk less often."""

_ORGANISATION = Organisation(("council.example",), (), ("webmail.example",))
_HEAD = Letterhead("relay.council.example", "postmaster@council.example", ("council.example",))
_REVIEWER, _PASSWORD = "rita.reid@council.example", "correct horse battery staple"
_POLICIES = Path(__file__).parents[2] / "policies"


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of some turns, by the clock and of the processor."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]


def main() -> None:
    """Print milliseconds for each page."""
    Console().print(measure())


def measure() -> Table:
    """The table: clock and CPU, median and worst."""
    table = Table(
        *("page", "clock ms, median", "worst", "CPU ms, median", "worst", "goal"),
        title="Pages of the review site",
    )
    with _store() as store:
        rules = Judging(policy.load(_POLICIES), "enforce", frozenset(), _ORGANISATION, _HEAD)
        small = _mail(_workbook(12, 0))
        _hold(store, rules, small, [f"clerk{n}@council.example" for n in range(HELD)])
        _hold(store, rules, small, ["merge@council.example"] * COPIES)
        large = _mail(_workbook(PEOPLE, 5_000_000))
        [sheet] = _hold(store, rules, large, ["head@council.example"])
        copy = _a_copy(store)
        site = Site(store, _HEAD, "Example Council", environment(), second_factor=False)
        client = _visitor(site)
        shown = [
            ("queue, page 1", "/queue", QUEUE_GOAL),
            ("queue, page 50", "/queue?page=50", QUEUE_GOAL),
            ("queue, of one sender", "/queue?sender=clerk7@council.example", QUEUE_GOAL),
            ("a copy of 5,000", f"/messages/{copy}", MESSAGE_GOAL),
            (f"{len(large) / 1e6:.1f} MB with 10,000 people", f"/messages/{sheet}", MESSAGE_GOAL),
            ("its spreadsheet, page 1", f"/messages/{sheet}/files/2", MESSAGE_GOAL),
            ("its spreadsheet, page 100", f"/messages/{sheet}/files/2?page=100", MESSAGE_GOAL),
            ("its people", f"/messages/{sheet}/people", MESSAGE_GOAL),
        ]
        for name, path, goal in shown:
            spent = _ask(client, path)
            figures = (f(v) for v in (spent.wall, spent.cpu) for f in (statistics.median, max))
            table.add_row(name, *(f"{n:.0f}" for n in figures), str(goal))
    return table


def _ask(client: TestClient, path: str) -> Spent:
    wall, cpu = [], []
    for _ in range(TURNS):
        began, processor = time.perf_counter(), time.process_time()
        answer = client.get(path)
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - processor) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return Spent(tuple(wall), tuple(cpu))


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="dlpguard-bench-") as folder:
        directory = Path(folder)
        opened = open_store("sqlite:///dlpguard.db", directory / "dlpguard.key", directory)
        with contextlib.closing(opened):
            yield opened


def _visitor(site: Site) -> TestClient:
    site.store.database.write_now(
        lambda tx: accounts.add(
            tx, _REVIEWER, "Rita Reid", passwords.hashed(_PASSWORD), ["reviewer"]
        )
    )
    client = TestClient(app.create(site), follow_redirects=False)
    form = client.get("/sign-in").text
    proof = form.partition('name="csrf" value="')[2].partition('"')[0]
    data = {"csrf": proof, "name": _REVIEWER, "password": _PASSWORD}
    assert client.post("/sign-in", data=data).status_code == 303
    return client


def _a_copy(store: Store) -> str:
    def find(tx: Transaction) -> str:
        digest = tx.keys.digest("address", "merge@council.example")
        rows = tx.connection.exec_driver_sql(
            "SELECT id FROM messages WHERE sender_digest = ? AND state = ? LIMIT 1",
            (digest, str(State.QUARANTINED)),
        )
        return str(rows.scalar_one())

    return store.database.read_now(find)


def _hold(store: Store, rules: Judging, raw: bytes, senders: Sequence[str]) -> tuple[str, ...]:
    """A message of each of these senders, to somebody else each, judged and held."""
    read = inspection.read(MessageId("m"), raw, _envelope(senders[0], 0), Setup(_ORGANISATION))
    kept = pack(Evidence(read.document, read.findings))
    body = bodies.prepare(raw, store.keys, store.shelf)
    held = []

    def work_on(tx: Transaction, first: int) -> list[str]:
        made = []
        for number, sender in enumerate(senders[first : first + AT_ONCE], first):
            envelope = _envelope(sender, number)
            id = new_id(time.time(), random.randbytes(10))
            content = body if len(senders) == 1 else bodies.in_row(raw, store.keys)
            messages.accept(tx, NewMessage(id, envelope, b"Received: x\r\n", content))
            [claim] = work.claim(tx, State.RECEIVED, "node", 1, 60.0)
            facts = _facts(read, sender, number)
            decide(tx, Case(claim, envelope, Reading(facts, kept), lambda: 0.0), rules)
            assert messages.get(tx, id).state == State.QUARANTINED
            made.append(str(id))
        return made

    for first in range(0, len(senders), AT_ONCE):
        held += store.database.write_now(lambda tx, first=first: work_on(tx, first))  # type: ignore[misc]
    return tuple(held)


def _facts(read: Inspection, sender: str, number: int) -> Facts:
    to = Viewer(f"p{number}@outside{number % 97}.example", Circle.EXTERNAL, True, True)
    audience = replace(read.facts.audience, viewers=(to,))
    return replace(read.facts, sender=sender, author="", audience=audience)


def _envelope(sender: str, number: int) -> Envelope:
    return Envelope(sender, (Recipient(f"p{number}@outside{number % 97}.example"),))


def _mail(workbook: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "ann.bee@council.example", "p0@outside0.example"
    mail["Subject"] = "the list"
    mail.set_content("Please find the list attached.\n")
    kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    mail.add_attachment(workbook, maintype="application", subtype=kind, filename="list.xlsx")
    return mail.as_bytes()


def _workbook(people: int, size: int) -> bytes:
    """A list of people, every tenth in a hidden row, with notes that make it about so large."""
    chance = random.Random(7)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(("Name", "NI number", "Date of birth", "Telephone", "Notes"))
    each = size // people // 3 * 4  # what is random is packed by a quarter: letters are six bits
    for number in range(people):
        first, last = (chance.choice(words).title() for words in (_FIRST, _LAST))
        note = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVW", k=each))
        born = f"{number % 28 + 1:02}/{number % 12 + 1:02}/{1930 + number % 70}"
        phone = f"07700 900{number % 1000:03}"
        nino = f"AB{number:06}C"
        sheet.append((f"{first} {_syllables(number)} {last}", nino, born, phone, note))
        if number % 10 == 9:
            sheet.row_dimensions[number + 2].hidden = True
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


_FIRST = ("ann", "john", "maria", "peter", "sarah", "owen", "megan", "david", "helen", "mark")
_LAST = ("smith", "jones", "evans", "brown", "green", "wood", "taylor", "price", "hall", "ward")


def _syllables(number: int) -> str:
    """A name in the middle, a different one for each number."""
    syllables = ("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu")
    return "".join(syllables[int(digit)] for digit in f"{number:04}").title()


if __name__ == "__main__":
    main()
