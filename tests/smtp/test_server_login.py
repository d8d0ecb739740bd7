"""AUTH: who may send from anywhere, by name and password, and only under TLS."""

from __future__ import annotations

import asyncio
import base64
import logging
import smtplib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import argon2
import pytest

from dlpguard.smtp import login as logins
from dlpguard.smtp import replies
from dlpguard.smtp._auth import credentials
from dlpguard.smtp._transaction import RefusedError
from dlpguard.smtp.server import Login
from tests.smtp._clients import connected, mail, send, trusting
from tests.smtp.conftest import ENVELOPE, HELLO, codes

if TYPE_CHECKING:
    from tests.smtp.conftest import Certificate, Guarded, OpenEdge

T = TypeVar("T")
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
NAME, PASSWORD = "scanner-4711", "correct horse battery"
SCANNER = Login(NAME, QUICK.hash(PASSWORD))
LIMITED = Login("door", QUICK.hash(PASSWORD), ("door@council.example", "door.example"))


@pytest.fixture
def talk(open_edge: OpenEdge, certificate: Certificate) -> Callable[..., Any]:
    """Let a client talk with an edge that has logins, from outside its networks."""

    def whole(conversation: Callable[[smtplib.SMTP, Guarded], T], **rules: Any) -> T:
        async def trip() -> T:
            values = {
                "clients": ("10.0.0.0/8",),
                "logins": (SCANNER, LIMITED),
                "tls": certificate.context(),
            }
            async with open_edge(**(values | rules)) as guarded:
                port = guarded.edge.port

                def converse() -> T:
                    with connected(port, trusting(certificate.certificate)) as client:
                        return conversation(client, guarded)

                return await asyncio.to_thread(converse)

        return asyncio.run(trip())

    return whole


def encoded(*words: str) -> str:
    return base64.b64encode("\0".join(words).encode()).decode()


PLAIN = encoded("", NAME, PASSWORD)


def test_whoever_logs_in_may_send_from_anywhere(talk: Callable[..., Any]) -> None:
    def conversation(client: smtplib.SMTP, guarded: Guarded) -> list[Any]:
        before = mail(client)
        client.login(NAME, PASSWORD)
        send(client)
        [taken] = guarded.arrivals
        return [before, taken.envelope.login, taken.trace.replace(b"\r\n", b"")]

    before, login, trace = talk(conversation)

    assert (530, b"5.7.0 Log in first (STARTTLS, then AUTH)") == before
    assert NAME == login
    assert b"with ESMTPSA" in trace
    assert NAME.encode() not in trace


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_mechanisms_work_with_and_without_an_initial_response(
    talk: Callable[..., Any], mechanism: str, initial: bool
) -> None:
    def conversation(client: smtplib.SMTP, _: Guarded) -> int:
        client.user, client.password = NAME, PASSWORD
        name = mechanism.removeprefix("auth_").upper()
        code, _text = client.auth(name, getattr(client, mechanism), initial_response_ok=initial)
        return code

    assert 235 == talk(conversation)


@pytest.mark.parametrize(
    ("argument", "then", "code"),
    [
        (f"PLAIN {PLAIN}", [], "235 2.7.0"),
        (f"plain {PLAIN}", [], "235 2.7.0"),
        (f"PLAIN {encoded(NAME, NAME, PASSWORD)}", [], "235 2.7.0"),
        (f"PLAIN {encoded('', NAME, 'wrong')}", [], "535 5.7.8"),
        (f"PLAIN {encoded('', 'nobody', PASSWORD)}", [], "535 5.7.8"),
        (f"PLAIN {encoded('somebody', NAME, PASSWORD)}", [], "535 5.7.8"),
        (f"PLAIN {encoded(NAME, PASSWORD)}", [], "535 5.7.8"),
        ("PLAIN =", [], "535 5.7.8"),
        ("PLAIN AP8A/w==", [], "535 5.7.8"),
        ("PLAIN not-base64", [], "501 5.5.2"),
        ("PLAIN", ["*"], "501 5.7.0"),
        ("PLAIN", [PLAIN], "235 2.7.0"),
        ("LOGIN", [encoded(NAME), encoded(PASSWORD)], "235 2.7.0"),
        (f"LOGIN {encoded(NAME)}", [encoded(PASSWORD)], "235 2.7.0"),
        ("LOGIN", [encoded(NAME), "*"], "501 5.7.0"),
        ("LOGIN", [encoded(NAME), encoded("wrong")], "535 5.7.8"),
        ("LOGIN", [encoded(NAME), "?"], "501 5.5.2"),
        ("CRAM-MD5", [], "504 5.5.4"),
        ("", [], "504 5.5.4"),
        ("PLAIN", ["x" * 5000], "500 5.5.2"),
    ],
)
def test_each_way_to_log_in_has_its_reply(
    talk: Callable[..., Any], argument: str, then: list[str], code: str
) -> None:
    def conversation(client: smtplib.SMTP, _: Guarded) -> str:
        number, text = client.docmd("AUTH", argument)
        for answer in then:
            assert 334 == number
            number, text = client.docmd(answer)
        return replies.code(f"{number} {text.decode()}")

    assert code == talk(conversation)


def test_nothing_is_asked_or_offered_without_tls(
    open_edge: OpenEdge, certificate: Certificate
) -> None:
    async def trip() -> list[str]:
        async with open_edge(logins=(SCANNER,), tls=certificate.context()) as guarded:
            auth = f"AUTH PLAIN {PLAIN}\r\n".encode()
            return await guarded.says(HELLO, auth, b"MAIL FROM:<ann@council.example>\r\n")

    said = asyncio.run(trip())

    assert not any("AUTH" in line for line in said if line.startswith("250"))
    # A client of ours needs no login; only one of elsewhere does.
    assert ["538 5.7.11", "250 2.1.0"] == codes(said)[-2:]


def test_a_second_login_and_one_inside_a_transaction_are_refused(
    talk: Callable[..., Any],
) -> None:
    def conversation(client: smtplib.SMTP, _: Guarded) -> list[int]:
        client.login(NAME, PASSWORD)
        again = client.docmd("AUTH", f"PLAIN {PLAIN}")[0]
        client.mail("ann@council.example")
        inside = client.docmd("AUTH", f"PLAIN {PLAIN}")[0]
        return [again, inside]

    assert [503, 503] == talk(conversation)


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("door@council.example", 250),
        ("DOOR@Council.example", 250),
        ("x@door.example", 250),
        ("", 250),
        ("ann@council.example", 550),
        ("indoor@council.example", 550),
        ("x@outdoor.example", 550),
    ],
)
def test_a_login_with_senders_of_its_own_has_no_others(
    talk: Callable[..., Any], sender: str, code: int
) -> None:
    def conversation(client: smtplib.SMTP, _: Guarded) -> int:
        client.login("door", PASSWORD)
        return mail(client, sender)[0]

    assert code == talk(conversation)


@pytest.mark.parametrize(("sender", "code"), [("ann@council.example", 250), ("a@b.example", 550)])
def test_a_login_without_senders_has_those_of_every_client(
    talk: Callable[..., Any], sender: str, code: int
) -> None:
    def conversation(client: smtplib.SMTP, _: Guarded) -> int:
        client.login(NAME, PASSWORD)
        return mail(client, sender)[0]

    assert code == talk(conversation)


def test_guessing_on_one_connection_ends_it(
    talk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "LONGEST_DELAY", 0.01)

    def conversation(client: smtplib.SMTP, _: Guarded) -> list[int]:
        return [client.docmd("AUTH", f"PLAIN {encoded('', NAME, 'x')}")[0] for _ in range(3)]

    assert [535, 535, 421] == talk(conversation)


def test_an_address_that_guessed_too_often_is_sent_away_before_anything_is_verified(
    talk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "SHUT_AFTER", 0)

    assert 421 == talk(lambda client, _: client.docmd("AUTH", f"PLAIN {PLAIN}")[0])


def test_neither_names_nor_passwords_are_logged(
    talk: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def conversation(client: smtplib.SMTP, _: Guarded) -> None:
        client.docmd("AUTH", f"PLAIN {encoded('', NAME, 'wrong')}")
        client.docmd("AUTH", "LOGIN")
        client.docmd(encoded(NAME))
        client.docmd("*")
        client.login(NAME, PASSWORD)
        client.docmd("AUTH", f"PLAIN {PLAIN}")

    talk(conversation)

    assert "refused reply=535 5.7.8" in caplog.text
    for secret in (NAME, PASSWORD, "wrong", PLAIN, encoded(NAME)):
        assert secret not in caplog.text


def test_a_client_that_leaves_in_the_middle_of_logging_in_is_no_failure(
    talk: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    def conversation(client: smtplib.SMTP, _: Guarded) -> None:
        client.docmd("AUTH", "LOGIN")
        client.close()

    talk(conversation)

    assert "failed" not in caplog.text
    assert "exception" not in caplog.text


def test_without_logins_there_is_no_auth_and_nobody_from_elsewhere(
    open_edge: OpenEdge, certificate: Certificate
) -> None:
    async def trip() -> list[str]:
        async with open_edge(clients=("10.0.0.0/8",), tls=certificate.context()) as guarded:
            return await guarded.says(HELLO + ENVELOPE, close=False)

    assert ["554 5.7.1"] == codes(asyncio.run(trip()))


@pytest.mark.parametrize("initial", ["\udcff\udcfe", "\u00e4", "AA\udc80=="])
def test_what_is_no_ascii_is_no_base64(initial: str) -> None:
    async def ask(_: str) -> bytes:
        raise AssertionError("nothing has to be asked")

    with pytest.raises(RefusedError) as raised:
        asyncio.run(credentials(f"PLAIN {initial}", ask))
    assert replies.NOT_BASE64 == raised.value.reply


def test_a_login_that_is_added_counts_for_the_next_connection(
    talk: Callable[..., Any], certificate: Certificate
) -> None:
    added = Login("added", QUICK.hash(PASSWORD))

    def converse(_: smtplib.SMTP, guarded: Guarded) -> tuple[int, int]:
        guarded.edge.follow(replace(guarded.edge.rules, logins=(added,)))
        with connected(guarded.edge.port, trusting(certificate.certificate)) as client:
            old = client.docmd("AUTH", "PLAIN " + encoded("", NAME, PASSWORD))
            new = client.docmd("AUTH", "PLAIN " + encoded("", "added", PASSWORD))
            return old[0], new[0]

    assert (535, 235) == talk(converse)
