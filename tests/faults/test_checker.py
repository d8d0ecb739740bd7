"""The checker finds what it is there to find: each thing that can go wrong, made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults._checker import check
from tests.faults._history import Arrival, Attempt, Cut, Decision, History, Said
from tests.faults._ledger import Ledger, Party, Row, Step
from tests.faults._mail import Fate, Mail, make, number_of

ANN = "ann@council.example"


class Case:
    """A message that passed, one that was held and released, and one that is held."""

    def __init__(self) -> None:
        self.history = History()
        self.rows: dict[str, Row] = {}
        self.open_attempts = self.stray_bodies = self.missing_files = 0
        self.add(0, Fate.FORWARD, "pass")
        self.add(1, Fate.HOLD, "hold", "release")
        self.add(2, Fate.HOLD, "hold", state="quarantined")
        self.history.decisions.append(Decision("ID1", "release", "rita", "done"))

    def add(self, number: int, fate: Fate, *events: str, state: str = "done") -> None:
        mail = Mail(number, fate, ANN, (f"r0.m{number}@x.example",), make(1, number, fate).content)
        self.history.mails[number] = mail
        id, delivered = f"ID{number}", state == "done"
        self.history.attempts.append(Attempt(number, Said.ACCEPTED, "250", id))
        outcome = "delivered" if delivered else "pending"
        steps = [Step("accept", "received", "", 1.0)]
        for event in events:
            target = "quarantined" if event == "hold" else "ready"
            steps.append(Step(event, target, "rita" if event == "release" else "", 2.0))
        self.rows[id] = Row(
            id,
            id,
            state,
            "client",
            True,
            (Party(mail.recipients[0], outcome, False, "250"),),
            tuple(steps),
            None if delivered else mail.content,
        )
        if delivered:
            self.arrive(number)

    def arrive(self, of: int, **what: object) -> None:
        mail = self.history.mails[of]
        usual = Arrival(3.0, f"ID{of}", of, ANN, mail.recipients, True, True)
        self.history.arrivals.append(replace(usual, **what))  # type: ignore[arg-type]

    def change(self, id: str, **what: object) -> None:
        self.rows[id] = replace(self.rows[id], **what)  # type: ignore[arg-type]

    def end(self, id: str, **what: object) -> None:
        party = replace(self.rows[id].parties[0], **what)  # type: ignore[arg-type]
        self.change(id, parties=(party,))

    def broken(self) -> list[str]:
        ledger = Ledger(self.rows, self.open_attempts, self.stray_bodies, self.missing_files, 0)
        return check(self.history, ledger).broken


def lose(case: Case) -> None:
    del case.rows["ID0"]


def keep_what_was_refused(case: Case) -> None:
    case.history.attempts[0] = Attempt(0, Said.REFUSED, "451")


def deliver_never(case: Case) -> None:
    case.history.arrivals = [a for a in case.history.arrivals if a.number != 0]


def deliver_twice(case: Case) -> None:
    case.arrive(0)


def leave_pending(case: Case) -> None:
    case.end("ID0", outcome="pending")


def stay_received(case: Case) -> None:
    case.change("ID0", state="received")


def return_what_arrived(case: Case) -> None:
    case.end("ID0", outcome="returned")


def expire_what_arrived(case: Case) -> None:
    case.end("ID0", outcome="expired")


def bounce_without_a_reason(case: Case) -> None:
    deliver_never(case)
    case.end("ID0", outcome="bounced", reply="450 4.2.0")


def bounce_and_tell_nobody(case: Case) -> None:
    deliver_never(case)
    case.end("ID0", outcome="bounced", reply="550 5.1.1")


def change_bytes(case: Case) -> None:
    case.arrive(0, is_whole=False)


def send_to_others(case: Case) -> None:
    case.arrive(0, recipients=("eve@x.example",))


def send_what_is_held(case: Case) -> None:
    case.arrive(2)


def send_too_early(case: Case) -> None:
    case.history.arrivals[0] = replace(case.history.arrivals[0], at=1.5)


def send_some_bytes_too_early(case: Case) -> None:
    case.history.cuts.append(Cut(3.0, "ID2"))


def pass_without_a_verdict(case: Case) -> None:
    case.change("ID0", has_verdict=False)


def pass_what_is_to_be_held(case: Case) -> None:
    case.change("ID1", steps=(case.rows["ID1"].steps[0], Step("pass", "ready", "", 2.0)))


def decide_twice(case: Case) -> None:
    more = Step("return", "done", "sam", 2.5)
    case.change("ID1", steps=(*case.rows["ID1"].steps, more))


def tell_two_people_that_they_won(case: Case) -> None:
    case.history.decisions.append(Decision("ID1", "return", "sam", "done"))


def take_a_retry_for_a_second_message(case: Case) -> None:
    case.rows["ID9"] = replace(case.rows["ID0"], id="ID9", known_as="ID9")
    case.history.attempts.append(Attempt(0, Said.UNANSWERED))


def write_to_the_outside(case: Case) -> None:
    case.arrive(0, number=None, sender="", recipients=("cy@x.example",))


def leave_an_attempt_open(case: Case) -> None:
    case.open_attempts = 1


def leave_a_body(case: Case) -> None:
    case.stray_bodies = 1


def lose_a_file(case: Case) -> None:
    case.missing_files = 1


def damage_what_is_held(case: Case) -> None:
    case.change("ID2", content=b"something else")


HARMS: dict[str, tuple[Callable[[Case], None], ...]] = {
    "P1": (lose, keep_what_was_refused, deliver_never, lose_a_file),
    "P2": (
        send_what_is_held,
        send_too_early,
        send_some_bytes_too_early,
        pass_without_a_verdict,
        pass_what_is_to_be_held,
    ),
    "P3": (change_bytes, damage_what_is_held),
    "P4": (
        leave_pending,
        stay_received,
        expire_what_arrived,
        bounce_without_a_reason,
        bounce_and_tell_nobody,
        leave_an_attempt_open,
    ),
    "P5": (return_what_arrived, decide_twice, tell_two_people_that_they_won),
    "P6": (deliver_twice, send_to_others, take_a_retry_for_a_second_message),
    "P8": (write_to_the_outside, leave_a_body),
}


def test_what_went_well_is_not_complained_of() -> None:
    assert [] == Case().broken()


@pytest.mark.parametrize(
    ("promise", "harm"),
    [(promise, harm) for promise, harms in HARMS.items() for harm in harms],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_broken_promise_is_found(promise: str, harm: Callable[[Case], None]) -> None:
    case = Case()
    harm(case)

    assert promise in {line[:2] for line in case.broken()}


def test_what_is_flagged_may_arrive_twice() -> None:
    case = Case()
    deliver_twice(case)
    case.end("ID0", in_doubt=True)

    assert [] == case.broken()


def test_messages_follow_from_their_seed_and_carry_their_number() -> None:
    assert make(5, 17) == make(5, 17)
    assert make(5, 17) != make(6, 17)
    assert 17 == number_of(b"Received: x\r\n" + make(5, 17).content)
    assert number_of(b"Subject: hello\r\n\r\nMessage-ID: <m1@council.example>\r\n") is None
