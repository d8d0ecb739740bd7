"""Mail that shares nothing with other mail of its sender, and mail that turns out to share."""

from __future__ import annotations

from dataclasses import replace

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.facts import Content, Facts
from dlpguard.mail import Envelope, Recipient
from dlpguard.people import People, Person
from dlpguard.replay.apart import Apart, alone
from dlpguard.replay.letter import Letter
from dlpguard.store.campaigns import LONGEST_SECONDS

ANN = "ann@council.example"


def mail(number: int, to: str, content: bytes = b"", sender: str = ANN) -> Letter:
    viewer = Viewer(to, Circle.EXTERNAL, receives=True, shown=True)
    links = (content or str(number).encode(),)
    facts = Facts(sender=sender, audience=Audience((viewer,)), content=Content(b"", links))
    return Letter(number, float(number), Envelope(sender, (Recipient(to),)), 100, facts)


def apart(*letters: Letter) -> Apart:
    found = Apart()
    for each in letters:
        found.notice(each)
        found.keep(each)
    return found


def test_everybody_who_gets_it_is_new() -> None:
    facts = alone(mail(1, "cy@x.example").facts)

    assert facts
    assert [True] == [v.first_time for v in facts.audience.viewers]


def test_who_is_told_of_themselves_needs_the_store() -> None:
    facts = mail(1, "cy@x.example").facts
    about = [
        replace(facts, people=People((Person("Bo", (), "", addressee=a),))) for a in (False, True)
    ]

    assert [True, False] == [alone(each) is not None for each in about]


def test_who_is_told_to_a_private_mailbox_needs_the_store() -> None:
    """People are united over a month there."""
    viewer = Viewer("bo@webmail.example", Circle.WEBMAIL, receives=True, shown=True)
    facts = Facts(sender=ANN, audience=Audience((viewer,)))

    assert alone(facts)
    assert alone(replace(facts, people=People((Person("Bo", (), ""),)))) is None


def test_the_same_recipient_is_something_in_common() -> None:
    first = mail(1, "cy@x.example")

    assert apart(first).shares(mail(2, "CY@X.example"))
    assert (first,) == apart(first).take(mail(2, "CY@X.example"))


def test_the_same_content_is_something_in_common() -> None:
    first = mail(1, "cy@x.example", b"same")

    assert (first,) == apart(first).take(mail(2, "di@x.example", b"same"))


def test_nothing_is_shared_with_another_sender() -> None:
    found = apart(mail(1, "cy@x.example", b"same"))
    other = mail(2, "cy@x.example", b"same", "bo@council.example")

    assert not found.shares(other)
    assert () == found.take(other)


def test_what_was_taken_is_not_taken_again_and_still_known() -> None:
    found = apart(mail(1, "cy@x.example"), mail(2, "di@x.example", b"same"))
    found.take(mail(3, "cy@x.example"))

    assert () == found.take(mail(4, "cy@x.example"))
    assert found.shares(mail(4, "cy@x.example"))
    assert [2] == [each.number for each in found.take(mail(5, "ed@x.example", b"same"))]


def test_after_a_day_only_whom_a_sender_has_written_to_is_left() -> None:
    """Nothing joins a campaign that is a day old."""
    first = mail(1, "cy@x.example", b"same")
    found = apart(first, replace(mail(2, "di@x.example"), when=first.when + LONGEST_SECONDS + 1))
    later = mail(3, "cy@x.example", b"same")

    assert () == found.take(later)
    assert found.shares(later)
    assert ("cy@x.example",) == found.known_before(later)


def test_whom_a_record_knows_counts_until_there_is_mail_to_them() -> None:
    known = [Viewer("cy@x.example", Circle.EXTERNAL, receives=True, shown=True, first_time=False)]
    letter = mail(1, "cy@x.example")
    recorded = replace(letter, facts=replace(letter.facts, audience=Audience((*known,))))

    assert ("cy@x.example",) == Apart().known_before(recorded)
    assert () == apart(letter).known_before(recorded)
