"""Data that staff send to themselves: Essex 2012, Rochdale 2017, and what they may send."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.incidents import _decoys
from tests.incidents._case import Case, Copy, Member, member, private_mailboxes, single
from tests.incidents._files import Lists, filed, pasted, pdf
from tests.incidents._people import people

HOME = frozenset({"own-mailbox", "own-mailbox-bulk"})
"""It went to what looks like the sender's own mailbox."""

USERS, PATIENTS, MAILS = 400, 183, 11
_NOTE = "To finish at home.\n"


def incidents() -> Iterator[Case]:
    """Essex left open what kind of file it was; Rochdale says spreadsheets, in eleven mails."""
    for carrier in ("xlsx", "csv", "docx", "pdf", "zip", "inline"):
        yield Case("ESSEX-2012", carrier, partial(_essex, carrier), USERS, right=HOME)
    for carrier in ("xlsx", "csv"):
        yield Case("ROCHDALE-2017", carrier, partial(_rochdale, carrier), PATIENTS, right=HOME)


def twins() -> Iterator[Case]:
    """One's own payslip, rotas, forms: what people rightly send home."""
    for name, attached in {
        "payslip": (),
        "rota": (_decoys.rota(),),
        "blank form": (_decoys.blank_form(),),
        "price list": (_decoys.price_list(), _decoys.orders()),
    }.items():
        send = partial(_home, f"ESSEX-2012 twin {name}", attached)
        yield Case("ESSEX-2012", name, send, 0, benign=True)
    yield Case("ROCHDALE-2017", "volunteers' rota to them", _volunteers, 0, benign=True)
    for name, attached in {
        "who is who": (_decoys.staff_list(),),
        "timetable": (_decoys.timetable(),),
        "minutes": (_decoys.minutes(), _decoys.new_books()),
    }.items():
        send = partial(_home, f"ROCHDALE-2017 twin {name}", attached)
        yield Case("ROCHDALE-2017", name, send, 0, benign=True)


def _essex(carrier: str) -> tuple[Copy, ...]:
    sender = member(f"ESSEX-2012 {carrier}")
    rows: Lists = (
        ("Surname", "First name", "Address", "Post town", "Postcode", "Personal budget (£)"),
        *(
            (p.surname, p.forename, p.street, p.town, p.postcode, float(p.budget))
            for p in people(100, USERS)
        ),
    )
    if carrier == "inline":
        return (single(sender, (sender.home,), "for tonight", _NOTE + "\n" + pasted(rows)),)
    attached = (filed(carrier, "DP 2012-13", rows),)
    return (single(sender, (sender.home,), "for tonight", _NOTE, attached),)


def _rochdale(carrier: str) -> tuple[Copy, ...]:
    sender = member(f"ROCHDALE-2017 {carrier}")
    found = people(600, PATIENTS)
    conditions = ("asthma", "type 2 diabetes", "depression", "epilepsy", "COPD", "none known")
    sent = []
    for number in range(MAILS):
        rows: Lists = (
            ("Full name", "DOB", "Telephone", "Medical conditions"),
            *((p.name, p.born, p.phone, conditions[p.number % 6]) for p in found[number::MAILS]),
        )
        attached = (filed(carrier, f"Clients {number + 1}", rows),)
        sent.append(single(sender, (sender.home,), f"list {number + 1}", _NOTE, attached, number))
    return tuple(sent)


def _home(name: str, attached: tuple[tuple[str, bytes], ...]) -> tuple[Copy, ...]:
    sender = member(name)
    attached = attached or (_payslip(sender),)
    return (single(sender, (sender.home,), "for the weekend", "See attached.\n", attached),)


def _payslip(sender: Member) -> tuple[str, bytes]:
    who = sender.person
    content = pdf(
        [
            ("Name", f"{who.forename} {who.surname}"),
            ("Payroll no", "0048213"),
            ("NI number", who.nino),
            ("Tax code", "810L"),
            ("Paid to", f"{who.sort_code}, account {who.account}"),
        ],
        [("Basic pay", 1894.17), ("Income tax", -243.80), ("Net pay", 1373.76)],
        title="Payslip - August 2012",
        author="Payroll",
    )
    return "Payslip.pdf", content


def _volunteers() -> tuple[Copy, ...]:
    """Six volunteers, first names, to their own private mailboxes (in Bcc)."""
    sender = member("ROCHDALE-2017 twin volunteers")
    names = [p.forename for p in people(19_400, 6)]
    text = "Dear all,\n\nthis is who opens the hall in August:\n\n"
    text += "".join(f"Saturday {3 + 7 * n} August: {name}\n" for n, name in enumerate(names[:5]))
    copy = single(sender, (), "Rota", text + f"Spare: {names[5]}\n")
    return (Copy(copy.sender, private_mailboxes(6, 900), copy.content),)
