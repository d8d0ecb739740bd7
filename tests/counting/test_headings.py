import time

import pytest

from dlpguard import detectors
from dlpguard.counting import headings
from dlpguard.counting.headings import Heading


@pytest.mark.parametrize(
    ("role", "heading"),
    [
        ("surname", "Surname"),
        ("surname", "LAST NAME"),
        ("surname", "Client's Surname"),
        ("surname", "Surname (as on passport)"),
        ("surname", "last_name"),
        ("surname", "Cyfenw"),
        ("forename", "Forename(s)"),
        ("forename", "First Name"),
        ("forename", "firstName"),
        ("forename", "Given names"),
        ("person_name", "Client name"),
        ("person_name", "Full Name"),
        ("person_name", "Name of child"),
        ("person_name", "Service User"),
        ("name", "Name"),
        ("date_of_birth", "DOB"),
        ("date_of_birth", "D.O.B."),
        ("date_of_birth", "Date of Birth (dd/mm/yyyy)"),
        ("date_of_birth", "DateOfBirth"),
        ("date_of_birth", "Dyddiad geni"),
        ("gb_nino", "NINO"),
        ("gb_nino", "NI Number"),
        ("gb_nino", "Nat. Ins. No"),
        ("case_reference", "Client Ref"),
        ("case_reference", "Client ID"),
        ("case_reference", "Case reference"),
        ("reference", "Ref"),
        ("reference", "Staff No."),
        ("phone", "Tel. No."),
        ("phone", "Home telephone number"),
        ("phone", "Mobile"),
        ("email_address", "E-mail"),
        ("postal_address", "Home address"),
        ("address_line", "Address Line 1"),
        ("address_line", "House no"),
        ("town", "Town"),
        ("postcode", "Post code"),
        ("sort_code", "Sort-code"),
        ("account_number", "A/C No"),
        ("money", "Personal budget (£)"),
        ("money", "Rent arrears"),
        ("special:health", "Diagnosis"),
        ("special:ethnicity", "Ethnic origin"),
        ("special:offence", "Release date"),
        ("notes", "Case notes"),
        ("thing", "Product name"),
        ("thing", "Ward name"),
        ("thing", "Name of school"),
        ("thing", "Company"),
        ("thing", "Invoice number"),
        ("thing", "Mon 27"),
        ("thing", "March 2013"),
    ],
)
def test_a_heading_says_what_its_column_holds(role: str, heading: str) -> None:
    assert role == getattr(headings.read(heading), "role", None)


@pytest.mark.parametrize(
    "cell", ["", "Ann Bee", "Marie Bee", "June Smith", "07700 900123", "Zebra", "x" * 500, "£", "1"]
)
def test_what_is_no_heading_is_none(cell: str) -> None:
    assert headings.read(cell) is None


@pytest.mark.parametrize(
    ("expected", "heading"),
    [
        (Heading("date_of_birth", "dob", "mother"), "Mother's DOB"),
        (Heading("person_name", "name", "parent 2"), "Parent 2 name"),
        (Heading("phone", "phone", "professional"), "Social worker phone"),
        (Heading("surname", "client surname", ""), "Client surname"),
        (Heading("person_name", "next of kin", "kin"), "Next of kin"),
    ],
)
def test_a_heading_says_whose_value_it_is(expected: Heading, heading: str) -> None:
    assert expected == headings.read(heading)


def test_every_detector_brings_its_headings_along() -> None:
    for detector in detectors.DETECTORS:
        assert all(headings.read(heading) for heading in detector.HEADINGS), detector.KIND


def test_long_hostile_headings_cost_little() -> None:
    start = time.perf_counter()
    for hostile in ("a." * 40, "(" * 80, "name " * 16, "x" * 80):
        headings.read(hostile)

    assert time.perf_counter() - start < 0.5
