import base64
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard import mime
from dlpguard.document import Gap, Unread
from dlpguard.mail import Envelope, HeaderText, Mailbox, Message, MessageId, Part
from dlpguard.mime import charsets
from dlpguard.mime._headers import decoded, mailboxes, parameters

ENVELOPE = Envelope("ann@council.example", ())
LIMITS = mime.Limits()
MULTIPART = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"


def parse(raw: bytes, limits: mime.Limits = LIMITS) -> Message:
    return mime.parse(raw, ENVELOPE, MessageId("1"), limits)[0]


def gaps(raw: bytes, limits: mime.Limits = LIMITS) -> list[Unread]:
    return [gap.why for gap in mime.parse(raw, ENVELOPE, MessageId("1"), limits)[1]]


def contents(raw: bytes) -> list[bytes]:
    return [part.content for part in parse(raw).parts]


def test_a_message_of_the_standard_library_is_read() -> None:
    message = EmailMessage()
    message["Subject"] = "Größe"
    message["From"] = '"Bee, Ann" <ann@council.example>'
    message["To"] = "bob@home.example, Carl <carl@home.example>"
    message["Cc"] = "Team: d@x.example, e@x.example;"
    message.set_content("plain ü")
    message.add_alternative("<p>html ü</p>", subtype="html")
    message.add_attachment(b"\0\1", maintype="application", subtype="pdf", filename="naïve.pdf")

    read = parse(message.as_bytes())

    assert read.subject == "Größe"
    assert read.author == (Mailbox("Bee, Ann", "ann@council.example"),)
    assert [m.address for m in read.to] == ["bob@home.example", "carl@home.example"]
    assert [m.address for m in read.cc] == ["d@x.example", "e@x.example"]
    assert [(p.path, p.declared_type, p.filename, p.is_body) for p in read.parts] == [
        ("1.1", "text/plain", "", True),
        ("1.2", "text/html", "", True),
        ("2", "application/pdf", "naïve.pdf", False),
    ]
    assert read.parts[2].content == b"\0\1"
    assert read.defects == ()


def test_a_message_without_mime_is_one_body() -> None:
    assert [Part("1", b"Hello", "text/plain", is_body=True)] == list(
        parse(b"Subject: a\r\n\r\nHello").parts
    )


def test_raw_stays_what_came_in() -> None:
    raw = b"Subject: a\r\n\r\nHello\0"

    assert raw == parse(raw).raw


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("=?iso-8859-1?Q?caf=E9?=", "café"),
        ("=?utf-8?B?w6k=?=\r\n =?utf-8?B?w6k=?=", "éé"),
        ("=?no-such-charset?Q?abc?= x", "abc x"),
        ("=?utf-8?B?QUJ?=", "AB"),
        ("=?utf-8*en?Q?a_b?=", "a b"),
        ("=?utf-8?Q?one?=glued", "oneglued"),
        ("plain =? not a word", "plain =? not a word"),
    ],
)
def test_encoded_words_are_decoded(value: str, subject: str) -> None:
    assert subject == parse(f"Subject: {value}\r\n\r\n".encode()).subject


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@x.example", [("", "a@x.example")]),
        ("A B <a@x.example>", [("A B", "a@x.example")]),
        ("a@x.example (A B)", [("A B", "a@x.example")]),
        (" A  B\t<a@x.example> ", [("A B", "a@x.example")]),
        ("<a@x.example>", [("", "a@x.example")]),
        ("A <a@x.example>, B <b@x.example>", [("A", "a@x.example"), ("B", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ('"A, \\"B\\"" <a@x.example>', [('A, "B"', "a@x.example")]),
        ("A <@r.example:a@x.example>", [("A", "a@x.example")]),
        ('"open <a@x.example>', [("open <a@x.example>", "")]),
        ("=?utf-8?q?=C3=89va?= <e@x.example>", [("Éva", "e@x.example")]),
        ("A <a @ x.example>, <b@x.example>", [("A", "a@x.example"), ("", "b@x.example")]),
    ],
)
def test_addresses_are_taken_apart(value: str, expected: list[tuple[str, str]]) -> None:
    if value.startswith('"open'):
        assert "a@x.example" in "".join(m.name + m.address for m in mailboxes(value))
    else:
        assert expected == [(m.name, m.address) for m in mailboxes(value)]


def test_comments_nested_half_a_million_deep_do_not_recurse() -> None:
    assert mailboxes("(" * 500_000 + "a@x.example") != ()


def test_names_in_all_spellings_of_parameters_are_read() -> None:
    spellings = [
        'attachment; filename="a b.pdf"',
        "attachment; filename*=utf-8''a%20b.pdf",
        'attachment; filename*0="a "; filename*1=b.pdf',
        "attachment; filename*0*=utf-8''a%20; filename*1=b.pdf",
        'attachment; filename="=?utf-8?q?a_b.pdf?="',
        'attachment;filename="a\\ b.pdf"; size=3',
    ]

    assert ["a b.pdf"] * len(spellings) == [parameters(s)["filename"][0] for s in spellings]


def test_duplicate_fields_are_defects_and_both_are_read() -> None:
    message = parse(
        b"Subject: one\r\nSubject: two\r\nTo: a@x.example\r\nTo: b@x.example\r\n\r\nbody"
    )

    assert message.subject == "one"
    assert message.defects == ("duplicate-subject", "duplicate-to")
    assert [m.address for m in message.to] == ["a@x.example", "b@x.example"]
    assert [HeaderText("Subject", "two", shown=True)] == list(message.written)


def test_fields_of_programs_are_not_text() -> None:
    raw = b"X-Mailer: Microsoft Outlook 16.0\r\nX-MS-Has-Attach: yes\r\nSubject: a\r\n\r\nbody"

    assert (["1"], ()) == ([part.path for part in parse(raw).parts], parse(raw).written)


def test_a_sentence_in_a_private_field_is_read() -> None:
    raw = b"X-Note: please call Mrs Bee about her care plan\r\n\r\nbody"

    assert [HeaderText("X-Note", "please call Mrs Bee about her care plan")] == list(
        parse(raw).written
    )


def test_text_outside_the_parts_is_read() -> None:
    raw = MULTIPART + b"before\r\n--b\r\n\r\nbody\r\n--b--\r\nafter\r\n"

    assert [("~preamble", b"before"), ("~epilogue", b"after"), ("1", b"body")] == [
        (part.path, part.content) for part in parse(raw).parts
    ]


def test_the_usual_preamble_is_nobody_s_text() -> None:
    raw = MULTIPART + b"This is a multi-part message in MIME format.\r\n--b\r\n\r\nx\r\n--b--\r\n"

    assert [b"x"] == contents(raw)


def test_an_attached_message_stays_one_part() -> None:
    inner = b"Subject: inner\r\n\r\nsecret"
    raw = MULTIPART + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"

    assert [Part("1", inner, "message/rfc822")] == list(parse(raw).parts)


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"Content-Type: text/plain\r\n\r\nx", "no-mime-version"),
        (b"Content-Transfer-Encoding: base64 junk\r\n\r\nQUJD", "transfer-encoding"),
        (b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx", "duplicate-content-type"),
        (MULTIPART + b"no parts", "broken-multipart"),
        (MULTIPART + b"--b\r\n\r\nx", "unclosed-multipart"),
        (b"Subject: a\r\nnonsense\r\n\r\nx", "broken-header"),
    ],
)
def test_what_readers_disagree_about_is_a_defect(raw: bytes, defect: str) -> None:
    assert defect in parse(raw).defects


def test_ordinary_mail_has_no_second_reading() -> None:
    encoded = base64.encodebytes(bytes(range(256)) * 40)
    raw = (
        MULTIPART
        + b"--b\r\nContent-Type: text/plain\r\n\r\nHello Bob,\r\n\r\nsee below.\r\n"
        + b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encoded
        + b"--b--\r\n"
    )

    assert (("1", "2"), ()) == (tuple(p.path for p in parse(raw).parts), parse(raw).defects)


def test_parts_beyond_the_limit_are_a_gap() -> None:
    assert [Unread.TOO_LARGE] == gaps(MULTIPART + b"--b\r\n\r\nx\r\n" * 5000)


def test_parts_nested_too_deep_are_a_gap() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
        for i in range(2000)
    )

    assert [Unread.TOO_DEEP] == gaps(deep + b"\r\nx")


@pytest.mark.parametrize(
    "raw",
    [
        b"A: b\r\n" * 5000 + b"\r\nx",
        b"Subject: " + b"=?utf-8?q?a?= " * 400_000 + b"\r\n\r\nx",
        b"To: " + b"(" * 4_000_000 + b"\r\n\r\nx",
    ],
)
def test_too_much_header_is_a_gap(raw: bytes) -> None:
    assert Unread.TOO_LARGE in gaps(raw)


def test_a_message_beyond_the_limit_is_a_gap_and_its_beginning_is_read() -> None:
    limits = mime.Limits(size=100)

    message, found = mime.parse(b"\r\n" + b"x" * 200, ENVELOPE, MessageId("1"), limits)

    assert [Gap("message", Unread.TOO_LARGE, found[0].detail, "mail")] == list(found)
    assert message.parts[0].content == b"x" * 98


def test_readings_of_one_large_part_do_not_multiply() -> None:
    types = b"Content-Type: multipart/mixed; boundary=b; boundary=c\r\n" * 3
    body = (b"--b\r\n" + types + b"\r\n--c\r\n" + types + b"\r\n") * 200

    read = parse(types + b"\r\n" + body + b"x" * 100_000)

    assert sum(len(part.content) for part in read.parts) <= 4 * len(read.raw) + 262_144


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "raw",
    [
        b"A: b\n" + b"\n" * 4_000_000,
        MULTIPART + b"--b\r\n\r\nx\r\n" * 200_000,
        MULTIPART + b"--b" * 1_000_000,
        b"Content-Type: text/plain" + b";" * 260_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain;" + b" " * 260_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed;" + b"boundary=" * 25_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed\r\n\r\n" + b"--aaaa bbbb\n" * 400_000,
        b"Subject: " + b"=?" * 120_000 + b"\r\n\r\nx",
        b"A: b\r\n\r\n" + b"begin 644 a\n" * 200_000 + b"\nend\n",
        b"\r\n" + b"A" * 4_000_000,
        b"Content-Disposition: attachment; " + b'filename="' * 20_000 + b"\r\n\r\nx",
        b"A: b\r\n\r\n" + b"=ybegin line=1 name=a\n" * 50_000,
        b"A: b\r\n\r\n" + b"(This file must be converted with BinHex 4.0)\n:" * 20_000,
        b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n" + b"> a \n" * 200_000,
        b"A: b\r\n\r\n" + b"--a\nContent-Type: a/b\n" * 20_000,
        b"A: b\r\n\r\n" + b"a: b\n" * 200_000,
        b"A: b\r\n\r\n" + b"+AEE" * 250_000,
    ],
    ids=range(17),
)
def test_hostile_mail_takes_linear_time(raw: bytes) -> None:
    assert parse(raw).raw == raw


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=",
                b"Content-Transfer-Encoding: base64",
                b"Subject: =?utf-8?b?",
                b"\r\n",
                b"\n",
                b"--b",
                b"--",
                b"b",
                b"From: a <b@c",
                b"\r\n\r\n",
                b"message/rfc822",
                b"begin 644 x\n",
                b"\xff\x00",
                b'"',
                b"(",
            ]
        )
        | st.binary(max_size=8),
        max_size=40,
    ).map(b"".join)
)
def test_parse_never_raises(raw: bytes) -> None:
    message, found = mime.parse(raw, ENVELOPE, MessageId("1"))

    assert (raw, True) == (message.raw, all(isinstance(gap, Gap) for gap in found))


@given(st.text(max_size=200))
def test_decoding_words_never_raises(text: str) -> None:
    assert isinstance(decoded(text), str)


@pytest.mark.parametrize(
    ("content", "declared", "text"),
    [
        (b"\xef\xbb\xbfa", "utf-16", "a"),
        ("aé".encode("utf-16"), "us-ascii", "aé"),
        ("Ann Bee".encode("utf-16-be"), "", "Ann Bee"),
        ("Ann Bee".encode("utf-32-le"), "", "Ann Bee"),
        (b"caf\xe9", "", "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"plain text", "utf-16", "plain text"),
        (b"\x83\x65", "shift_jis", "テ"),
        (b"abc", "idna", "abc"),
        (b"abc", "zlib", "abc"),
        (b"+AGE-", "utf-7", "a"),
        (b"\x81\x8d", "", "\x81\x8d"),
    ],
)
def test_bytes_become_text_whatever_their_label(content: bytes, declared: str, text: str) -> None:
    assert text == charsets.decode(content, declared)
