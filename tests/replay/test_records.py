"""The records of a relay that observed: the same report as over the mail itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dlpguard.errors import ConfigurationError
from dlpguard.replay import records
from dlpguard.replay.letter import Letter
from dlpguard.replay.records import Records
from dlpguard.replay.run import Replayed
from dlpguard.replay.told import caveats
from dlpguard.verdict import Action
from tests.commands._line import SAMPLES
from tests.replay._mail import DAY, MINUTE, MONDAY, House, letter, listed, put, quiet
from tests.replay._relay import Relay, every

CY, DI = "cy@elsewhere.example", "di@webmail.example"
SWEEPS = ["people.at_least=2,41"]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    made = Relay(tmp_path)
    with contextlib.closing(made.store):
        yield made


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mailing in many mails, small lists to a private mailbox, a broken file, letters."""
    small, broken = (
        (SAMPLES / "attachments" / name).read_bytes()
        for name in ("clients-9.xlsx", "truncated.docx")
    )
    return put(
        tmp_path_factory.mktemp("mail"),
        *(listed([f"p{n}@elsewhere.example"], MONDAY + n * MINUTE) for n in range(12)),
        *(listed([DI], MONDAY + 1 + n * DAY, small) for n in range(3)),
        listed([CY], MONDAY + DAY, broken),
        *(letter([CY], MONDAY + 2 + n * DAY, text=f"Number {n}") for n in range(3)),
        letter(["bo@council.example"], MONDAY + 3),
    )


@pytest.fixture(scope="module")
def letters(mail: Path, house: House) -> list[Letter]:
    return house.runner.run(every(house.mail(mail).each(quiet)))


@pytest.fixture(scope="module")
def of_mail(mail: Path, house: House) -> Replayed:
    return house.replay(mail, sweeps=SWEEPS)


def test_records_come_to_the_same_as_the_mail(
    relay: Relay, letters: list[Letter], of_mail: Replayed, house: House
) -> None:
    asked = house.asked(SWEEPS)
    relay.judge(letters, asked.judging)
    found = house.judge(Records(relay.store.database), asked)

    assert of_mail.tally == found.tally
    assert (of_mail.gaps, of_mail.inside) == (found.gaps, found.inside)
    assert of_mail.curves == found.curves
    assert {Action.CONFIRM, Action.QUARANTINE} == {d.action for d in found.tally.decisions}
    assert (True, len(letters)) == (found.origin.records, found.origin.kinds[0][1])


def test_whom_a_sender_had_written_to_before_the_first_record_is_not_new(
    relay: Relay, letters: list[Letter], house: House
) -> None:
    """Records are deleted after a month; what the relay knew when it judged stands in the next."""
    asked = house.asked()
    relay.judge([each for each in letters if DI in each.envelope.addresses], asked.judging)
    mine = Records(relay.store.database)

    assert "people-new-webmail" in stopping(house.judge(mine, asked))

    relay.forget_first()

    assert "people-new-webmail" not in stopping(house.judge(mine, asked))


def test_what_was_judged_while_enforcing_is_left_out(
    relay: Relay, letters: list[Letter], house: House
) -> None:
    asked = house.asked()
    relay.judge(letters[:4], asked.judging)
    relay.judge(letters[4:7], asked.judging, "enforce")
    found = house.judge(Records(relay.store.database), asked)

    assert (4, 3) == (found.tally.totals.messages, found.origin.others)


def test_mail_that_only_a_group_may_know_of_is_left_out(
    relay: Relay, letters: list[Letter], house: House
) -> None:
    asked = house.asked()
    relay.judge(letters[:2], asked.judging)
    relay.judge(letters[2:4], replace(asked.judging, private={"legal": ("*@council.example",)}))
    found = house.judge(Records(relay.store.database), asked)

    assert (2, 2) == (found.tally.totals.messages, found.origin.private)
    assert any("only a group of its own" in line for line in caveats(found))


def test_many_records_are_had_page_by_page_in_their_order(
    relay: Relay, letters: list[Letter], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of one moment too."""
    monkeypatch.setattr(records, "PAGE", 5)
    some = [replace(letters[-1], when=MONDAY + n // 3) for n in range(12)]
    relay.judge(some, house.asked().judging)
    mine = Records(relay.store.database)
    found = house.runner.run(every(mine.each(quiet)))

    assert [each.when for each in some] == [each.when for each in found]
    assert [*range(len(some))] == [each.number for each in found]
    assert found[7] == mine.again(7)


def test_no_record_is_said(relay: Relay, letters: list[Letter], house: House) -> None:
    mine = Records(relay.store.database)

    with pytest.raises(ConfigurationError, match="nothing is on record yet"):
        house.judge(mine, house.asked())

    relay.judge(letters[:2], house.asked().judging, "enforce")

    with pytest.raises(ConfigurationError, match="all 2 messages on record were judged while"):
        house.judge(mine, house.asked())


def test_a_report_on_records_says_what_they_are(
    relay: Relay, letters: list[Letter], house: House
) -> None:
    relay.judge(letters[:3], house.asked().judging)
    lines = caveats(house.judge(Records(relay.store.database), house.asked()))

    assert any("Nothing was read again" in line for line in lines)
    assert not any("Everybody is new" in line or "is not known" in line for line in lines)


def stopping(done: Replayed) -> set[str]:
    return {name for decision in done.tally.decisions for name in decision.stopping}
