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
    assert (
        Text("invite.ics", "Case note: known to the police", Hidden.PROPERTY)
        in read(INVITATION).blocks
    )


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
