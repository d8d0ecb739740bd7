"""Ports: who answers, and whether they could be opened."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.health import Around, Certificate, End, Level, Line, Machine, ports
from dlpguard.smtp import replies
from dlpguard.smtp.server import Edge, Rules, server_context
from tests.health._machine import certificate

HOST, FAR = "127.0.0.1", 2.0**32
BANNER = f"220 relay.council.example {replies.IDENT}\r\n".encode()


@contextlib.contextmanager
def answering(*said: bytes) -> Iterator[int]:
    """A port at which everybody hears this, piece by piece."""
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    client, _ = server.accept()
                    with client:
                        client.settimeout(1)
                        if said and not said[0].startswith(b"220"):
                            client.recv(1000)
                        for piece in said:
                            client.sendall(piece)
                            over.wait(0.02)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join(10)


@contextlib.contextmanager
def edge(rules: Rules) -> Iterator[tuple[int, int]]:
    """dlpguard's own edge: its port, and one with TLS from the first byte where it has TLS."""
    ready, over, found = threading.Event(), asyncio.Event(), []
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        opened = Edge(rules, lambda hold: pytest.fail("no mail comes"), lambda: None)
        for tls_first in (False, True) if rules.tls else (False,):
            await opened.start(HOST, 0, tls_first=tls_first)
            found.append(opened.port)
        ready.set()
        await over.wait()
        await opened.stop(1)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(30)
    try:
        yield found[0], found[-1]
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join(30)


def told(port: int, speaks: str = "smtp", host: str = HOST, file: Path | None = None) -> list[Line]:
    named = (Certificate("listen.tls_certificate", file),) if file else ()
    end = End("listen.smtp", host, port, speaks)
    return list(ports.look(Machine(Around(certificates=named), ends=(end,))))


def test_dlpguard_is_known_by_what_it_says() -> None:
    with edge(Rules(("127.0.0.0/8",), ("council.example",), "relay", "i-0")) as (port, _):
        [found] = told(port)
    with edge(Rules(("10.0.0.0/8",), ("council.example",), "relay", "i-0")) as (port, _):
        [stranger] = told(port)

    assert [Level.FINE] * 2 == [found.level, stranger.level]
    assert "dlpguard answers at" in found.said
    assert "not one of listen.clients" in stranger.said


def test_where_proxies_connect_from_it_says_for_whom_it_asks() -> None:
    rules = Rules(("127.0.0.0/8",), ("council.example",), "relay", "i-0", proxies=("127.0.0.0/8",))
    with edge(rules) as (port, _):
        end = End("listen.smtp", HOST, port, "smtp")
        [found] = ports.look(Machine(Around(), ends=(end,), proxies=rules.proxies))

    assert Level.FINE is found.level, found.said


def test_a_certificate_that_was_renewed_and_not_read_again_is_noticed(tmp_path: Path) -> None:
    file = certificate(tmp_path / "relay.pem", 0, FAR)
    tls = server_context(file, file.with_suffix(".key"))
    rules = Rules(("127.0.0.0/8",), ("council.example",), "relay", "i-0", tls=tls)
    with edge(rules) as (plain, protected):
        before = [*told(plain, file=file), *told(protected, "smtps", file=file)]
        file.unlink()
        certificate(file, 0, FAR)
        after = [*told(plain, file=file), *told(protected, "smtps", file=file)]

    assert [Level.FINE] * 2 == [line.level for line in before]
    assert [Level.FINE, Level.LOOK] * 2 == [line.level for line in after]
    assert "SIGHUP" in after[1].advice


@pytest.mark.parametrize(
    ("said", "speaks", "level"),
    [
        ((b"220 dlpguard.council.example ESMTP Postfix\r\n",), "smtp", Level.BROKEN),
        ((BANNER,), "smtp", Level.FINE),
        ((b"HTTP/1.1 200 OK\r\n\r\n", b"ready\ndatabase: can be used\n"), "http", Level.FINE),
        ((b"HTTP/1.1 503 X\r\n\r\nnot ready\ndatabase: x\n",), "http", Level.BROKEN),
        ((b"HTTP/1.1 200 OK\r\n\r\n<html>",), "http", Level.BROKEN),
        ((b"HTTP/1.1 404 Not Found\r\n\r\n",), "http", Level.BROKEN),
        ((), "smtp", Level.BROKEN),
    ],
)
def test_another_program_is_told_apart(said: tuple[bytes, ...], speaks: str, level: Level) -> None:
    with answering(*said) as port:
        [found] = told(port, speaks)

    assert level is found.level, found.said
    assert found.advice or level is Level.FINE


def test_a_port_that_is_free_is_not_opened() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    [found] = told(port)
    [everywhere] = told(port, host="0.0.0.0")

    assert Level.UNKNOWN is found.level
    assert "is free" in found.said
    assert "is free" in everywhere.said


def test_a_port_that_is_taken_and_silent_is_told() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))  # it does not listen: nobody can connect
        [found] = told(taken.getsockname()[1])

    assert (Level.BROKEN, "Which it is: ss -ltnp") == (found.level, found.advice)


def test_an_address_that_this_machine_has_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PATIENCE", 0.2)
    [found] = told(25, host="192.0.2.1")

    assert Level.BROKEN is found.level
    assert "Has this machine that address?" in found.advice
