"""Mails like those that became incidents, and their twins: as much alike, and rightly sent."""

from __future__ import annotations

from _attachments import client_lines
from _mail import Mail, People, fold
from _people import people

_BUSINESSES = (
    "office@harbourfoodbank.example",
    "info@wheelsforall.example",
    "manager@stlukeshall.example",
    "enquiries@quaysideadvice.example",
    "trustees@carerslink.example",
    "hello@tamartaxis.example",
    "reception@devondental.example",
)
MAILING = _BUSINESSES + tuple(
    f"{p.mailbox}@{'homemail' if p.number % 3 == 0 else 'webmail'}.example"
    for p in people(600, 150)
)
"""157 recipients, as in 2013: seven businesses and charities, 150 private mailboxes."""

_GROUP = tuple(f"{p.mailbox}@webmail.example" for p in people(750, 40)) + _BUSINESSES[:5]

_SUPPLIERS = (
    "sales@acornpaving.example",
    "tenders@baystone.example",
    "info@cobbleworks.example",
    "sales@delvesurfacing.example",
    "tenders@eastquarry.example",
    "info@fernhire.example",
    "sales@granitebros.example",
    "tenders@heathcivils.example",
    "info@ivyfencing.example",
    "sales@junipergroup.example",
    "tenders@kestrelplant.example",
    "info@limeroads.example",
    "sales@moorgravel.example",
    "tenders@northkerb.example",
    "info@oakbridge.example",
)

_ANN = '"Bee, Ann" <ann.bee@council.example>'
_NADINE = '"Nadine Trewin" <nadine.trewin@council.example>'
_CONRAD = '"Conrad Vosper" <conrad.vosper@council.example>'

_NEWSLETTER = """\
Living Well at Home - July 2013

Dear all,

Welcome to our July newsletter. Three things this month:

* Our open morning at Victoria Hall is full of ideas for making home safer. Tea
  and cake as always. Details are in the attachment.
* From 1 August our office in Nelson Street opens at 8.30am instead of 9am.
* The summer trip to Dartmoor Zoo is on Thursday 15 August. Coaches leave the
  Drake Circus stop at 9.45am and are back by 5pm.

If you no longer wish to receive this newsletter, just reply and say so.

Best wishes

Ann Bee
Independent Living Services
Tel 01632 960442
"""

_FORGOTTEN = "\nFor the advisers, please ring round as agreed:\n\n"
"""What stood below the newsletter when the list was pasted instead of attached."""


def incidents() -> tuple[Mail, ...]:
    """The incidents, each followed by its twins."""
    return (*_mailing(), *_own_mailbox(), *_hidden(), *_missed_bcc())


def _mailing() -> tuple[Mail, ...]:
    """A4e, July 2013: forty clients' details in a mailing to 157 recipients."""
    held = [
        _newsletter(
            f"a4e-{kind}",
            f"A4e: 40 clients' details in a mailing to 157, as {article} {kind} file",
            attach={shown: f"clients-40.{kind}"},
        )
        for kind, article, shown in (
            ("xlsx", "an", "Living Well July.xlsx"),
            ("csv", "a", "newsletter_list.csv"),
            ("docx", "a", "Living Well – July 2013.docx"),
            ("pdf", "a", "Living Well July.pdf"),
            ("zip", "a", "July.zip"),
        )
    ]
    inline = _newsletter(
        "a4e-inline",
        "A4e: 40 clients' details in a mailing to 157, pasted into the text",
        text=_NEWSLETTER + _FORGOTTEN + client_lines() + "\n",
    )
    twin = Mail(
        name="a4e-twin-flyer",
        title="The same mailing with the flyer that was meant",
        sender="ann.bee@council.example",
        author=_ANN,
        to=_ANN,
        recipients=MAILING,
        list_file="mailing-157.txt",
        subject="Living Well at Home - August",
        text=_NEWSLETTER.replace("July", "August").replace("Three things", "Again three things"),
        attach={"Living Well August.pdf": "flyer.pdf"},
        date="Fri, 16 Aug 2013 10:05:00 +0100",
        expect="allow",
        people=People(visible=1),
    )
    return (*held, inline, twin)


def _newsletter(
    name: str, title: str, text: str = _NEWSLETTER, attach: dict[str, str] | None = None
) -> Mail:
    return Mail(
        name=name,
        title=title,
        sender="ann.bee@council.example",
        author=_ANN,
        to=_ANN if name in ("a4e-xlsx", "a4e-pdf") else "undisclosed-recipients:;",
        recipients=MAILING,
        list_file="mailing-157.txt",
        subject="Living Well at Home - July",
        text=text,
        attach=attach or {},
        expect="quarantine",
        people=People(visible=40, private=40),
    )


def _own_mailbox() -> tuple[Mail, ...]:
    """Essex, August 2012: service users' data to an employee's own mailbox."""

    return (
        _home(
            "essex-own-webmail",
            "Essex: 400 service users' budgets and bank details to the sender's own webmail",
            "for tonight",
            "To finish at home.\n",
            {"DP 2012-13.xlsx": "service-users-400.xlsx"},
            "quarantine",
            visible=400,
            private=400,
        ),
        _home(
            "essex-twin-payslip",
            "One's own payslip to one's own webmail",
            "payslip",
            "For the mortgage people.\n",
            {"Payslip Aug 2012.pdf": "payslip.pdf"},
        ),
        _home(
            "essex-twin-rota",
            "The team's rota to one's own webmail",
            "rota",
            "Rota for the week after the bank holiday.\n",
            {"Rota wc 27 Aug.xlsx": "rota.xlsx"},
            visible=8,
        ),
        _home(
            "essex-twin-form",
            "A blank form to one's own webmail",
            "form",
            "Wording to look at on the train.\n",
            {"Carers assessment request.docx": "form.docx"},
        ),
    )


def _home(
    name: str,
    title: str,
    subject: str,
    text: str,
    attach: dict[str, str],
    expect: str = "allow",
    visible: int = 0,
    private: int = 0,
) -> Mail:
    return Mail(
        name=name,
        title=title,
        sender="j.smith@council.example",
        author='"John Smith" <j.smith@council.example>',
        recipients=("smithj74@webmail.example",),
        subject=subject,
        text=text,
        attach=attach,
        date="Mon, 20 Aug 2012 17:52:00 +0100",
        expect=expect,
        people=People(visible=visible, private=private),
    )


def _hidden() -> tuple[Mail, ...]:
    """People in what nobody looking at a spreadsheet sees (PSNI 2023, Afghan list 2022)."""
    return (
        Mail(
            name="hidden-sheet",
            title="A summary by ward, with the 60 people behind it on a hidden sheet",
            sender="nadine.trewin@council.example",
            author=_NADINE,
            recipients=("newsdesk@gazette.example",),
            subject="RE: Blue badge figures",
            text="Dear newsdesk,\n\nPlease find the figures you asked for attached.\n\n"
            "Kind regards\n\nNadine Trewin\nInformation Officer\n",
            attach={"Blue badges by ward.xlsx": "hidden-60.xlsx"},
            expect="quarantine",
            people=People(hidden=60, private=60),
        ),
        Mail(
            name="hidden-columns",
            title="24 volunteers' names, with birth dates and NI numbers in hidden columns",
            sender="nadine.trewin@council.example",
            author=_NADINE,
            recipients=("events@quaysideadvice.example",),
            subject="Volunteers for the summer reading challenge",
            text="Hello,\n\nattached are the volunteers who will be at the library.\n\nNadine\n",
            attach={"Volunteers.xlsx": "hidden-columns-24.xlsx"},
            expect="quarantine",
            people=People(hidden=24, private=24),
        ),
    )


def _missed_bcc() -> tuple[Mail, ...]:
    """Addresses shown to each other (56 Dean Street 2015, NHS Highland 2019)."""
    invitation = (
        "Hello,\n\nour epilepsy support group meets again on Tuesday {day} at 7pm, St Luke's Hall,"
        "\nupstairs. {topic}\n\nYou are welcome to bring somebody along.\n\nConrad Vosper\n"
    )
    return (
        Mail(
            name="missed-bcc",
            title="An invitation that shows 45 members of a support group to each other",
            sender="conrad.vosper@council.example",
            author=_CONRAD,
            to=fold(_GROUP),
            recipients=_GROUP,
            list_file="support-group-45.txt",
            subject="Support group, 9 July",
            text=invitation.format(day="9 July", topic="A nurse will talk about sleep."),
            expect="quarantine",
        ),
        Mail(
            name="missed-bcc-twin-bcc",
            title="The same invitation, by Bcc",
            sender="conrad.vosper@council.example",
            author=_CONRAD,
            to=_CONRAD,
            recipients=_GROUP,
            list_file="support-group-45.txt",
            subject="Support group, 13 August",
            text=invitation.format(day="13 August", topic="This time we just talk."),
            date="Thu, 8 Aug 2013 14:20:00 +0100",
            expect="allow",
        ),
        Mail(
            name="missed-bcc-twin-suppliers",
            title="A call for tenders to 15 firms in To",
            sender="helen.quayle@council.example",
            author='"Helen Quayle" <helen.quayle@council.example>',
            to=fold(_SUPPLIERS),
            recipients=_SUPPLIERS,
            subject="RFQ 4500098377: kerb repairs, lot 3",
            text="Dear all,\n\nplease quote for 420 m of kerb by noon on 2 August. Drawings are on"
            " the portal\nunder reference HWY/2013/00377.\n\nHelen Quayle\nProcurement\n",
            expect="allow",
        ),
    )
