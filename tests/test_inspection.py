"""The pure pipeline on whole messages: what a worker finds, and what comes of it."""

import io
import re
import time
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

import msgspec
import openpyxl
import pytest

from dlpguard import extractors, inspection
from dlpguard.detectors import Setup as Detection
from dlpguard.document import Document, Gap, Hidden, Unread
from dlpguard.facts import Facts
from dlpguard.finding import Finding
from dlpguard.inspection import MESSAGE, Inspection, Setup, attach
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.policy import Policies
from dlpguard.recipients import Organisation
from dlpguard.verdict import Action

COUNCIL = Organisation(
    ("council.example",), partners=("nhs.example",), webmail=("webmail.example",)
)
SETUP = Setup(COUNCIL, Detection(case_references=(r"ILS/\d{4}/\d{5}",)))
SENDER = "ann.bee@council.example"
FORENAMES = ("John", "Mary", "Robert", "Kate", "Omar", "Eve", "Carl", "Dora", "Liam", "Nora")
SURNAMES = ("Smith", "Jones", "Brown", "Walsh", "Evans", "Khan", "Patel", "Price", "Green", "Lee")
A4E = ("Name", "Phone", "Case ref")


def client(n: int) -> dict[str, str]:
    """The n-th of many invented people."""
    return {
        "Name": f"{FORENAMES[n % 10]} {SURNAMES[n // 10 % 10]}",
        "Phone": f"07700 900{n % 1000:03}",
        "Case ref": f"ILS/2013/{n:05}",
        "Address": f"{n + 1} Station Road, Plymouth PL1 2AB",
        "Personal budget": f"£{n * 10}.50",
        "Sort code": "12-34-56",
        "Account no": f"{10_000_000 + n}",
    }


def rows(people: range, columns: tuple[str, ...] = A4E) -> list[list[str]]:
    return [list(columns), *([client(n)[c] for c in columns] for n in people)]


def workbook(visible: list[list[str]], hidden: list[list[str]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Summary", 0)
    for row in visible:
        sheet.append(row)
    if hidden:
        second = book.create_sheet("Data")
        for row in hidden:
            second.append(row)
        second.sheet_state = "hidden"
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def mail(
    text: str = "See attached.", *, to: str = "eve@firm.example", html: str = ""
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Ann Bee <{SENDER}>"
    message["To"] = to
    message["Subject"] = "July"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def envelope(*recipients: str, sender: str = SENDER) -> Envelope:
    return Envelope(sender, tuple(Recipient(r) for r in recipients or ("eve@firm.example",)))


def read(message: EmailMessage | bytes, *recipients: str, setup: Setup = SETUP) -> Inspection:
    raw = message if isinstance(message, bytes) else message.as_bytes()
    return inspection.read(MessageId("test"), raw, envelope(*recipients), setup)


def facts(message: EmailMessage | bytes, *recipients: str) -> Facts:
    return read(message, *recipients).facts


def with_file(content: bytes, name: str) -> EmailMessage:
    message = mail()
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_the_a4e_mailing_is_forty_people_to_157() -> None:
    outside = [f"r{n}@firm.example" for n in range(157)]
    found = facts(with_file(workbook(rows(range(40))), "clients.xlsx"), *outside)

    assert (40, 40, 40) == (found.people.visible, found.people.private, found.people.listed)
    assert {"case_reference", "person_name", "phone"} == set(found.people.everyone[0].kinds)
    assert (157, 157) == (found.audience.reach, found.campaign.reach)
    assert 157 == found.campaign.seen_by(found.people.everyone[0])


def test_the_essex_mail_is_four_hundred_people_to_oneself() -> None:
    columns = ("Name", "Address", "Personal budget", "Sort code", "Account no")
    content = workbook(rows(range(400), columns))
    found = facts(with_file(content, "clients.xlsx"), "beeann62@webmail.example")

    assert (400, 400) == (found.people.visible, found.people.private)
    assert 400 == found.findings["gb_bank_account"].distinct
    assert "ann.bee → beeann62" == found.audience.self_send


def test_a_hidden_sheet_holds_a_thousand_hidden_people() -> None:
    content = workbook(rows(range(150)), rows(range(150, 1150)))
    found = facts(with_file(content, "cases.xlsx"))

    assert (150, 1000) == (found.people.visible, found.people.hidden)
    assert Hidden.SHEET in {place.why for place in found.hidden}


def test_both_alternatives_of_a_text_are_counted_once() -> None:
    lines = [" ".join(row) for row in rows(range(10))[1:]]
    html = "<p>" + "<br>".join(lines) + "</p>"
    found = facts(mail("\n".join(lines), html=html))

    assert (10, 10) == (len(found.people.everyone), found.people.private)


def test_the_list_in_the_body_and_attached_is_counted_once() -> None:
    message = with_file(workbook(rows(range(40))), "clients.xlsx")
    message.get_payload(0).set_content("\n".join("\t".join(r) for r in rows(range(40))))  # type: ignore[union-attr] # the body

    assert 40 == len(facts(message).people.everyone)


def test_a_zip_in_a_mail_in_a_mail_is_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("list.csv", "\n".join(",".join(r) for r in rows(range(12))))
    inner = with_file(packed.getvalue(), "list.zip")
    outer = mail()
    outer.add_attachment(inner)
    found = facts(outer)

    assert 12 == found.people.private
    assert {"mail", "text", "zip", "csv"} == set(found.formats)


def test_a_finding_points_to_its_block_in_the_tree() -> None:
    found = read(with_file(workbook(rows(range(3))), "clients.xlsx"))
    blocks = [block for d in found.document.walk() for block in d.blocks]

    for each in found.findings:
        block = blocks[each.block]
        assert each.where.startswith(block.where)


def test_an_ordinary_mail_has_nobody() -> None:
    found = facts(
        mail("Hi Eve,\n\nThe meeting is on Monday.\n\nKind regards\nAnn Bee\n01632 960001\n")
    )

    assert () == found.people.everyone
    assert () == found.gaps + found.hidden + found.formats


def test_findings_are_tallied_by_value_at_their_best_confidence() -> None:
    found = facts(mail("NI number AB123456C, again AB 12 34 56 C, NI number CE123456D."))

    assert 2 == found.findings["gb_nino"].distinct == found.findings["gb_nino"].high


@pytest.mark.parametrize("before", [0, 100])
def test_special_categories_are_named(before: int) -> None:
    text = "Nobody said anything. " * before + "She was diagnosed with HIV in May."

    assert ("health",) == facts(mail(text)).special


def test_facts_know_the_message() -> None:
    raw = mail().as_bytes()
    found = facts(raw)

    assert (SENDER, "July", len(raw)) == (found.sender, found.subject, found.size)


def test_a_message_that_is_too_large_is_a_gap_with_its_header() -> None:
    small = Setup(COUNCIL, limits=extractors.Limits(message=2000))
    found = read(mail("x" * 5000), "eve@firm.example", setup=small).facts

    assert [(MESSAGE, Unread.TOO_LARGE)] == [(gap.where, gap.why) for gap in found.gaps]
    assert ("July", 1, 1) == (found.subject, found.audience.reach, found.audience.exposure)
    assert found.size > 5000


def test_a_header_without_end_does_not_make_a_large_message_readable() -> None:
    small = Setup(COUNCIL, limits=extractors.Limits(message=2000))
    found = read(b"Subject: " + b"x" * 5000, setup=small).facts

    assert Unread.TOO_LARGE in {gap.why for gap in found.gaps}


def test_progress_names_each_part_and_then_the_message() -> None:
    heard: list[str] = []
    raw = with_file(b"Name,DOB\nJohn Smith,02/03/1984\n", "a.csv").as_bytes()
    inspection.read(MessageId("1"), raw, envelope(), SETUP, progress=heard.append)

    assert MESSAGE == heard[-1]
    assert 3 == len(heard) == len(set(heard))


def test_a_part_that_crashed_a_worker_is_not_opened_again() -> None:
    heard: list[str] = []
    raw = with_file(workbook(rows(range(40))), "clients.xlsx").as_bytes()
    inspection.read(MessageId("1"), raw, envelope(), SETUP, progress=heard.append)
    body, part, _ = heard
    gap = Gap(part, Unread.CRASHED, "signal 11")
    again = inspection.read(
        MessageId("1"), raw, envelope(), SETUP, progress=heard.append, unread={part: gap}
    ).facts

    assert [body, MESSAGE] == heard[3:]
    assert [("clients.xlsx", Unread.CRASHED)] == [(g.where, g.why) for g in again.gaps]
    assert () == again.people.everyone


def test_a_message_that_cannot_be_searched_is_its_header_and_a_gap() -> None:
    gap = Gap(MESSAGE, Unread.TOO_SLOW, "longer than 30 s")
    raw = mail("NI number AB123456C").as_bytes()
    found = inspection.read(MessageId("1"), raw, envelope(), SETUP, unread={MESSAGE: gap}).facts

    assert ((gap,), {}, 1) == (found.gaps, found.findings, found.audience.exposure)


def test_time_is_measured_by_the_clock_that_is_given() -> None:
    ticks = iter(range(0, 10**9, 1000))
    raw = with_file(workbook(rows(range(40))), "clients.xlsx").as_bytes()
    found = inspection.read(
        MessageId("1"), raw, envelope(), SETUP, clock=lambda: float(next(ticks))
    )

    assert Unread.TOO_SLOW in {gap.why for gap in found.facts.gaps}


def test_facts_and_findings_travel_as_msgpack() -> None:
    found = read(with_file(workbook(rows(range(5)), rows(range(5, 9))), "clients.xlsx"))
    encode = msgspec.msgpack.encode

    assert found.facts == msgspec.msgpack.decode(encode(found.facts), type=Facts)
    assert found.findings == msgspec.msgpack.decode(
        encode(found.findings), type=tuple[Finding, ...]
    )


def test_a_repr_tells_nothing_of_the_message() -> None:
    found = read(mail("John Smith, NI number AB123456C"))

    assert not re.search("AB123456C|Smith|July|council", repr(found) + repr(found.facts.people))


def test_a_file_is_inspected_as_if_attached() -> None:
    content = workbook(rows(range(40)))
    raw = attach(content, "clients – Juli.xlsx", sender=SENDER, to=["eve@firm.example"])
    found = read(raw)

    assert 40 == found.facts.people.private
    assert "clients – Juli.xlsx" in [d.name for d in found.document.walk()]
    assert raw == attach(content, "clients – Juli.xlsx", sender=SENDER, to=["eve@firm.example"])


@pytest.mark.parametrize("name", ["", "a\nb.txt", "x" * 300 + ".txt", '"; filename="b.exe'])
def test_any_file_name_can_be_attached(name: str) -> None:
    found = read(attach(b"NI number AB123456C", name))

    assert 1 == found.facts.findings["gb_nino"].distinct


@pytest.mark.parametrize("content", [b"", b"From \r\n--x", b"\0" * 100, bytes(range(256)) * 40])
def test_any_bytes_can_be_attached(content: bytes) -> None:
    found = read(attach(content, "file.bin"))

    assert isinstance(found.document, Document)


def test_the_same_input_gives_the_same_output() -> None:
    raw = with_file(workbook(rows(range(40))), "clients.xlsx").as_bytes()

    assert read(raw) == read(raw)


def test_the_journey_ends_in_a_plan() -> None:
    nothing = Policies((), "0")
    raw = attach(b"PK\x03\x04 broken", "a.zip")
    found, verdict, plan = inspection.inspect(
        MessageId("1"), raw, envelope(), SETUP, nothing, mode="enforce"
    )

    assert Unread.CORRUPT in {gap.why for gap in found.facts.gaps}
    assert Action.QUARANTINE is verdict.action
    assert "hold" == plan.event.value


def test_a_table_of_ten_thousand_is_read_in_seconds() -> None:
    text = "\n".join(",".join(r) for r in rows(range(10_000)))
    start = time.process_time()
    found = facts(with_file(text.encode(), "all.csv"))

    assert 10_000 == found.people.private
    assert time.process_time() - start < 8  # 2 s when nobody else uses the machine
