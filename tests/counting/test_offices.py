"""Letters: whose the numbers and addresses in them are."""

import pytest

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.document import Document, Text

TO_AMY = Participants(
    addresses=frozenset({"amy.farah@webmail.example"}),
    addressee="amy.farah@webmail.example",
    addressee_name="Amy Farah",
)
NUMBERS = "Hospital number: 4417720\nNHS number: 943 476 5919\n\n"


def disclosed(text: str) -> list[str]:
    """Those with something private who are not the one to whom it is written."""
    people = counting.examine(Document("m", "mail", (Text("body", text),)), TO_AMY, Setup()).people
    return [p.name for p in people.select(private=True) if not p.addressee]


def test_the_numbers_above_an_appointment_are_the_reader_s() -> None:
    assert [] == disclosed(f"Dear Ms Farah\n\n{NUMBERS}You have an appointment on 08/08/2013.")


@pytest.mark.parametrize(
    "text",
    [
        f"Dear Dr Farah\n\n{NUMBERS}You have an appointment to see them.",
        f"Hi Amy,\n\n{NUMBERS}Can you look this one up?",
        f"Dear Ms Farah\n\n{NUMBERS}Please look this one up.",
        f"Dear Ms Farah\nDear Mr Diaz\n\n{NUMBERS}You have an appointment.",
        "Dear Ms Farah\n\nYou have a result for 943 476 5919, NHS number 943 476 5919, and more.",
    ],
)
def test_the_numbers_of_somebody_else_are_disclosed(text: str) -> None:
    assert 1 == len(disclosed(text))


def test_an_office_is_nobody_s_home() -> None:
    office = "161 Elizabeth Way, Cleveland TS4 2JZ"
    text = (
        f"Amy,\nplease sign and return to Mandy Ogunleye, {office}.\n\nAnn Bee\nAddress: {office}\n"
        f"\nTamar Vale Hospitals NHS Trust. Registered office: {office}."
    )

    assert [] == disclosed(text)


def test_an_account_to_pay_into_is_not_of_whom_to_ring() -> None:
    text = (
        "Please pay by BACS to sort code 22-52-20, account 18831888. Queries: Mavis Heaton, 01632."
    )

    assert [] == disclosed(text)


def test_an_account_beside_a_name_is_theirs() -> None:
    assert ["mavis heaton"] == disclosed("Mavis Heaton, sort code 22-52-20, account 18831888")
