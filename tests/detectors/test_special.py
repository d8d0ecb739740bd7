from __future__ import annotations

import pytest

from dlpguard.detectors import special


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("He was diagnosed with epilepsy", "health"),
        ("diagnosed\nwith MS", "health"),
        ("the client’s depression", "health"),
        ("on the child protection plan", "safeguarding"),
        ("her son is autistic", "disability"),
        ("she came out as gay", "sexuality"),
        ("Ethnic origin: White British", "ethnicity"),
        ("his asylum claim", "immigration"),
        ("Mr Bee was convicted of theft", "offence"),
        ("Mrs Bee has rent arrears", "benefits"),
        ("the patient is a Sikh", "religion"),
    ],
)
def test_what_is_said_of_somebody_has_its_category(text: str, category: str) -> None:
    assert category in special.categories(text)


@pytest.mark.parametrize(
    "text",
    [
        "Cancer Research UK holds a fun run in May.",
        "The hospital car park is closed.",
        "Diabetes awareness week: come to the library.",
        "The Christian Aid shop opens at nine. She left at ten.",
        "Prison reform is discussed on page 4",
        "cancerous growth in spending; blindly following",
        "",
    ],
)
def test_a_topic_is_not_somebody(text: str) -> None:
    assert frozenset() == special.categories(text)


def test_every_category_has_telling_phrases_and_suggestive_words() -> None:
    assert set(special.TELLING) == set(special.SUGGESTIVE)
