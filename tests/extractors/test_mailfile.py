from email.message import EmailMessage

from dlpguard.document import Hidden, Table, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "About Ann"
    message["From"] = "Bob <bob@council.example>"
    message["To"] = "carl@x.example"
    message.set_content("See the list.")
    message.add_attachment("a,b\nc,d\n", subtype="csv", filename="list.csv")
    return message


def test_an_attached_message_is_read_with_its_header_body_and_attachments() -> None:
    document = extract(Part("2", letter().as_bytes(), "message/rfc822", "letter.eml"))

    assert document.format == "mail"
    assert document.blocks[0] == Text(
        "letter.eml › headers",
        "From: Bob <bob@council.example>\nTo: carl@x.example\nSubject: About Ann",
    )
    body, attachment = document.inside
    assert body.blocks == (Text("letter.eml › body", "See the list.\n"),)
    assert attachment.blocks == (Table("letter.eml › list.csv", (), (("a", "b"), ("c", "d"))),)
    assert Text("letter.eml › file names", "list.csv") in document.blocks


def test_a_message_in_a_message_in_a_message_is_read() -> None:
    outer = EmailMessage()
    outer.set_content("outer")
    outer.add_attachment(letter())

    names = [d.name for d in extract(Part("1", outer.as_bytes(), "message/rfc822")).walk()]

    assert "part 1 › part 2 › list.csv" in names


def test_messages_nested_too_deep_are_a_gap() -> None:
    document = extract(Part("1", b"Content-Type: message/rfc822\r\n\r\n" * 3000, "message/rfc822"))

    assert [Unread.TOO_DEEP] == [gap.why for d in document.walk() for gap in d.gaps]


def test_every_message_of_a_mailbox_is_read() -> None:
    one = b"From a@x.example Mon Jan 1\r\nFrom: a@x.example\r\nSubject: s%d\r\n\r\nbody %d\r\n"
    document = extract(Part("1", one % (1, 1) + one % (2, 2), filename="old.mbox"))

    assert document.format == "mbox"
    assert ["body 1", "body 2"] == [
        block.text.strip()
        for inner in document.walk()
        for block in inner.blocks
        if isinstance(block, Text) and block.where.endswith("body")
    ]


def test_what_a_mail_program_does_not_show_of_an_attached_message_is_hidden() -> None:
    raw = (
        b"Comments: about Ann\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"before the parts\r\n--b\r\n\r\nbody\r\n--b--\r\n"
    )
    found = {
        block.text: block.hidden
        for inner in extract(Part("1", raw, "message/rfc822")).walk()
        for block in inner.blocks
        if isinstance(block, Text)
    }

    assert found == {
        "before the parts": Hidden.PREAMBLE,
        "about Ann": Hidden.HEADER_FIELD,
        "body": None,
    }


def test_what_readers_of_an_attached_message_disagree_about_is_a_defect() -> None:
    raw = b"Subject: a\r\nSubject: b\r\n\r\nbody"

    assert "duplicate-subject" in extract(Part("1", raw, "message/rfc822")).defects


def test_a_piece_of_a_message_is_read_and_is_a_gap() -> None:
    raw = b"Subject: About Ann\r\n\r\nbody"
    document = extract(Part("1", raw, "message/partial"))

    assert [Unread.UNSUPPORTED] == [gap.why for gap in document.gaps]
    assert Text("part 1 › headers", "Subject: About Ann") in document.blocks


def test_a_body_that_stands_elsewhere_is_a_gap() -> None:
    document = extract(Part("1", b"Content-Type: text/plain\r\n\r\n", "message/external-body"))

    assert [Unread.UNSUPPORTED] == [gap.why for gap in document.gaps]
