"""What is told of the names in a text."""

import time

import pytest

from dlpguard.counting import conditions
from tests.counting._sent import disclosed, sent


def test_a_condition_in_brackets_is_that_of_the_name_before_it() -> None:
    body = "On table 2: Margaret Thompson (coeliac disease) and Omar Khan.\n"

    assert ["margaret thompson"] == [person.name for person in disclosed(sent(body))]


@pytest.mark.parametrize(
    "work", ["diabetes clinic", "mental health nurse", "Diabetes UK", "dementia lead"]
)
def test_what_somebody_works_at_is_no_condition_of_theirs(work: str) -> None:
    names = ("Margaret Thompson", "Omar Khan", "Chidi Okafor", "Agnieszka Kowalczyk")
    body = "Present:\n\n" + "".join(f"{name} ({work})\n{name}, {work}\n" for name in names)

    assert [] == disclosed(sent(body))


def test_two_remarks_are_no_list() -> None:
    text = "Ann Bee, flu\nOmar Khan, flu\n"

    assert [[], []] == conditions.told(text, [(0, 7), (13, 22)])


def test_many_names_cost_little() -> None:
    text = "Ann Bee (((( , x\n" * 20_000
    begun = time.process_time()
    conditions.told(text, [(n * 17, n * 17 + 7) for n in range(20_000)])

    assert time.process_time() - begun < 2


def test_what_one_row_tells_is_not_told_of_the_next() -> None:
    text = "Was diagnosed with epilepsy | 2 | Ann Bee\nNewts | 3 | Omar Khan\nFlood | Sue Ball\n"
    named = [
        (text.index(name), text.index(name) + len(name))
        for name in ("Ann Bee", "Omar Khan", "Sue Ball")
    ]

    assert [["health"], [], []] == conditions.told(text, named)
