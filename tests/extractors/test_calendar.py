import pytest

from dlpguard.document import Document, Hidden, Text
from dlpguard.extractors import extract
from dlpguard.mail import Part

INVITATION = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y
METHOD:REQUEST
BEGIN:VEVENT
UID:1234@x.example
SUMMARY:Case conference\\, Ann B
 ee
DESCRIPTION:Room 3\\nBring the ILS/2013/04417 file
LOCATION;LANGUAGE=en:1 High Street
DTSTART;TZID=Europe/London:20130401T090000
DTEND:20130401T100000Z
DUE;VALUE=DATE:20130402
ORGANIZER;CN="Bee, Ann";SENT-BY="mailto:bob@x.example":mailto:ann@x.example
ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Carl:MAILTO:carl@y.example
ATTENDEE:mailto:di@y.example
X-CASE-NOTE:known to the police
X-ALT-DESC;FMTTYPE=text/html:<p>Dear <b>Ann</b>\\, hello</p>
ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=list.txt:
 QW5uIEJlZQ==
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")


def read(content: bytes) -> Document:
    return extract(Part("1", content, "text/calendar", "invite.ics"))


def test_an_invitation_is_read_as_a_calendar_shows_it() -> None:
    assert read(INVITATION).blocks[0] == Text(
        "invite.ics",
        "Summary: Case conference, Ann Bee\n"
        "Description: Room 3\nBring the ILS/2013/04417 file\n"
        "Location: 1 High Street\n"
        "Start: 2013-04-01 09:00\n"
        "End: 2013-04-01 10:00Z\n"
        "Due: 2013-04-02\n"
        "Organiser: Bee, Ann <ann@x.example>\n"
        "Attendee: Carl <carl@y.example>\n"
        "Attendee: di@y.example",
    )


def test_properties_that_no_calendar_shows_are_hidden() -> None:
    said = "mailto:bob@x.example\nCase note: known to the police"

    assert Text("invite.ics", said, Hidden.PROPERTY) in read(INVITATION).blocks


def test_files_and_pages_in_an_invitation_are_opened() -> None:
    description, attached = read(INVITATION).inside

    assert description.blocks == (Text("invite.ics › description", "Dear Ann, hello"),)
    assert attached.blocks == (Text("invite.ics › list.txt", "Ann Bee"),)


def test_several_events_are_told_apart() -> None:
    event = b"BEGIN:VEVENT\r\nSUMMARY:%s\r\nEND:VEVENT\r\n"

    assert read(event % b"one" + event % b"two").blocks[0] == Text(
        "invite.ics", "Summary: one\n\nSummary: two"
    )


def test_what_only_calls_itself_a_calendar_is_read_as_text() -> None:
    assert read(b"Dear Ann Bee").blocks[0] == Text("invite.ics", "Dear Ann Bee")


def test_a_calendar_that_was_cut_off_is_read_to_its_end() -> None:
    for end in range(130, len(INVITATION), 7):
        document = read(INVITATION[:end])
        assert "Summary: Case" in "".join(b.text for b in document.blocks if isinstance(b, Text))
        assert document.gaps == ()


SECRET = "Ann Bee, 07700 900123"
QUOTED = "data:text/plain,Ann%20Bee%2C%2007700%20900123"
CODED = "QW5uIEJlZSwgMDc3MDAgOTAwMTIz"


@pytest.mark.parametrize(
    "line",
    [
        f"UID:{SECRET}",
        f"CLASS:{SECRET}",
        f"PRODID:-//x//{SECRET}//EN",
        f"TZID:{SECRET} Time",
        f"X_CASE_NOTE:{SECRET}",
        f"SUMMARY :{SECRET}",
        f'ATTENDEE;CN=Carl;X-KNOWN-AS="{SECRET}":mailto:carl@y.example',
        f'DTSTART;TZID="{SECRET}":20130401T090000',
        f'LOCATION;ALTREP="{QUOTED}":1 High Street',
        f"ATTACH:{QUOTED}",
        "ATTACH:https://x.example/Ann%20Bee%2C%2007700%20900123",
        f'ATTACH;X-FILENAME="{SECRET}":https://x.example/1',
        f"IMAGE;ENCODING=BASE64;VALUE=BINARY:{CODED}",
        f"DESCRIPTION;ENCODING=BASE64:{CODED}",
        f"BEGIN:{SECRET}",
        f"no property at all\r\n{SECRET}",
        f"END:VCALENDAR\r\n\r\n{SECRET}",
        f"{'X' * 90}:{SECRET}",
    ],
)
def test_whatever_stands_in_the_file_is_read(line: str) -> None:
    document = read(INVITATION.replace(b"BEGIN:VEVENT", f"BEGIN:VEVENT\r\n{line}".encode()))
    blocks = [block for each in document.walk() for block in each.blocks]

    assert any(SECRET in b.text for b in blocks if isinstance(b, Text))


def test_what_every_calendar_has_is_no_text() -> None:
    lines = (
        "PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\n"
        "BEGIN:VTIMEZONE\r\nTZID:(UTC+00:00) Dublin, Edinburgh, Lisbon, London\r\n"
        "TZNAME:Greenwich Mean Time\r\nTZOFFSETFROM:+0100\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VEVENT\r\nUID:040000008200E00074C5B7101A82E00800000000F0C1\r\n"
        "DTSTAMP:20130401T090000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20130601T090000Z\r\n"
        "SUMMARY;LANGUAGE=en-gb:Hello\r\n"
        "DTSTART;TZID=GMT Standard Time:20130401T090000\r\nEND:VEVENT\r\n"
    )
    document = read(f"BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n".encode())

    assert ["Summary: Hello\nStart: 2013-04-01 09:00", "invite.ics"] == [
        block.text for block in document.blocks if isinstance(block, Text)
    ]
