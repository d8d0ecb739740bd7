"""Ordinary mail, most of it about somebody or looking as if; and files that cannot be read."""

from __future__ import annotations

from _incidents import MAILING
from _mail import Mail, People
from _people import people

_HELEN = '"Helen Quayle" <helen.quayle@council.example>'
_MARCUS = '"Marcus Tindall" <marcus.tindall@council.example>'
_DILYS = '"Dilys Maddock" <dilys.maddock@council.example>'
_RAJ = '"Raj Bhandari" <raj.bhandari@council.example>'
_ANN = '"Bee, Ann" <ann.bee@council.example>'

_THREAD = """\
Gareth,

thanks, that works. The scaffold can stay until the 30th; I have told the bus
company.

Raj

Raj Bhandari MCIHT
Network Coordinator | Highways
Direct 01632 960531 | Mobile 07700 900614
Ballard House, West Hoe Road
This e-mail may contain confidential information. If it is not for you, tell us.

From: Gareth Tregear [mailto:gareth.tregear@buildright.example]
Sent: 18 July 2013 16:20
To: Bhandari, Raj
Cc: Lisa Penhaligon
Subject: RE: Armada Way, licence LIC/2013/00812

Raj, can we keep it a week longer? The café on the corner doesn’t mind.

Gareth Tregear
Contracts Manager, Buildright Contractors Ltd
T: 01632 960717   M: 07700 900258

> From: Raj Bhandari
> Sent: 17 July 2013 11:02
> To: Gareth Tregear
>
> Gareth, your licence ends on the 23rd. All well?
> Raj
"""

_LIBRARY = """\
New on the shelves in July

At Victoria Park Library: poetry from Cornwall, two shelves of manga, and the
Nelson collection is back from the binders.

Story time for under-fives is on Mondays at 10.30 in St John's Hall, Churchill
Way. Summer reading starts on 20 July. The mobile library calls at Milton and
at Grace Road on alternate Fridays.

To stop receiving these mails, reply with STOP.
"""

_LIBRARY_HTML = """\
<html><body style="font-family: Calibri">
<h2>New on the shelves in July</h2>
<p>At Victoria Park Library: poetry from Cornwall, two shelves of manga, and the Nelson
collection is back from the binders.</p>
<p>Story time for under-fives is on Mondays at 10.30 in St John&rsquo;s Hall, Churchill Way.
Summer reading starts on 20&nbsp;July. The mobile library calls at Milton and at Grace Road on
alternate Fridays.</p>
<p>To stop receiving these mails, reply with STOP.</p>
</body></html>
"""

_INVITATION = """\
BEGIN:VCALENDAR
PRODID:-//Council//Calendar 14.0//EN
VERSION:2.0
METHOD:REQUEST
BEGIN:VEVENT
UID:20130719T083000Z-4417@council.example
DTSTAMP:20130719T083000Z
DTSTART:20130730T090000Z
DTEND:20130730T100000Z
SUMMARY:Armada Way: weekly site meeting
LOCATION:Ballard House\\, room 3.12
ORGANIZER;CN=Marcus Tindall:mailto:marcus.tindall@council.example
ATTENDEE;CN=Gareth Tregear;RSVP=TRUE:mailto:gareth.tregear@buildright.example
ATTENDEE;CN=Lisa Penhaligon;RSVP=TRUE:mailto:lisa.penhaligon@buildright.example
ATTENDEE;CN=Raj Bhandari;RSVP=TRUE:mailto:raj.bhandari@council.example
END:VEVENT
END:VCALENDAR
"""


def ordinary() -> tuple[Mail, ...]:
    """Twelve mails that nobody would want to be asked about."""
    return (*_business(), *_public(), *_about_people())


def unreadable() -> tuple[Mail, ...]:
    """Attachments of which not everything can be read."""
    return (
        _mail(
            "unreadable-truncated",
            "A Word file of which the second half is missing",
            _ANN,
            ("manager@stlukeshall.example",),
            "Contacts",
            "As promised.\n\nAnn Bee\n",
            {"Contacts.docx": "truncated.docx"},
            "quarantine",
            None,
        ),
        _mail(
            "unreadable-protected",
            "A zip file that needs a password",
            _ANN,
            ("manager@stlukeshall.example",),
            "Contacts, again",
            "Now as a zip file. I will ring you with the password.\n\nAnn Bee\n",
            {"contacts.zip": "protected.zip"},
            "tag",
        ),
    )


def _business() -> tuple[Mail, ...]:
    return (
        _mail(
            "ordinary-invoice",
            "An invoice to a customer",
            _HELEN,
            ("accounts@buildright.example",),
            "Invoice 9000417733",
            "Please find our invoice attached.\n\nHelen Quayle\nIncome Team\n",
            {"9000417733.pdf": "invoice.pdf"},
        ),
        _mail(
            "ordinary-price-list",
            "A price list with references and barcodes",
            _HELEN,
            ("buying@gardenworld.example",),
            "Price list 2013",
            "Hello,\n\nour prices, valid from 1 August.\n\nHelen Quayle\nGrounds Trading\n",
            {"Prices 2013.xlsx": "price-list.xlsx"},
        ),
        _mail(
            "ordinary-thread",
            "The fourth reply in a thread, with everybody's signatures",
            _RAJ,
            ("gareth.tregear@buildright.example",),
            "RE: Armada Way, licence LIC/2013/00812",
            _THREAD,
            eight_bit=True,
        ),
        _mail(
            "ordinary-invitation",
            "An invitation to a meeting",
            _MARCUS,
            (
                "gareth.tregear@buildright.example",
                "lisa.penhaligon@buildright.example",
                "raj.bhandari@council.example",
            ),
            "Armada Way: weekly site meeting",
            "When: Tuesday 30 July 2013 10:00-11:00\nWhere: Ballard House, room 3.12\n",
            calendar=_INVITATION,
        ),
        _mail(
            "ordinary-staff-list",
            "The contact list of a team",
            _HELEN,
            ("reception@ballardservices.example",),
            "Who sits where",
            "For the front desk: the 25 people on the third floor.\n\nHelen Quayle\n",
            {"Third floor.xlsx": "staff-25.xlsx"},
            people=People(visible=25),
        ),
    )


def _public() -> tuple[Mail, ...]:
    readers = MAILING[7:67]
    return (
        _mail(
            "ordinary-newsletter",
            "A library's newsletter to 60 readers, by Bcc",
            '"City Libraries" <libraries@council.example>',
            readers,
            "New on the shelves",
            _LIBRARY,
            to="undisclosed-recipients:;",
            html=_LIBRARY_HTML,
            list_file="readers-60.txt",
        ),
        _mail(
            "ordinary-timetable",
            "A timetable with stops named like people",
            _MARCUS,
            ("timetables@tamarbuses.example",),
            "Services 21, 42A and 43 from September",
            "As agreed.\n\nMarcus Tindall\nTransport Policy\n",
            {"sept_timetable.csv": "timetable.csv"},
        ),
        _mail(
            "ordinary-streets",
            "A list of streets named after people",
            _RAJ,
            ("routing@cleanstreets.example",),
            "Streets on the new round",
            "Twelve streets for the new round, Tuesdays and Fridays.\n\nRaj Bhandari\n",
            {"streets.csv": "streets.csv"},
        ),
        _mail(
            "ordinary-press-release",
            "A press release that quotes two people",
            _DILYS,
            ("newsdesk@gazette.example", "news@harbourradio.example"),
            "New walking routes – embargo lifted",
            "Please see attached. Photographs on request.\n\nDilys Maddock\nPress Officer\n",
            {"Walking routes.docx": "press-release.docx"},
            people=People(visible=2),
        ),
        _mail(
            "ordinary-ward-statistics",
            "Figures by ward, with department codes on a hidden sheet",
            _DILYS,
            ("research@ourstreets.example",),
            "Applications by ward",
            "The table you asked for.\n\nDilys Maddock\n",
            {"By ward.xlsx": "ward-statistics.xlsx"},
            "tag",
        ),
    )


def _about_people() -> tuple[Mail, ...]:
    resident = people(600, 1)[0]
    return (
        _mail(
            "ordinary-minutes",
            "Minutes with the names of those present",
            _MARCUS,
            ("wendy.trenoweth@cyclecampaign.example", "secretary@citycentre.example"),
            "Forum minutes, 8 July",
            "Dear Wendy,\n\nthe minutes are attached.\n\nMarcus\n",
            {"Minutes 8 July.docx": "minutes.docx"},
            people=People(visible=6),
        ),
        _mail(
            "ordinary-own-case",
            "A letter to a resident about their own case",
            _ANN,
            (MAILING[7],),
            f"Your assessment {resident.reference}",
            f"Dear {resident.name},\n\nour letter is attached.\n\nAnn Bee\n",
            {"Letter.pdf": "own-case.pdf"},
            people=People(visible=1, private=1),
        ),
    )


def _mail(
    name: str,
    title: str,
    author: str,
    recipients: tuple[str, ...],
    subject: str,
    text: str,
    attach: dict[str, str] | None = None,
    expect: str = "allow",
    people: People | None = People(),  # noqa: B008 - frozen
    *,
    to: str = "",
    html: str = "",
    calendar: str = "",
    list_file: str = "",
    eight_bit: bool = False,
) -> Mail:
    return Mail(
        name=name,
        title=title,
        sender=author.partition("<")[2].rstrip(">"),
        author=author,
        to=to or ",\n ".join(recipients),
        recipients=recipients,
        subject=subject,
        text=text,
        html=html,
        calendar=calendar,
        attach=attach or {},
        expect=expect,
        people=people,
        list_file=list_file,
        eight_bit=eight_bit,
    )
