"""Lists in mailings to many: A4e 2013, Newcastle 2017, and what looks like them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.incidents import _decoys
from tests.incidents._case import (
    Case,
    Copy,
    Member,
    businesses,
    letter,
    mailing,
    member,
    private_mailboxes,
)
from tests.incidents._files import Lists, filed, pasted
from tests.incidents._people import Person, people

BULK = frozenset({"people-list-mass-mailing"})
"""What was sent is a list, and it went to many."""

CARRIERS = ("xlsx", "csv", "docx", "pdf", "zip", "inline")
FIELDS = ("To", "Cc", "Bcc")
TRANSACTIONS = ("one", "fifties", "one by one")

CLIENTS = 40
"""How many A4e's list had was not published; DESIGN's example has 40."""

_NEWSLETTER = """\
Dear all,

Welcome to our July newsletter. Three things this month:

* Our open morning at Victoria Hall is full of ideas for making home safer. Tea
  and cake as always. Details are in the attachment.
* From 1 August our office in Nelson Street opens at 8.30am instead of 9am.
* The summer trip to Dartmoor Zoo is on Thursday 15 August. Coaches leave the
  Drake Circus stop at 9.45am and are back by 5pm.

If you no longer wish to receive this newsletter, just reply and say so.
"""

_PARTY = """\
Dear families,

You are invited to our summer party for adoptive families, on Saturday 22 July
from 2pm to 5pm. There will be games, a barbecue and face painting. Please fill
in the form and let us know how many of you are coming.

We are looking forward to seeing all of you.
"""


def incidents() -> Iterator[Case]:
    """Every variant that the sources leave open."""
    for carrier in CARRIERS:
        for field in FIELDS:
            for transactions in TRANSACTIONS:
                variant = f"{carrier}, {field}, {transactions}"
                send = partial(_a4e, variant, carrier, field, transactions)
                yield Case("A4E-2013", variant, send, CLIENTS, right=BULK)
    for field in ("To", "Bcc"):
        for transactions in ("one", "fifties"):
            variant = f"{field}, {transactions}"
            send = partial(_newcastle, variant, field, transactions)
            yield Case("NEWCASTLE-2017", variant, send, 2_743, right=BULK)


def twins() -> Iterator[Case]:
    """The same mailings with what was meant, and with what fools a detector."""
    everybody = _a4e_recipients()
    for name, attached in {
        "flyer": [_decoys.flyer()],
        "price list": [_decoys.price_list()],
        "timetable and streets": [_decoys.timetable(), _decoys.streets()],
        "minutes": [_decoys.minutes()],
        "orders": [_decoys.orders()],
    }.items():
        sender = member(f"A4E-2013 twin {name}")
        send = partial(mailing, sender, "Newsletter", _NEWSLETTER, everybody, attach=attached)
        yield Case("A4E-2013", name, send, 0, benign=True)
    yield Case("A4E-2013", "letters, each about its addressee", _own_letters, 0, benign=True)
    families = private_mailboxes(77, 400)
    for name, attached in {
        "map and form": [_decoys.venue(), _decoys.blank_form()],
        "streets": [_decoys.streets()],
        "new books": [_decoys.new_books()],
    }.items():
        sender = member(f"NEWCASTLE-2017 twin {name}")
        send = partial(mailing, sender, "Summer party", _PARTY, families, attach=attached)
        yield Case("NEWCASTLE-2017", name, send, 0, benign=True)


def _a4e_recipients() -> tuple[str, ...]:
    return (*businesses(7), *private_mailboxes(150))


def _a4e(variant: str, carrier: str, field: str, transactions: str) -> tuple[Copy, ...]:
    rows: Lists = (
        ("Name", "Telephone", "Case ref"),
        *((p.name, p.phone, p.reference) for p in people(0, CLIENTS)),
    )
    inline = carrier == "inline"
    text = _NEWSLETTER
    if inline:
        text += "\nFor the advisers, please ring round as agreed:\n\n" + pasted(rows)
    attached = () if inline else (filed(carrier, "Living Well July", rows),)
    sender = member(f"A4E-2013 {variant}")
    return mailing(
        sender, "Living Well at Home - July", text, _a4e_recipients(),
        shown=field, transactions=transactions, attach=attached,
    )  # fmt: skip


def _newcastle(variant: str, field: str, transactions: str) -> tuple[Copy, ...]:
    heading = (
        "Child", "Child DOB", "Adoptive parent", "Address", "Postcode", "Social worker", "Status",
    )  # fmt: skip
    worker = people(19_200, 1)[0]
    pairs = zip(people(1_000, 1_371), people(2_400, 1_371), strict=True)
    rows: Lists = (
        heading,
        *(
            (
                child.name,
                child.born.replace(year=2000 + child.born.year % 16, day=1 + n % 28),
                parent.name,
                f"{parent.street}, {parent.town}",
                parent.postcode,
                worker.name,
                ("Placed", "Adopted", "Support")[n % 3],
            )
            for n, (child, parent) in enumerate(pairs)
        ),
    )
    sender = member(f"NEWCASTLE-2017 {variant}")
    return mailing(
        sender, "Summer party", _PARTY, private_mailboxes(77, 400),
        shown=field, transactions=transactions, attach=(filed("xlsx", "Party", rows),),
    )  # fmt: skip


def _own_letters() -> tuple[Copy, ...]:
    """157 letters by mail merge that each concern their own addressee disclose nobody."""
    sender = member("A4E-2013 twin letters")
    return tuple(_letter(sender, p, n) for n, p in enumerate(people(26_000, 157)))


def _letter(sender: Member, who: Person, number: int) -> Copy:
    address = f"{who.mailbox}@webmail.example"
    shown = f"{who.name} <{address}>" if who.name.isascii() else address
    text = (
        f"Dear {who.name},\n\nyour reference: {who.reference}\n\nWe would like to see you on"
        f" {number % 28 + 1} August 2013 at {9 + number % 8}.30am in Victoria Hall, Nelson Street."
        f" If this does not suit you ring us on 01632 960442. We hold your number as {who.phone}.\n"
    )
    content = letter(sender, "Your appointment", text, to=(shown,), number=number)
    return Copy(sender.address, (address,), content)
