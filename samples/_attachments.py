"""What is attached to the sample mails, and lists on each side of the line of ten people.

The people in them: `people(0, 40)` are clients, 100 to 499 service users, 500 to 559 stand on a
hidden sheet, 560 to 583 have hidden columns, 800 to 824 are staff, from 850 on they are others.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from _documents import Row, Sheet, archive, csv, pdf, protected_archive, word, workbook
from _people import Person, people

CLIENTS = people(0, 40)
SERVICE_USERS = people(100, 400)
OTHERS = people(850, 20)

PASSWORD = b"Plymouth2013"
"""Opens protected.zip."""

_ELLIPSIS = "." * 60


def attachments() -> dict[str, bytes]:
    """The content of every file in samples/attachments/, by name."""
    files = {name: make() for name, make in _MAKERS.items()}
    for count in (9, 10):
        files[f"clients-{count}.xlsx"] = _clients_workbook(count)
    files["clients-40.zip"] = archive({"Contact lists/July.xlsx": files["clients-40.xlsx"]})
    files["truncated.docx"] = files["clients-40.docx"][:40_000]
    files["protected.zip"] = protected_archive("clients.csv", files["clients-40.csv"], PASSWORD)
    return dict(sorted(files.items()))


def client_lines() -> str:
    """The forty clients as somebody pastes them into a mail."""
    heading = f"{'Surname':<16}{'First name':<14}{'Tel':<16}Client ref"
    rows = (f"{p.surname:<16}{p.forename:<14}{p.telephone:<16}{p.reference}" for p in CLIENTS)
    return "\n".join((heading, *rows))


def _clients_workbook(count: int = 40) -> bytes:
    rows: list[Row] = [
        ("Independent Living Services - client contact list",),
        ("Plymouth, July 2013",),
        (),
        ("Client ref", "Surname", "First name", "Tel", "Centre", "Next appt"),
    ]
    rows += [
        (p.reference, p.surname, p.forename, p.telephone, "Plymouth", _appointment(p))
        for p in people(0, count)
    ]
    return workbook(
        Sheet("Contacts", rows, bold_rows=(1, 4), widths={"A": 18, "F": 12}), author="Ann Bee"
    )


def _clients_csv() -> bytes:
    heading = ("SURNAME", "FORENAME", "TEL NO", "CLIENT REF", "NEXT APPT")
    return csv(
        [heading]
        + [
            (p.surname.upper(), p.forename, p.telephone, p.reference, _appointment(p))
            for p in CLIENTS
        ]
    )


def _clients_word() -> bytes:
    rows: list[Row] = [("Name", "Telephone", "Our ref")]
    rows += [(p.name, p.telephone, p.reference) for p in CLIENTS]
    return word(
        "Please ring everybody on this list before the end of the month.",
        rows,
        "Adviser team, Independent Living Services",
        title="Client contacts, July 2013",
        author="Ann Bee",
    )


def _clients_pdf() -> bytes:
    rows: list[Row] = [("Surname", "First name", "Tel", "Client ref")]
    rows += [(p.surname, p.forename, p.telephone, p.reference) for p in CLIENTS]
    return pdf("Plymouth office, July 2013", rows, title="Client contact list", author="Ann Bee")


def _appointment(person: Person) -> datetime.date:
    return datetime.date(2013, 7, 22) + datetime.timedelta(person.number % 19)


def _flyer() -> bytes:
    return pdf(
        "A morning of advice on equipment, adaptations and getting about, with tea and cake.",
        "Saturday 24 August 2013, 10am to 1pm, Victoria Hall, Nelson Street, Plymouth.",
        f"For more information ask {OTHERS[0].name} at our office, telephone 01632 960444.",
        "No need to book. Buses 21, 22 and 43 stop outside.",
        "If you are unhappy with our service please tell us. Quote COM/2013/0091 when you reply to"
        " our consultation on complaints.",
        title="Living Well at Home - open morning",
        author="Ann Bee",
    )


def _service_users() -> bytes:
    heading = (
        "SURNAME",
        "First Name",
        "Address",
        "Post Town",
        "Postcode",
        "Personal budget (£)",
        "Sort code",
        "Account no",
    )
    rows: list[Row] = [("Adult Social Care: direct payments 2012/13",), (), heading]
    rows += [
        (
            p.surname.upper(),
            p.forename,
            p.house,
            p.town,
            p.postcode,
            float(p.budget),
            p.sort_code,
            p.account,
        )
        for p in SERVICE_USERS
    ]
    total = float(sum(p.budget for p in SERVICE_USERS))
    rows.append(("TOTAL", None, None, None, None, total, None, None))
    return workbook(
        Sheet("Direct payments", rows, bold_rows=(1, 3, len(rows)), widths={"C": 30}),
        author="John Smith",
    )


def _payslip() -> bytes:
    return pdf(
        [
            ("Name", "Mr J Smith"),
            ("Payroll no", "0048213"),
            ("NI number", "JS482913B"),
            ("Tax code", "810L"),
            ("Paid to", "20-94-17, account 48213307"),
        ],
        [
            ("Description", "This period", "Year to date"),
            ("Basic pay", 1894.17, 9470.85),
            ("Income tax", -243.80, -1219.00),
            ("National Insurance", -155.38, -776.90),
            ("Pension", -121.23, -606.15),
            ("Net pay", 1373.76, 6868.80),
        ],
        title="Payslip - August 2012",
        author="Payroll",
    )


def _rota() -> bytes:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri")
    shifts = ("Early", "Late", "Day", "Off", "Training")
    rows: list[Row] = [("Duty rota, week of 27 August 2012",), (), ("Name", "Team", *days)]
    rows += [
        (p.name, "Access", *(shifts[(n + day) % 5] for day in range(5)))
        for n, p in enumerate(people(800, 8))
    ]
    return workbook(Sheet("Rota", rows, bold_rows=(1, 3)), author="John Smith")


def _form() -> bytes:
    asked = (
        "Surname",
        "First names",
        "Date of birth",
        "Address and postcode",
        "Telephone",
        "National Insurance number",
        "Sort code and account number",
        "Signature",
    )
    return word(
        "Please complete in BLOCK CAPITALS and return to the office. We will reply in 28 days.",
        [("Question", "Your answer"), *((label, _ELLIPSIS) for label in asked)],
        title="Request for a carer's assessment",
        author="John Smith",
    )


_WARDS = (
    "Budshead",
    "Compton",
    "Devonport",
    "Drake",
    "Efford",
    "Eggbuckland",
    "Ham",
    "Honicknowle",
    "Southway",
    "Stoke",
)


def _ward_counts() -> list[Row]:
    heading: Row = ("Ward", "Applications", "Approved", "Declined")
    counts = [(ward, 40 + 7 * n, 31 + 6 * n, 9 + n) for n, ward in enumerate(_WARDS)]
    return [heading, *counts]


def _hidden_sheet() -> bytes:
    heading = ("Surname", "Forename", "DOB", "NI number", "Ward")
    rows = [(p.surname, p.forename, p.born, p.nino, _WARDS[p.number % 10]) for p in people(500, 60)]
    return workbook(
        Sheet("Summary", _ward_counts()),
        Sheet("Export", [heading, *rows], hidden=True),
        author="Nadine Trewin",
    )


def _hidden_columns() -> bytes:
    rows: list[Row] = [("Name", "Role", "Date of birth", "NI No", "Site")]
    rows += [
        (p.name, ("Driver", "Reader", "Steward")[p.number % 3], p.born, p.nino, "Central Library")
        for p in people(560, 24)
    ]
    return workbook(Sheet("Volunteers", rows, hidden_columns=("C", "D")), author="Nadine Trewin")


def _staff() -> bytes:
    jobs = ("Housing officer", "Planner", "Lawyer", "Librarian", "Surveyor")
    rows: list[Row] = [("Name", "Job title", "Extension", "E-mail")]
    rows += [
        (p.name, jobs[n % 5], 4100 + 3 * n, f"{p.mailbox}@council.example")
        for n, p in enumerate(people(800, 25))
    ]
    return workbook(Sheet("Who is who", rows, widths={"D": 34}), author="Helen Quayle")


def _invoice() -> bytes:
    return pdf(
        "Invoice 9000417733 to Buildright Contractors Ltd, Unit 4, Tannery Court, Plymouth",
        "Your order 4500098213. Account 0000771204. Terms 30 days.",
        [
            ("Code", "Description", "Quantity", "Amount"),
            ("LIC/2013/00812", "Scaffold licence, Drake Circus", 2, 310.00),
            ("LIC/2013/00813", "Hoarding licence, Armada Way", 1, 155.00),
            ("TIP/2013/04100", "Trade waste, week 28", 6, 244.80),
            ("", "VAT at 20%", "", 48.96),
            ("", "To pay", "", 758.76),
        ],
        "Pay by BACS to sort code 30-94-11, account 00417733, or telephone 01632 960500.",
        title="Invoice",
        author="Helen Quayle",
    )


def _minutes() -> bytes:
    chair, engineer, clerk, trader, absent, officer = OTHERS[1:7]
    return word(
        "Monday 8 July 2013, 6pm, Guildhall, Room 2",
        f"Present: {chair.name} (chair), {engineer.name} (Devon Highways), {clerk.name} (City"
        f" Centre Company), {trader.name} (Market Traders' Association), Marcus Tindall (Transport"
        " Policy), Wendy Trenoweth (Plymouth Cycling Campaign)",
        f"Apologies: {absent.name}",
        f"1. Armada Way. {engineer.surname} reported that works will start on 2 September.",
        f"2. Bus lanes. {trader.name} asked about loading before 8am. Action: {officer.name}.",
        "3. Any other business. Ham Street will be closed for the Lord Mayor's Day.",
        "Next meeting: Monday 9 September 2013",
        title="City Centre Forum: minutes",
        author="Marcus Tindall",
    )


def _price_list() -> bytes:
    goods = ("Oak bench", "Ash bench", "Bollard, Drake", "Litter bin, Nelson", "Planter, Rose")
    rows: list[Row] = [("Grounds Trading: price list 2013",), (), _PRICE_HEADING]
    rows += [
        (f"GRD/2013/{3100 + 17 * n:05}", f"{good} {size} mm", 5012345000000 + 90 * n + size, price)
        for n, (good, size, price) in enumerate(
            (good, size, size * 0.21 + len(good))
            for good in goods
            for size in (900, 1200, 1500, 1800)
        )
    ]
    return workbook(Sheet("Prices", rows, bold_rows=(1, 3)), author="Helen Quayle")


_PRICE_HEADING = ("Product ref", "Description", "Barcode", "Price (£)")


def _own_case() -> bytes:
    person = people(600, 1)[0]
    return pdf(
        f"{person.name}, {person.address}",
        f"Our ref: {person.reference}",
        f"Dear {person.name},",
        "Thank you for your application. We have agreed a personal budget of"
        f" £{person.budget:,} a year from 5 August 2013.",
        f"We hold your date of birth as {person.born:%d/%m/%Y} and your telephone number as"
        f" {person.mobile}. Please tell us if either is wrong.",
        "Yours sincerely, Ann Bee, Independent Living Services",
        title="Your assessment",
        author="Ann Bee",
    )


def _timetable() -> bytes:
    stops = ("Royal Parade", "Milton Place", "Derriford Hospital", "Crownhill", "St Budeaux Square")
    rows: list[Row] = [("Service", "Stop", "Stop code", "First", "Then every", "Last")]
    rows += [
        (number, stop, f"1180PLA{60012 + 31 * n}", f"05:{12 + 4 * n}", "20 min", f"23:{17 + 4 * n}")
        for number in ("21", "42A", "43")
        for n, stop in enumerate(stops)
    ]
    return csv(rows)


def _streets() -> bytes:
    names = (
        "Nelson Gardens",
        "Churchill Way",
        "Gladstone Terrace",
        "Kitchener Close",
        "St Thomas Close",
        "Allen Drive",
        "Grenville Road",
        "Raleigh Street",
        "Morgan Lane",
        "Charlotte Street",
        "William Prance Road",
        "Bedford Way",
    )
    rows: list[Row] = [("USRN", "Street name", "Locality", "Ward", "Collection")]
    rows += [
        (38400100 + 173 * n, name, "Plymouth", _WARDS[n % 10], ("Tuesday", "Friday")[n % 2])
        for n, name in enumerate(names)
    ]
    return csv(rows)


def _press_release() -> bytes:
    councillor, doctor = OTHERS[8:10]
    return word(
        "For immediate release, 22 July 2013",
        "Three new walking routes open this week between the Barbican, Devonport Park and Ham"
        " Woods.",
        f"Councillor {councillor.name}, cabinet member for transport, said: “These paths were asked"
        " for by the people who use them.”",
        f"Dr {doctor.name}, director of public health, said: “Ten minutes a day is a good start.”",
        "Notes to editors: the routes cost £412,000. Press office: 01632 960555.",
        title="New walking routes for the city",
        author="Dilys Maddock",
    )


def _ward_statistics() -> bytes:
    codes: list[Row] = [("Code", "Department")]
    codes += [
        ("ASC", "Adult Social Care"),
        ("CYP", "Children and Young People"),
        ("ENV", "Environment and Streets"),
        ("FIN", "Finance and Assets"),
        ("PLN", "Planning and Building Control"),
    ]
    return workbook(
        Sheet("By ward", _ward_counts()), Sheet("Codes", codes, hidden=True), author="Dilys Maddock"
    )


_MAKERS: dict[str, Callable[[], bytes]] = {
    "clients-40.xlsx": _clients_workbook,
    "clients-40.csv": _clients_csv,
    "clients-40.docx": _clients_word,
    "clients-40.pdf": _clients_pdf,
    "flyer.pdf": _flyer,
    "service-users-400.xlsx": _service_users,
    "payslip.pdf": _payslip,
    "rota.xlsx": _rota,
    "form.docx": _form,
    "hidden-60.xlsx": _hidden_sheet,
    "hidden-columns-24.xlsx": _hidden_columns,
    "invoice.pdf": _invoice,
    "minutes.docx": _minutes,
    "price-list.xlsx": _price_list,
    "own-case.pdf": _own_case,
    "timetable.csv": _timetable,
    "streets.csv": _streets,
    "press-release.docx": _press_release,
    "staff-25.xlsx": _staff,
    "ward-statistics.xlsx": _ward_statistics,
}
