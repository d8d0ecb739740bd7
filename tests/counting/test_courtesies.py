import pytest

from dlpguard.counting.courtesies import Courtesy, passages


def kinds(text: str) -> list[Courtesy]:
    return [p.courtesy for p in passages(text)]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("Ann",), "Dear Ann,\nhello"),
        (("Mrs Jones",), "> Dear Mrs Jones\nhello"),
        (("Ann", "Bob"), "Hi Ann and Bob,"),
        (("Mr. J. Smith",), "Dear Mr. J. Smith,"),
        ((), "Dear all,"),
        ((), "Dear Sir or Madam"),
        ((), "Hi there,"),
        (("Siân",), "Annwyl Siân,"),
    ],
)
def test_a_greeting_tells_who_is_greeted(names: tuple[str, ...], text: str) -> None:
    assert [(Courtesy.GREETING, names)] == [(p.courtesy, p.names) for p in passages(text)]


def test_dear_in_a_sentence_greets_nobody() -> None:
    assert [] == kinds("Oh dear Ann has left. It was a dear friend.")


@pytest.mark.parametrize(
    "closing",
    ["Kind regards", "Yours sincerely,", "Many thanks", "-- ", "Cofion cynnes", "Best wishes, Ann"],
)
def test_a_closing_begins_a_signature(closing: str) -> None:
    text = f"The bins.\n\n{closing}\nAnn Bee\nOfficer\n"

    assert [(Courtesy.SIGNATURE, 11, len(text))] == [
        (p.courtesy, p.start, p.end) for p in passages(text)
    ]


def test_a_signature_ends_after_some_lines() -> None:
    text = "Kind regards\n" + "line\n" * 100

    assert passages(text)[0].end < len(text) / 2


def test_a_signature_ends_where_a_quoted_header_begins() -> None:
    text = "Thanks\nAnn\n\nFrom: Bob <b@x.example>\nTo: Ann <a@x.example>\nSubject: x\n\nHello"
    signature, header = passages(text)

    assert (Courtesy.SIGNATURE, Courtesy.HEADER) == (signature.courtesy, header.courtesy)
    assert signature.end == header.start == text.index("From:")


def test_a_quoted_header_holds_its_wrapped_addresses() -> None:
    text = (
        "From: Bob <b@x.example>\nTo: Ann <a@x.example>;\n Eve <e@x.example>;\nSubject: x\n\nHello"
    )

    assert text.index("\nHello") == passages(text)[0].end


def test_thanks_for_something_is_no_closing() -> None:
    assert [] == kinds(
        "Thanks for sending me the list of all the clients in Plymouth today.\nAnn Bee\n"
    )


def test_one_label_is_no_header() -> None:
    assert [] == kinds("To: be decided\n\nThe rest of the text.")


def test_an_attendee_of_an_invitation_takes_part() -> None:
    text = "BEGIN:VEVENT\nATTENDEE;CN=Ann Bee\n :mailto:ann@x.example\nEND:VEVENT\n"

    assert [text.index("\nEND")] == [p.end for p in passages(text)]


def test_thanks_that_open_a_mail_are_no_signature_for_long() -> None:
    text = "Thanks Ann\n\nPlease see the list of John Smith and of all the others.\nJohn Smith 1\n"

    assert text.index("Please") >= passages(text)[0].end


@pytest.mark.parametrize(
    "line", ["DEAR ANN", "h\u0131 Ann", "H\u0130 Ann", "Good mornıng Ann", "> Helo Ann"]
)
def test_the_case_of_letters_does_not_matter_to_a_greeting(line: str) -> None:
    assert [Courtesy.GREETING] == kinds(f"The bins.\n{line}\nThey are full.\n")


@pytest.mark.parametrize(
    "closing",
    [
        "KIND REGARDS",
        "Kınd regards",
        "Yours \u017fincerely",
        "than\u212as",
        "With kindest warmest regards and very many of them,  Ann Bee of the town hall",
        "Sent from my telephone, which is old and in advance...  - Ann",
    ],
)
def test_however_a_closing_is_written_it_begins_a_signature(closing: str) -> None:
    assert [Courtesy.SIGNATURE] == kinds(f"The bins.\n{closing}\nAnn Bee\n")


def test_a_closing_may_be_the_last_line() -> None:
    assert [Courtesy.SIGNATURE] == kinds("The bins.\ncheers")
