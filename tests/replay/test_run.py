"""A whole replay: as the relay would have judged, whoever reads, and whatever is tried."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dlpguard.commands import _wiring
from dlpguard.facts import Facts
from dlpguard.replay import run, world
from dlpguard.replay.headings import Known
from dlpguard.replay.readings import Readings
from dlpguard.replay.run import Replayed
from dlpguard.replay.tallies import Decision
from dlpguard.verdict import Action
from tests.commands._line import SAMPLES
from tests.incidents.ordinary import ordinary
from tests.replay._mail import DAY, LIST, MINUTE, MONDAY, House, letter, listed, put, quiet

POLICIES = SAMPLES.parent / "policies"
READERS = (SAMPLES / "recipients" / "mailing-157.txt").read_text().split()
TEN = (SAMPLES / "attachments" / "clients-10.xlsx").read_bytes()
CY, DI = "cy@elsewhere.example", "di@webmail.example"


def decisions(done: Replayed) -> list[tuple[Action, int]]:
    return [(d.action, d.messages) for d in done.tally.decisions]


def test_a_mailing_of_30_in_30_mails_is_one_hold(tmp_path: Path, house: House) -> None:
    mails = [listed([one], MONDAY + n * 0.1, TEN) for n, one in enumerate(READERS[:30])]
    done = house.replay(put(tmp_path / "in", *mails))
    [decision] = done.tally.decisions

    assert (Action.QUARANTINE, 30, 30) == (decision.action, decision.messages, decision.reach)
    assert "people-list-mass-mailing" in decision.stopping
    assert (2, 10) == (decision.approvals, decision.people)
    assert (30, 30, 1, 0) == (
        done.tally.totals.messages, done.tally.totals.held,
        done.tally.totals.holds, done.tally.totals.forwarded,
    )  # fmt: skip


def test_a_mailing_of_157_in_one_mail_is_one_hold(tmp_path: Path, house: House) -> None:
    noted = b"X-Envelope-To: " + ",\r\n ".join(READERS).encode() + b"\r\n"
    done = house.replay(put(tmp_path / "in", noted + listed(["undisclosed-recipients:;"])))
    [decision] = done.tally.decisions

    assert (Action.QUARANTINE, 1, 157) == (decision.action, decision.messages, decision.reach)
    assert dict(done.origin.known)[Known.ENVELOPE] == 1


def test_copies_a_day_apart_are_decisions_of_their_own(tmp_path: Path, house: House) -> None:
    partners = [f"p{n}@elsewhere.example" for n in range(12)]
    mails = [listed(partners, MONDAY), listed(partners, MONDAY + 2 * DAY)]

    assert [(Action.QUARANTINE, 1)] * 2 == decisions(house.replay(put(tmp_path / "in", *mails)))


def test_the_second_mail_to_an_address_is_no_first_mail(tmp_path: Path, house: House) -> None:
    """Whoever is asked says yes; nothing but that tells these three from three first ones."""
    file = SAMPLES / "attachments" / "clients-9.xlsx"
    mails = [listed([DI], MONDAY + n * DAY, file.read_bytes()) for n in range(3)]
    done = house.replay(put(tmp_path / "in", *mails))
    new = [d.stopping for d in done.tally.decisions if "people-new-webmail" in d.stopping]

    assert 1 == len(new)


def test_order_is_that_of_the_dates_not_of_the_files(tmp_path: Path, house: House) -> None:
    mails = [letter([CY], MONDAY + n * DAY, text=str(n)) for n in (3, 1, 2)]
    days = house.replay(put(tmp_path / "in", *mails)).tally.days

    assert ["2026-09-08", "2026-09-09", "2026-09-10"] == [d.day.isoformat() for d in days]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ordinary mail of one person, and lists of another among it."""
    folder = tmp_path_factory.mktemp("mixed")
    mails = [re.sub(rb"(?m)^From: .*@", b"From: <bo.dee@", m.content) for m in ordinary(12)]
    mails = [re.sub(rb"(?m)^(From: <bo.dee@)[^>\s]*>?", rb"\1council.example>", m) for m in mails]
    mails += [listed([f"p{n}@elsewhere.example"], MONDAY + n * MINUTE) for n in range(12)]
    mails += [listed([DI], MONDAY + n * DAY) for n in range(3)]
    mails += [
        listed([CY], MONDAY + 3 * DAY, (SAMPLES / "attachments" / name).read_bytes())
        for name in ("clients-10.xlsx", "clients-9.xlsx", "truncated.docx", "hidden-60.xlsx")
    ]
    return put(folder, *mails)


@pytest.fixture(scope="module")
def kept(house: House) -> Readings:
    """The mixed mail is read once, whatever it is judged by."""
    return house.readings()


@pytest.fixture(scope="module")
def swept(mixed: Path, kept: Readings, house: House) -> Replayed:
    sweeps = [
        "people.at_least=2,40",
        "exposure.at_least=1",
        "people-list-mass-mailing:people.at_least=3,1000",
    ]
    return house.replay(mixed, sweeps=sweeps, kept=kept)


def test_one_worker_and_two_find_the_same(mixed: Path, swept: Replayed, house: House) -> None:
    async def alone() -> Replayed:
        sandbox = _wiring.sandbox(house.settings, workers=1)
        await sandbox.start()
        try:
            return await run.replay(
                house.mail(mixed, sandbox=sandbox, workers=1), house.asked(), quiet
            )
        finally:
            await sandbox.stop()

    slow = house.runner.run(alone())

    assert (swept.tally, swept.gaps, swept.origin) == (slow.tally, slow.gaps, slow.origin)
    assert len(slow.tally.decisions) > 5


@pytest.mark.parametrize("value", [2, 40])
def test_a_sweep_says_what_really_changing_the_files_would(
    mixed: Path, kept: Readings, swept: Replayed, house: House, tmp_path: Path, value: int
) -> None:
    changed = tmp_path / "policies"
    shutil.copytree(POLICIES, changed)
    for file in changed.glob("*.yaml"):
        if not file.name.endswith(".test.yaml"):
            text = re.sub(r"(- people: \{[^}\n]*at_least: )\d+", rf"\g<1>{value}", file.read_text())
            file.write_text(text)
    really = house.replay(mixed, kept=kept, policies=changed).tally.totals
    [point] = [p for p in swept.curves[0].points if p.value == value]

    assert (really.questions, really.holds, really.held) == (
        point.questions, point.holds, point.messages,
    )  # fmt: skip


def test_other_values_of_a_threshold_come_to_something_else(swept: Replayed) -> None:
    assert len({(p.questions, p.holds, p.messages) for p in swept.curves[0].points}) > 1


def test_at_its_own_values_a_threshold_of_one_policy_changes_nothing(swept: Replayed) -> None:
    totals = swept.tally.totals
    same, never = swept.curves[2].points

    assert (totals.questions, totals.holds) == (same.questions, same.holds)
    assert never.holds <= same.holds
    assert ("people-list-mass-mailing",) == swept.curves[2].policies


def test_what_nobody_can_read_is_counted_by_kind(swept: Replayed) -> None:
    assert "corrupt" in {why for why, _, _ in swept.gaps}


def test_mail_of_others_inside_and_twice_is_told_apart(tmp_path: Path, house: House) -> None:
    folder = put(
        tmp_path / "in",
        letter([CY]),
        letter([CY]),
        letter(["bo@council.example"]),
        letter([CY], sender="eve@elsewhere.example"),
        b"no header\r\n\r\nat all",
        letter([CY]).replace(b"Date:", b"X-Date:"),
    )
    done = house.replay(folder)

    origin = done.origin
    assert (1, 1) == (origin.others, origin.unusable)
    assert (1, 1, 1) == (origin.duplicates, done.inside, origin.undated)
    assert 3 == done.tally.totals.messages


def test_what_the_same_sends_to_the_same_again_and_again_is_a_flow(
    tmp_path: Path, house: House
) -> None:
    mails = [listed([CY], MONDAY + n * 5 * DAY) for n in range(6)]
    [flow] = house.replay(put(tmp_path / "in", *mails)).tally.flows

    assert ("ann.bee@council.example", (CY,), 6, 40) == (
        flow.sender, flow.to, flow.sends, flow.max_people,
    )  # fmt: skip


def test_a_decision_knows_whom_it_is_about_and_no_name(tmp_path: Path, house: House) -> None:
    done = house.replay(put(tmp_path / "in", listed([CY])))
    [decision] = done.tally.decisions

    assert isinstance(decision, Decision)
    assert "council" not in repr(done)
    assert "elsewhere" not in repr(done)
    assert LIST


def test_what_stands_apart_fares_as_it_would_in_the_store(
    mixed: Path,
    kept: Readings,
    swept: Replayed,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the short way every message goes through the relay's store."""
    asked: list[bool] = []

    def everything_needs_the_store(facts: Facts) -> None:
        asked.append(True)

    monkeypatch.setattr(world, "alone", everything_needs_the_store)
    slow = house.replay(mixed, kept=kept)

    assert swept.tally == slow.tally
    assert len(asked) > 10
