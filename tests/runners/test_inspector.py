"""RECEIVED → a verdict, whatever a message does to its worker, and never "pass" by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import select, update

from dlpguard import extractors, policy
from dlpguard.document import Unread
from dlpguard.evidence import unpack
from dlpguard.inspection import Setup
from dlpguard.lifecycle import State
from dlpguard.policy import Policies
from dlpguard.policy.language import Condition
from dlpguard.runners import loop
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import BEGINNING
from dlpguard.runners.sandbox import Limits, Sandbox
from dlpguard.store import bodies, schema, work
from dlpguard.verdict import Action
from tests._files import files_of
from tests.runners._desk import ORGANISATION, Desk, mail
from tests.runners._world import ANN, HEAD, NODE, world

HOOK = f"{Path(__file__).parent / '_hostile.py'}:meet"
LIMITS = Limits(seconds=20.0, document_seconds=1.0, memory=256 << 20, frame=8 << 20)

POLICIES = {
    "people": "people: {private: true, at_least: 3}\nthen: quarantine\napprovals: 2\nqueue: care",
    "marked": "subject: tag me\nthen: tag",
    "refused": "subject: refuse me\nthen: reject",
    "asked": "subject: ask me\nthen: confirm",
    "watched": "subject: watch me\nthen: quarantine\nmode: observe",
}


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    folder = tmp_path_factory.mktemp("policies")
    for name, text in POLICIES.items():
        condition, _, rest = text.partition("\n")
        whole = f"title: The {name}\nwhy: A test.\nwhen:\n  - {condition}\n{rest}\n"
        (folder / f"{name}.yaml").write_text(whole)
    return policy.load(folder)


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[tuple[asyncio.Runner, Sandbox, Sandbox]]:
    """One whose workers do what hostile files want, and one where such files are harmless."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        hostile = Sandbox(2, LIMITS, Setup(ORGANISATION), hook=HOOK)
        plain = Sandbox(1, LIMITS, Setup(ORGANISATION))
        for sandbox in (hostile, plain):
            runner.run(sandbox.start())
        yield runner, hostile, plain
        for sandbox in (hostile, plain):
            runner.run(sandbox.stop())


@pytest.fixture
def plain(sandboxes: tuple[asyncio.Runner, Sandbox, Sandbox]) -> Sandbox:
    return sandboxes[2]


@pytest.fixture
def desk(
    tmp_path: Path, sandboxes: tuple[asyncio.Runner, Sandbox, Sandbox], policies: Policies
) -> Iterator[Desk]:
    runner, hostile, _ = sandboxes
    judging = Judging(policies, "enforce", frozenset(), ORGANISATION, HEAD)
    with world(tmp_path, runner) as here:
        yield Desk(here, hostile, judging)


def subjects(desk: Desk) -> list[tuple[str, str]]:
    """To whom notices were written, and their subjects."""
    found = []
    for address, content in desk.here.own_mail():
        [line] = [one for one in content.splitlines() if one.startswith(b"Subject: ")]
        found.append((address, line.decode().removeprefix("Subject: ")))
    return found


def test_an_ordinary_message_passes_with_a_verdict_on_exactly_its_bytes(desk: Desk) -> None:
    content = mail()
    id = desk.here.post(content)
    desk.inspect()
    query = select(schema.verdicts.c.body_digest, schema.verdicts.c.policies)
    digest, judged_by = desk.here.do(lambda tx: tx.execute(query).one())

    assert (State.READY, ["accept", "pass"]) == (desk.here.state(id), desk.here.events(id))
    assert bodies.digest(content, desk.here.store.keys) == digest
    judging, enforce = desk.judging, desk.judging.mode == "enforce"
    expected = judging.policies.in_effect(enforce=enforce, accepted_gaps=judging.accepted_gaps)
    assert expected == judged_by
    assert Action.ALLOW is desk.here.record(id).verdict.action
    assert [] == desk.here.own_mail()
    assert b"" == desk.here.do(bodies.read_evidence, id)


def test_a_list_of_people_is_held_with_evidence_and_its_sender_is_told(desk: Desk) -> None:
    id = desk.here.post(mail("minutes", "clients.xlsx"))
    desk.inspect()
    record = desk.here.record(id)
    evidence = unpack(desk.here.do(bodies.read_evidence, id))

    assert State.QUARANTINED is desk.here.state(id)
    assert 10 == record.facts.people.private
    assert (["people"], 2) == ([m.policy for m in record.verdict.matches], record.verdict.approvals)
    assert (2, "care") == (desk.column(id, "approvals"), desk.column(id, "queue"))
    patience = desk.here.store.periods.patience
    assert desk.column(id, "expires_at") == patience.calendar.add(
        desk.here.clock.time, patience.give_back
    )
    assert "clients.xlsx" in {document.name for document in evidence.document.walk()}
    assert [(ANN, "Your email has not been sent yet")] == subjects(desk)


def test_a_message_that_is_marked_passes_with_its_field(desk: Desk) -> None:
    id = desk.here.post(mail("please tag me"))
    desk.inspect()

    assert State.READY is desk.here.state(id)
    assert (("X-DLPGuard-Tag", "marked; The marked"),) == desk.here.record(id).add_headers


def test_a_message_that_is_refused_ends_returned_and_its_body_goes(desk: Desk) -> None:
    id = desk.here.post(mail("please refuse me"), "a@x.example", "b@x.example")
    desk.inspect()

    assert (State.DONE, {"returned": 2}) == (desk.here.state(id), desk.here.outcomes(id))
    assert not desk.here.has_body(id)
    assert [(ANN, "Your email was not sent")] == subjects(desk)


def test_a_sender_who_is_asked_has_time_to_answer(desk: Desk) -> None:
    id = desk.here.post(mail("please ask me"))
    desk.inspect()

    assert State.AWAITING_SENDER is desk.here.state(id)
    assert [(ANN, "Did you mean to send this? Your email has not been sent yet")] == subjects(desk)


def test_a_policy_that_only_watches_changes_nothing_and_is_recorded(desk: Desk) -> None:
    id = desk.here.post(mail("please watch me"))
    desk.inspect()
    [match] = desk.here.record(id).verdict.matches

    assert State.READY is desk.here.state(id)
    assert ("watched", True) == (match.policy, match.observed)
    assert [] == desk.here.own_mail()


@pytest.mark.parametrize("sender", ["", "ann@elsewhere.example"])
def test_nobody_outside_is_told_of_what_is_held(desk: Desk, sender: str) -> None:
    id = desk.here.post(mail("minutes", "clients.xlsx"), sender=sender)
    desk.inspect()

    assert State.QUARANTINED is desk.here.state(id)
    assert [] == desk.here.own_mail()


def test_a_crash_is_retried_once_and_then_held_with_the_rest_counted(desk: Desk) -> None:
    id = desk.here.post(mail("minutes", "die-of-segmentation-fault.hostile", "clients.xlsx"))
    desk.inspect()

    assert (State.SET_ASIDE, ["accept", "crash"]) == (desk.here.state(id), desk.here.events(id))
    assert [] == desk.here.own_mail()
    desk.retry(id)
    desk.inspect()
    assert State.QUARANTINED is desk.here.state(id)
    assert ["accept", "crash", "retry", "crash"] == desk.here.events(id)
    assert [("die-of-segmentation-fault.hostile", Unread.CRASHED)] == desk.gaps(id)
    assert 10 == desk.here.record(id).facts.people.private
    assert {"floor", "people"} == {m.policy for m in desk.here.record(id).verdict.matches}


def test_a_crash_that_does_not_come_again_was_ours(desk: Desk, plain: Sandbox) -> None:
    id = desk.here.post(mail("minutes", "die-of-abort.hostile"))
    desk.inspect()
    desk.retry(id)
    desk.inspect(plain)

    assert State.READY is desk.here.state(id)
    assert ["accept", "crash", "retry", "pass"] == desk.here.events(id)
    assert [] == [why for _, why in desk.gaps(id) if why is Unread.CRASHED]


def test_a_file_that_hangs_is_held_at_once_with_the_rest_counted(desk: Desk) -> None:
    id = desk.here.post(mail("minutes", "hang.hostile", "clients.xlsx"))
    desk.inspect()

    assert (State.QUARANTINED, ["accept", "hold"]) == (desk.here.state(id), desk.here.events(id))
    assert [("hang.hostile", Unread.TOO_SLOW)] == desk.gaps(id)
    assert 10 == desk.here.record(id).facts.people.private


def test_three_bad_files_are_left_out_one_by_one_and_a_fourth_is_the_end(desk: Desk) -> None:
    bad = [f"hang.{n}.hostile" for n in range(4)]
    three = desk.here.post(mail("minutes", *bad[:3], "clients.xlsx"))
    four = desk.here.post(mail("minutes", *bad, "clients.xlsx"))
    desk.inspect()

    assert (State.QUARANTINED, State.QUARANTINED) == (
        desk.here.state(three),
        desk.here.state(four),
    )
    assert [(name, Unread.TOO_SLOW) for name in bad[:3]] == desk.gaps(three)
    assert 10 == desk.here.record(three).facts.people.private
    assert [("message", Unread.TOO_SLOW)] == desk.gaps(four)


def test_a_gap_that_the_organisation_accepts_does_not_hold(desk: Desk) -> None:
    # The reader was killed before it could tell which format it is.
    desk.judging = replace(desk.judging, accepted_gaps=frozenset({("too-slow", "")}))
    id = desk.here.post(mail("minutes", "hang.hostile"))
    desk.inspect()

    assert [("hang.hostile", Unread.TOO_SLOW)] == desk.gaps(id)
    assert State.READY is desk.here.state(id)


def test_a_message_that_takes_the_node_down_three_times_counts_as_a_crash(desk: Desk) -> None:
    id = desk.here.post(mail("minutes", "clients.xlsx"))

    def takes_the_node_down() -> None:
        assert desk.here.claim(State.RECEIVED, NODE)
        desk.here.do(work.recover, NODE)

    for _ in range(2):
        takes_the_node_down()
    desk.inspect()
    assert State.SET_ASIDE is desk.here.state(id)
    desk.retry(id)
    for _ in range(2):
        takes_the_node_down()
    desk.inspect()

    assert State.QUARANTINED is desk.here.state(id)
    assert ["accept", "crash", "retry", "crash"] == desk.here.events(id)
    assert [("message", Unread.CRASHED)] == desk.gaps(id)
    assert 1 == desk.here.record(id).facts.audience.reach


def test_a_stale_lease_commits_nothing(desk: Desk) -> None:
    """Whoever took it over meanwhile will judge it."""
    id = desk.here.post(mail("minutes", "hang.hostile", "clients.xlsx"))

    async def lose_it() -> None:
        working = asyncio.create_task(desk.here.working(desk.inspector().loop, State.RECEIVED))
        while desk.column(id, "lease_node") != NODE:
            await asyncio.sleep(0.01)
        assert () == desk.here.claim(State.RECEIVED), "it is being read"
        desk.here.clock.time += loop.LEASE_SECONDS + 1
        assert 1 == len(desk.here.claim(State.RECEIVED))
        await working

    desk.here.run(lose_it())
    rows = desk.here.do(lambda tx: tx.execute(select(schema.verdicts)).all())

    assert State.RECEIVED is desk.here.state(id)
    assert [] == rows
    assert [] == desk.here.own_mail()


def test_policies_that_fail_let_nothing_through_and_their_error_is_not_quoted(desk: Desk) -> None:
    good = desk.judging
    broken = replace(
        good.policies.policies[0], when=(Condition("subject", {"contains": ("x", None)}),)
    )
    desk.judging = replace(good, policies=Policies((broken,), "digest"))
    id = desk.here.post(mail("SESAME opens", text="SESAME"))
    desk.persist(id, 8)
    log = "\n".join(desk.here.log)

    assert State.RECEIVED is desk.here.state(id)
    assert "what=handle received error=AttributeError" in log
    assert "SESAME" not in log
    assert [] == desk.here.do(lambda tx: tx.execute(select(schema.verdicts)).all())
    desk.judging = good
    desk.persist(id, 1)
    assert State.QUARANTINED is desk.here.state(id), "held as a crash: a person looks at it"


def test_a_sandbox_that_cannot_work_leaves_mail_where_it_is(desk: Desk) -> None:
    stopped = Sandbox(1, LIMITS, Setup(ORGANISATION))
    id = desk.here.post(mail())
    for _ in range(4):
        desk.inspect(stopped)
        desk.here.clock.time += loop.AFTER_FAILURE

    assert State.RECEIVED is desk.here.state(id)
    assert "what=handle received error=TemporaryError" in desk.here.log[-1]
    desk.inspect()
    assert ["accept", "pass"] == desk.here.events(id), "it was not the message's fault"


def test_a_damaged_body_is_held_as_a_crash(desk: Desk) -> None:
    id = desk.here.post(mail("minutes", "clients.xlsx"))
    desk.here.change(update(schema.bodies).values(content=b"\0" * 1000))
    desk.persist(id, 6)

    assert State.QUARANTINED is desk.here.state(id)
    assert [("message", Unread.CRASHED)] == desk.gaps(id)


def test_while_observing_everything_passes_and_what_would_have_been_is_recorded(
    desk: Desk,
) -> None:
    desk.judging = replace(desk.judging, mode="observe")
    held = desk.here.post(mail("minutes", "clients.xlsx"))
    refused = desk.here.post(mail("please refuse me"))
    slow = desk.here.post(mail("minutes", "hang.hostile"))
    desk.inspect()
    verdicts = [desk.here.record(id).verdict for id in (held, refused, slow)]

    assert {State.READY} == {desk.here.state(id) for id in (held, refused, slow)}
    assert [(Action.ALLOW, Action.QUARANTINE), (Action.ALLOW, Action.REJECT)] == [
        (v.action, v.observed) for v in verdicts[:2]
    ]
    assert ["floor"] == [m.policy for m in verdicts[2].matches]
    assert [] == desk.here.own_mail()
    assert [] == desk.here.do(lambda tx: tx.execute(select(schema.evidence)).all())


def test_while_observing_a_second_crash_passes_and_its_history_says_so(desk: Desk) -> None:
    desk.judging = replace(desk.judging, mode="observe")
    id = desk.here.post(mail("minutes", "die-of-abort.hostile"))
    desk.inspect()
    desk.retry(id)
    desk.inspect()

    assert State.READY is desk.here.state(id)
    assert ["accept", "crash", "retry", "crash"] == desk.here.events(id)


def test_many_messages_are_judged_and_poison_holds_up_nobody(desk: Desk) -> None:
    poison = desk.here.post(mail("minutes", "die-of-abort.hostile"))
    ids = [desk.here.post(mail(f"minutes {n}")) for n in range(20)]
    desk.inspect()

    assert State.SET_ASIDE is desk.here.state(poison)
    assert {State.READY} == {desk.here.state(id) for id in ids}


def test_the_log_has_ids_policies_and_no_content(desk: Desk) -> None:
    id = desk.here.post(mail("SESAME and tag me", "SESAME.xlsx", text="SESAME"))
    desk.inspect()
    log = "\n".join(desk.here.log)

    assert f"judged id={id} action=quarantine policies=people,marked" in log
    assert ": held by people, marked: " in log
    assert "SESAME" not in log
    assert "@" not in log


@pytest.mark.embedded
def test_of_a_message_beyond_the_limit_only_the_beginning_is_read(
    desk: Desk, sandboxes: tuple[asyncio.Runner, Sandbox, Sandbox]
) -> None:
    runner, _, _ = sandboxes
    small = Sandbox(1, LIMITS, Setup(ORGANISATION, limits=extractors.Limits(message=3_000_000)))
    text = "The minutes of the meeting.\r\n" * 120_000
    id = desk.here.post(mail("large minutes", text=text))
    [file] = [f for f in files_of(desk.here.store).directory.glob("??/*") if f.is_file()]
    size = desk.here.store.database.read_now(lambda tx: bodies.find(tx, id)).size
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1  # which whoever reads all of it would notice
    file.write_bytes(damaged)
    runner.run(small.start())
    try:
        desk.inspect(small)
    finally:
        runner.run(small.stop())

    facts = desk.here.record(id).facts
    assert size > small.largest > BEGINNING
    assert State.QUARANTINED is desk.here.state(id)
    assert [("message", Unread.TOO_LARGE)] == desk.gaps(id)
    assert ("large minutes", size) == (facts.subject, facts.size)
    assert ["bob@outside.example"] == [viewer.address for viewer in facts.audience.viewers]
