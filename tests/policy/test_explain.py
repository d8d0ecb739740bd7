from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.document import Gap, Hidden, Unread
from dlpguard.facts import Facts, Tally
from dlpguard.people import People, Person
from dlpguard.policy import (
    Policies,
    Policy,
    evaluate,
    explain,
    for_log,
    for_sender,
    headline,
    sender_name,
    summary,
)
from dlpguard.policy.language import Condition, Mode
from dlpguard.verdict import Action

MakeFacts = Callable[..., Facts]
MakePeople = Callable[..., tuple[Person, ...]]


def test_the_first_sentence_of_a_message(facts: MakeFacts, clients: MakePeople) -> None:
    people = (*clients(28), *clients(12, first=28, hidden=Hidden.SHEET))
    found = facts(people, external=7, webmail=150, shown=False, formats=("xlsx",), author="Ann Bee")

    assert headline(found, left=0) == (
        "Ann Bee is sending 40 people's names, phone numbers and case references to 157 outside "
        "addresses (150 personal) in one spreadsheet. 12 of the 40 are on a hidden sheet. "
        "Nothing has left."
    )


def known(found: Facts, new: int) -> Facts:
    """The same, when the sender has never written to so many of its outside recipients."""
    viewers = found.audience.viewers
    marked = (replace(v, first_time=i < new) for i, v in enumerate(viewers))
    return replace(found, audience=replace(found.audience, viewers=tuple(marked)))


def test_the_first_sentence_of_the_design(facts: MakeFacts, clients: MakePeople) -> None:
    people = (*clients(28), *clients(12, first=28, hidden=Hidden.SHEET))
    found = facts(
        people,
        external=7,
        webmail=150,
        shown=False,
        formats=("xlsx",),
        author="Ann Bee (Adult Care)",
    )

    assert headline(known(found, 149), left=0) == (
        "Ann Bee (Adult Care) is sending 40 people's names, phone numbers and case references to "
        "157 outside addresses (150 personal) in one spreadsheet. 12 of the 40 are on a hidden "
        "sheet. Nothing has left. Ann Bee has never written to 149 of them."
    )


@pytest.mark.parametrize(
    ("reach", "new", "sentence"),
    [
        (1, 1, "ann@council.example has never written to it before."),
        (3, 3, "ann@council.example has never written to any of them."),
        (3, 1, "ann@council.example has never written to 1 of them."),
    ],
)
def test_to_whom_nobody_has_written_before(
    facts: MakeFacts, reach: int, new: int, sentence: str
) -> None:
    assert headline(known(facts(external=reach), new)).endswith(sentence)
    assert "never" not in headline(known(facts(external=reach), 0))


def test_a_display_name_full_of_brackets_costs_no_time(facts: MakeFacts) -> None:
    for hostile in ("(" * 100_000, "Ann" + " (" * 50_000, " " * 100_000 + "(x)"):
        assert "never" in headline(known(facts(external=1, author=hostile), 1))


def test_one_of_everything_is_said_in_the_singular(facts: MakeFacts, clients: MakePeople) -> None:
    found = facts(clients(1, hidden=Hidden.COMMENT, where="body"), webmail=1)

    assert headline(found, left=1) == (
        "ann@council.example is sending 1 person's name, phone number and case reference to "
        "1 outside address (1 personal). It is in a comment. 1 of them already has it."
    )
    assert summary(found) == (
        "1 outside recipient would get the name, phone number and case reference of 1 person, "
        "hidden"
    )


def test_the_line_of_the_demonstration(facts: MakeFacts, clients: MakePeople) -> None:
    assert summary(facts(clients(40), external=157, shown=False)) == (
        "157 outside recipients would get the names, phone numbers and case references of 40 people"
    )


def test_large_numbers_are_readable(facts: MakeFacts, clients: MakePeople) -> None:
    people = (*clients(150), *clients(18564, first=150, hidden=Hidden.ROW))
    found = facts(people, external=2)

    assert "2 outside recipients would get" in summary(found)
    assert summary(found).endswith("of 18,714 people, 18,564 of them hidden")
    assert "18,564 of the 18,714 are in hidden rows." in headline(found)


@pytest.mark.parametrize(
    ("hidden", "sentence"),
    [
        (Hidden.VERY_HIDDEN_SHEET, "They are all on a very hidden sheet."),
        (Hidden.COLUMN, "They are all in hidden columns."),
        (Hidden.PIVOT_CACHE, "They are all in a pivot cache."),
        (Hidden.EMBEDDED, "They are all in an embedded object."),
        (Hidden.HIDDEN_TEXT, "They are all in hidden text."),
        (Hidden.SAME_COLOUR, "They are all in text in the colour of its background."),
        (Hidden.HTML, "They are all in HTML that is not displayed."),
    ],
)
def test_where_the_hidden_ones_are(
    facts: MakeFacts, clients: MakePeople, hidden: Hidden, sentence: str
) -> None:
    assert sentence in headline(facts(clients(3, hidden=hidden), external=1))


def test_different_hiding_places_are_not_listed(facts: MakeFacts, clients: MakePeople) -> None:
    people = (*clients(2, hidden=Hidden.ROW), *clients(2, first=2, hidden=Hidden.COMMENT))

    assert "They are all in what cannot be seen." in headline(facts(people, external=1))


def test_contacts_beside_clients_do_not_blur_the_number(
    facts: MakeFacts, clients: MakePeople
) -> None:
    contact = clients(1, first=40, private=False, listed=False, kinds=("person_name", "phone"))

    assert "40 people's" in headline(facts((*clients(40), *contact), external=1))
    assert "1 person's name and phone number" in headline(facts(contact, external=1))


@pytest.mark.parametrize(
    ("where", "formats", "carrier"),
    [
        ("body", ("pdf",), "address."),
        ("clients.xlsx › Sheet1 › row 3", ("xlsx", "pdf"), "in one spreadsheet."),
        ("letters.zip › a.docx", ("zip", "docx"), "in one zip archive."),
        ("holiday.png › Sheet1", ("xlsx",), "in one file."),
    ],
)
def test_files_are_called_by_what_they_are(
    facts: MakeFacts, clients: MakePeople, where: str, formats: tuple[str, ...], carrier: str
) -> None:
    found = facts(clients(3, where=where), external=1, formats=formats)

    assert headline(found).endswith(carrier)


def test_a_message_without_people_is_told_by_what_it_shows_or_hides(facts: MakeFacts) -> None:
    shown = facts(webmail=700, external=81)
    unread = facts(external=1, gaps=(Gap("a.pdf", Unread.CORRUPT, format="pdf"),))
    numbers = facts(external=1, findings={"gb_nino": Tally(high=12), "phone": Tally(high=3)})

    assert summary(shown) == "781 outside recipients would see 781 outside addresses"
    assert headline(shown) == (
        "ann@council.example is sending a message to 781 outside addresses (700 personal). "
        "Every recipient can see 781 outside addresses."
    )
    assert summary(unread) == "1 outside recipient would get 1 PDF document that is damaged"
    assert summary(numbers) == "1 outside recipient would get 12 NI numbers"
    assert summary(facts(external=1)) == "1 outside recipient would get nobody's data"
    assert summary(facts(internal=9)) == "nobody outside would get it"
    assert headline(facts(internal=9)) == "ann@council.example is writing to nobody outside."


def test_what_is_unread_is_told_beside_the_people(facts: MakeFacts, clients: MakePeople) -> None:
    gaps = (Gap("b.zip", Unread.ENCRYPTED, format="zip"),)

    assert "It also holds 1 zip archive that is encrypted." in headline(
        facts(clients(3), external=1, gaps=gaps)
    )


def test_a_sentence_for_every_match(facts: MakeFacts, clients: MakePeople) -> None:
    listed = Condition("people", {"listed": True, "private": True, "at_least": 3, "reach": 10})
    policies = Policies(
        (
            Policy("list", "No lists", "Why.", (listed,), Action.QUARANTINE, approvals=2),
            Policy("marks", "Marked", "Why.", (Condition("reach", {"at_least": 1}),), Action.TAG),
        )
    )
    found = facts(
        clients(40), external=157, shown=False, gaps=(Gap("a", Unread.TOO_DEEP, format="zip"),)
    )

    verdict = evaluate(policies, found, enforce=True)
    first, *others = explain(verdict, found)

    assert first.endswith("Nothing has left.")
    assert others == [
        "Held by list (No lists): 40 people with private details in a list (names, phone numbers "
        "and case references), each seen by 157 outside mailboxes. Two people have to release it.",
        "Held (What dlpguard failed to read does not leave): 1 zip archive that is nested too "
        "deeply to read.",
        "Marked by marks (Marked): 157 outside recipients.",
    ]


def test_while_observing_it_is_said_what_would_have_been(facts: MakeFacts) -> None:
    reach = Condition("reach", {"at_least": 1})
    policies = Policies((Policy("a", "Title", "Why.", (reach,), Action.CONFIRM),))
    found = facts(external=2)

    watched = explain(evaluate(policies, found, enforce=False), found)
    asked = explain(evaluate(policies, found, enforce=True), found)

    assert watched[1] == "Its sender would be asked by a (Title): 2 outside recipients."
    assert asked[1] == "Its sender is asked by a (Title): 2 outside recipients."
    assert "left" not in watched[0]
    assert asked[0].endswith("Nothing has left.")


LISTED = Condition("people", {"listed": True, "private": True, "at_least": 3, "reach": 10})
LIST = Policy(
    "list", "No lists", "Send letters one by one.", (LISTED,), Action.QUARANTINE, approvals=2
)
ASKED = Policy("asked", "Asked", "Look again.", (Condition("people"),), Action.CONFIRM)
MARKED = Policy("marks", "Marked", "Why.", (Condition("reach", {"at_least": 1}),), Action.TAG)


def test_the_sender_is_told_what_decides_and_why(facts: MakeFacts, clients: MakePeople) -> None:
    found = known(facts(clients(40), external=157, shown=False), 157)
    verdict = evaluate(Policies((LIST, ASKED, MARKED)), found, enforce=True)

    assert for_sender(verdict, found) == (
        "You are sending 40 people's names, phone numbers and case references to 157 outside "
        "addresses in one file. Nothing has left. You have never written to any of them.",
        "It waits for a reviewer.",
        "No lists: 40 people with private details in a list (names, phone numbers and case "
        "references), each seen by 157 outside mailboxes.",
        "Send letters one by one.",
    )


def test_a_sender_who_is_asked_is_told_so(facts: MakeFacts, clients: MakePeople) -> None:
    found = facts(clients(3), external=1)
    verdict = evaluate(Policies((LIST, ASKED, MARKED)), found, enforce=True)

    assert for_sender(verdict, found)[1:] == (
        "It waits for you to say whether you meant it.",
        "Asked: 3 people (names, phone numbers and case references).",
        "Look again.",
    )


def test_a_sender_whose_mail_passed_is_told_only_what_it_was(
    facts: MakeFacts, clients: MakePeople
) -> None:
    found = facts(clients(3), external=1)
    verdict = evaluate(Policies((replace(ASKED, mode=Mode.OBSERVE),)), found, enforce=True)

    [only] = for_sender(verdict, found)
    assert only.startswith("You are sending 3 people's")
    assert for_sender(verdict, facts(internal=1)) == ("You are writing to nobody outside.",)


def test_the_log_has_one_line_of_policies_and_counts(facts: MakeFacts, clients: MakePeople) -> None:
    people = (*clients(28), *clients(12, first=28, hidden=Hidden.SHEET))
    gaps = (Gap("Jane Doe.zip", Unread.ENCRYPTED, format="zip"),)
    found = facts(people, external=7, webmail=1150, shown=False, gaps=gaps, author="Ann Bee")
    watched = replace(ASKED, mode=Mode.OBSERVE)

    held = evaluate(Policies((LIST, MARKED, watched)), found, enforce=True)
    seen = evaluate(Policies((LIST,)), found, enforce=False)
    plain = evaluate(Policies(), facts(external=1), enforce=True)

    assert for_log(held, found) == (
        "held by list, marks (observed: asked): 40 people (40 private, 40 listed, 12 hidden) to "
        "1,157 outside addresses (1,150 personal), 1 gap"
    )
    assert for_log(seen, found).startswith("allowed, would be held by list: 40 people")
    assert for_log(plain, facts(external=1)) == "allowed: 0 people to 1 outside address"
    assert for_log(replace(plain, flow="payroll"), facts(external=1)) == (
        "allowed (flow: payroll): 0 people to 1 outside address"
    )
    assert for_log(replace(plain, inherits="01M8"), facts(external=1)) == (
        "allowed (let go with 01M8): 0 people to 1 outside address"
    )


def test_a_reviewer_is_told_of_the_flow(facts: MakeFacts) -> None:
    verdict = evaluate(Policies((MARKED,)), facts(external=1), enforce=True)

    assert explain(replace(verdict, flow="payroll"), facts(external=1))[-1] == (
        "It is covered by the registered flow payroll."
    )


def test_no_sentence_names_a_file_a_subject_or_a_recipient(
    facts: MakeFacts, clients: MakePeople
) -> None:
    found = replace(
        facts(
            clients(12, where="Jane Doe.xlsx › Sheet1"),
            webmail=12,
            formats=("xlsx",),
            gaps=(Gap("Jane Doe.zip", Unread.CORRUPT, format="zip"),),
        ),
        subject="About Jane Doe",
    )
    asked: dict[str, dict[str, Any]] = {
        "subject": {"contains": ("about",)},
        "recipient": {"like": ("*@webmail.example",)},
        "people": {},
        "gaps": {},
        "exposure": {"at_least": 1},
    }
    always = tuple(
        Policy(name, "Title", "Why.", (Condition(name, given),), Action.QUARANTINE)
        for name, given in asked.items()
    )

    verdict = evaluate(Policies(always), found, enforce=True)
    found = known(found, 3)
    sentences = (*explain(verdict, found), *for_sender(verdict, found), for_log(verdict, found))
    text = " ".join((*sentences, headline(found), summary(found)))

    assert len(verdict.matches) == len(always) + 1
    assert not [word for word in ("Jane", "Doe", "r0@") if word in text]
    assert "ann@" not in for_log(verdict, found)


def test_a_header_field_is_no_file() -> None:
    person = Person("Ann Bee", ("person_name", "phone"), "header Thread-Topic", private=True)
    audience = Audience((Viewer("a@firm.example", Circle.EXTERNAL, receives=True, shown=True),))
    facts = Facts(sender="ann@council.example", people=People((person,)), audience=audience)

    assert "file" not in headline(facts)


@pytest.mark.parametrize(
    ("author", "called"),
    [
        ("Bee, Ann", "Ann Bee"),
        ("Bee, Ann (Adult Care)", "Ann Bee (Adult Care)"),
        ("O'Neill-Bee, Ann Mary", "Ann Mary O'Neill-Bee"),
        ("Ann Bee (Adult Care)", "Ann Bee (Adult Care)"),
        ("Example Council, Adult Care", "Example Council, Adult Care"),
        ("Bee, Ann, Adult Care", "Bee, Ann, Adult Care"),
        ("Bee, (Ann)", "Bee, (Ann)"),
        ("", "ann@council.example"),
    ],
)
def test_a_sender_is_called_as_one_says_it(facts: MakeFacts, author: str, called: str) -> None:
    found = replace(facts(author=author), sender="ann@council.example")

    assert called == sender_name(found)


@pytest.mark.parametrize("part", ["a", ", ", "(", "a,(", " "])
def test_a_long_name_takes_no_time(facts: MakeFacts, part: str) -> None:
    author = part * 200_000

    assert sender_name(facts(author=author))
