"""People whom nobody saw: hidden rows and sheets, pivot caches; and lists put on a web site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from dlpguard.verdict import Action
from tests.incidents import _decoys
from tests.incidents._case import PUBLISHING, Case, Copy, member, private_mailboxes, single
from tests.incidents._files import AUTHOR, Row, Sheet, hiding, pivoted, workbook
from tests.incidents._people import people

CONCEALED = frozenset({"hidden-directory", "hidden-people", "hidden-people-published"})
"""Nobody who looked at the file would have seen them."""

AFGHANS, AFGHANS_SEEN, SPONSORS = 18_714, 150, 40
OFFICERS, CLIENTS, OWNERS, STAFF = 9_483, 2_375, 943, 1_373

_REQUESTER = f"request-4417@{PUBLISHING}"
_PRESS = ("news@dailycourier.example", "home.desk@eveningpost.example", "tips@thewire.example")
_SPONSORS = "sponsorship@foreignoffice.example"
_REPLY = """\
Dear requester,

thank you for your request under the Freedom of Information Act 2000. The
figures that you asked for are in the attached file.

You have the right to ask for an internal review.
"""


def incidents() -> Iterator[Case]:
    """Rows or tab, cache or sheet: sources differ, so all of them."""
    for how in ("hidden rows", "hidden sheet", "filtered rows"):
        hidden = AFGHANS if how == "hidden sheet" else AFGHANS - AFGHANS_SEEN
        send = partial(_afghan, how)
        yield Case("AFGHAN-2022", how, send, AFGHANS + SPONSORS, hidden, CONCEALED)
    for to, name in ((_REQUESTER, "to the publishing site"), (_PRESS[0], "to a requester")):
        send = partial(_psni, name, to)
        yield Case("PSNI-2023", name, send, OFFICERS, OFFICERS, CONCEALED)
    for how in ("pivot cache", "hidden sheet", "both"):
        send = partial(_islington, how)
        yield Case("ISLINGTON-2012", how, send, CLIENTS, CLIENTS, CONCEALED)
    yield Case("RBKC-2017", "pivot cache", _rbkc, OWNERS, OWNERS, CONCEALED)


def twins() -> Iterator[Case]:
    """Answers as they were meant, with hidden sheets and pivot tables that hold nobody."""
    yield Case(
        "AFGHAN-2022", "cut to 150 rows, to the partner", _cut, AFGHANS_SEEN,
        benign=True, most=Action.CONFIRM,
    )  # fmt: skip
    applicants = private_mailboxes(4, 4_000)
    yield _reply("AFGHAN-2022", "hidden helper sheet", applicants, _decoys.helper_sheet)
    yield _reply("AFGHAN-2022", "blank form", applicants, _decoys.blank_form)
    for incident in ("PSNI-2023", "ISLINGTON-2012"):
        yield _reply(incident, "values and helper sheet", (_REQUESTER,), _decoys.helper_sheet)
        yield _reply(incident, "ward pivot", (_REQUESTER,), _decoys.ward_pivot)
        yield _reply(incident, "values as csv", (_REQUESTER,), _decoys.values_csv)
        yield _reply(incident, "headcount by band", (_REQUESTER,), _decoys.headcount)
    yield _reply("RBKC-2017", "ward pivot", _PRESS, _decoys.ward_pivot)
    yield _reply("RBKC-2017", "streets", _PRESS, _decoys.streets)
    yield _reply("RBKC-2017", "price list", _PRESS, _decoys.price_list)


def published() -> Iterator[tuple[Case, str, Callable[[], bytes]]]:
    """What was put on a web site: for `dlpguard scan`, with the name of the file and its maker."""
    right = frozenset({"people-list-outside", "people-list-asked", "identifiers-in-bulk"})
    yield Case("TORBAY-2011", "scan", tuple, STAFF, right=right), "Equality.xlsx", _torbay
    case = Case("PSNI-2023", "scan, as uploaded", tuple, OFFICERS, OFFICERS, CONCEALED)
    yield case, "Response.xlsx", _officers
    for make in (_decoys.headcount, _decoys.helper_sheet, _decoys.ward_pivot, _decoys.orders):
        name, content = make()
        case = Case("TORBAY-2011", f"scan {name}", tuple, 0, benign=True)
        yield case, name, partial(bytes, content)


def _reply(
    incident: str,
    variant: str,
    to: tuple[str, ...],
    make: Callable[[], tuple[str, bytes]],
) -> Case:
    def send() -> tuple[Copy, ...]:
        sender = member(f"{incident} twin {variant}")
        return (single(sender, to, "FOI request", _REPLY, (make(),)),)

    return Case(incident, variant, send, 0, benign=True)


def _applicants(count: int) -> list[Row]:
    sponsors = people(19_600, SPONSORS)
    heading: Row = ("Applicant", "E-mail", "Phone", "Application ref", "Role", "Sponsor", "Family")
    return [
        heading,
        *(
            (
                p.name,
                f"{p.mailbox}@webmail.example",
                f"+93 70 {p.number * 7919 % 10**7:07}",
                f"AP/{p.number * 31 % 100_000:05}/21",
                ("Interpreter", "Unit 444", "Driver", "Guard")[p.number % 4],
                sponsors[p.number % SPONSORS].name,
                p.number % 9,
            )
            for p in people(0, count)
        ),
    ]


def _afghan(how: str) -> tuple[Copy, ...]:
    sender = member(f"AFGHAN-2022 {how}")
    rows = _applicants(AFGHANS)
    summary = _decoys.counts() if how == "hidden sheet" else rows[: AFGHANS_SEEN + 1]
    attached = ("Applicants.xlsx", hiding(summary, "Applicants", rows, how))
    contacts = private_mailboxes(4, 4_000)
    text = "Dear all,\n\nplease check whether these about 150 people are known to you.\n"
    return (single(sender, contacts, "Verification", text, (attached,)),)


def _cut() -> tuple[Copy, ...]:
    sender = member("AFGHAN-2022 twin cut")
    content = workbook(Sheet("Applicants", _applicants(AFGHANS_SEEN)), author=AUTHOR)
    text = "Dear colleagues,\n\nthe 150 applicants for this week's review.\n"
    return (single(sender, (_SPONSORS,), "Weekly", text, (("Applicants.xlsx", content),)),)


def _officers() -> bytes:
    ranks = ("Constable", "Sergeant", "Inspector", "Chief Inspector", "Staff officer")
    rows: list[Row] = [
        ("Surname", "Initials", "Role", "Rank", "Department", "Location", "Service no", "Gender")
    ]
    rows += [
        (p.surname, p.forename[0], "Officer", ranks[p.number % 5], f"Branch {p.number % 23}",
         p.town, 10_000_000 + p.number * 7919 % 90_000_000, "FM"[p.number % 2])
        for p in people(0, OFFICERS)
    ]  # fmt: skip
    summary: list[Row] = [
        ("Rank", "Headcount"),
        *((rank, 900 + 7 * n) for n, rank in enumerate(ranks)),
    ]
    return hiding(summary, "download", rows, "hidden sheet")


def _psni(name: str, to: str) -> tuple[Copy, ...]:
    sender = member(f"PSNI-2023 {name}")
    return (single(sender, (to,), "FOI request", _REPLY, (("Response.xlsx", _officers()),)),)


def _islington(how: str) -> tuple[Copy, ...]:
    """The first answer was noticed at once, and two more went out all the same."""
    sender = member(f"ISLINGTON-2012 {how}")
    rows: list[Row] = [
        ("Tenant", "Sexuality", "Ethnicity", "Domestic violence", "Mental health", "Offending")
    ]
    rows += [
        (
            p.name,
            ("Heterosexual", "Gay", "Lesbian", "Not known")[p.number % 4],
            ("White British", "Black Caribbean", "Asian British", "White Irish")[p.number % 4],
            "YN"[p.number % 5 > 0],
            ("None", "Depression", "Psychosis", "None")[p.number // 3 % 4],
            "YN"[p.number % 7 > 0],
        )
        for p in people(4_000, CLIENTS)
    ]
    copies = []
    for number in range(3):
        part = [rows[0], *rows[1 + number :: 3]]
        if how == "hidden sheet":
            content = hiding(_decoys.counts(), "Data", part, how)
        else:
            content = pivoted(_decoys.counts(), part, source=how == "both")
        attached = (f"Answer {number + 1}.xlsx", content)
        copies.append(single(sender, (_REQUESTER,), "FOI request", _REPLY, (attached,), number))
    return tuple(copies)


def _rbkc() -> tuple[Copy, ...]:
    sender = member("RBKC-2017")
    rows: list[Row] = [("Owner", "Property address", "Postcode", "Ward", "Empty since")]
    rows += [
        (p.name, f"{p.street}, London", f"W{p.number % 12 + 1} {p.number % 9 + 1}AB",
         f"Ward {p.number % 18}", f"{2003 + p.number % 14}")
        for p in people(6_500, OWNERS)
    ]  # fmt: skip
    attached = ("Empty homes.xlsx", pivoted(_decoys.counts(), rows))
    return (single(sender, _PRESS, "Empty homes", _REPLY, (attached,)),)


def _torbay() -> bytes:
    rows: list[Row] = [("Name", "DOB", "NI number", "Pay (£)", "Religion", "Sexuality")]
    rows += [
        (
            p.name,
            p.born,
            p.nino,
            float(14_000 + p.budget),
            ("Christian", "None", "Muslim", "Hindu", "Jewish")[p.number % 5],
            ("Heterosexual", "Gay", "Bisexual", "Not stated")[p.number % 4],
        )
        for p in people(7_500, STAFF)
    ]
    return workbook(Sheet("Equality", rows), author=AUTHOR)
