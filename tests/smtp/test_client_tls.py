from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import uvloop

from dlpguard.errors import ConfigurationError
from dlpguard.mail import Recipient
from dlpguard.smtp.client import Pool, Target, Timeouts, Unreachable
from tests.smtp.conftest import HANG

if TYPE_CHECKING:
    from tests.smtp.conftest import Certificate, Hop, OpenHop

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

PLAIN_TEXT = ("PIPELINING", "8BITMIME")
WITH_TLS = ("PIPELINING", "8BITMIME", "STARTTLS", "AUTH PLAIN LOGIN")
CONTENT = b"Subject: a\r\n\r\n" + b"0123456789" * 7 + b"\r\n"
LARGE = CONTENT * 30_000


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Run a coroutine to its end on one of the loops."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def to_the_end(trip: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(asyncio.wait_for(trip, 30))

    return to_the_end


async def yes() -> bool:
    return True


async def send(hop: Hop, content: bytes = CONTENT, **changed: Any) -> int:
    """The code that one message gets."""
    timeouts = Timeouts(connect=2, tls=2, greeting=2, hello=2, auth=2, data=2, dot=5)
    pool = Pool(Target("127.0.0.1", hop.port, timeouts=timeouts, **changed))
    try:
        async with pool.session() as session:
            await session.open("ann@council.example", (), (Recipient("bob@nhs.example"),))
            return (await session.data(b"", content, yes)).code
    finally:
        await pool.close()


def test_verify_takes_a_certificate_for_the_name_that_is_expected(
    open_hop: OpenHop, certificate: Certificate, run: Run[Hop]
) -> None:
    async def trip() -> Hop:
        async with open_hop(offers=WITH_TLS, tls=certificate.context()) as hop:
            authorities = str(certificate.certificate)
            await send(hop, LARGE, tls="verify", server_name="hop.example", authorities=authorities)
            return hop

    hop = run(trip())

    assert ["EHLO localhost", "STARTTLS", "EHLO localhost"] == hop.commands[:3]
    assert [LARGE] == hop.messages


@pytest.mark.parametrize(
    ("policy", "name", "trusted"),
    [("verify", "", True), ("verify", "other.example", True), ("verify", "hop.example", False)],
)
def test_verify_takes_no_other_certificate(
    open_hop: OpenHop,
    certificate: Certificate,
    run: Run[None],
    policy: str,
    name: str,
    trusted: bool,
) -> None:
    async def trip() -> None:
        async with open_hop(offers=WITH_TLS, tls=certificate.context()) as hop:
            authorities = str(certificate.certificate) if trusted else ""
            await send(hop, tls=policy, server_name=name, authorities=authorities)

    with pytest.raises(Unreachable, match="certificate"):
        run(trip())


@pytest.mark.parametrize("policy", ["require", "opportunistic"])
def test_the_others_take_any_certificate(
    open_hop: OpenHop, certificate: Certificate, run: Run[Hop], policy: str
) -> None:
    async def trip() -> Hop:
        async with open_hop(offers=WITH_TLS, tls=certificate.context()) as hop:
            await send(hop, LARGE, tls=policy)
            return hop

    hop = run(trip())

    assert [LARGE] == hop.messages
    assert "STARTTLS" in hop.commands


@pytest.mark.parametrize("policy", ["verify", "require"])
def test_where_tls_is_needed_nothing_is_sent_without_it(
    open_hop: OpenHop, run: Run[None], policy: str
) -> None:
    async def trip() -> None:
        async with open_hop(offers=PLAIN_TEXT) as hop:
            await send(hop, tls=policy)

    with pytest.raises(Unreachable, match="STARTTLS"):
        run(trip())


@pytest.mark.parametrize(
    "answers",
    [{}, {"STARTTLS": [b"454 not now\r\n"]}, {"STARTTLS": [b"220 go\r\nno handshake\r\n"]}],
)
def test_opportunistic_goes_on_without_where_tls_does_not_work(
    open_hop: OpenHop, run: Run[tuple[int, int]], answers: dict[str, list[bytes]]
) -> None:
    async def trip() -> tuple[int, int]:
        offers = WITH_TLS if answers else PLAIN_TEXT
        async with open_hop(answers, offers=offers) as hop:
            return await send(hop, tls="opportunistic"), hop.connections

    assert (250, 2 if answers else 1) == run(trip())


def test_none_never_asks_for_tls(
    open_hop: OpenHop, certificate: Certificate, run: Run[list[str]]
) -> None:
    async def trip() -> list[str]:
        async with open_hop(offers=WITH_TLS, tls=certificate.context()) as hop:
            await send(hop, tls="none")
            return hop.commands

    assert "STARTTLS" not in run(trip())


def test_replies_injected_before_the_handshake_are_not_taken_for_later_ones(
    open_hop: OpenHop, certificate: Certificate, run: Run[None]
) -> None:
    async def trip() -> None:
        injected = b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n"
        async with open_hop(
            {"STARTTLS": [injected]}, offers=WITH_TLS, tls=certificate.context()
        ) as hop:
            await send(hop, tls="require")

    with pytest.raises(Unreachable, match="between 220 and the TLS handshake"):
        run(trip())


def test_a_handshake_that_never_ends_is_given_up(open_hop: OpenHop, run: Run[None]) -> None:
    async def trip() -> None:
        async with open_hop({"EHLO": [], "MAIL": [HANG]}, offers=WITH_TLS) as hop:
            await send(hop, tls="require")  # the hop waits for commands, not for a handshake

    with pytest.raises(Unreachable, match=r"TLS|timed out"):
        run(trip())


def test_the_password_goes_out_under_tls_by_plain(
    open_hop: OpenHop, certificate: Certificate, run: Run[list[str]]
) -> None:
    async def trip() -> list[str]:
        async with open_hop(offers=WITH_TLS, tls=certificate.context()) as hop:
            await send(hop, tls="require", username="user", password="pässword")
            return hop.commands

    secret = base64.b64encode("\0user\0pässword".encode()).decode()
    assert f"AUTH PLAIN {secret}" == run(trip())[3]


def test_or_by_login(open_hop: OpenHop, certificate: Certificate, run: Run[list[str]]) -> None:
    user, word = (base64.b64encode(text).decode() for text in (b"user", b"word"))
    answers = {
        "AUTH": [b"334 VXNlcm5hbWU6\r\n"],
        user.upper(): [b"334 UGFzc3dvcmQ6\r\n"],  # what comes is taken for a verb
        word.upper(): [b"235 2.7.0 welcome\r\n"],
    }

    async def trip() -> list[str]:
        offers = ("STARTTLS", "AUTH LOGIN")
        async with open_hop(answers, offers=offers, tls=certificate.context()) as hop:
            await send(hop, tls="require", username="user", password="word")
            return hop.commands

    assert ["AUTH LOGIN", user, word] == run(trip())[3:6]


@pytest.mark.parametrize("policy", ["none", "opportunistic"])
def test_the_password_never_goes_out_in_the_clear(
    open_hop: OpenHop, run: Run[Any], policy: str
) -> None:
    async def trip() -> list[str]:
        async with open_hop(offers=("AUTH PLAIN",)) as hop:
            with pytest.raises(Unreachable, match="only sent under TLS"):
                await send(hop, tls=policy, username="user", password="word")
            return hop.commands

    assert ["EHLO localhost"] == run(trip())


def test_a_refused_password_means_unreachable_and_is_not_repeated(
    open_hop: OpenHop, certificate: Certificate, run: Run[None]
) -> None:
    async def trip() -> None:
        async with open_hop(
            {"AUTH": [b"535 5.7.8 no, hunter2\r\n"]}, offers=WITH_TLS, tls=certificate.context()
        ) as hop:
            await send(hop, tls="require", username="user", password="hunter2")

    with pytest.raises(Unreachable, match="535") as raised:
        run(trip())
    assert "hunter2" not in str(raised.value)


def test_a_client_certificate_is_shown(
    open_hop: OpenHop, certificate: Certificate, run: Run[int]
) -> None:
    async def trip() -> int:
        strict = certificate.context()
        strict.verify_mode = ssl.CERT_REQUIRED
        strict.load_verify_locations(certificate.certificate)
        async with open_hop(offers=WITH_TLS, tls=strict) as hop:
            return await send(
                hop,
                tls="require",
                certificate=str(certificate.certificate),
                key=str(certificate.key),
            )

    assert 250 == run(trip())


def test_a_certificate_that_is_not_there_is_said_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        Pool(Target("127.0.0.1", 25, certificate="/nowhere.pem"))
