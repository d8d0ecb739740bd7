"""Records that a program wrote into text."""

import time

import pytest

from dlpguard.counting import dumps
from tests.counting._sent import disclosed, sent

FIELDS = "INSERT INTO clients (id, surname, forename, dob) VALUES "


def test_rows_of_a_statement_are_counted_under_its_fields() -> None:
    body = FIELDS + "(1,'O''Neill','Ann','1984-03-02'), (2,'Okafor','Chidi','1990-12-24');\n"

    assert ["ann o'neill", "chidi okafor"] == [person.name for person in disclosed(sent(body))]


def test_statements_without_fields_need_three_rows() -> None:
    rows = "INSERT INTO clients VALUES (1,'Bee','Ann','1931-01-03'),(2,'Khan','Omar','1984-03-02')"

    assert [] == disclosed(sent(rows + ";"))


def test_pretty_json_in_a_mail_is_counted() -> None:
    body = (
        '[\n  {\n    "name": "Si\\u00e2n Pritchard",\n    "dob": "1952-09-08"\n  },\n'
        '  {\n    "name": "Omar Khan",\n    "dob": "1984-03-02"\n  }\n]\n'
    )

    assert ["siân pritchard", "omar khan"] == [person.name for person in disclosed(sent(body))]


def test_the_schema_of_records_is_nobody() -> None:
    body = '{"name": {"type": "string"}, "dob": {"type": "string", "format": "date"}}\n'

    assert () == sent(body).facts.people.everyone


@pytest.mark.parametrize(
    "piece", ["VALUES (", "VALUES (1,", "(1,'", "'',", '"a": ', '"a": "\\\\', "VALUES ('a'),"]
)
def test_hostile_texts_cost_little(piece: str) -> None:
    text = FIELDS + piece * (400_000 // len(piece))
    begun = time.process_time()
    list(dumps.rows(text))
    list(dumps.pairs(text))

    assert time.process_time() - begun < 2
