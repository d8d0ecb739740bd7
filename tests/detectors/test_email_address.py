from __future__ import annotations

import pytest

from dlpguard.detectors import Setup, email_address
from dlpguard.document import Text
from dlpguard.finding import Confidence


def values(text: str) -> list[str]:
    return [f.value for f in email_address.find(Text("body", text), Setup())]


@pytest.mark.parametrize(
    "text",
    [
        "ann.bee@webmail.example", "<Ann.Bee@Webmail.example>", "mailto:ann.bee@webmail.example",
        "(ann.bee@webmail.example).", "'ann.bee@webmail.example'", "a;ann.bee@webmail.example;b",
        "Ann Bee <ann.bee@webmail.example>,", "ann.bee@webmail.example\n",
    ],
)  # fmt: skip
def test_an_address_is_found_whatever_stands_around_it(text: str) -> None:
    assert ["ann.bee@webmail.example"] == values(text)


def test_tags_apostrophes_and_letters_beyond_ascii_belong_to_it() -> None:
    assert ["ann+x@a.example"] == values("ann+x@a.example")
    assert ["o'neill@a.example"] == values("o'neill@a.example")
    assert ["siân@llŷn.example"] == values("siân@llŷn.example")


@pytest.mark.parametrize(
    "text",
    [
        "@ann", "ann@", "ann@localhost", "icon@2x.png", "a..b@x.example", "ann.@x.example",
        "image001.png@01D8A2B3.5C6D7E80", "ann@x.1", "@ x.example",
    ],
)  # fmt: skip
def test_what_is_not_an_address(text: str) -> None:
    assert [] == values(text)


def test_the_address_of_a_role_is_less_sure() -> None:
    found = email_address.find(Text("body", "info@x.example, ann@x.example"), Setup())

    assert [Confidence.LOW, Confidence.HIGH] == [f.confidence for f in found]


def test_the_span_is_the_address_as_written() -> None:
    text = "to <Ann.Bee@Webmail.example>"
    (finding,) = email_address.find(Text("body", text), Setup())

    assert "Ann.Bee@Webmail.example" == text[finding.start : finding.end]


def test_a_cell_is_an_address_only_as_a_whole() -> None:
    read = email_address.read_cell

    assert "ann@x.example" == read(" mailto:Ann@x.example ", Setup())
    assert read("Ann <ann@x.example>", Setup()) is None
    assert read("ann@x.example, bob@x.example", Setup()) is None
