"""Data about people to somebody who has nothing to do with them: Cardiff, Stoke, Surrey, G20."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from tests.incidents import _decoys
from tests.incidents._case import (
    Case,
    Copy,
    Member,
    businesses,
    known,
    member,
    private_mailboxes,
    single,
)
from tests.incidents._files import Lists, filed, pasted, word
from tests.incidents._people import Person, people

LISTED = frozenset({"people-list-webmail", "people-list-outside", "people-list-mass-mailing"})
"""A long list went to somebody."""

ASKED = LISTED | {"people-list-asked", "identifiers-in-bulk"}
"""Thirty-one people with their passports: a question or a hold."""

STRANGE = frozenset({"people-new-webmail", "people-list-webmail", "private-mailbox-month"})
"""A private mailbox that nobody has written to before."""

PRISONERS, PASSENGERS, LEADERS = 1_182, 241, 31

_LIST_ADDRESS = "transport-firms@lists.example"
_FIRM = "office@tamarcoaches.example"
_CHAMBERS = "clerks@chambers.example"


def incidents() -> Iterator[Case]:
    """File or pasted text, one list address or every firm, one typo or the other."""
    for carrier in ("csv", "txt", "inline"):
        yield Case("MOJ-CARDIFF-2011", carrier, partial(_cardiff, carrier), PRISONERS, right=LISTED)
    for carrier in ("xlsx", "csv", "docx", "pdf"):
        send = partial(_surrey, carrier, (_LIST_ADDRESS,))
        yield Case("SURREY-2010A", f"{carrier}, list address", send, PASSENGERS, right=LISTED)
    send = partial(_surrey, "xlsx", businesses(14, 200))
    yield Case("SURREY-2010A", "xlsx, 14 firms in To", send, PASSENGERS, right=LISTED)
    for carrier in ("docx", "inline"):
        yield Case("STOKE-2011", carrier, partial(_stoke, carrier), 4, right=STRANGE)
    for carrier in ("xlsx", "docx", "inline"):
        yield Case("G20-2014", carrier, partial(_g20, carrier), LEADERS, right=ASKED)


def twins() -> Iterator[Case]:
    """The mail that these people write every day."""
    yield Case("MOJ-CARDIFF-2011", "visit of one prisoner", _visit, 1, benign=True)
    for name, attached in _files(
        {
            "timetable": (_decoys.timetable(),),
            "blank form": (_decoys.blank_form(),),
            "orders": (_decoys.orders(),),
        }
    ):
        yield _to("MOJ-CARDIFF-2011", name, private_mailboxes(1, 5_000), attached)
    yield Case("SURREY-2010A", "weekly run to one firm", _weekly_run, 12, benign=True)
    for name, attached in _files(
        {
            "timetable": (_decoys.timetable(),),
            "streets": (_decoys.streets(),),
            "price list": (_decoys.price_list(),),
        }
    ):
        yield _to("SURREY-2010A", name, (_LIST_ADDRESS,), attached)
    sender = member("STOKE-2011 twin chambers")
    yield Case(
        "STOKE-2011", "to the known chambers", partial(_bundle, sender, (_CHAMBERS,), "docx", 1), 4,
        benign=True, before=known(sender, _CHAMBERS),
    )  # fmt: skip
    for name, attached in _files(
        {
            "minutes": (_decoys.minutes(),),
            "who is who": (_decoys.staff_list(),),
            "blank form": (_decoys.blank_form(),),
        }
    ):
        yield _to("STOKE-2011", name, private_mailboxes(1, 5_100), attached)
    sender = member("G20-2014 twin usual")
    yield Case(
        "G20-2014", "to the usual ministry", partial(_leaders, sender, _SPONSORS, "xlsx"), LEADERS,
        benign=True, before=known(sender, _SPONSORS),
    )  # fmt: skip
    for name, attached in _files(
        {
            "new books": (_decoys.new_books(),),
            "rota": (_decoys.rota(),),
            "timetable": (_decoys.timetable(), _decoys.orders()),
        }
    ):
        yield _to("G20-2014", name, ("office@football.example",), attached)


_SPONSORS = "protocol@foreignoffice.example"


def _files(
    named: Mapping[str, tuple[_decoys.File, ...]],
) -> Iterable[tuple[str, tuple[_decoys.File, ...]]]:
    return named.items()


def _to(
    incident: str, variant: str, to: Sequence[str], attached: Sequence[tuple[str, bytes]]
) -> Case:
    sender = member(f"{incident} twin {variant}")

    def send() -> tuple[Copy, ...]:
        text = "Good morning,\n\nplease find attached what you asked for.\n"
        return (single(sender, to, "As promised", text, attached),)

    return Case(incident, variant, send, 0, benign=True)


def _cardiff(carrier: str) -> tuple[Copy, ...]:
    """Three times, each to another family; the first two sendings went unnoticed."""
    sender = member(f"MOJ-CARDIFF-2011 {carrier}")
    rows: Lists = (
        (
            "Surname", "Forename", "Ethnicity", "Address", "Postcode", "Sentence", "Release date",
            "Offence code", "Physical marks",
        ),
        *(
            (
                p.surname, p.forename, ("W1", "B1", "A2", "M9")[p.number % 4],
                f"{p.street}, {p.town}", p.postcode, f"{p.number % 60 + 2} months",
                f"{p.number % 28 + 1:02}/{p.number % 12 + 1:02}/2012", f"{100 + p.number % 77}",
                ("tattoo left arm", "scar on chin", "none")[p.number % 3],
            )
            for p in people(9_000, PRISONERS)
        ),
    )  # fmt: skip
    name, content = filed("csv", "export", rows)
    if carrier == "txt":
        name = "export.txt"
    families = private_mailboxes(3, 5_000)
    copies = []
    for number, (day, family) in enumerate(zip((4, 11, 2), families, strict=True)):
        text = f"Dear visitor,\n\nyour visit on {day} July at 2pm is booked. Bring a photo card.\n"
        if carrier == "inline":
            text += "\n" + content.decode("cp1252").replace("\r\n", "\n")
        attached = () if carrier == "inline" else ((name, content),)
        copies.append(single(sender, (family,), "Your visit", text, attached, number))
    return tuple(copies)


def _surrey(carrier: str, to: Sequence[str]) -> tuple[Copy, ...]:
    sender = member(f"SURREY-2010A {carrier} {len(to)}")
    conditions = ("Dementia", "Schizophrenia", "MS", "Depression", "Stroke", "Epilepsy")
    rows: Lists = (
        ("Name", "Pick-up", "Physical health", "Mental health", "Escort"),
        *(
            (p.name, p.address, conditions[p.number % 6], conditions[p.number // 2 % 6],
             "YN"[p.number % 2])
            for p in people(10_500, PASSENGERS)
        ),
    )  # fmt: skip
    text = "Dear all,\n\nthe transport list for the day centres.\n"
    return (single(sender, to, "Transport", text, (filed(carrier, "Transport", rows),)),)


def _stoke(carrier: str) -> tuple[Copy, ...]:
    sender = member(f"STOKE-2011 {carrier}")
    wrong = {"docx": "j.redfren@webmail.example", "inline": "jredfern1@webmail.example"}[carrier]
    return _bundle(sender, (wrong,), carrier, 11)


def _bundle(sender: Member, to: Sequence[str], carrier: str, mails: int) -> tuple[Copy, ...]:
    """A child protection case in so many mails: two adults, two children."""
    mother, father, son, daughter = people(11_000, 4)
    case = _case_of(mother, father, son, daughter)
    copies = []
    for number in range(mails):
        text = f"Dear Mr Redfern,\n\nbundle {number + 1} of the papers for the hearing.\n"
        if carrier == "inline":
            text += "\n" + "\n\n".join(case)
        content = word(*case, f"Bundle {number + 1}", title="Position statement", author="Legal")
        attached = () if carrier == "inline" else ((f"Bundle {number + 1}.docx", content),)
        copies.append(single(sender, to, f"Bundle {number + 1}", text, attached, number))
    return tuple(copies)


def _case_of(mother: Person, father: Person, son: Person, daughter: Person) -> tuple[str, ...]:
    born = f"born {son.born:%d/%m}/2006"
    return (
        "In the County Court, care proceedings under section 31 of the Children Act 1989.",
        f"{mother.name}, date of birth {mother.born:%d/%m/%Y}, of {mother.address}, was"
        " diagnosed with depression in 2009.",
        f"{father.name}, date of birth {father.born:%d/%m/%Y}, has previous convictions for"
        " assault and a history of alcohol dependency.",
        f"{son.name}, {born}, was admitted to hospital with a non-accidental injury. He is"
        " on a child protection plan.",
        f"{daughter.name}, born {daughter.born:%d/%m}/2009, is a looked after child since March.",
    )


def _g20(carrier: str) -> tuple[Copy, ...]:
    sender = member(f"G20-2014 {carrier}")
    return _leaders(sender, "office@football.example", carrier)


def _leaders(sender: Member, to: str, carrier: str) -> tuple[Copy, ...]:
    rows: Lists = (
        ("Name", "Date of birth", "Title", "Nationality", "Passport no", "Visa no", "Subclass"),
        *(
            (p.name, p.born, ("President", "Prime Minister", "Chancellor")[p.number % 3],
             ("Indian", "Mexican", "Turkish", "Canadian")[p.number % 4],
             f"{'NPX'[p.number % 3]}{p.number * 7919 % 10**7:07}", f"{p.number * 6151 % 10**9:09}",
             "400")
            for p in people(11_100, LEADERS)
        ),
    )  # fmt: skip
    text = "Dear colleague,\n\nthe visas of those who attend the summit were granted today.\n"
    if carrier == "inline":
        return (single(sender, (to,), "Visas", text + "\n" + pasted(rows)),)
    return (single(sender, (to,), "Visas", text, (filed(carrier, "Visas", rows),)),)


def _visit() -> tuple[Copy, ...]:
    sender = member("MOJ-CARDIFF-2011 twin visit")
    prisoner, relative = people(11_300, 2)
    text = (
        f"Dear {relative.name},\n\nyour visit to {prisoner.name}, prisoner number A4417CV, on 4"
        " July 2011 at 2pm is booked. Please bring a photo card and be there at 1.30pm.\n"
    )
    to = (f"{relative.mailbox}@webmail.example",)
    return (single(sender, to, "Your visit", text),)


def _weekly_run() -> tuple[Copy, ...]:
    """Twelve first names, postcodes and times to the one firm that has the contract."""
    sender = member("SURREY-2010A twin run")
    rows: Lists = (
        ("First name", "Pick-up", "Time"),
        *((p.forename, p.postcode, f"08:{10 + 4 * n}") for n, p in enumerate(people(11_400, 12))),
    )
    text = "Good morning,\n\nthe run for next week, under our agreement DSA 2010/7.\n"
    return (single(sender, (_FIRM,), "Run 7", text, (filed("xlsx", "Run 7", rows),)),)
