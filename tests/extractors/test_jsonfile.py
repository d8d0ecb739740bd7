import pytest

from dlpguard.document import Document, Table, Text
from dlpguard.extractors import extract, jsonfile
from dlpguard.mail import Part


def read(content: str) -> Document:
    return extract(Part("1", content.encode(), "application/json", "a.json"))


def test_an_array_of_records_is_a_table() -> None:
    content = """{"team": "south", "clients": [
        {"name": "Ann Bee", "phone": "07700 900123", "home": {"postcode": "PL1 1AA"}},
        {"name": "Carl", "refs": ["ILS/2013/1", "ILS/2013/2"], "paid": 1.10, "active": true}]}"""

    assert read(content).blocks[:2] == (
        Table(
            "a.json › clients",
            ("name", "phone", "home postcode", "refs", "paid", "active"),
            (
                ("Ann Bee", "07700 900123", "PL1 1AA", "", "", ""),
                ("Carl", "", "", "ILS/2013/1\nILS/2013/2", "1.10", "true"),
            ),
        ),
        Text("a.json", "team: south"),
    )


def test_a_record_a_line_is_a_table() -> None:
    assert read('{"name": "Ann", "age": 3}\n{"name": "Bob", "age": 4}\n').blocks[0] == Table(
        "a.json", ("name", "age"), (("Ann", "3"), ("Bob", "4"))
    )


def test_one_record_is_text_with_its_names() -> None:
    assert read('{"client": {"name": "Ann Bee", "tags": ["a", null]}}').blocks[0] == Text(
        "a.json", "client name: Ann Bee\nclient tags: a, "
    )


def test_both_values_of_a_name_that_comes_twice_are_read() -> None:
    assert read('{"name": "Ann", "name": "Bob"}').blocks[0] == Text("a.json", "name: Ann, Bob")


def test_escapes_are_decoded() -> None:
    assert read('["\\u0041nn", "Bee"]').blocks[0] == Text("a.json", "Ann, Bee")


@pytest.mark.parametrize("content", ["{name: 'Ann Bee'}", '{"name": "Ann Bee"', "Ann Bee"])
def test_what_is_no_json_is_read_as_text(content: str) -> None:
    assert read(content).blocks[0] == Text("a.json", content)


def test_values_nested_without_end_are_read_as_text() -> None:
    content = "[" * 200_000 + '"Ann Bee"'

    assert read(content).blocks[0] == Text("a.json", content)


def test_a_map_of_ten_thousand_names_is_no_table() -> None:
    content = ", ".join(f'{{"client {n}": {{"name": "Ann {n}"}}}}' for n in range(1000))
    (block, _) = read(f"[{content}]").blocks

    assert isinstance(block, Text)
    assert "client 999 name: Ann 999" in block.text


def test_a_file_too_long_for_a_tree_is_read_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    content = '["\\u0041nn", "Bee"]'
    monkeypatch.setattr(jsonfile, "_LONGEST", len(content) - 1)

    assert read(content).blocks[0] == Text("a.json", content)
