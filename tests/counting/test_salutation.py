"""Letters that go to somebody else than the one whom they greet."""

from __future__ import annotations

import time

import pytest

from dlpguard.counting.salutation import greets_another
from tests.counting._sent import sent
from tests.incidents._people import people

EVERYBODY = people(300, 157)


def told(greeting: str, to: str, display_name: str = "") -> bool:
    return greets_another([greeting], [], to, display_name)


@pytest.mark.parametrize(
    "address",
    [
        "alfie.eccleston@webmail.example",
        "eccleston_alfie@webmail.example",
        "a.eccleston@webmail.example",
        "margaret.jones@webmail.example",
        "margaretjones61@webmail.example",
        "jonesmargaret@webmail.example",
        "mjones61@webmail.example",
        "margaret61@webmail.example",
    ],
)
def test_an_address_that_names_somebody_else_is_noticed(address: str) -> None:
    assert told("Bronwen Hughes", address)


@pytest.mark.parametrize(
    "address",
    [
        "bronwen.hughes@webmail.example",
        "hughesb61@webmail.example",
        "bronwen61@webmail.example",
        "bronwen.jones@webmail.example",  # she has married
        "gareth.hughes@webmail.example",  # it is his, and she has no other
        "bron.h@webmail.example",
        "sunny77@webmail.example",
        "1961@webmail.example",
        "office@webmail.example",
        "the.allotment@webmail.example",
    ],
)
def test_an_address_that_may_be_theirs_or_says_nothing_is_not(address: str) -> None:
    assert not told("Bronwen Hughes", address)


def test_a_display_name_tells_who_a_fancy_address_is() -> None:
    assert told("Bronwen Hughes", "sunny77@webmail.example", "Alfie Eccleston")
    assert not told("Bronwen Hughes", "sunny77@webmail.example", "Bronwen Hughes")
    assert not told("Bronwen Hughes", "sunny77@webmail.example", "sunny77@webmail.example")


@pytest.mark.parametrize("greeting", ["Bill", "Mrs Hughes", "Parking Team", "Hiring Manager", ""])
def test_who_is_not_greeted_in_full_may_be_anybody(greeting: str) -> None:
    assert not told(greeting, "margaret.jones@webmail.example")


def test_a_forename_is_enough_where_the_letter_says_whose_it_is() -> None:
    address = "margaret.jones@webmail.example"

    assert greets_another(["Bronwen"], ["bronwen hughes"], address, "")
    assert not greets_another(["Bill"], ["william jones"], address, "")
    assert not greets_another(["Bronwen Hughes"], ["margaret jones"], address, "")


def test_of_a_merge_that_slipped_by_a_row_most_letters_are_noticed() -> None:
    following = (*EVERYBODY[1:], EVERYBODY[0])
    right = [told(p.name, f"{p.mailbox}@webmail.example") for p in EVERYBODY]
    wrong = [
        told(p.name, f"{other.mailbox}@webmail.example")
        for p, other in zip(EVERYBODY, following, strict=True)
    ]

    assert not any(right)
    # The names are none of those that the word lists were made of.
    assert sum(wrong) > 0.8 * len(wrong)


def test_it_is_read_out_of_the_message() -> None:
    text = "Dear Bronwen Hughes,\n\nyour claim ILS/2026/04417 was looked at.\n\nKind regards\nAnn\n"

    assert sent(text, to=("margaret.jones@webmail.example",)).facts.greets_another
    assert not sent(text, to=("bronwen.hughes@webmail.example",)).facts.greets_another
    two = ("margaret.jones@webmail.example", "alfie.eccleston@webmail.example")
    assert not sent(text, to=two).facts.greets_another


def test_a_thread_in_which_somebody_greets_the_sender_is_none() -> None:
    text = "As below.\n\n> Dear Ann Bee,\n>\n> my claim is ILS/2026/04417.\n"

    assert not sent(text, to=("margaret.jones@webmail.example",)).facts.greets_another


@pytest.mark.parametrize("hostile", ["a." * 5_000, "annbee" * 5_000, "." * 50_000])
def test_hostile_addresses_cost_little(hostile: str) -> None:
    start = time.perf_counter()
    greets_another([hostile] * 20, [hostile], f"{hostile}@webmail.example", hostile)

    assert time.perf_counter() - start < 2
