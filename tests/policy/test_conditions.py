from collections.abc import Callable
from typing import Any

import pytest

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.document import Gap, Hidden, Unread
from dlpguard.facts import Campaign, Facts, HiddenPlace, Recent, Tally
from dlpguard.finding import Confidence
from dlpguard.people import Person
from dlpguard.policy import conditions
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.verdict import Reason

MakeFacts = Callable[..., Facts]
MakePeople = Callable[..., tuple[Person, ...]]


def texts(reasons: list[Reason]) -> list[str]:
    return [reason.text for reason in reasons]


def test_every_condition_of_the_design_is_part_of_the_grammar() -> None:
    expected = (
        "people findings reach exposure circle webmail_share first_time self_send greets_another "
        "publishing gaps hidden_content special_category defects size formats sender "
        "recipient subject flow"
    )

    assert expected.split() == list(CONDITIONS)


# ── people ──────────────────────────────────────────────────────────────────────────────────────


def test_people_are_counted_against_the_line(facts: MakeFacts, clients: MakePeople) -> None:
    found = facts(clients(3), external=1)

    assert conditions.people(found, at_least=4) == []
    assert texts(conditions.people(found, at_least=3)) == [
        "3 people (names, phone numbers and case references)"
    ]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"private": True}, "7 people with private details"),
        ({"contact": False}, "7 people with private details"),
        ({"private": False}, "2 people with contact details only"),
        ({"contact": True}, "2 people with contact details only"),
        ({"listed": True}, "6 people in a list"),
        ({"listed": False}, "3 people not in a list"),
        ({"hidden": True}, "1 hidden person"),
        ({"visible": False}, "1 hidden person"),
        ({"hidden": False}, "8 visible people"),
        ({"visible": True}, "8 visible people"),
        ({"kinds": ("gb_nino", "money")}, "2 people"),
        ({"private": True, "listed": True, "visible": True}, "6 visible people with private det"),
        ({"reach": 2}, "9 people"),
    ],
)
def test_each_parameter_narrows_whom_is_counted(
    facts: MakeFacts, clients: MakePeople, asked: dict[str, Any], text: str
) -> None:
    everybody = (
        *clients(4),
        *clients(2, first=4, kinds=("person_name", "gb_nino")),
        *clients(1, first=6, hidden=Hidden.SHEET, listed=False),
        *clients(2, first=7, private=False, listed=False, kinds=("person_name",)),
    )

    [found] = texts(conditions.people(facts(everybody, external=2), **asked))

    assert found.startswith(text)


def test_reach_is_of_each_person(facts: MakeFacts, clients: MakePeople) -> None:
    people = clients(4)
    seen = {people[0].digest: 1, people[1].digest: 12}
    found = facts(people, external=12, campaign=Campaign(reach=20, exposure=0, seen=seen))

    assert texts(conditions.people(found, reach=12))[0].endswith(
        "3 people (names, phone numbers and case references), each seen by at least 12 "
        "outside mailboxes"
    )
    assert conditions.people(found, at_least=4, reach=12) == []


def test_nobody_is_disclosed_to_themselves(facts: MakeFacts, clients: MakePeople) -> None:
    themselves = clients(1, addressee=True)

    assert conditions.people(facts(themselves, webmail=1)) == []
    assert conditions.people(facts(themselves, webmail=2)) != []


def test_a_campaign_is_never_smaller_than_its_message(
    facts: MakeFacts, clients: MakePeople
) -> None:
    found = facts(clients(3), external=157, campaign=Campaign())

    assert conditions.people(found, reach=157) != []
    assert texts(conditions.reach(found, at_least=157)) == ["157 outside recipients"]
    assert conditions.exposure(found, at_least=157) != []


def test_a_kind_that_few_of_them_have_is_left_out(facts: MakeFacts, clients: MakePeople) -> None:
    people = (*clients(39), *clients(1, first=39, kinds=("person_name", "email_address")))

    [reason] = conditions.people(facts(people, external=1))

    assert reason.text == "40 people (names, phone numbers and case references)"
    assert reason.findings == ("person_name", "phone", "case_reference")


# ── the last month ──────────────────────────────────────────────────────────────────────────────


def test_people_of_earlier_mail_to_the_same_mailbox_are_counted_too(
    facts: MakeFacts, clients: MakePeople
) -> None:
    found = facts(clients(2), webmail=1, recent=Recent(people=9, private=7))

    assert conditions.people(found, private=True, at_least=3) == []
    assert texts(conditions.people(found, private=True, at_least=7, window=30)) == [
        "2 people with private details (names, phone numbers and case references), and with "
        "earlier mail to the same mailbox 7 people in 30 days"
    ]
    assert conditions.people(found, private=True, at_least=8, window=30) == []


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ({}, 9),
        ({"private": True}, 7),
        ({"contact": False}, 7),
        ({"private": False}, 2),
        ({"contact": True}, 2),
    ],
)
def test_what_the_store_knows_of_earlier_people_is_whether_it_was_private(
    facts: MakeFacts, clients: MakePeople, asked: dict[str, Any], counted: int
) -> None:
    people = (*clients(1), *clients(1, first=1, private=False))
    found = facts(people, webmail=1, recent=Recent(people=9, private=7))

    assert conditions.people(found, at_least=counted, window=30, **asked) != []
    assert conditions.people(found, at_least=counted + 1, window=30, **asked) == []


def test_mail_without_people_is_not_stopped_for_what_went_before(facts: MakeFacts) -> None:
    found = facts(webmail=1, recent=Recent(people=100, private=100))

    assert conditions.people(found, at_least=5, window=30) == []


def test_a_message_is_never_counted_lower_than_it_is(facts: MakeFacts, clients: MakePeople) -> None:
    assert texts(conditions.people(facts(clients(5), webmail=1), at_least=5, window=30)) == [
        "5 people (names, phone numbers and case references)"
    ]


# ── what was found ──────────────────────────────────────────────────────────────────────────────


def test_distinct_values_of_several_kinds_count_together(facts: MakeFacts) -> None:
    tallies = {"gb_nino": Tally(high=4), "gb_bank_account": Tally(high=1, medium=5, low=9)}
    found = facts(external=1, findings=tallies)
    both = ("gb_nino", "gb_bank_account")

    assert texts(conditions.findings(found, kinds=both, at_least=10)) == [
        "4 NI numbers and 6 bank accounts"
    ]
    assert conditions.findings(found, kinds=both, at_least=11) == []
    assert conditions.findings(found, kinds=both, at_least=6, confidence=Confidence.HIGH) == []
    assert conditions.findings(found, kinds=both, at_least=19, confidence=Confidence.LOW) != []
    assert conditions.findings(found, kinds=("phone",)) == []


def test_gaps_alike_are_counted_together_and_no_file_is_named(facts: MakeFacts) -> None:
    gaps = (
        Gap("secret.pdf", Unread.ENCRYPTED, format="pdf"),
        Gap("other.pdf", Unread.ENCRYPTED, format="pdf"),
        Gap("scan.png", Unread.SCAN, format="image"),
    )
    found = facts(external=1, gaps=gaps)

    assert texts(conditions.gaps(found)) == [
        "2 PDF documents that are encrypted",
        "1 picture that is scanned, with no text that can be read",
    ]
    assert len(conditions.gaps(found, why=(Unread.SCAN,))) == 1
    assert len(conditions.gaps(found, formats=("pdf",), at_least=2)) == 1
    assert conditions.gaps(found, why=(Unread.SCAN,), formats=("pdf",)) == []
    assert conditions.gaps(found, at_least=4) == []


def test_hidden_content_is_counted_by_place(facts: MakeFacts) -> None:
    places = (HiddenPlace("a › 1", Hidden.SHEET), HiddenPlace("a › 2", Hidden.COMMENT))
    found = facts(external=1, hidden=places)

    assert texts(conditions.hidden_content(found)) == [
        "2 places that cannot be seen (comment and hidden sheet)"
    ]
    assert conditions.hidden_content(found, why=(Hidden.SHEET,), at_least=2) == []
    assert conditions.hidden_content(found, why=(Hidden.ROW,)) == []


def test_special_categories_are_named(facts: MakeFacts) -> None:
    found = facts(external=1, special=("health", "offence"))

    assert texts(conditions.special_category(found)) == ["words about health and offence"]
    assert texts(conditions.special_category(found, of=("offence",))) == ["words about offence"]
    assert conditions.special_category(found, of=("religion",)) == []
    assert conditions.special_category(found, at_least=3) == []


def test_defects_are_told_once_each(facts: MakeFacts) -> None:
    defects = ("type-contradiction", "duplicate-subject", "type-contradiction")
    found = facts(external=1, defects=defects)

    assert texts(conditions.defects(found)) == [
        "a file that is not what its name or type says",
        "duplicate subject",
    ]
    assert len(conditions.defects(found, named=("type-contradiction",))) == 1
    assert conditions.defects(found, named=("other",)) == []


def test_size_and_formats(facts: MakeFacts) -> None:
    found = facts(external=1, size=10_000_000, formats=("zip", "xlsx"))

    assert texts(conditions.size(found, at_least=10_000_000)) == ["10.0 MB"]
    assert conditions.size(found, at_least=10_000_001) == []
    assert texts(conditions.formats(found, of=("xlsx", "pdf"))) == ["spreadsheets"]
    assert conditions.formats(found, of=("pdf",)) == []


# ── who would see it ────────────────────────────────────────────────────────────────────────────


def test_reach_counts_who_receives_and_exposure_who_is_shown(facts: MakeFacts) -> None:
    blind = facts(external=20, shown=False)

    assert texts(conditions.reach(blind, at_least=20)) == ["20 outside recipients"]
    assert conditions.reach(blind, at_least=21) == []
    assert conditions.exposure(blind, at_least=1) == []
    assert texts(conditions.exposure(facts(external=20), at_least=20)) == [
        "20 outside addresses that every recipient can see"
    ]


def test_exposure_may_be_of_some_circles_only(facts: MakeFacts) -> None:
    found = facts(partner=12, webmail=1)

    assert texts(conditions.exposure(found, at_least=1, of=(Circle.WEBMAIL,))) == [
        "1 personal webmail address that every recipient can see"
    ]
    assert conditions.exposure(found, at_least=2, of=(Circle.WEBMAIL,)) == []


def test_circles_are_of_those_who_receive(facts: MakeFacts) -> None:
    found = facts(partner=2, publishing=1, internal=3)

    assert texts(conditions.circle(found, of=(Circle.PARTNER,))) == ["2 partner addresses"]
    assert conditions.circle(found, of=(Circle.PARTNER,), at_least=3) == []
    assert conditions.circle(found, of=(Circle.WEBMAIL,)) == []
    assert texts(conditions.publishing(found)) == ["1 address that publishes what it receives"]
    assert conditions.publishing(facts(external=1)) == []


def test_the_share_of_webmail_is_of_what_can_be_seen(facts: MakeFacts) -> None:
    found = facts(webmail=6, external=14)

    assert texts(conditions.webmail_share(found, at_least=0.3)) == [
        "30% of the outside addresses that can be seen are personal webmail"
    ]
    assert conditions.webmail_share(found, at_least=0.31) == []
    assert conditions.webmail_share(facts(webmail=6, shown=False), at_least=0.01) == []


def test_first_time_is_of_those_outside_who_receive_it(facts: MakeFacts) -> None:
    def new(circle: Circle, *, first: bool | None = True, receives: bool = True) -> Viewer:
        return Viewer(f"{circle}{first}@x.example", circle, receives, shown=True, first_time=first)

    viewers = (
        new(Circle.WEBMAIL),
        new(Circle.WEBMAIL, first=False),
        new(Circle.WEBMAIL, first=None),
        new(Circle.EXTERNAL),
        new(Circle.INTERNAL),
        new(Circle.PARTNER, receives=False),
    )
    found = Facts("ann@council.example", audience=Audience(viewers))

    assert texts(conditions.first_time(found)) == [
        "1 outside address and 1 personal webmail address never written to before"
    ]
    assert texts(conditions.first_time(found, of=(Circle.WEBMAIL,))) == [
        "1 personal webmail address never written to before"
    ]
    assert conditions.first_time(found, of=(Circle.WEBMAIL,), at_least=2) == []
    assert conditions.first_time(found, of=(Circle.PARTNER,)) == []
    assert conditions.first_time(facts(webmail=1)) == []


def test_a_sender_may_be_in_a_group(facts: MakeFacts) -> None:
    found = facts(external=1, groups=("finance", "members"))

    assert texts(conditions.sender(found, group=("members", "press"))) == [
        "a sender in the group members"
    ]
    assert conditions.sender(found, group=("press",)) == []


def test_a_flow_is_a_reason_where_one_covers_the_message(facts: MakeFacts) -> None:
    assert texts(conditions.flow(facts(flow="payroll"), state="registered")) == [
        "the registered flow payroll"
    ]
    assert conditions.flow(facts(), state="registered") == []
    assert conditions.flow(facts(flow="payroll"), state="shown") == []
    assert texts(conditions.flow(facts(flow_shown="panel"), state="shown")) == [
        "the registered flow panel"
    ]


def test_a_self_send_has_a_reason_without_addresses(facts: MakeFacts) -> None:
    assert texts(conditions.self_send(facts(webmail=1, self_send="j.smith → smithj74"))) == [
        "a recipient that looks like the sender's own mailbox outside"
    ]
    assert conditions.self_send(facts(webmail=1)) == []


def test_addresses_and_subjects_are_compared_without_regard_to_case() -> None:
    viewers = (
        Viewer("Press@Paper.example", Circle.EXTERNAL, receives=True, shown=True),
        Viewer("a@sub.paper.example", Circle.EXTERNAL, receives=False, shown=True),
    )
    found = Facts("Ann@Council.example", subject="Our SECRET plan", audience=Audience(viewers))

    assert texts(conditions.sender(found, like=("*@council.example", "bob@*"))) == [
        "a sender like *@council.example"
    ]
    assert texts(conditions.recipient(found, like=("*@paper.example", "*@*.paper.example"))) == [
        "1 recipient like *@paper.example or *@*.paper.example"
    ]
    assert conditions.recipient(found, like=("*@*paper.example",), at_least=2) == []
    assert texts(conditions.subject(found, contains=("secret", "plot"))) == [
        "a subject with “secret” in it"
    ]


def test_a_hostile_address_costs_no_time(facts: MakeFacts) -> None:
    found = facts(external=1, sender="a" * 100_000)

    assert conditions.sender(found, like=("*a*a*a*a*a*b",)) == []


def test_a_greeting_to_somebody_else_is_told_without_a_name(facts: MakeFacts) -> None:
    assert texts(conditions.greets_another(facts(greets_another=True))) == [
        "a greeting to somebody else than the recipient's address names"
    ]
    assert conditions.greets_another(facts()) == []
