from collections.abc import Callable

import pytest

from dlpguard.audience import Circle
from dlpguard.facts import Facts, Recent
from dlpguard.people import Person
from dlpguard.policy.trialhistory import remembered
from dlpguard.policy.trialmail import Mail

MakeFacts = Callable[..., Facts]
MakePeople = Callable[..., tuple[Person, ...]]

MAIL = Mail.model_validate({"from": "ann@council.example", "to": "b@firm.example"})


def together(*read: Facts, mail: Mail = MAIL) -> tuple[Facts, ...]:
    return remembered([mail] * len(read), read)


def test_reach_is_of_all_mails_and_exposure_of_the_most_open_one(facts: MakeFacts) -> None:
    first, second = together(facts(external=2, webmail=1), facts(external=1, partner=4))

    assert (first.campaign.messages, first.campaign.reach, first.campaign.exposure) == (2, 7, 5)
    assert first.campaign == second.campaign


def test_people_count_with_the_mailboxes_that_get_them(
    facts: MakeFacts, clients: MakePeople
) -> None:
    ann, bob, cy = clients(3)
    first, _ = together(facts((ann, bob), external=2), facts((ann, cy), webmail=3))

    assert [first.campaign.seen_by(p) for p in (ann, bob, cy)] == [5, 2, 3]


def test_letters_to_their_own_addressees_disclose_nobody(
    facts: MakeFacts, clients: MakePeople
) -> None:
    letters = [facts(clients(1, first=n, addressee=True), external=1) for n in range(9)]
    first, *_ = together(*letters)

    assert {first.campaign.seen_by(p) for f in letters for p in f.people.everyone} == {0}


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ({"webmail": 1}, Recent(people=3, private=2)),
        ({"external": 1, "self_send": "a → b"}, Recent(people=3, private=2)),
        ({"external": 1}, Recent()),
        ({"webmail": 2}, Recent()),
    ],
)
def test_the_month_is_of_one_private_mailbox(
    facts: MakeFacts, clients: MakePeople, boxes: dict[str, object], expected: Recent
) -> None:
    ann, bob = clients(2)
    [cy] = clients(1, first=2, private=False)
    first, _ = together(facts((ann, bob), **boxes), facts((ann, cy), **boxes))

    assert first.recent == expected


def test_who_is_new_and_in_which_groups_the_mail_says(facts: MakeFacts) -> None:
    given = {"first_time": "*@webmail.example", "groups": "finance"}
    mail = Mail.model_validate({"from": "a@council.example", "to": "b@firm.example", **given})
    [found] = together(facts(webmail=1, external=1), mail=mail)

    assert found.groups == ("finance",)
    assert {v.circle: v.first_time for v in found.audience.viewers} == {
        Circle.WEBMAIL: True,
        Circle.EXTERNAL: False,
    }
