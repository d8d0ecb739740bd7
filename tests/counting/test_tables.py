"""Tables to people: whatever way round they are, and whatever is hidden in them."""

import time

import pytest

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.document import Document, Hidden, Table
from dlpguard.finding import Confidence, Finding
from dlpguard.people import People

SETUP = Setup(case_references=(r"ILS/\d{4}/\d{5}",))
NOBODY = Participants()
ANN, BOB, EVE = "Ann Bee", "Robert Jones", "Eve Walsh"


def table(*rows: str, heading: str = "", **hidden: dict[int, Hidden]) -> Table:
    """A table from lines with bars."""
    cells = tuple(tuple(c.strip() for c in row.split("|")) for row in rows)
    head = tuple(c.strip() for c in heading.split("|")) if heading else ()
    return Table("clients.xlsx › Sheet1", head, cells, **hidden)  # type: ignore[arg-type] # by name


def read(*tables: Table, participants: Participants = NOBODY) -> tuple[tuple[Finding, ...], People]:
    return counting.count(Document("clients.xlsx", "xlsx", tables), participants, SETUP)


def people(*tables: Table, participants: Participants = NOBODY) -> People:
    return read(*tables, participants=participants)[1]


def names(found: People) -> list[str]:
    return [person.name for person in found.everyone]


def test_a_row_with_a_name_is_a_person() -> None:
    found = people(table("Name|Phone", f"{ANN}|07700 900001", f"{BOB}|07700 900002"))

    assert ["ann bee", "robert jones"] == names(found)


def test_split_names_are_joined() -> None:
    found = people(table("Surname|Initial|Forename|DOB", "Bee|A|Ann|02/03/1984"))

    assert ["ann bee"] == names(found)
    assert 1 == found.private


def test_the_heading_may_come_after_a_title() -> None:
    found = people(table("Clients of the Plymouth team|", "|", "Client|Tel", f"{ANN}|07700 900001"))

    assert ["ann bee"] == names(found)


def test_a_heading_over_two_rows_tells_two_people_apart() -> None:
    rows = ("Client||Carer|", "Forename|Surname|Name|Phone", f"Ann|Bee|{BOB}|07700 900001")
    found = people(table(*rows))

    assert ["ann bee", "robert jones"] == sorted(names(found))
    assert ["phone"] == [k for p in found.everyone for k in p.kinds if p.name == "robert jones"][
        -1:
    ]


def test_a_heading_that_the_format_marks_is_used() -> None:
    found = people(table(f"{ANN}|AB123456C", heading="Name|NINO"))

    assert 1 == found.private


def test_a_second_table_on_the_sheet_has_its_own_heading() -> None:
    rows = ("Name|Phone", f"{ANN}|07700 900001", "|", "Phone|Name", f"07700 900002|{BOB}")

    assert ["ann bee", "robert jones"] == names(people(table(*rows)))


def test_a_heading_that_is_printed_again_is_nobody() -> None:
    rows = ("Name|Phone", f"{ANN}|07700 900001", "Name|Phone", f"{BOB}|07700 900002")

    assert 2 == len(names(people(table(*rows))))


def test_totals_and_empty_cells_are_nobody() -> None:
    rows = ("Name|Personal budget", f"{ANN}|£100.00", "Vacant|", "N/A|£0.00", "Total|£100.00")

    assert ["ann bee"] == names(people(table(*rows)))


def test_columns_without_headings_speak_for_themselves() -> None:
    rows = [f"{name}|07700 90000{n}|ILS/2013/0441{n}" for n, name in enumerate((ANN, BOB, EVE))]
    found = people(table(*rows))

    assert (3, 3, 3) == (len(found.everyone), found.private, found.listed)


def test_a_token_of_one_shape_beside_names_and_phones_makes_a_list_private() -> None:
    rows = [f"{name}|07700 90000{n}|QZ/4417{n}/X" for n, name in enumerate((ANN, BOB, EVE))]

    assert 3 == people(table(*rows)).private


def test_birth_dates_without_a_heading_are_known_by_their_years() -> None:
    born = [f"{ANN}|02/03/1941", f"{BOB}|12/11/1984", f"{EVE}|30/06/2002"]
    booked = [f"{ANN}|02/03/2013", f"{BOB}|12/11/2013", f"{EVE}|30/06/2013"]

    assert (3, 0) == (people(table(*born)).private, people(table(*booked)).private)


def test_the_title_and_heading_of_a_rota_are_nobody() -> None:
    rows = ("Week of 27 August duty rota||", "||", "Name|Mon 27|Tue 28", f"{ANN}|9-5|Off")
    more = (f"{BOB}|Off|9-5", f"{EVE}|9-5|9-5")

    assert ["ann bee", "robert jones", "eve walsh"] == names(people(table(*rows, *more)))
    assert ["ann bee", "robert jones", "eve walsh"] == names(
        people(table("Crew 27", rows[3], *more))
    )


def test_a_form_is_a_table_turned_sideways() -> None:
    found = people(table(f"Name|{ANN}", "Phone|01632 960001", "NI number|AB123456C"))

    assert [("ann bee", True)] == [(p.name, p.private) for p in found.everyone]


def test_a_form_that_begins_again_is_the_next_person() -> None:
    rows = [
        line
        for n, name in enumerate((ANN, BOB, EVE))
        for line in (f"Name|{name}", f"Phone|01632 96000{n}", f"DOB|0{n + 1}/02/1980")
    ]

    assert (3, 3) == (people(table(*rows)).private, people(table(*rows)).listed)


def test_people_in_columns_are_a_table_turned_sideways() -> None:
    found = people(table(f"Name|{ANN}|{BOB}", "DOB|02/03/1984|03/04/1985"))

    assert ["ann bee", "robert jones"] == names(found)


def test_sort_code_and_account_are_one_finding() -> None:
    findings, found = read(table("Name|Sort code|Account no", f"{ANN}|12-34-56|12345678"))

    assert ["123456 12345678"] == [f.value for f in findings if f.kind == "gb_bank_account"]
    assert 1 == found.private


def test_address_lines_and_postcode_are_one_address() -> None:
    heading = "Name|Address line 1|Address line 2|Town|Postcode"
    findings, _ = read(table(heading, f"{ANN}|12 Station Road|Mutley|Plymouth|PL1 2AB"))

    assert ["PL1 2AB, 12 station road"] == [f.value for f in findings if f.kind == "postal_address"]


def test_a_column_headed_nino_needs_no_word_nearby() -> None:
    findings, _ = read(table("Name|NINO", f"{ANN}|AB123456C"))

    assert [("AB123456C", Confidence.HIGH, "column headed “nino”")] == [
        (f.value, f.confidence, f.evidence) for f in findings if f.kind == "gb_nino"
    ]


def test_a_finding_points_to_its_cell() -> None:
    findings, _ = read(table("Name|NINO", f"{ANN}|AB123456C"))
    nino = next(f for f in findings if f.kind == "gb_nino")

    assert (0, 1, 1, "clients.xlsx › Sheet1 › row 2") == (
        nino.block,
        nino.row,
        nino.column,
        nino.where,
    )


def test_notes_are_read_and_belong_to_their_row() -> None:
    rows = (
        "Name|Notes",
        f"{ANN}|She was diagnosed with epilepsy in May.",
        f"{BOB}|Rang about the bins, all fine now, nothing to do.",
    )
    found = people(table(*rows))

    assert [True, False] == [p.private for p in found.everyone]
    assert "special_category" in found.everyone[0].kinds


def test_a_column_of_diagnoses_makes_a_row_private() -> None:
    found = people(table("Name|Diagnosis", f"{ANN}|asthma", f"{BOB}|none"))

    assert [True, False] == [p.private for p in found.everyone]


def test_rows_with_one_ni_number_are_one_person() -> None:
    rows = ("Name|NINO|Paid", f"{ANN}|AB123456C|May", f"{ANN}|AB 12 34 56 C|June")

    assert 1 == len(people(table(*rows)).everyone)


def test_namesakes_with_different_numbers_are_two() -> None:
    rows = ("Name|NINO", f"{ANN}|AB123456C", f"{ANN}|AB123457C")

    assert 2 == len(people(table(*rows)).everyone)


def test_a_family_at_one_address_is_several_people() -> None:
    rows = (
        "Name|Address|Email",
        *(
            f"{name} Bee|12 Station Road, PL1 2AB|bees@webmail.example"
            for name in ("Ann", "Carl", "Eve")
        ),
    )

    assert 3 == len(people(table(*rows)).everyone)


def test_a_name_with_phone_only_is_a_contact() -> None:
    found = people(table("Name|Phone", *(f"{n}|07700 900001" for n in (ANN, BOB, EVE))))

    assert (0, 3) == (found.private, found.contact)


def test_a_list_of_names_with_home_addresses_is_private() -> None:
    rows = [
        f"{name}|{n} Station Road, Plymouth PL1 2AB" for n, name in enumerate((ANN, BOB, EVE), 1)
    ]
    found = people(table("Name|Address", *rows))

    assert (3, 3) == (found.private, found.listed)


def test_two_rows_are_no_list() -> None:
    assert 0 == people(table("Name|DOB", f"{ANN}|02/03/1984", f"{BOB}|03/04/1985")).listed


STAFF = tuple(
    f"{name}|{email}@council.example|01632 96000{n}|E1000{n}|Town Hall, PL1 2AB"
    for n, (name, email) in enumerate(((ANN, "ann.bee"), (BOB, "r.jones"), (EVE, "eve.walsh")))
)


def test_staff_with_our_own_addresses_are_contacts() -> None:
    ours = Participants(domains=frozenset({"council.example"}))
    found = people(table("Name|Email|Phone|Staff no|Address", *STAFF), participants=ours)

    assert (3, 0) == (found.contact, found.private)


def test_staff_with_their_salaries_are_private() -> None:
    ours = Participants(domains=frozenset({"council.example"}))
    rows = (f"{ANN}|ann.bee@council.example|£31,000", f"{BOB}|bob@council.example|£32,000")

    assert 2 == people(table("Name|Email|Salary", *rows), participants=ours).private


def test_a_visible_name_beside_a_hidden_column_of_ni_numbers_is_hidden() -> None:
    rows = ("Name|NINO", *(f"{name}|AB12345{n}C" for n, name in enumerate((ANN, BOB, EVE))))
    found = people(table(*rows, hidden_columns={1: Hidden.COLUMN}))

    assert [Hidden.COLUMN] * 3 == [p.hidden for p in found.everyone]
    assert (0, 3) == (found.visible, found.hidden)


def test_a_hidden_phone_beside_a_visible_birth_date_hides_nobody() -> None:
    found = people(
        table("Name|DOB|Phone", f"{ANN}|02/03/1984|07700 900001", hidden_columns={2: Hidden.COLUMN})
    )

    assert (1, 0) == (found.visible, found.hidden)


def test_a_hidden_row_is_a_hidden_person() -> None:
    rows = ("Name|DOB", f"{ANN}|02/03/1984", f"{BOB}|03/04/1985")
    found = people(table(*rows, hidden_rows={2: Hidden.FILTERED_ROW}))

    assert [None, Hidden.FILTERED_ROW] == [p.hidden for p in found.everyone]


def test_who_is_visible_too_is_visible() -> None:
    row = f"{ANN}|02/03/1984"
    hidden = Table("c.xlsx › Old", (), (("Name", "DOB"), tuple(row.split("|"))), Hidden.SHEET)
    found = people(hidden, table("Name|DOB", row))

    assert (1, 0) == (found.visible, found.hidden)
    assert "clients.xlsx › Sheet1 › row 2" == found.everyone[0].where


def test_who_is_visible_as_a_contact_and_private_on_a_hidden_sheet_is_hidden() -> None:
    hidden = Table("c.xlsx › Old", (), (("Name", "DOB"), (ANN, "02/03/1984")), Hidden.SHEET)
    found = people(table("Name|Phone", f"{ANN}|07700 900001"), hidden)

    assert [Hidden.SHEET] == [p.hidden for p in found.everyone]


@pytest.mark.parametrize(
    "rows",
    [
        ("Product|Code|Price", "Rose Garden|PR/1000/1|£3.50", "Lily White|PR/1000/2|£4.50"),
        ("Item|SKU|Qty|Price", "Desk, oak|12345678|2|£99.00", "Lamp|12345679|1|£9.00"),
        ("Ward|Population|Households", "Abbey|12,345|4,567", "St Peter|11,222|3,999"),
        ("Street|Postcode", "Acacia Avenue|PL1 2AB", "Station Road|PL1 2AC", "High Street|PL1 3AA"),
        ("Route|Stop|Time", "14|Royal Parade|09:15", "14|North Hill|09:21", "14|Mutley|09:26"),
        ("Date|Order no|Amount", "01/02/2013|4500012345|£12.00", "02/02/2013|4500012346|£13.00"),
        ("Company|Contact no|VAT no", "Bee Ltd|01632 960001|GB123456789", "Jones|01632 960002|GB2"),
        ("Room|Mon|Tue", "Drake|9-11|10-12", "Hoe|9-11|10-12", "Barbican|9-11|10-12"),
        ("Benefit|2012|2013", "Housing|£12,000|£13,000", "Council tax|£2,000|£3,000"),
        ("Account no|Cost centre|Budget", "12345678|A100|£1,000", "12345679|A101|£2,000"),
    ],
)
def test_tables_of_things_have_no_private_people(rows: tuple[str, ...]) -> None:
    assert () == people(table(*rows)).select(private=True)


def test_an_empty_table_has_nobody() -> None:
    assert () == people(Table("x", (), ()), Table("x", ("Name",), ()), table("|", "|")).everyone


def test_a_title_of_one_cell_is_no_heading() -> None:
    rows = ("Ward 1|", "Client|D.o.B.|Cost", f"{ANN}|02/03/1984|£1", "Subtotal||£1", "||")
    more = ("Ward 2||", "Client|D.o.B.|Cost", f"{BOB}|03/04/1985|£2")
    found = people(table(*rows, *more))

    assert ["ann bee", "robert jones"] == names(found)
    assert 2 == found.private


def test_cards_beside_and_below_each_other_are_a_person_each() -> None:
    rows = [
        row
        for n in range(20, 60)
        for row in (
            f"Name|Ann Bee{'abcdefgh'[n % 8] * (n // 8)}|Name|Eve W{'abcdefgh'[n % 8] * (n // 8)}",
            f"DOB|02/03/19{n}|DOB|03/04/19{n}",
        )
    ]

    assert 80 == people(table(*rows)).private


def test_a_row_about_a_home_is_not_about_its_manager() -> None:
    rows = [
        f"Home {n}|{who}|{n} High Street, PL1 2AB|£600" for n, who in enumerate((ANN, BOB, EVE))
    ]
    found = people(table("Home|Manager|Address|Weekly fee", *rows))

    assert (3, 0) == (len(found.everyone), found.private)


def test_a_firm_s_address_is_not_that_of_whom_to_ask_for_there() -> None:
    rows = [f"Firm {n}|{who}|{n} High Street, PL1 2AB" for n, who in enumerate((ANN, BOB, EVE))]

    assert 0 == people(table("Company|Contact|Address", *rows)).private


def test_namesakes_with_one_birthday_and_nothing_else_alike_are_two() -> None:
    rows = (
        "Case ref|Name|DOB|Phone|Address",
        f"ILS/2013/00001|{ANN}|02/03/1984|07700 900001|1 High Street, PL1 2AB",
        f"ILS/2013/00002|{ANN}|02/03/1984|07700 900002|9 Mill Lane, PL4 2AB",
    )

    assert 2 == len(people(table(*rows)).everyone)


def test_nhs_numbers_beside_names_need_no_heading() -> None:
    numbers = ("943 476 5919", "943 007 9190", "943 015 8384")
    rows = [f"{who}|{number}" for who, number in zip((ANN, BOB, EVE), numbers, strict=True)]

    assert 3 == people(table(*rows)).private


def test_payments_without_a_heading_are_accounts() -> None:
    rows = [f"{who}|20-41-70|3100000{n}" for n, who in enumerate((ANN, BOB, EVE))]
    found = people(table("Payee|Sort|Account", *rows))

    assert 3 == found.private


@pytest.mark.parametrize(
    "heading_and_rows",
    [
        (("Name",) * 8_000, (("Ann Bee",) * 8_000,) * 3),
        (("Phone",) * 8_000, (("07700 900001",),) * 8_000 + (("07700 900001",) * 8_000,)),
        (tuple(f"Name {n}" for n in range(8_000)), (("Ann Bee",) * 8_000,) * 3),
        ((), (("Ann Bee",),) * 100_000),
        ((), (("Name", "Phone"), ("", "")) * 20_000),
    ],
    ids=["names", "one wide row", "numbered", "one cell each", "headings"],
)
def test_hostile_tables_cost_little(
    heading_and_rows: tuple[tuple[str, ...], tuple[tuple[str, ...], ...]],
) -> None:
    start = time.process_time()
    people(Table("x", *heading_and_rows))

    assert time.process_time() - start < 10  # quadratic would be minutes
