"""Patterns that administrators write: what is taken, what is refused, and what they find."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dlpguard import config, inspection, recipients
from dlpguard.commands import _wiring
from dlpguard.detectors import Custom, Setup, Validator, by_kind, detect, problems, read_column
from dlpguard.document import Text
from dlpguard.errors import ConfigurationError
from dlpguard.finding import Confidence

STAFF = Custom("staff_number", r"ST\d{6}", private=True, strong=True)
LIBRARY = Custom("library_card", r"\d{9}", ("library", "borrower"), Validator.LUHN)


def found(text: str, *custom: Custom) -> list[tuple[str, str, Confidence]]:
    setup = Setup(custom=custom)
    return [(f.kind, f.value, f.confidence) for f in detect(Text("body", text), setup)]


def test_a_pattern_without_support_words_is_sure_wherever_it_stands_alone() -> None:
    assert [("staff_number", "ST123456", Confidence.HIGH)] == found("see ST123456.", STAFF)
    assert [] == found("XST123456 ST1234567 st123456", STAFF)


def test_support_words_make_a_match_sure_and_their_absence_makes_it_doubtful() -> None:
    assert [("library_card", "123456782", Confidence.HIGH)] == found("Borrower 123456782", LIBRARY)
    assert [("library_card", "123456782", Confidence.LOW)] == found("see 123456782", LIBRARY)


def test_a_validator_refuses_wrong_check_digits() -> None:
    assert [] == found("Library card 123456783", LIBRARY)


@pytest.mark.parametrize(
    ("validator", "right", "wrong"),
    [
        (Validator.LUHN, "4111-1111", "4111-1112"),
        (Validator.MOD11, "401-023-2137", "401-023-2138"),
        (Validator.MOD11, "0-8044-2957-X", "0-8044-2958-X"),
        (Validator.MOD97, "5493-00BOZAAJZ74PBO-52", "5493-00BOZAAJZ74PBO-53"),
    ],
)
def test_each_validator_looks_through_hyphens(validator: Validator, right: str, wrong: str) -> None:
    right = "4111111111111111" if validator is Validator.LUHN else right
    right = _with_check(right) if validator is Validator.MOD97 else right
    custom = Custom("own", r"[0-9A-Z-]{8,24}", (), validator)

    assert [right] == [value for _, value, _ in found(f"({right})", custom)]
    assert [] == found(f"({wrong})", custom)


def _with_check(text: str) -> str:
    """A text whose last two digits make it 1 modulo 97."""
    body = text[:-2]
    number = int("".join(str(int(c, 36)) for c in body if c.isalnum()) + "00")
    return f"{body}{98 - number % 97:02d}"


def test_a_match_that_breaks_off_at_lone_surrogates_stands_where_it_stands() -> None:
    (finding,) = detect(Text("body", "\udcff é ST123456"), Setup(custom=(STAFF,)))

    assert (4, 12) == (finding.start, finding.end)


def test_cells_and_columns_are_read_by_the_same_pattern() -> None:
    setup = Setup(custom=(STAFF, LIBRARY))
    cells = ("ST123456", "", "no", "ST123456", "ST12345")

    assert ["ST123456", None, None, "ST123456", None] == list(
        read_column("staff_number", cells, setup)
    )
    detector = by_kind("library_card", setup)
    assert detector is not None
    assert {"library", "borrower", "library card"} == set(detector.HEADINGS)
    assert detector.NEEDS_HEADING


def test_the_beginning_of_a_line_is_one_in_the_middle_of_a_long_text() -> None:
    lines = Custom("own", r"^ZZ-\d{3}$")
    text = "\n".join(["just words"] * 2000 + ["ZZ-123"] + ["just words"] * 2000)

    assert ["ZZ-123"] == [value for _, value, _ in found(text, lines)]


@pytest.mark.parametrize(
    ("custom", "field", "says"),
    [
        (Custom("own", r"(?<=a)b"), "pattern", "no look-around"),
        (Custom("own", r"(a)\1"), "pattern", "back-references"),
        (Custom("own", "(" * 3), "pattern", "not a pattern"),
        (Custom("own", "a" * 1001), "pattern", "longer than 1000"),
        (Custom("own", r"\d*"), "pattern", "empty text"),
        (Custom("own", r"\b"), "pattern", "empty text"),
        (Custom("own", r""), "pattern", "empty text"),
        (Custom("phone", r"\d"), "name", "built in"),
        (Custom("special_category", r"\d"), "name", "built in"),
        (Custom("Own Kind", r"\d"), "name", "small letters"),
        (Custom("own", r"\d", (" ",)), "support", "empty"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(
    custom: Custom, field: str, says: str
) -> None:
    ((index, where, what),) = problems([custom])

    assert (0, field) == (index, where)
    assert says in what


def test_two_detectors_of_one_name_are_refused() -> None:
    assert [(1, "name")] == [(index, field) for index, field, _ in problems([STAFF, STAFF])]


def test_hostile_patterns_stay_linear() -> None:
    nested = Custom("own", r"(a+)+b")

    assert [] == found("a" * 100_000, nested)


def _settings(*custom: dict[str, object]) -> config.Settings:
    values = {
        "organisation": {"domains": ["council.example"]},
        "detectors": {"custom": list(custom)},
    }
    return config.build(values, Path(), "dlpguard.toml")


def test_the_settings_reach_the_detectors_through_the_sandbox_s_wire() -> None:
    settings = _settings(
        {"name": "library_card", "pattern": r"\d{9}", "support": ["library", "borrower"],
         "validator": "luhn"}
    )  # fmt: skip
    setup = _wiring.inspection_setup(settings)
    wired = msgspec.msgpack.decode(msgspec.msgpack.encode(setup), type=inspection.Setup)

    assert (LIBRARY,) == setup.detection.custom
    assert setup == wired
    assert isinstance(wired.organisation, recipients.Organisation)


@pytest.mark.parametrize(
    ("custom", "says"),
    [
        ({"name": "own", "pattern": "(?=a)"}, "detectors.custom: pattern of “own”"),
        ({"name": "phone", "pattern": "a"}, "detectors.custom: name of “phone”"),
        ({"name": "own", "pattern": "a", "validator": "mod12"}, "detectors.custom.0.validator"),
        ({"name": "own"}, "detectors.custom.0.pattern"),
    ],
)
def test_the_settings_say_which_key_is_wrong(custom: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        _settings(custom)

    assert f"dlpguard.toml: {says}" in str(raised.value)
