"""Lists that look like ordinary ones of people at their work, and are not."""

from collections.abc import Callable

import pytest

from tests.counting import _files
from tests.counting._generated import Invented, people
from tests.counting._sent import disclosed, sent

SCHOOL = "Lipson Vale Primary"

TABLES: dict[str, tuple[tuple[str, ...], Callable[[Invented], tuple[str, ...]]]] = {
    "pupils and their school": (
        ("Name", "School", "Address"),
        lambda p: (p.name, SCHOOL, p.address),
    ),
    "patients and their practice": (
        ("Practice", "Name", "Address", "Phone"),
        lambda p: ("Stoke Surgery", p.name, p.address, p.phone),
    ),
    "clients and who looks after them": (
        ("Client ref", "Client", "Arrears", "Manager"),
        lambda p: (p.reference, p.name, "£412.00", "Helen Quayle"),
    ),
    "residents of a care home": (
        ("Care home", "Resident", "Address", "Weekly fee"),
        lambda p: ("Astor Court", p.name, p.address, "£612"),
    ),
    "patients of a clinic": (
        ("Patient", "Consultant", "Clinic"),
        lambda p: (p.name, "Dr T Brady", "HIV clinic"),
    ),
}  # fmt: skip

LINES: dict[str, Callable[[Invented], str]] = {
    "patients and their surgery": lambda p: f"{p.name}, Stoke Surgery, {p.address}, {p.phone}",
    "doctors who are patients": lambda p: (
        f"Dr {p.forename[0]} {p.surname}, home address {p.address}, DOB {p.born:%d/%m/%Y}"
    ),
    "debts as an agenda numbers them": lambda p: (
        f"5. Write-off ({p.name}), £{p.born.day * 31}.00 of rent arrears"
    ),
}


@pytest.mark.parametrize("kind", TABLES)
def test_they_are_disclosed_by_a_table(kind: str) -> None:
    heading, row = TABLES[kind]
    those: list[Invented] = people(12)
    found = sent(attachments={"list.xlsx": _files.xlsx([heading, *map(row, those)])})

    assert 12 == len(disclosed(found))


@pytest.mark.parametrize("kind", LINES)
def test_they_are_disclosed_by_lines(kind: str) -> None:
    body = "Hello,\n\nas promised:\n\n" + "\n".join(map(LINES[kind], people(12))) + "\n\nAnn Bee\n"

    assert 12 == len(disclosed(sent(body)))
