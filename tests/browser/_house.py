"""A site in full use: mail that is held, asked about, returned and released, and people at work.

Its clock stands still on a Monday morning, so that pictures of its pages are the same tomorrow.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email import policy as mail_policy
from functools import partial
from pathlib import Path

from sqlalchemy import insert

from dlpguard import policy, review
from dlpguard.health import Around, Running
from dlpguard.inspection import Setup
from dlpguard.lifecycle import Event, State
from dlpguard.mail import Envelope, MessageId
from dlpguard.review import urgency
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import Reading, read
from dlpguard.runners.sandbox import PROTECTIONS, Limits, Sandbox
from dlpguard.smtp.client import Pool, Target
from dlpguard.store import accounts, alarms, answers, schema, suggestions
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.web import staff
from dlpguard.web.rulebook import Rulebook
from dlpguard.web.site import Site
from tests import _stores
from tests.browser._serving import served
from tests.journeys._samples import Mail, sample
from tests.web import _site
from tests.web._site import APPROVER, DUTY_OFFICER, HASH, MAIL_ADMINISTRATOR, REVIEWER, Desk

NOW = datetime(2026, 11, 23, 10, 40, tzinfo=UTC).timestamp()
"""A Monday morning."""

SECOND_APPROVER = "amira.shah@council.example"
CODED = "cora.lund@council.example"
"""Whoever has set up one-time codes."""

STARTING = "stella.hart@council.example"
"""Whoever sets them up now."""

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
UNDO = 20.0
"""Seconds that a release can be taken back, as the settings have it."""

KNOWN = "known.json"
"""The file in its folder with the ids and codes of a house."""

HEAD = replace(_site.HEAD, site="https://dlpguard.council.example")

LETTER = """\
<p>Dear Sam,</p>
<p>these are the <b>volunteers</b> of the <i>spring</i> round, as you asked on the phone.</p>
<table><tr><th>Name</th><th>NI number</th><th>Born</th></tr>{rows}</table>
<p><a href="http://homemail.example/">Our page</a></p>
"""
VOLUNTEERS = (
    ("Nia Hopkin", "AB123456C"),
    ("Owain Pryce", "CE204716A"),
    ("Tesni Vaughan", "GH310825B"),
    ("Idris Morgan", "JK412936D"),
    ("Carys Beynon", "LM514047A"),
    ("Gethin Lloyd", "NP615158B"),
    ("Mererid Ellis", "RS716269C"),
    ("Huw Rosser", "TW817370D"),
    ("Ffion Bowen", "YZ918481A"),
    ("Emyr Watkins", "AC102592B"),
    ("Bethan Griffiths", "BE203603C"),
    ("Dafydd Parry", "CG304714D"),
)


@dataclass
class House:
    """`ids` are those of the messages by what became of them; `codes` what stands in links."""

    desk: Desk
    url: str = ""
    strict_url: str = ""
    """The same site, but that it asks everybody for one-time codes."""
    ids: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def path(self, template: str) -> str:
        """An address with "{returned}" as a message's id, "{code:asked}" as the code of a link."""
        return template.format(code=_Codes(self.codes), **self.ids)


def furnish(folder: Path) -> None:
    """Make one in a folder: its store, and what `house` has to know of it."""
    clock = _Clock()
    with contextlib.closing(_site._open(folder, clock)) as store:
        store.database.write_now(_people)
        ids = _mail(store, clock)
        _site.inspect(store)
        clock.now = NOW
        made = House(Desk(_site_over(store), folder), ids=ids)
        _decide(made)
    known = {"ids": made.ids, "codes": made.codes}
    (folder / KNOWN).write_text(json.dumps(known), "utf-8")


@contextlib.contextmanager
def house(folder: Path, furnished: Path) -> Iterator[House]:
    """A copy of one, in another folder, being served."""
    _stores.copy(furnished, folder)
    known = json.loads((folder / KNOWN).read_text("utf-8"))
    with contextlib.closing(_site._open(folder, lambda: NOW)) as store:
        made = House(Desk(_site_over(store), folder), **known)
        strict = Desk(replace(made.desk.site, second_factor=True), folder)
        with served(made.desk) as made.url, served(strict) as made.strict_url:
            yield made


@dataclass
class _Clock:
    now: float = NOW - 5 * 3600

    def __call__(self) -> float:
        return self.now


class _Codes:
    def __init__(self, codes: dict[str, str]) -> None:
        self._codes = codes

    def __format__(self, name: str) -> str:
        return self._codes[name]


def _site_over(store: Store) -> Site:
    rules = policy.load(_site.POLICIES)
    judging = Judging(rules, "enforce", frozenset(), _site.ORGANISATION, HEAD)

    async def reads(raw: bytes, envelope: Envelope) -> Reading:
        sandbox = Sandbox(1, Limits(), Setup(_site.ORGANISATION, contacts=()))
        await sandbox.start()
        try:
            return await read(
                sandbox, MessageId("tried"), raw, envelope, _site.ORGANISATION, size=len(raw)
            )
        finally:
            await sandbox.stop()

    target = Target("mail.council.example", 25)
    pool = Pool(target)
    running = Running(lambda: rules, lambda: PROTECTIONS, lambda: pool)
    around = Around(target, mode="enforce", running=running)
    return Site(
        store,
        HEAD,
        "Example Council",
        _site.TEMPLATES,
        second_factor=False,
        undo=UNDO,
        rules=Rulebook(lambda: judging, _site.POLICIES, read=reads),
        around=around,
    )


def _people(tx: Transaction) -> None:
    _site._add_people(tx)
    accounts.add(tx, SECOND_APPROVER, "Amira Shah", HASH, ("approver",))
    accounts.add(tx, STARTING, "Stella Hart", HASH, ("reviewer",))
    coded = accounts.add(tx, CODED, "Cora Lund", HASH, ("reviewer",))
    accounts.set_second_factor(tx, coded.id, SECRET)
    _count(tx)


def _count(tx: Transaction) -> None:
    """What a month was like."""
    today = datetime.fromtimestamp(NOW, UTC).date()
    rows = [row for back in range(1, 31) for row in _day(today - timedelta(days=back))]
    columns = ("day", "what", "name", "number")
    tx.execute(insert(schema.tallies), [dict(zip(columns, row, strict=True)) for row in rows])


def _day(day: date) -> Iterator[tuple[str, str, str, int]]:
    works = day.weekday() < 5
    number = day.day
    yield str(day), "closed", "", 1
    yield str(day), "forwarded", "", 1800 + 37 * (number % 9) if works else 90 + number
    if works:
        yield str(day), "held", "", 3 + number * 7 % 6
        yield str(day), "asked", "", 5 + number * 5 % 7
        yield str(day), "released", "", 1 + number % 3
        yield str(day), "returned", "", 2 + number % 2
        yield str(day), "policy", "quarantine people-list-webmail", 1 + number % 3
        yield str(day), "policy", "confirm people-list-asked", 3 + number % 4


def _mail(store: Store, clock: _Clock) -> dict[str, str]:
    """What people sent this morning; returns the ids."""
    bcc = sample("mail/missed-bcc.eml")
    sent = {
        "mailing": sample("mail/a4e-xlsx.eml"),
        "webmail": sample("mail/essex-own-webmail.eml"),
        "hidden": sample("mail/hidden-sheet.eml"),
        "shown": bcc,
        "unread": sample("mail/unreadable-truncated.eml"),
        "letter": _letter(),
        "returned": _from(bcc, "Owen Hale"),
        "released": _from(bcc, "Tessa Brock"),
        "asked": _from(bcc, "Milo Grant"),
        "answered": _from(bcc, "Jo Farrow"),
        "urgent": _from(bcc, "Pia Stone"),
        "emergency": _from(bcc, "Una Marsh"),
        "cancelled": _from(bcc, "Lee Hardy"),
        "often": _from(_letter(), "Jan Rowe"),
    }
    ids = {}
    for number, (name, mail) in enumerate(sent.items()):
        clock.now += 600 + 97 * number
        ids[name] = _site.post(store, number, mail.content, mail.sender, mail.recipients)
    return ids


def _from(mail: Mail, name: str) -> Mail:
    """The same mail by somebody else."""
    sender = f"{name.lower().replace(' ', '.')}@council.example"
    old = message_from_bytes(mail.content, policy=mail_policy.default)["From"].addresses[0]
    content = mail.content.replace(old.display_name.encode(), name.encode())
    return replace(
        mail, sender=sender, content=content.replace(mail.sender.encode(), sender.encode())
    )


def _letter() -> Mail:
    """A mail with a formatted text, and a list in it."""
    message = message_from_bytes(
        sample("mail/unreadable-truncated.eml").content, policy=mail_policy.SMTP
    )
    rows = "".join(
        f"<tr><td>{name}</td><td>{number}</td><td>{3 + n}/04/19{70 + n}</td></tr>"
        for n, (name, number) in enumerate(VOLUNTEERS)
    )
    plain = "\n".join(f"{name}, {number}" for name, number in VOLUNTEERS)
    message.clear_content()
    message.replace_header("To", "sam.hale@webmail.example")
    message.replace_header("Subject", "Volunteers of the spring round")
    message.set_content(f"Dear Sam,\n\nthese are the volunteers:\n\n{plain}\n")
    message.add_alternative(LETTER.format(rows=rows), subtype="html")
    message.set_boundary("letter")
    recipients = ("sam.hale@webmail.example",)
    return Mail("", "ann.bee@council.example", recipients, message.as_bytes(), "quarantine")


def _decide(made: House) -> None:
    """What people did about it since."""
    store, ids = made.desk.store, made.ids
    offices = made.desk.site.offices
    review.return_(store, HEAD, ids["returned"], REVIEWER, "Please send it again by Bcc.")
    review.release(store, ids["released"], REVIEWER, "They are one committee.", wait=UNDO)
    review.release(store, ids["webmail"], SECOND_APPROVER, "He has no laptop.", approver=True)
    review.comment(store, ids["hidden"], APPROVER, "I have rung Nadine: the sheet was not meant.")
    review.assign(store, ids["hidden"], REVIEWER, REVIEWER)
    for name in ("asked", "answered", "cancelled"):
        review.ask(store, HEAD, ids[name], REVIEWER, "Do these people know of each other?")
        made.codes[name] = store.database.read_now(partial(answers.code, id=ids[name]))
    for name in ("shown", "urgent", "returned"):
        made.codes[name] = store.database.read_now(partial(alarms.code, id=ids[name]))
    said = "She has to know before the coach leaves at noon."
    for name in ("urgent", "emergency"):
        urgency.raise_alarm(store, HEAD, offices, ids[name], said)
    urgency.break_glass(store, ids["emergency"], DUTY_OFFICER, "The coach leaves at noon.")
    review.release(store, ids["often"], REVIEWER, "They agreed to it.")
    store.database.write_now(lambda tx: _confirm(tx, ids["often"]))
    [suggested] = store.database.read_now(suggestions.waiting)
    made.codes["flow"] = suggested.id
    made.codes |= store.database.write_now(_invite)


def _confirm(tx: Transaction, id: str) -> None:
    """Its sender has confirmed the same mail once a day."""
    move = {
        "message_id": id,
        "event": str(Event.CONFIRM),
        "source": str(State.AWAITING_SENDER),
        "target": str(State.READY),
        "who": "sender",
    }
    days = [tx.now() - 86400.0 * number for number in range(1, 8)]
    tx.execute(insert(schema.moves), [move | {"moved_at": day} for day in days])


def _invite(tx: Transaction) -> dict[str, str]:
    """Accounts of people who have not come yet, and the codes in the links that they were sent."""
    codes = {}
    for name in ("newcomer", "latecomer"):
        account = staff.add(
            tx, MAIL_ADMINISTRATOR, f"{name}@council.example", name.title(), ["reviewer"]
        )
        staff.send_link(tx, HEAD, MAIL_ADMINISTRATOR, account.id)
        codes[name] = staff._code(tx, account.id, int(tx.now() + staff.LINK_SECONDS))
    return codes
