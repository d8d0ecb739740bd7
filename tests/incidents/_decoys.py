"""Files in which a detector sees people and there are none whom anybody would protect.

Ten-digit order numbers, barcodes, streets and wards that are surnames, product codes shaped like
case references, staff at work, authors, price lists, pivot tables of counts, hidden helper sheets.
"""

from __future__ import annotations

from tests.incidents._files import AUTHOR, Row, Sheet, csv, pdf, pivoted, word, workbook
from tests.incidents._people import people, plain

STAFF = 19_000
"""From this number on, people are somebody's colleagues, whose job and extension are no secret."""

_WARDS = (
    *("Compton", "Drake", "Efford", "Ham", "Moorview", "Peverell", "St Budeaux", "Stoke"),
    *("Sutton", "Southway"),
)

File = tuple[str, bytes]


def price_list() -> File:
    """Codes shaped like case references, barcodes, goods called like people."""
    goods = ("Oliver bench", "Harper bench", "Bollard, Nelson", "Planter, Rose", "Basket, Lily")
    rows: list[Row] = [("Product ref", "Description", "Barcode", "Supplier phone", "Price (£)")]
    rows += [
        (
            f"ILX/2013/{3100 + 17 * n:05}",
            f"{good} {size} mm",
            5012345000000 + 97 * n,
            "01632 960412",
            round(size * 0.21 + n, 2),
        )
        for n, (good, size) in enumerate((g, s) for g in goods for s in (900, 1200, 1500, 1800))
    ]
    return "Price list.xlsx", workbook(Sheet("Prices", rows), author=AUTHOR)


def orders() -> File:
    """Ten-digit order numbers (one in eleven passes as an NHS number), articles, firms."""
    rows: list[Row] = [("Order no", "Article", "Delivered to", "Qty", "Date")]
    rows += [
        (9434765870 + 37 * n, f"{4003 + n}-{n % 7}", f"{_WARDS[n % 10]} depot",
         12 + n, f"{n % 28 + 1:02}/06/2013")
        for n in range(60)
    ]  # fmt: skip
    return "Orders June.csv", csv(rows)


def timetable() -> File:
    """Stops that are surnames, stop codes, times."""
    stops = ("Carlyon Bay", "Penrose Gardens", "Milton Place", "Allardyce Corner", "Drake Circus")
    rows: list[Row] = [("Service", "Stop", "Stop code", "First", "Every", "Last")]
    rows += [
        (line, stop, f"1180PLA{60012 + 31 * n}", f"05:{12 + 4 * n}", "20 min", f"23:{17 + 4 * n}")
        for line in ("21", "42A", "43", "61")
        for n, stop in enumerate(stops)
    ]
    return "Timetable.csv", csv(rows)


def streets() -> File:
    """Streets called after people, with postcodes and collection days."""
    names = (
        "Agnes Road", "Bernard Close", "Clive Terrace", "Desmond Avenue", "Ernest Way",
        "Gladstone Terrace", "Hilda Gardens", "Kitchener Close", "Nancarrow Drive", "Pascoe Lane",
        "St Stella Close", "Trelawny Road", "Victoria Rise", "Winifred Crescent",
    )  # fmt: skip
    rows: list[Row] = [("USRN", "Street", "Postcode", "Ward", "Collection")]
    rows += [
        (38400100 + 173 * n, name, f"PL{n % 7 + 1} {n % 9 + 1}AB", _WARDS[n % 10],
         ("Tuesday", "Friday")[n % 2])
        for n, name in enumerate(names)
    ]  # fmt: skip
    return "Collections.xlsx", workbook(Sheet("Streets", rows), author=AUTHOR)


def staff_list(count: int = 14) -> File:
    """Colleagues with job, extension and address at work."""
    jobs = ("Housing officer", "Planner", "Solicitor", "Librarian", "Surveyor", "Team leader")
    rows: list[Row] = [("Name", "Job title", "Extension", "E-mail")]
    rows += [
        (
            p.name,
            jobs[n % 6],
            4100 + 3 * n,
            f"{plain(p.forename)}.{plain(p.surname)}@council.example",
        )
        for n, p in enumerate(people(STAFF, count))
    ]
    return "Who is who.xlsx", workbook(Sheet("Contacts", rows), author=AUTHOR)


def rota(count: int = 8) -> File:
    """Who works when."""
    shifts = ("Early", "Late", "Day", "Off", "Training")
    days = ("Mon", "Tue", "Wed", "Thu", "Fri")
    rows: list[Row] = [("Name", "Team", *days)]
    rows += [
        (p.name, "Access", *(shifts[(n + day) % 5] for day in range(5)))
        for n, p in enumerate(people(STAFF + 20, count))
    ]
    return "Rota.xlsx", workbook(Sheet("Rota", rows), author=AUTHOR)


def minutes() -> File:
    """Those present, who said what, a complaint's number."""
    chair, clerk, trader, officer, guest = people(STAFF + 40, 5)
    return "Minutes.docx", word(
        "Monday 8 July 2013, 6pm, Guildhall, Room 2",
        f"Present: {chair.name} (chair), {clerk.name} (City Centre Company), {trader.name} (Market"
        f" Traders' Association), {officer.name} (Transport Policy)",
        f"Apologies: {guest.name}",
        f"1. Armada Way. {officer.surname} reported that works will start on 2 September 2013.",
        f"2. Bus lanes. {trader.name} asked about loading. Complaint COM/2013/00914 is closed.",
        "3. Health and Wellbeing Board: the strategy for people with dementia was noted.",
        "Next meeting: Monday 9 September 2013",
        title="City Centre Forum: minutes",
        author=AUTHOR,
    )


def flyer() -> File:
    """One office telephone, one named contact, one complaint's reference."""
    contact = people(STAFF + 50, 1)[0]
    return "Flyer.pdf", pdf(
        "A morning of advice on equipment, adaptations and getting about, with tea and cake.",
        "Saturday 24 August 2013, 10am to 1pm, Victoria Hall, Nelson Street, Plymouth.",
        f"For more information ask {contact.name} at our office, telephone 01632 960444.",
        "If you are unhappy with our service please tell us. Quote COM/2013/0091 when you reply"
        " to our consultation on complaints.",
        title="Living Well at Home - open morning",
        author=AUTHOR,
    )


def venue() -> File:
    """How to get to a party: place and street names that are surnames."""
    return "How to find us.pdf", pdf(
        "The party is in Arkwright Hall, Braithwaite Street, between Holroyd Park and Clegg's.",
        "Trains to Manors. Bus 12 to Openshaw Lane. Parking at Ormerod Yard, NE6 2AB.",
        "Doors open at 2pm on Saturday 22 July 2017. Face painting, games and a barbecue.",
        title="How to find us",
        author=AUTHOR,
    )


def blank_form() -> File:
    """All the headings of a case file, and nothing under them."""
    asked = (
        "Surname", "First names", "Date of birth", "Address and postcode", "Telephone",
        "National Insurance number", "NHS number", "Diagnosis", "Sort code and account number",
    )  # fmt: skip
    return "Assessment form.docx", word(
        "Please complete in BLOCK CAPITALS and return to the office. We will reply in 28 days.",
        [("Question", "Your answer"), *((label, "." * 60) for label in asked)],
        title="Request for an assessment",
        author=AUTHOR,
    )


def new_books() -> File:
    """Authors, who are people, with numbers and prices, who have no secrets here."""
    titles = ("Harbour Lights", "A Winter in Fowey", "The Quarryman", "Salt", "Letters Home")
    rows: list[Row] = [("ISBN", "Author", "Title", "Shelf mark", "Price (£)")]
    rows += [
        (9780000000000 + 4177 * n, f"{p.surname}, {p.forename}", titles[n % 5], f"82{n % 10}.9 MOR",
         round(7.99 + n % 5, 2))
        for n, p in enumerate(people(STAFF + 60, 18))
    ]  # fmt: skip
    return "New books.xlsx", workbook(Sheet("July", rows), author=AUTHOR)


def counts() -> list[Row]:
    """Wards and how many of what."""
    heading: Row = ("Ward", "Applications", "Approved", "Declined")
    return [
        heading,
        *((ward, 40 + 7 * n, 31 + 6 * n, 9 + n) for n, ward in enumerate(_WARDS)),
    ]


def helper_sheet() -> File:
    """The numbers that were asked for, and a hidden sheet of twelve department codes."""
    departments = (
        "Adult Social Care", "Children", "Environment", "Finance", "Planning", "Housing",
        "Libraries", "Legal", "Highways", "Public Health", "Leisure", "Elections",
    )  # fmt: skip
    codes: list[Row] = [("Code", "Department")]
    codes += [(f"D{n:03}", name) for n, name in enumerate(departments)]
    return "Response.xlsx", workbook(
        Sheet("By ward", counts()), Sheet("Codes", codes, hidden=True), author=AUTHOR
    )


def ward_pivot() -> File:
    """A real pivot table over wards; what its cache keeps are wards and numbers."""
    return "Applications.xlsx", pivoted(counts(), [tuple(map(str, row)) for row in counts()])


def headcount() -> File:
    """How many are in each pay band: the answer that was meant."""
    rows: list[Row] = [("Pay band", "Women", "Men", "Full time", "From (£)", "To (£)")]
    rows += [
        (f"Band {n}", 40 + 9 * n, 22 + 8 * n, 50 + 11 * n, 14_000 + 3_200 * n, 17_100 + 3_200 * n)
        for n in range(1, 10)
    ]
    return "Headcount.xlsx", workbook(Sheet("Bands", rows), author=AUTHOR)


def values_csv() -> File:
    """The same numbers as plain text."""
    return "Applications.csv", csv(counts())
