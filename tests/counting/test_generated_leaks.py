"""A dozen people, and sixty, in each of the layouts in which lists are sent to the wrong place."""

import pytest

from tests.counting._generated import people
from tests.counting._leaks import IN_TEXT, Layout, in_the_subject
from tests.counting._leaky_files import IN_FILES
from tests.counting._leaky_tables import IN_TABLES, parents_and_children
from tests.counting._sent import disclosed, sent


@pytest.mark.parametrize(
    "layout", IN_TEXT + IN_TABLES + IN_FILES, ids=lambda layout: layout.__name__
)
@pytest.mark.parametrize("n", [12, 60])
def test_everybody_is_disclosed(layout: Layout, n: int) -> None:
    assert pytest.approx(n, rel=0.05) == disclosed_by(layout, n)


def test_three_in_the_subject_are_disclosed() -> None:
    assert 3 == disclosed_by(in_the_subject, 3)


def test_a_parent_in_the_row_of_a_child_is_somebody_too() -> None:
    """The child is private, with birth date and home; whoever is rung is at least a contact."""
    leak = parents_and_children(people(24))
    found = sent(leak.body, attachments=leak.attachments).facts.people

    assert 24 == len(found.everyone)
    assert 12 <= found.private


def disclosed_by(layout: Layout, n: int) -> int:
    """How many people a mail of this layout about `n` people discloses."""
    leak = layout(people(n))
    found = sent(leak.body, subject=leak.subject, html=leak.html, attachments=leak.attachments)
    return len(disclosed(found))
