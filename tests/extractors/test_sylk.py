import pytest

from dlpguard.document import Table, Text
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part


def read(*lines: str, name: str = "a.slk") -> tuple[Table | Text, ...]:
    content = "\r\n".join(["ID;PWXL;N;E", *lines, "E"]).encode()
    return extract(Part("1", content, "", name)).blocks[:-1]


def test_cells_stand_where_they_say() -> None:
    table = read('C;Y2;X1;K"Name"', 'C;X3;K"Phone"', 'C;Y5;X1;K"Ann; Lee"'.replace("; L", ";; L"))[
        0
    ]

    assert table == Table("a.slk", (), (("Name", "", "Phone"), ("Ann; Lee",)), numbers=(2, 5))


def test_numbers_have_no_quotes_and_formulas_have_their_values() -> None:
    table = read("C;Y1;X1;K42;ER1C2+1")[0]

    assert isinstance(table, Table)
    assert table.rows == (("42",),)


def test_a_comment_of_a_cell_is_read() -> None:
    assert Text("a.slk", "call Ann Lee") in read('C;Y1;X1;K"x"', 'C;Y1;X1;A"call Ann Lee"')


def test_what_a_program_would_show_as_lines_is_read_as_lines_too() -> None:
    blocks = read('C;Y1;X1;K"Ann"', name="a.csv")

    assert [(("Ann",),)] == [b.rows for b in blocks[:1] if isinstance(b, Table)]
    assert len(blocks) == 2


@pytest.mark.parametrize("line", ["C;Y9999999;X9999999;K1", "C;Y;X;K", "C", "C;Yx;Xy;Kz", "C;;;;"])
def test_nonsense_costs_nothing(line: str) -> None:
    assert len(read(line)) <= 1


def test_cells_are_charged() -> None:
    content = b"ID;P\n" + b"".join(b"C;Y%d;X16000;K1\n" % n for n in range(1, 100))

    assert extract(Part("1", content, "", "a.slk"), Budget(Limits(cells=100_000))).gaps
