from dlpguard import detectors
from dlpguard.audience import Circle
from dlpguard.document import Unread
from dlpguard.policy import words


def test_every_kind_that_is_found_has_words_and_every_word_a_kind() -> None:
    assert {*detectors.BY_KIND, "special_category"} == set(words.KINDS)


def test_every_reason_for_a_gap_and_every_circle_has_words() -> None:
    assert set(Unread) == set(words.UNREAD)
    assert set(Circle) == set(words.CIRCLES)
