import pytest

from dlpguard.document import Hidden, Table, Text
from dlpguard.extractors import extract
from dlpguard.mail import Part


def read(page: str) -> tuple[Text | Table, ...]:
    return extract(Part("1", page.encode(), "text/html")).blocks


def test_text_is_read_as_a_browser_shows_it() -> None:
    page = "<p>Dear\n Ann,</p><div>your <b>ca</b>se<br>is&nbsp;done &amp; dusted</div>"

    assert read(page) == (Text("part 1", "Dear Ann,\nyour case\nis done & dusted"),)


def test_lines_and_paragraphs_are_told_apart() -> None:
    page = (
        "<p>one</p><p>two<p class=MsoNormal>1 High St</p><p class=MsoNormal>Plymouth</p>"
        "<div>a</div><div>b<br></div><div><br></div><ul><li>c<li>d</ul>"
    )

    assert read(page) == (Text("part 1", "one\n\ntwo\n1 High St\nPlymouth\na\nb\n\nc\nd"),)


def test_scripts_and_styles_are_no_text() -> None:
    assert read("<style>p{}</style><script>var a</script><p>x") == (Text("part 1", "x"),)


def test_a_table_of_data_is_a_table_with_its_heading() -> None:
    page = (
        "<p>Clients</p><table><tr><th>Name</th><th>Phone</th></tr>"
        "<tr><td>Ann<br>Bee</td><td>1</td></tr><tr><td colspan=2>total</td></tr></table><p>end"
    )

    assert read(page) == (
        Text("part 1", "Clients"),
        Table("part 1", ("Name", "Phone"), (("Ann\nBee", "1"), ("total",))),
        Text("part 1", "end"),
    )


def test_a_table_inside_a_layout_table_is_found() -> None:
    page = (
        "<table><tr><td>logo<td>title</tr><tr><td><table><tr><td>Ann<td>1</tr>"
        "<tr><td>Bob<td>2</tr></table></td></tr></table>"
    )

    assert [("Ann", "1"), ("Bob", "2")] == [
        row for block in read(page) if isinstance(block, Table) for row in block.rows
    ]
    assert any(isinstance(block, Text) and "logo" in block.text for block in read(page))


@pytest.mark.parametrize(
    "hidden",
    [
        "<div style='display:none'>SECRET</div>",
        "<div style='color:red; DISPLAY : NONE !important'>a<div>SECRET</div></div>",
        "<p style='visibility:hidden'>SECRET</p>",
        "<span style='font-size:0'>SECRET</span>",
        "<span style='font-size:0px;'>SECRET</span>",
        "<span hidden>SECRET</span>",
        "<template>SECRET</template>",
        "<!-- SECRET -->",
        "<input type=hidden name=a value=SECRET>",
        "<p title='SECRET'>x</p>",
        "<a href='mailto:SECRET'>x</a>",
        "<div style='height:0;overflow:hidden'>SECRET</div>",
        "<div style='max-height:0px; overflow: hidden'>SECRET</div>",
        "<div style='text-indent:-9999px'>SECRET</div>",
        "<div style='position:absolute;left:-5000px'>SECRET</div>",
        "<span style='color:#fff'>SECRET</span>",
        "<font color=white>SECRET</font>",
        "<font color='#FFFFFE'>SECRET</font>",
        "<div style='background:#123456'><b style='color:rgb(18, 52, 86)'>SECRET</b></div>",
        "<table bgcolor=black><tr><td><font color=black>SECRET</font></table>",
        "<span style='color:transparent'>SECRET</span>",
        "<style>.gone{display:none}</style><p class='a gone'>SECRET</p>",
        "<style>a, #gone {visibility:hidden}</style><p id=gone>SECRET</p>",
    ],
)
def test_what_a_browser_does_not_show_is_hidden(hidden: str) -> None:
    blocks = read(f"<p>seen</p>{hidden}<p>also seen</p>")

    assert [Hidden.HTML] == [b.hidden for b in blocks if isinstance(b, Text) and "SECRET" in b.text]
    visible = "".join(b.text for b in blocks if isinstance(b, Text) and b.hidden is None)
    assert "seen" in visible
    assert "also seen" in visible


@pytest.mark.parametrize(
    "shown",
    [
        "<p style='font-size:0.9em'>SECRET</p>",
        "<p style='opacity:0.5'>SECRET</p>",
        "<img alt='SECRET'>",
        "<input value='SECRET'>",
        "<title>SECRET</title>",
        "<p hidden>x</p><p>SECRET</p>",
        "<noscript>SECRET</noscript>",
        "<div style='height:0'>SECRET</div>",
        "<div style='margin-left:-5px;left:-5px'>SECRET</div>",
        "<div style='color:#fff'><p style='background:navy'>SECRET</p></div>",
        "<table bgcolor=black><tr><td><font color=white>SECRET</font></table>",
        "<div style='background-image:url(x.png)'><b style='color:#fff'>SECRET</b></div>",
        "<div style='background:linear-gradient(red, blue)'><b style='color:#fff'>SECRET</b></div>",
        "<style>.dark{background:#000}</style><p class=dark><b style='color:#fff'>SECRET</b></p>",
        "<style>@media (max-width:9px){.wide{display:none}}</style><p class=wide>SECRET</p>",
        "<style>.narrow .wide{display:none}</style><p class=wide>SECRET</p>",
        "<font color=white><font color=black>SECRET</font></font>",
    ],
)
def test_what_a_browser_shows_is_not_hidden(shown: str) -> None:
    assert [None] == [b.hidden for b in read(shown) if isinstance(b, Text) and "SECRET" in b.text]


def test_hidden_rows_and_cells_of_a_table_are_marked() -> None:
    page = (
        "<table><tr><td>a<td>b<tr style='display:none'><td>c<td>d"
        "<tr><td>e<td style='display:none'>f</table>"
    )
    (table,) = read(page)

    assert isinstance(table, Table)
    assert [Hidden.HTML, Hidden.HTML, None] == [
        table.hidden_at(*at) for at in ((1, 0), (2, 1), (0, 0))
    ]


def test_markup_for_outlook_is_not_hidden_content() -> None:
    page = (
        "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings>"
        "</xml><![endif]--><!--[if mso]><table><tr><td><![endif]--><p>x<!--[if mso]></td>"
        "<![endif]-->"
    )

    assert read(page) == (Text("part 1", "x"),)


def test_texts_in_scripts_are_hidden() -> None:
    page = "<p>x<script>var clients = [{name: 'Ann Bee'}];</script><script>a = 1</script>"

    assert read(page)[1] == Text("part 1", "var clients = [{name: 'Ann Bee'}];", Hidden.SCRIPT)


@pytest.mark.parametrize(
    "page",
    [
        "<a href='data:text/plain,SECRET%20file'>x</a>",
        "<a href='data:text/plain;charset=utf-8;base64,U0VDUkVUIGZpbGU='>x</a>",
        "<iframe src='DATA:text/html,<p>SECRET file'></iframe>",
        "<object data=' data:;base64,U0VDUkVUIGZpbGU'></object>",
    ],
)
def test_files_in_addresses_are_opened(page: str) -> None:
    document = extract(Part("1", page.encode(), "text/html"))

    assert document.inside[0].blocks == (Text("part 1 › data 1", "SECRET file"),)


def test_a_page_in_an_attribute_is_read_too() -> None:
    document = extract(Part("1", b"<p>x<iframe srcdoc='&lt;p>SECRET'></iframe>", "text/html"))

    assert document.inside[0].blocks == (Text("part 1 › frame 1", "SECRET"),)


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        ("<meta charset=iso-8859-1><p>café".encode("latin-1"), ""),
        ("<p>café".encode("latin-1"), "iso-8859-1"),
        ("<p>café".encode("utf-16"), ""),
        ("<meta charset=iso-8859-1><p>café".encode("utf-8-sig"), ""),
    ],
)
def test_any_character_set_is_read(page: bytes, charset: str) -> None:
    document = extract(Part("1", page, "text/html", charset=charset))

    assert document.blocks == (Text("part 1", "café"),)


@pytest.mark.parametrize(
    "page",
    [
        "<p>Hello</p><p title='Ann Bee, 07700 900123",
        "<p>Hello</p><!-- Ann Bee, 07700 900123",
        "<!DOCTYPE html [<!ENTITY who 'Ann Bee, 07700 900123'>]><p>Hello</p>",
    ],
)
def test_what_no_parser_takes_is_hidden_text(page: str) -> None:
    told = [block for block in read(page) if isinstance(block, Text)]

    assert any("Hello" in block.text for block in told if block.hidden is None)
    assert [Hidden.HTML] == [block.hidden for block in told if "07700 900123" in block.text]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 300_000 + "SECRET",
        "<b>" * 300_000 + "SECRET" + "</b>" * 300_000,
        "<table><tr><td>" * 100_000 + "SECRET",
        "<div style='display:none'>" * 100_000 + "SECRET",
        "<td colspan=100>x" * 100_000 + "SECRET",
        "&amp;" * 300_000 + "SECRET",
        "<p>x" * 200_000 + "SECRET",
        "<!---->" * 200_000 + "SECRET",
        "<a href='mailto:a'>" * 100_000 + "SECRET",
        "<p style='" + "display:" * 100_000 + "'>SECRET",
        "<style>" + "a{b:c}" * 100_000 + "</style><p>SECRET",
        "<style>" + "@media x{" * 100_000 + "</style><p>SECRET",
        "<p class='" + "a " * 300_000 + "'>SECRET",
        "<script>" + "'" * 500_000 + "</script><p>SECRET",
        "<p style='color:rgb(" + "1 " * 200_000 + "'>SECRET",
        "<!DOCTYPE html [" + "<" * 300_000 + "><p>SECRET</p>" + "<a" * 300_000,
    ],
    ids=range(16),
)
def test_hostile_pages_are_read_to_their_end(page: str) -> None:
    blocks = read(page)

    assert any("SECRET" in block.text for block in blocks if isinstance(block, Text))
