from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dlpguard.audience import Circle, Viewer
from dlpguard.document import Hidden
from dlpguard.facts import Campaign, Facts, Tally
from dlpguard.people import Person
from dlpguard.policy import flowfile
from dlpguard.policy.flows import CONFIRMED, Flow, Send, Suggestion, covering, showing, suggest

MakeFacts = Callable[..., Facts]
MakePeople = Callable[..., tuple[Person, ...]]

TODAY = date(2026, 7, 1)
FLOW = Flow(
    name="hospital",
    senders=("*@council.example",),
    to=("*@partner.example", "r0@external.example"),
    kinds=frozenset({"phone", "case_reference"}),
    max_people=10,
    agreement="Agreement 14",
    owner="Director of Adult Care",
    since=TODAY - timedelta(days=100),
    until=TODAY + timedelta(days=100),
)


def covered(found: Facts, flow: Flow = FLOW, today: date = TODAY) -> bool:
    return covering([flow], found, today) == "hospital"


def test_what_was_agreed_is_covered(facts: MakeFacts, clients: MakePeople) -> None:
    assert covered(facts(clients(10), partner=3, external=1, internal=5))


def test_more_people_than_were_agreed_are_not(facts: MakeFacts, clients: MakePeople) -> None:
    assert not covered(facts(clients(11), partner=1))


@pytest.mark.parametrize("private", [True, False])
def test_nobody_hidden_is_ever_covered(
    facts: MakeFacts, clients: MakePeople, private: bool
) -> None:
    one = clients(1, hidden=Hidden.COMMENT, private=private, listed=False)

    assert not covered(facts(one, partner=1))


def test_a_kind_that_was_not_agreed_is_not_covered(facts: MakeFacts, clients: MakePeople) -> None:
    sensitive = clients(1, first=9, kinds=("person_name", "special_category"))

    assert not covered(facts((*clients(2), *sensitive), partner=1))


def test_a_colleague_who_is_named_beside_them_changes_nothing(
    facts: MakeFacts, clients: MakePeople
) -> None:
    kinds = ("email_address", "person_name")
    colleague = clients(1, first=10, private=False, listed=False, kinds=kinds)

    assert covered(facts((*clients(10), *colleague), partner=1))


def test_a_list_of_contacts_counts(facts: MakeFacts, clients: MakePeople) -> None:
    contacts = clients(11, private=False, kinds=("person_name", "phone"))

    assert covered(facts(contacts[:10], partner=1))
    assert not covered(facts(contacts, partner=1))


def test_identifiers_that_stand_with_nobody_count_like_people(facts: MakeFacts) -> None:
    def numbers(kind: str, n: int) -> Facts:
        return facts(partner=1, findings={kind: Tally(medium=n, low=50)})

    assert not covered(numbers("gb_nino", 1))
    assert covered(numbers("gb_nino", 0))
    accounts = replace(FLOW, kinds=FLOW.kinds | {"gb_nino"})
    assert covered(numbers("gb_nino", 10), accounts)
    assert not covered(numbers("gb_nino", 11), accounts)
    assert covered(numbers("case_reference", 30))


@pytest.mark.parametrize("other", [{"webmail": 1}, {"external": 2}, {"publishing": 1}])
def test_every_recipient_outside_has_to_be_one_that_was_agreed(
    facts: MakeFacts, clients: MakePeople, other: dict[str, int]
) -> None:
    assert not covered(facts(clients(2), partner=1, **other))


def test_who_is_only_shown_does_not_receive_it(facts: MakeFacts, clients: MakePeople) -> None:
    found = facts(clients(2), partner=1)
    shown = Viewer("who@firm.example", Circle.EXTERNAL, receives=False, shown=True)
    viewers = (*found.audience.viewers, shown)

    assert covered(replace(found, audience=replace(found.audience, viewers=viewers)))


TRUSTEES = replace(
    FLOW, name="trustees", to=("*@webmail.example",), kinds=frozenset({"email_address"})
)


def test_addresses_that_are_registered_may_be_shown_to_each_other(facts: MakeFacts) -> None:
    assert "trustees" == showing([FLOW, TRUSTEES], facts(webmail=10), TODAY)
    assert "" == showing([TRUSTEES], facts(webmail=10), TRUSTEES.until + timedelta(days=1))


@pytest.mark.parametrize(
    "found",
    [
        {"webmail": 11},
        {"webmail": 2, "campaign": Campaign(messages=6, reach=11, exposure=11)},
        {"webmail": 2, "special": ("health",)},
        {"webmail": 2, "external": 1},
    ],
    ids=["more", "more over the mailing", "sensitive", "somebody else"],
)
def test_what_was_not_registered_is_not_shown(facts: MakeFacts, found: dict[str, Any]) -> None:
    assert "" == showing([TRUSTEES], facts(**found), TODAY)


def test_a_flow_may_be_registered_for_something_sensitive(facts: MakeFacts) -> None:
    hospice = replace(TRUSTEES, kinds=TRUSTEES.kinds | {"special_category"})

    assert "trustees" == showing([hospice], facts(webmail=2, special=("health",)), TODAY)


def test_who_is_only_shown_has_to_be_registered_too(facts: MakeFacts) -> None:
    found = facts(webmail=3)
    shown = Viewer("who@firm.example", Circle.EXTERNAL, receives=False, shown=True)
    viewers = (*found.audience.viewers, shown)

    assert "" == showing(
        [TRUSTEES], replace(found, audience=replace(found.audience, viewers=viewers)), TODAY
    )


def test_a_flow_of_lists_says_nothing_about_who_sees_whom(facts: MakeFacts) -> None:
    names = replace(TRUSTEES, kinds=frozenset({"phone", "case_reference"}))

    assert "trustees" == covering([names], facts(webmail=10), TODAY)
    assert "" == showing([names], facts(webmail=10), TODAY)


def test_somebody_else_is_not_covered(facts: MakeFacts, clients: MakePeople) -> None:
    assert not covered(facts(clients(2), partner=1, sender="ann@council.example.evil.example"))
    assert not covered(facts(clients(2), partner=1, sender=""))
    assert not covered(facts(clients(2), internal=1))


def test_a_flow_covers_from_its_first_day_to_its_last(
    facts: MakeFacts, clients: MakePeople
) -> None:
    found = facts(clients(2), partner=1)
    day = timedelta(days=1)

    assert [covered(found, today=d) for d in (FLOW.since - day, FLOW.since)] == [False, True]
    assert [covered(found, today=d) for d in (FLOW.until, FLOW.until + day)] == [True, False]


def test_the_first_of_several_is_named(facts: MakeFacts, clients: MakePeople) -> None:
    flows = [replace(FLOW, name="small", max_people=1), FLOW, replace(FLOW, name="large")]

    assert covering(flows, facts(clients(2), partner=1), TODAY) == "hospital"


# ── suggestions ─────────────────────────────────────────────────────────────────────────────────


def send(days_ago: int, **other: object) -> Send:
    given: dict[str, object] = {
        "sender": "Ann@Council.example",
        "recipients": ("team@nhs.example",),
        "kinds": ("case_reference",),
        "people": 12,
        "day": TODAY - timedelta(days=days_ago),
        **other,
    }
    return Send(**given)  # type: ignore[arg-type]  # keywords of any kind, for a test


def test_five_confirmed_sends_in_thirty_days_suggest_a_flow() -> None:
    sends = [send(0), send(29, people=40), send(3, kinds=("phone",)), send(4), send(5)]

    assert suggest(sends, TODAY) == (
        Suggestion(
            sender="ann@council.example",
            to=("team@nhs.example",),
            kinds=("case_reference", "phone"),
            max_people=40,
            sends=CONFIRMED,
            first=TODAY - timedelta(days=29),
            last=TODAY,
        ),
    )
    assert suggest(sends[:4], TODAY) == ()


@pytest.mark.parametrize(
    "fifth",
    [
        send(30),
        send(-1),
        send(1, hidden=True),
        send(1, sender="bob@council.example"),
        send(1, recipients=("team@nhs.example", "ward@nhs.example")),
    ],
    ids=["too long ago", "still to come", "hidden", "another sender", "other recipients"],
)
def test_only_sends_that_one_flow_would_cover_count_together(fifth: Send) -> None:
    assert suggest([*(send(n) for n in range(4)), fifth], TODAY) == ()


def test_recipients_are_the_same_in_any_order_and_spelling() -> None:
    two = [("A@nhs.example", "b@nhs.example"), ("B@nhs.example", "a@nhs.example")]
    sends = [send(n, recipients=two[n % 2]) for n in range(5)]

    assert [s.to for s in suggest(sends, TODAY)] == [("a@nhs.example", "b@nhs.example")]


def test_the_busiest_comes_first() -> None:
    few = [send(n) for n in range(5)]
    many = [send(n, recipients=("x@firm.example",)) for n in range(6)]

    assert [s.sends for s in suggest([*few, *many], TODAY)] == [6, 5]


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def test_flows_are_read(tmp_path: Path) -> None:
    file = tmp_path / "flows.yaml"
    file.write_text(
        """
- name: hospital
  from: "*@council.example"
  to: ["*@partner.example", r0@external.example]
  kinds: [phone, case_reference]
  max_people: 10
  agreement: Agreement 14
  owner: Director of Adult Care
  since: 2026-03-23
  until: "2026-10-09"
"""
    )

    assert flowfile.read(file) == (FLOW,)


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "[]\n"])
def test_there_may_be_none(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "flows.yaml"
    if text is not None:
        file.write_text(text)

    assert flowfile.read(file) == ()
