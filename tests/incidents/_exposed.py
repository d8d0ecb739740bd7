"""Recipients who could read each other's addresses: six clinics and charities, and their twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from dlpguard.verdict import Action
from tests.incidents import _decoys
from tests.incidents._case import (
    MAILBOXES,
    OWN,
    PARTNER,
    Case,
    Copy,
    businesses,
    known,
    letter,
    mailing,
    member,
    private_mailboxes,
)
from tests.incidents._people import people, plain

SHOWN = frozenset({"visible-recipients", "visible-recipients-sensitive"})
"""Their addresses were shown to each other."""

SENSITIVE = frozenset({"visible-recipients-sensitive"})
"""Too few for any number: only what the mail speaks of tells."""

_CLINIC = """\
Option E newsletter

This is the newsletter of our service for people living with HIV. From October
you can book blood tests on line, and the evening clinic moves to Tuesdays.

You get this mail because you use Option E at our clinic.
"""

_RECALL = "I would like to recall the message “Option E newsletter”. Please delete it.\n"

_SUPPORT = """\
Dear all,

the next meeting of the support group for people living with HIV is on Thursday
20 June at 6.30pm, in the small room of the health centre. Tea from six.
"""

_AGENDA = """\
Dear members of the community advisory network,

the agenda for Saturday is below. 1. Welcome. 2. What people living with HIV
want from clinics. 3. Travel expenses. Please bring your receipts.
"""

_ART = """\
Hello everybody,

we are decorating our new waiting area, and would love to hang your art there.
Send us a picture of what you made until the end of the month. There is a prize.
"""

_GENDER = """\
Dear all,

thank you for telling us about your experience of gender dysphoria services. We
shall meet again on 3 May to talk about waiting times.
"""

_NETWORK = """\
Patient network: news

The next meeting is about new treatment for people living with HIV, with a
talk by the clinic's pharmacist. It is open to patients and their partners.
"""

_BINS = """\
Hello all,

the water on the allotments is turned off on Sunday, and the bin day moves to
Friday because of the bank holiday. Green bins as usual. Plot 14 has rhubarb to
give away.
"""

_QUOTE = """\
Dear supplier,

please quote until Friday for 40 m of kerb, article 4003-7, order 9434765919,
delivered to Drake Circus. Terms as in framework ILX/2013/03117.
"""

_ROTA = "Dear colleagues,\n\nthe rota of the department for next week is attached.\n"

_PACK = """\
Dear trustees,

the pack for Monday: minutes, the accounts to March, and the draft strategy for
people living with HIV, which goes to the printer next week.
"""


def incidents() -> Iterator[Case]:
    """By To or Cc as published; with and without the full names that some had."""
    for named in (730, 0):
        yield _shown("DEANST-2015", f"{named} full names", "To", 781, _CLINIC, named)
    yield _shown("DEANST-2015", "780 of them", "To", 780, _CLINIC, 730)
    yield _shown("DEANST-2015", "the recall shows them again", "To", 781, _RECALL, 730)
    yield _shown("DEANST-2015", "fifties", "To", 781, _CLINIC, 730, transactions="fifties")
    yield _shown("HIGHLAND-2019", "one", "Cc", 37, _SUPPORT)
    yield _shown("HIVSCOT-2020", "65 of 105 named", "Cc", 105, _AGENDA, 65)
    for count in (1_781, 1_718):
        send = partial(_art, count)
        yield Case("TAVI-2019", f"{count} in two batches", send, 0, right=SHOWN)
    case = _shown("PCC-NI", "one", "Cc", 15, _GENDER)
    yield Case(case.incident, case.variant, case.send, 0, right=SENSITIVE)
    yield _shown("BLOOMSBURY-2014", "one", "To", 200, _NETWORK)
    yield _shown("BLOOMSBURY-2014", "fifties", "To", 200, _NETWORK, transactions="fifties")


def twins() -> Iterator[Case]:
    """The same mail in Bcc; addresses that may be shown."""
    patients = private_mailboxes(781, 1_000)
    yield _blind("DEANST-2015", "the same in Bcc", _CLINIC, patients)
    yield _open("DEANST-2015", "to 40 clinicians", "To", _CLINIC, _colleagues(40, PARTNER))
    yield _blind("DEANST-2015", "timetable in Bcc", _ROTA, patients, (_decoys.timetable(),))
    rota = (_decoys.rota(12),)
    yield _open("HIGHLAND-2019", "rota to the house", "Cc", _ROTA, _colleagues(37, OWN), rota)
    yield _open("HIGHLAND-2019", "rota to a partner", "Cc", _ROTA, _colleagues(37, PARTNER), rota)
    yield _blind("HIGHLAND-2019", "invitation in Bcc", _SUPPORT, patients[:37])
    trustees = (*_trustees("webmail.example", 5), *_trustees("charity.example", 7))
    pack = (_decoys.minutes(), _decoys.headcount())
    yield _open("HIVSCOT-2020", "pack to 12 trustees", "To", _PACK, trustees, pack)
    yield _blind("HIVSCOT-2020", "agenda in Bcc", _AGENDA, patients[:105])
    yield _open("HIVSCOT-2020", "minutes to charities", "To", _ROTA, businesses(24), pack[:1])
    yield _open("TAVI-2019", "quotes from 15 firms", "To", _QUOTE, businesses(15, 30))
    yield _blind("TAVI-2019", "art in Bcc", _ART, private_mailboxes(900, 1_800))
    yield _open("TAVI-2019", "art to 30 schools", "To", _ART, businesses(30, 60))
    garden = private_mailboxes(15, 3_000)
    bins = _open("PCC-NI", "allotments", "To", _BINS, garden)
    yield Case(bins.incident, bins.variant, bins.send, 0, benign=True, most=Action.CONFIRM)
    yield _blind("PCC-NI", "the same in Bcc", _GENDER, garden)
    yield _open("PCC-NI", "clinicians and charities", "Cc", _QUOTE, businesses(15, 90))
    yield _blind("BLOOMSBURY-2014", "the same in Bcc", _NETWORK, private_mailboxes(200, 2_700))
    books = (_decoys.new_books(),)
    readers = private_mailboxes(200, 2_700)
    yield _blind("BLOOMSBURY-2014", "new books in Bcc", "New books.\n", readers, books)
    yield _open("BLOOMSBURY-2014", "to clinicians", "To", _NETWORK, _colleagues(24, PARTNER))


def _shown(
    incident: str,
    variant: str,
    field: str,
    count: int,
    text: str,
    named: int = 0,
    transactions: str = "one",
) -> Case:
    def send() -> tuple[Copy, ...]:
        sender = member(f"{incident} {variant}")
        addresses = private_mailboxes(count, 1_000)
        content = letter(
            sender, "News", text,
            to=_named(addresses, named) if field == "To" else (),
            cc=_named(addresses, named) if field == "Cc" else (),
        )  # fmt: skip
        size = 50 if transactions == "fifties" else count
        return tuple(
            Copy(sender.address, addresses[start : start + size], content)
            for start in range(0, count, size)
        )

    return Case(incident, variant, send, 0, right=SHOWN)


def _named(addresses: Sequence[str], count: int) -> tuple[str, ...]:
    """The first so many with their full name, as an address book shows them."""
    found = people(MAILBOXES + 1_000, len(addresses))
    return tuple(
        f"{plain(p.forename).title()} {plain(p.surname).title()} <{address}>"
        if n < count
        else address
        for n, (p, address) in enumerate(zip(found, addresses, strict=True))
    )


def _art(count: int) -> tuple[Copy, ...]:
    sender = member(f"TAVI-2019 {count}")
    patients = private_mailboxes(count, 1_000)
    half = count // 2
    return tuple(
        Copy(sender.address, batch, letter(sender, "Art competition", _ART, to=batch, number=n))
        for n, batch in enumerate((patients[:half], patients[half:]))
    )


def _blind(
    incident: str,
    variant: str,
    text: str,
    recipients: Sequence[str],
    attach: Sequence[tuple[str, bytes]] = (),
) -> Case:
    sender = member(f"{incident} twin {variant}")
    send = partial(mailing, sender, "News", text, recipients, attach=attach)
    return Case(incident, variant, send, 0, benign=True)


def _open(
    incident: str,
    variant: str,
    field: str,
    text: str,
    recipients: Sequence[str],
    attach: Sequence[tuple[str, bytes]] = (),
) -> Case:
    sender = member(f"{incident} twin {variant}")
    send = partial(mailing, sender, "News", text, recipients, shown=field, attach=attach)
    before = known(sender, *recipients)
    return Case(incident, variant, send, 0, benign=True, before=before)


def _colleagues(count: int, domain: str) -> tuple[str, ...]:
    found = people(_decoys.STAFF + 100, count)
    return tuple(f"{plain(p.forename)}.{plain(p.surname)}@{domain}" for p in found)


def _trustees(domain: str, count: int) -> tuple[str, ...]:
    found = people(_decoys.STAFF + 150 + len(domain), count)
    return tuple(f"trustee.{plain(p.surname)}@{domain}" for p in found)
