"""Mail that discloses people, in the layouts in which councils, hospitals and charities keep them.

A layout is a function from people to a mail.  Those of running text are here, those of tables in
`_leaky_tables`, those of other files in `_leaky_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.counting import _files
from tests.counting._generated import Invented

Those = Sequence[Invented]


@dataclass(frozen=True, slots=True)
class Leak:
    """A mail."""

    body: str = field(default="As discussed.\n\nAnn Bee\n", repr=False)
    attachments: dict[str, bytes | str] = field(default_factory=dict, repr=False)
    html: str = field(default="", repr=False)
    subject: str = "July"


Layout = Callable[[Those], Leak]


def nhs_number(n: int) -> str:
    """The n-th number whose check digit is right (NHS Data Dictionary: modulus 11)."""
    for candidate in range(943_000_000 + n * 7919, 999_999_999):
        digits = f"{candidate:09}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{digits[:3]} {digits[3:6]} {digits[6:]}{check % 11}"
    raise AssertionError("no such number")


def born(one: Invented) -> str:
    """03/01/1931."""
    return one.born.strftime("%d/%m/%Y")


def lines(text: Callable[[int, Invented], str], those: Those, between: str = "\n") -> str:
    """What `text` says of each, counted from 1."""
    return between.join(text(n, one) for n, one in enumerate(those, 1))


def mail(told: str) -> Leak:
    """A greeting, what is told, a name."""
    return Leak(f"Hello,\n\nhere they are.\n\n{told}\n\nAnn Bee\n")


def book(filename: str, rows: _files.Rows) -> Leak:
    """A workbook in an attachment."""
    return Leak(attachments={filename: _files.xlsx(rows)})


def numbered_paragraphs(those: Those) -> Leak:
    """With an empty line between them."""
    return mail(lines(lambda n, p: (
        f"{n}. {p.name} (d.o.b. {born(p)}) lives at {p.address}. Carers call\n"
        "   four times a day; the daughter has asked for a review of the care plan."
    ), those, "\n\n"))  # fmt: skip


def surnames_and_titles(those: Those) -> Leak:
    """No forenames at all."""
    return mail(lines(lambda n, p: f"Mrs {p.surname} - {p.address} - stairlift", those))


def lower_case(those: Those) -> Leak:
    """As people write who are in a hurry."""
    return mail(lines(lambda n, p: f"{p.name.lower()} {born(p)} {p.phone}", those))


def capitals(those: Those) -> Leak:
    """As an old system prints."""
    return mail(lines(lambda n, p: (
        f"{p.surname.upper():<20}{p.forename.upper():<14}{born(p)}  {p.address.upper()}"
    ), those))  # fmt: skip


def initials_and_birth_dates(those: Those) -> Leak:
    """Nobody is anonymous with a hospital number."""
    return mail(lines(lambda n, p: (
        f"{p.forename[0]}.{p.surname[0]}. DOB {born(p)}, NHS no {nhs_number(n)}, ward 7"
    ), those))  # fmt: skip


def handover(those: Those) -> Leak:
    """A ward's: bed, surname and initial, age, what they have."""
    return mail(lines(lambda n, p: (
        f"Bed {n:<3} {p.surname}, {p.forename[0]}   {40 + n}y   {nhs_number(n)}   #NOF, diabetes"
    ), those))  # fmt: skip


def numbers_only(those: Those) -> Leak:
    """NHS numbers, one a line."""
    return mail("NHS numbers for the recall:\n" + lines(lambda n, p: nhs_number(n), those))


def chased_in_a_sentence(those: Those) -> Leak:
    """Names and what each of them wants, in one paragraph."""
    return mail("Please chase " + "; ".join(
        f"{p.name} (case {p.reference}, benefit appeal)" for p in those
    ) + ".")  # fmt: skip


def one_paragraph_each(those: Those) -> Leak:
    """The date of birth first."""
    return mail(lines(lambda n, p: (
        f"Born {born(p)}, {p.name} was admitted with chest pain on the 3rd. "
        f"Address: {p.address}."
    ), those, "\n\n"))  # fmt: skip


def forms(those: Those) -> Leak:
    """Label and value, in capitals, without a colon at some."""
    return mail(lines(lambda n, p: (
        f"SURNAME: {p.surname.upper()}\nFORENAME(S): {p.forename}\nD.O.B: {born(p)}\n"
        f"ADDRESS: {p.address}\nTEL NO: {p.phone}"
    ), those, "\n\n"))  # fmt: skip


def dotted(those: Those) -> Leak:
    """Name and value joined by dots."""
    return mail(lines(lambda n, p: (
        f"{p.name} {'.' * (30 - len(p.name))} {born(p)} {'.' * 5} £{n * 17}.40 arrears"
    ), those))  # fmt: skip


def in_the_subject(those: Those) -> Leak:
    """All of them."""
    told = ", ".join(f"{p.name} DOB {born(p)}" for p in those[:3])
    return Leak("Please ring me about them.\n\nAnn\n", subject=f"Urgent: {told}")


def referral_letters(those: Those) -> Leak:
    """One after the other."""
    return mail(lines(lambda n, p: (
        f"Dear Colleague,\n\nRe: {p.name}, DOB {born(p)}, NHS No {nhs_number(n)}\n"
        f"    {p.address}\n\nThank you for seeing this pleasant lady, who has had depression\n"
        "since 2009 and takes sertraline 50 mg.\n\nYours sincerely\n\nDr A Bee\n"
    ), those, "\n\n"))  # fmt: skip


def safeguarding_minutes(those: Those) -> Leak:
    """What was said about each child."""
    return mail("Strategy meeting, 8 July. Present: A Bee, DS Birch.\n\n" + lines(lambda n, p: (
        f"{p.forename.upper()} {p.surname.upper()} ({born(p)}): on a child protection plan since "
        f"March, neglect. Lives with grandmother at {p.address}."
    ), those, "\n\n"))  # fmt: skip


def quoted_roster(those: Those) -> Leak:
    """The list was in somebody else's mail."""
    listed = lines(lambda n, p: f"> {p.name}, {born(p)}, {p.phone}", those)
    return Leak(f"See below.\n\nAnn\n\n> From: Raj Bhandari\n> To: Ann Bee\n>\n{listed}\n")


def below_the_signature(those: Those) -> Leak:
    """A list pasted under "Kind regards"."""
    listed = lines(lambda n, p: f"{p.name}\t{born(p)}\t{p.reference}", those)
    return Leak(f"List below.\n\nKind regards\n\nAnn Bee\nOfficer\n01632 960417\n\n{listed}\n")


def couples(those: Those) -> Leak:
    """One line for two people, of whom one is named."""
    return mail(lines(lambda n, p: (
        f"Mr & Mrs {p.forename[0]} {p.surname}, {p.address}, council tax arrears £{n * 31}.00"
    ), those))  # fmt: skip


def references_only(those: Those) -> Leak:
    """Initials, and a reference that the organisation can look up."""
    return mail(lines(lambda n, p: (
        f"{p.forename[0]}{p.surname[0]} ({p.reference}) - relapse, on methadone"
    ), those))  # fmt: skip


def insurance_numbers_only(those: Those) -> Leak:
    """A number a line."""
    return mail(lines(lambda n, p: f"AB {n:02} {n * 3 % 100:02} {n * 7 % 100:02} C", those))


def pasted_columns(those: Those) -> Leak:
    """From a workbook into the mail."""
    rows = lines(lambda n, p: f"{p.name}\t£{n * 31 + 40}.20\t{n}", those)
    return mail(f"Tenant\tRent arrears\tWeeks\n{rows}")


def markdown(those: Those) -> Leak:
    """A table drawn with |."""
    rows = lines(lambda n, p: f"| {p.name} | {born(p)} | {p.reference} |", those)
    return mail(f"| Name | DOB | Ref |\n|---|---|---|\n{rows}")


def capitals_and_short_years(those: Those) -> Leak:
    """Surname first, no comma, no heading."""
    return mail(lines(lambda n, p: (
        f"{p.surname.upper()} {p.forename.upper()} {p.born:%d/%m/%y}"
    ), those))  # fmt: skip


def semicolons(those: Those) -> Leak:
    """CSV in the text."""
    return mail(lines(lambda n, p: f"{p.name};{born(p)};{p.address};{p.phone}", those))


def dates_in_brackets(those: Those) -> Leak:
    """Nobody says that they are birth dates; they are of eighty years."""
    return mail(lines(lambda n, p: f"{p.name} ({p.born})", those))


def months_in_words(those: Those) -> Leak:
    """3 Jan 1931."""
    return mail(lines(lambda n, p: f"{p.name}, {p.born.day} {p.born:%b %Y}, {p.phone}", those))


def text_messages(those: Those) -> Leak:
    """As a clinic's telephone shows them."""
    return mail(lines(lambda n, p: (
        f"{p.phone} 08:{n:02} Hi its {p.name} cant come to the HIV clinic today"
    ), those))  # fmt: skip


def what_they_take(those: Those) -> Leak:
    """Names, ages, drugs."""
    return mail(lines(lambda n, p: (
        f"{p.name} ({20 + n * 5}), heroin and alcohol, homeless since May"
    ), those))  # fmt: skip


IN_TEXT = (
    numbered_paragraphs,
    surnames_and_titles,
    lower_case,
    capitals,
    initials_and_birth_dates,
    handover,
    numbers_only,
    chased_in_a_sentence,
    one_paragraph_each,
    forms,
    dotted,
    referral_letters,
    safeguarding_minutes,
    quoted_roster,
    below_the_signature,
    couples,
    references_only,
    insurance_numbers_only,
    pasted_columns,
    markdown,
    capitals_and_short_years,
    semicolons,
    dates_in_brackets,
    months_in_words,
    text_messages,
    what_they_take,
)
