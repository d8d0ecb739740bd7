"""Comments on cells are told of whom the row is about."""

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.document import Document, Hidden, Table, Text
from dlpguard.people import People

CLASS = Table("4B.xlsx › Sheet", (), (("Name", "Class"), ("Ann Bee", "4B"), ("Eve Walsh", "4B")))


def people(place: str) -> People:
    remark = Text(place, "has been diagnosed with epilepsy", Hidden.CELL_COMMENT)
    document = Document("4B.xlsx", "xlsx", (CLASS, remark))
    return counting.count(document, Participants(), Setup())[1]


def test_a_comment_about_health_makes_the_row_s_person_a_hidden_one() -> None:
    found = people("4B.xlsx › Sheet › cell A2 › comment")

    assert [("ann bee", True, Hidden.CELL_COMMENT), ("eve walsh", False, None)] == [
        (p.name, p.private, p.hidden) for p in found.everyone
    ]


def test_a_comment_on_a_row_without_anybody_is_nobody_s() -> None:
    assert 0 == people("4B.xlsx › Sheet › cell A9 › comment").private
    assert 0 == people("4B.xlsx › Other › cell A2 › comment").private
