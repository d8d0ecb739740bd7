"""What headings mean beside each other, in whole tables."""

import pytest

from dlpguard import counting
from dlpguard.counting import Counted, Participants, beside, headings
from dlpguard.counting.headings import Heading
from dlpguard.detectors import Setup
from dlpguard.document import Document, Table, Text

NAMES = ("Amy Farah", "Ben Rice", "Carl Diaz", "Sue Ball")
HOMES = ("30 Alma Road, Truro TR1 3HG", "12 Ash Grove, Truro TR1 2AB", "9 Mill Lane, Truro TR2 2AB",
         "4 Mill Lane, Truro TR2 2AB")  # fmt: skip


def read(heading: str, *rows: tuple[str, ...]) -> Counted:
    """What a sheet holds; headings are parted by bars."""
    cells = (tuple(word.strip() for word in heading.split("|")), *rows)
    return counted(Table("list.xlsx › Sheet1", (), cells))


def counted(*blocks: Table | Text) -> Counted:
    return counting.examine(Document("list.xlsx", "xlsx", blocks), Participants(), Setup())


def private(found: Counted) -> list[str]:
    return [person.name for person in found.people.select(private=True)]


@pytest.mark.parametrize("payee", [(), ("Firm Ltd",)])
def test_bank_accounts_of_nobody_in_particular_are_counted(payee: tuple[str, ...]) -> None:
    rows = [(*payee, f"20-10-{n + 10}", f"{20000000 + n * 9973:08d}") for n in range(10)]
    found = read("Payee | " * len(payee) + "Sort code | Account number", *rows)

    assert 10 == found.tallies["gb_bank_account"].high
    assert [] == private(found)


@pytest.mark.parametrize(
    "heading",
    [
        "Account | Cost centre | Authorised",
        "Account | Journal | Authorised",
        "Account | Subjective | Manager",
    ],
)
@pytest.mark.parametrize("digits", [6, 8])
def test_an_account_of_a_ledger_is_no_bank_s(heading: str, digits: int) -> None:
    rows = [(str(331204 + n * 7)[:6].ljust(digits, "3"), f"4{n}117", name)
            for n, name in enumerate(NAMES)]  # fmt: skip

    assert "gb_bank_account" not in read(heading, *rows).tallies


def test_an_account_beside_a_name_is_a_bank_s() -> None:
    rows = [(name, f"4471288{n}") for n, name in enumerate(NAMES)]

    assert 4 == read("Name | Account", *rows).tallies["gb_bank_account"].high


def test_six_digits_below_account_number_are_none() -> None:
    rows = [(name, f"44712{n}") for n, name in enumerate(NAMES)]

    assert "gb_bank_account" not in read("Name | Account number", *rows).tallies


@pytest.mark.parametrize("suffix", ["", "C"])
@pytest.mark.parametrize("heading", ["Sample", "Catalogue no", "Part", "Serial", "Order", "Code"])
def test_codes_of_things_are_no_insurance_numbers(heading: str, suffix: str) -> None:
    rows = [(f"{prefix}123456{suffix}", "Toner") for prefix in ("AB", "JK", "PL", "WH")]
    found = read(f"{heading} | Description", *rows)

    assert "gb_nino" not in found.tallies
    assert [] == private(found)


@pytest.mark.parametrize(
    ("heading", "suffix"), [("NINO", ""), ("NINO", "C"), ("", "C"), ("", ""), ("Zebra", "C")]
)
def test_insurance_numbers_beside_people_are_theirs(heading: str, suffix: str) -> None:
    numbers = [f"{prefix}123456{suffix}" for prefix in ("AB", "JK", "PL", "WH")]
    found = read(f"Name | {heading}", *zip(NAMES, numbers, strict=True))

    assert 4 == len(private(found))


def test_two_letters_and_six_digits_below_another_word_are_a_code() -> None:
    rows = zip(NAMES, [f"{prefix}123456" for prefix in ("AB", "JK", "PL", "WH")], strict=True)

    assert "gb_nino" not in read("Name | Zebra", *rows).tallies


def test_the_condition_of_a_floor_is_no_health() -> None:
    rows = [(home, "Floor tile", "Poor") for home in HOMES]

    assert "special_category" not in read("Property | Material | Condition", *rows).tallies


def test_the_condition_of_a_resident_is_health() -> None:
    rows = [(name, "12", "Asthma") for name in NAMES]

    assert 4 == len(private(read("Resident | Room | Condition", *rows)))


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Ref | Post | Grade | Salary | Contact | Phone | Closing",
         ("441770", "Librarian", "D", "21000", "{name}", "01632 960101", "02/08/2013")),
        ("Permit | Street | Promoter | Contact | Phone",
         ("AB441/1234567", "{home}", "Rice Roofing", "{name}", "01632 960101")),
        ("Station | Place | Address | Presiding officer | Electors",
         ("A", "Guildhall", "{home}", "{name}", "1012")),
        ("Certificate | Address | Band | Assessor",
         ("1234-2345-3456", "{home}", "C", "{name}")),
        ("Number | Site | Proposal | Applicant | Officer",
         ("13/41772/FUL", "{home}", "Porch", "{name}", "Amy Rice")),
        ("No | Risk | Likelihood | Impact | Owner", ("R41", "Key person ill", "2", "4", "{name}")),
        ("Name | Born | Died | Who | Where", ("{name}", "1823", "1901", "Painter", "{home}")),
    ],
)  # fmt: skip
def test_what_a_row_is_about_is_not_who_deals_with_it(heading: str, row: tuple[str, ...]) -> None:
    rows = [
        tuple(cell.format(name=name, home=home) for cell in row)
        for name, home in zip(NAMES, HOMES, strict=True)
    ]

    assert [] == private(read(heading, *rows))


@pytest.mark.parametrize(
    "heading",
    [
        "Name | Place of birth | Address",
        "Owner | Risk | Home address",
        "Client | Station | Address",
        "Contact | Note | Address",
    ],
)
def test_an_address_beside_whom_the_row_is_about_is_theirs(heading: str) -> None:
    rows = [(name, "Truro", home) for name, home in zip(NAMES, HOMES, strict=True)]

    assert 4 == len(private(read(heading, *rows)))


def test_firms_that_apply_are_nobody() -> None:
    rows = [("Rice Surveyors",), ("Ball Community Association",), ("Mr and Mrs Nair",)]
    found = read(
        "Applicant | Address", *((*row, home) for row, home in zip(rows, HOMES, strict=False))
    )

    assert ["nair"] == private(found)


def test_bar_codes_in_a_text_are_no_cards() -> None:
    codes = (5071746688932, 5022436375108, 5037677434448, 5047763333942, 5068733266595)
    lines = "\n".join(f"Road cone, {n} mm | {code} | 3" for n, code in enumerate(codes))

    assert "payment_card" not in counted(Text("body", f"Item | EAN | Qty\n{lines}\n")).tallies


def test_a_heading_alone_says_what_it_always_says() -> None:
    alone = {0: Heading(headings.FULL_NAME, "owner")}

    assert alone == beside.settle(alone, ("Owner",))
