"""Letters that a mail merge writes: to each person what concerns them, one message each.

`merge` is right; `merged_wrong` is what happens when the list of addresses slips by one row: each
gets the letter of the next.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from tests.incidents._files import pdf
from tests.incidents._people import Person, draw

SENDER = "hr@council.example"

Letter = Callable[[Person], EmailMessage]
"""A letter to somebody, without its addresses."""

Copy = tuple[bytes, Sequence[str]]
"""A message and its envelope recipients."""


def merge(everybody: Sequence[Person], letter: Letter) -> list[Copy]:
    """To each their own."""
    return [_sent(letter(person), person) for person in everybody]


def merged_wrong(everybody: Sequence[Person], letter: Letter) -> list[Copy]:
    """To each what is the next person's, names in the header too: the addresses have slipped."""
    following = (*everybody[1:], everybody[0])
    return [
        _sent(letter(person), other) for person, other in zip(everybody, following, strict=True)
    ]


def payslip(person: Person) -> EmailMessage:
    """A few words that are the same for everybody, and the payslip as a PDF."""
    gross = 1_900 + draw("gross", person.number) % 2_400
    tax, insurance = gross // 8, gross // 14
    code = 1257 - draw("code", person.number) % 3 * 60
    sheet = pdf(
        "Council of Example, Payroll Services",
        (
            ("Employee", person.name),
            ("Address", person.address),
            ("Employee number", f"{40_000 + person.number}"),
            ("NI number", person.nino),
            ("Tax code", f"{code}L"),
            ("Pay date", "28/06/2026"),
        ),
        (
            ("Payments", "Amount", "Deductions", "Amount"),
            ("Basic pay", f"£{gross:,}.00", "Income tax", f"£{tax}.00"),
            ("Mileage", "£41.40", "National Insurance", f"£{insurance}.00"),
            ("Net pay", f"£{gross - tax - insurance + 41:,}.40", "", ""),
        ),
        f"Paid into account {person.account}, sort code {person.sort_code}.",
        title="Payslip June 2026",
        author="Payroll",
    )
    message = _letter(
        "Your payslip for June",
        f"Dear {person.forename},\n\nplease find attached your payslip for June 2026. It is for "
        "you only; keep it, you will need it for a mortgage or a tenancy. Questions about "
        "it are answered by Payroll Services, extension 4410, or on the intranet.\n\n"
        "Kind regards\nPayroll Services\n",
    )
    message.add_attachment(sheet, "application", "pdf", filename="payslip-2026-06.pdf")
    return message


def appointment(person: Person) -> EmailMessage:
    """All of it in the text: who, when, in which clinic, by which NHS number."""
    day = datetime.date(2026, 7, 1) + datetime.timedelta(draw("day", person.number) % 60)
    hour, minute = 9 + person.number % 8, 15 * (person.number % 4)
    clinic = ("Diabetes Clinic", "Fracture Clinic", "Heart Failure Clinic")[person.number % 3]
    return _letter(
        "Your appointment",
        f"{person.name}\n{person.street}\n{person.town}\n{person.postcode}\n\n"
        f"NHS number: {nhs_number(person.number)}\nDate of birth: {person.born:%d/%m/%Y}\n\n"
        f"Dear {person.name},\n\nan appointment has been made for you at the {clinic} on "
        f"{day:%A %d %B %Y} at {hour}:{minute:02}. Please bring a list of the medicines that you "
        "take. If you cannot come, ring 01632 960111 so that somebody else can be seen.\n\n"
        "Yours sincerely\nOutpatient Appointments\n",
    )


def benefit(person: Person) -> EmailMessage:
    """What a claim came to."""
    day = datetime.date(2026, 12, 1) + datetime.timedelta(draw("day", person.number) % 60)
    return _letter(
        "Your claim",
        f"Dear {person.name},\n\nyour housing benefit claim {person.reference} was looked at. You "
        f"are entitled to £{100 + draw('rent', person.number) % 90}.50 a week from {day:%d %B %Y}. "
        "If you disagree write to us within a month of this letter.\n\n"
        "Yours sincerely\nAnn Bee\nBenefits\n",
    )


LETTERS: dict[str, Letter] = {
    "payslips": payslip,
    "appointments": appointment,
    "benefits": benefit,
}


def nhs_number(number: int) -> str:
    """A valid NHS number: nine digits and a check digit modulo 11."""
    while True:
        digits = f"{400_000_000 + draw('nhs', number) % 99_999_999:09}"
        check = 11 - sum(w * int(d) for w, d in zip(range(10, 1, -1), digits, strict=True)) % 11
        if check != 10:
            ten = digits + str(check % 11)
            return f"{ten[:3]} {ten[3:6]} {ten[6:]}"
        number += 1_000_000


def mailbox(person: Person) -> str:
    """Where somebody gets mail at home."""
    return f"{person.mailbox}@webmail.example"


def _letter(subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = f"Council <{SENDER}>", subject
    message.set_content(text)
    return message


def _sent(message: EmailMessage, to: Person) -> Copy:
    """As Word's mail merge does: the address alone."""
    message["To"] = mailbox(to)
    message["Message-ID"] = f"<{to.number}.{draw(message['Subject'], to.number)}@council.example>"
    if message.is_multipart():
        message.set_boundary(f"part-{to.number}")
    return message.as_bytes(), (mailbox(to),)
