"""The port of a node without the site: what it answers, and what it does not wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dlpguard.errors import ConfigurationError
from dlpguard.health import Around
from dlpguard.metrics import Access, Metrics, listener
from dlpguard.metrics.listener import LONGEST_HEAD, Listener
from tests.metrics._scrape import parsed, value
from tests.runners._world import World

TOKEN = "b1946ac92492d2347c6235b4d2611184"


def asked(
    here: World, raw: bytes, access: Access | None = None
) -> tuple[str, dict[str, str], bytes]:
    """The answer to some bytes: first line, fields, body; all empty where it hung up."""

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    answer = here.run(with_listener(here, ask, access))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}, body


async def with_listener(
    here: World, work: Callable[[int], Awaitable[bytes]], access: Access | None = None
) -> bytes:
    listening = Listener(Metrics(here.store, Around(), access))
    await listening.start("127.0.0.1:0")
    try:
        return await work(listening.port)
    finally:
        await listening.stop()


def get(path: str, *fields: str, method: str = "GET") -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: relay", *fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def test_metrics_are_what_prometheus_reads(here: World) -> None:
    here.post()
    first, fields, body = asked(here, get("/metrics"))
    found = parsed(body)

    assert "HTTP/1.1 200 OK" == first
    assert fields["Content-Type"].startswith("text/plain")
    assert str(len(body)) == fields["Content-Length"]
    assert 1 == value(found, "queue_messages", state="received")
    assert 0 == value(found, "messages_accepted_total")


def test_it_says_that_it_lives_and_is_ready(here: World) -> None:
    assert b"ok\n" == asked(here, get("/healthz"))[2]
    first, _, body = asked(here, get("/readyz?verbose"))

    assert "HTTP/1.1 200 OK" == first
    assert ["ready", "database: can be used"] == body.decode().splitlines()[:2]


def test_an_old_schema_is_not_ready(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlpguard.store.schema.HEAD", "9999")

    assert "HTTP/1.1 503 Service Unavailable" == asked(here, get("/readyz"))[0]


def test_metrics_are_not_for_everybody(here: World) -> None:
    nobody, with_token = Access(()), Access((), TOKEN)
    closed = asked(here, get("/metrics"), nobody)
    challenged = asked(here, get("/metrics"), with_token)
    opened = asked(here, get("/metrics", f"Authorization: Bearer {TOKEN}"), with_token)
    through = asked(here, get("/metrics", "X-Forwarded-For: 192.0.2.7"))

    assert ["HTTP/1.1 403 Forbidden", "HTTP/1.1 401 Unauthorized"] == [closed[0], challenged[0]]
    assert "Bearer" == challenged[1]["WWW-Authenticate"]
    assert "HTTP/1.1 200 OK" == opened[0]
    assert "HTTP/1.1 403 Forbidden" == through[0]
    assert b"dlpguard_" not in closed[2] + challenged[2] + through[2]
    assert "HTTP/1.1 200 OK" == asked(here, get("/healthz"), nobody)[0]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (get("/metrics", method="HEAD"), "200"),
        (get("/metrics", method="POST"), "405"),
        (get("/"), "404"),
        (get("/metrics/../healthz"), "404"),
        (b"rubbish\r\n\r\n", "405"),
        (b"\0\xff\r\n\r\n", "405"),
        (b"GET /metrics HTTP/2.0\r\n\r\n", "405"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", "200"),
        (b"GET /healthz HTTP/1.1\r\nno field\r\n\r\n", "200"),
    ],
)
def test_whatever_is_asked_has_an_answer(here: World, raw: bytes, status: str) -> None:
    first, _, body = asked(here, raw)

    assert status == first.split(" ")[1]
    assert not (raw.startswith(b"HEAD") and body)


def test_a_request_without_end_has_none(here: World) -> None:
    assert ("", b"") == asked(here, b"GET /" + b"x" * 2 * LONGEST_HEAD)[::2]


def test_who_says_nothing_is_not_waited_for(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "SECONDS", 0.05)

    async def say_nothing(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    assert b"" == here.run(with_listener(here, say_nothing))


def test_many_at_once_leave_room_for_mail(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "AT_ONCE", 2)

    async def crowd(port: int) -> bytes:
        both = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)  # the others are being served
        reader, third = await asyncio.open_connection("127.0.0.1", port)
        third.write(get("/healthz"))
        try:
            turned_away = await reader.read()
        except ConnectionResetError:
            turned_away = b""
        for _, writer in both:
            writer.write(get("/healthz"))
        served = [await reader.read() for reader, _ in both]
        for writer in (third, *(writer for _, writer in both)):
            writer.close()
        return turned_away + b"".join(served)

    assert 2 == here.run(with_listener(here, crowd)).count(b"200 OK")


def test_a_port_that_is_taken_is_said_with_its_key(here: World) -> None:
    async def start_another(port: int) -> bytes:
        with pytest.raises(ConfigurationError, match=r"metrics\.listen: 127\.0\.0\.1:\d+ cannot"):
            await Listener(Metrics(here.store, Around())).start(f"127.0.0.1:{port}")
        return b""

    here.run(with_listener(here, start_another))


def test_a_failure_of_ours_is_logged_by_its_class(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("SESAME")

    monkeypatch.setattr("dlpguard.metrics.state.look", fail)

    assert ("", b"") == asked(here, get("/metrics"))[::2]
    assert any("failed what=metrics error=RuntimeError" in line for line in here.log)
    assert "SESAME" not in "".join(here.log)
