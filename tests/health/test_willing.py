"""Whether the next hop takes mail: what it is asked, and what its answers come to."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dlpguard.health import Around, Level, Line, Machine, next_hop, willing
from dlpguard.smtp.client import Target
from tests.health._machine import certificate, hop
from tests.smtp.conftest import DROP, HANG, Hop

TENANT = b"550 5.7.64 TenantAttribution; Relay Access Denied\r\n"
LOOP = b"554 5.4.14 Hop count exceeded - possible mail loop ATTR34\r\n"
OURS = "postmaster@council.example"


def machine(there: Hop, send_to: str = "") -> Machine:
    target = Target("127.0.0.1", there.port, tls="none", hello="relay.council.example")
    return Machine(
        Around(target), "relay.council.example", largest=1000, sender=OURS, recipient=OURS,
        send_to=send_to,
    )  # fmt: skip


def asked(
    answers: Mapping[str, Sequence[bytes]] | None = None, send_to: str = ""
) -> tuple[dict[str, Line], Hop]:
    """What is told of a next hop that answers like this."""
    with hop(answers) as there:
        lines = {line.about: line for line in willing.look(machine(there, send_to))}
    return lines, there


def test_it_is_asked_up_to_the_recipient_and_gets_no_mail() -> None:
    lines, there = asked()

    assert [Level.FINE] * 3 == [line.level for line in lines.values()]
    assert [
        "EHLO relay.council.example",
        f"MAIL FROM:<{OURS}>",
        f"RCPT TO:<{OURS}>",
        "RSET",
        "QUIT",
    ] == there.commands
    assert [] == there.messages


def test_a_message_is_sent_where_somebody_asks_for_it() -> None:
    lines, there = asked(send_to="max@elsewhere.example")

    [message] = there.messages
    assert b"To: max@elsewhere.example\r\n" in message
    assert b"Auto-Submitted: auto-generated\r\n" in message
    assert Level.FINE is lines["Test message"].level


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_tenant_that_does_not_know_us_is_explained(verb: str) -> None:
    lines, _ = asked({verb: [TENANT]})
    found = lines["Next hop takes mail"]

    assert Level.BROKEN is found.level
    assert "550 5.7.64 TenantAttribution" in found.said
    assert "no inbound connector of your tenant fits" in found.said
    assert "next_hop.certificate" in found.advice


def test_mail_that_goes_round_is_explained() -> None:
    lines, _ = asked({"dot": [LOOP]}, "max@elsewhere.example")
    found = lines["Test message"]

    assert (Level.FINE, Level.BROKEN) == (lines["Next hop takes mail"].level, found.level)
    assert "X-DLPGuard-Passed" in found.advice


@pytest.mark.parametrize(
    ("reply", "level"),
    [(b"451 4.7.1 greylisted\r\n", Level.LOOK), (b"550 go away\r\n", Level.BROKEN)],
)
def test_other_refusals_are_told_in_its_own_words(reply: bytes, level: Level) -> None:
    lines, _ = asked({"RCPT": [reply]})
    found = lines["Next hop takes mail"]

    assert level is found.level
    assert reply.decode().partition(" ")[2].strip() in found.said


def test_only_the_recipient_of_the_test_message_may_be_refused() -> None:
    lines, there = asked({"RCPT": [b"250 ok\r\n", b"550 5.7.1 no\r\n"]}, "max@elsewhere.example")

    assert Level.FINE is lines["Next hop takes mail"].level
    assert Level.BROKEN is lines["Test message"].level
    assert "does not relay for us" in lines["Test message"].said
    assert [] == there.messages


@pytest.mark.parametrize(
    ("answers", "said", "advice"),
    [
        ({"connect": [DROP]}, "lost", "Is it up"),
        ({"connect": [b"554 5.7.1 go away\r\n"]}, "answered 554", "does not talk to this machine"),
        ({"connect": [b"421 4.3.2 busy\r\n"]}, "answered 421", "try again in a few minutes"),
        ({"connect": [HANG]}, "timed out", "A firewall"),
        ({"MAIL": [HANG]}, "Then: timed out", "look at its log"),
    ],
)
def test_one_that_cannot_be_asked_is_told_with_why(
    answers: dict[str, list[bytes]], said: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_hop, "STEP_SECONDS", 1.0)
    lines, _ = asked(answers, "max@elsewhere.example")
    found = lines["Next hop reached"]

    assert Level.BROKEN is found.level
    assert said in found.said
    assert advice in found.advice
    assert "It was not sent." == lines["Test message"].said


def test_an_answer_that_does_not_come_after_the_dot_is_in_doubt() -> None:
    lines, _ = asked({"dot": [DROP]}, "max@elsewhere.example")

    assert Level.LOOK is lines["Test message"].level
    assert "it may arrive, or not" in lines["Test message"].said


def test_everything_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_hop, "TRY_SECONDS", 0.3)
    lines, _ = asked({"RCPT": [HANG]})

    assert "no answer within" in lines["Next hop reached"].said


def test_a_smaller_limit_of_size_is_noticed() -> None:
    with hop() as there:
        there.offers = ("PIPELINING", "SIZE 999")
        lines = {line.about: line for line in willing.look(machine(there))}

    assert Level.LOOK is lines["Size of messages"].level
    assert "Set listen.size = 999" in lines["Size of messages"].advice


def test_a_certificate_of_another_name_is_told(tmp_path: Path) -> None:
    file = certificate(tmp_path / "hop.pem", 0, 2**32, "hop.example")
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(file, file.with_suffix(".key"))
    with hop(tls=theirs) as there:
        target = Target("127.0.0.1", there.port, server_name="hop.example", authorities=str(file))
        told = [
            next(iter(willing.look(replace(machine(there), around=Around(one)))))
            for one in (target, replace(target, server_name="other.example"))
        ]

    assert [Level.FINE, Level.BROKEN] == [line.level for line in told]
    assert "with TLS, its certificate checked" in told[0].said
    assert "Is next_hop.host the name on its certificate?" in told[1].advice


def test_settings_without_a_next_hop_are_no_fault() -> None:
    [found] = willing.look(Machine(Around()))

    assert Level.UNKNOWN is found.level
