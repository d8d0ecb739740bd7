"""From which address a request comes: only our own proxies are believed."""

from __future__ import annotations

import asyncio
import http.client
from dataclasses import replace

import pytest
from fastapi import Request

from dlpguard.web.clients import client, client_network
from dlpguard.web.serving import Serving
from dlpguard.web.throttle import FREE
from tests.web._site import Desk

PROXIES = ("10.0.0.9/32", "10.0.0.10/32", "fd00::/8")


def asked(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return Request({"type": "http", "client": (peer, 5000) if peer else None, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("203.0.113.5",), "192.0.2.7"),  # no proxy of ours: anybody can write it
        ("127.0.0.1", ("203.0.113.5",), "127.0.0.1"),
        ("10.0.0.9", ("203.0.113.5",), "203.0.113.5"),
        ("10.0.0.9", ("198.51.100.1, 203.0.113.5",), "203.0.113.5"),  # the first one was made up
        ("10.0.0.9", ("198.51.100.1", "203.0.113.5, 10.0.0.10"), "203.0.113.5"),
        ("10.0.0.9", ("10.0.0.10",), "10.0.0.10"),
        ("10.0.0.9", (), "10.0.0.9"),
        ("10.0.0.9", ("",), "10.0.0.9"),
        ("10.0.0.9", ("rubbish",), "10.0.0.9"),
        ("10.0.0.9", ("203.0.113.5, rubbish, 10.0.0.10",), "10.0.0.10"),
        ("::ffff:10.0.0.9", ("::ffff:203.0.113.5",), "203.0.113.5"),
        ("fd00::1", ("[2001:db8::5]",), "2001:db8::5"),
        ("", ("203.0.113.5",), ""),
        ("testclient", ("203.0.113.5",), "testclient"),
    ],
)
def test_whose_address_it_is(
    here: Desk, peer: str, forwarded: tuple[str, ...], expected: str
) -> None:
    site = replace(here.site, proxies=PROXIES)

    assert expected == client(asked(peer, *forwarded), site)


def test_without_named_proxies_nothing_is_believed(here: Desk) -> None:
    assert "10.0.0.9" == client(asked("10.0.0.9", "203.0.113.5"), here.site)


def test_of_ipv6_somebody_has_sixty_four_bits(here: Desk) -> None:
    assert "2001:db8:1:2::/64" == client_network(asked("2001:db8:1:2:3::5"), here.site)
    assert "192.0.2.7" == client_network(asked("::ffff:192.0.2.7"), here.site)
    assert "testclient" == client_network(asked("testclient"), here.site)


def test_a_long_field_is_read_from_its_end_only(here: Desk) -> None:
    site = replace(here.site, proxies=PROXIES)
    field = "203.0.113.5, " + "10.0.0.10," * 100_000 + "10.0.0.10"

    assert "10.0.0.10" == client(asked("10.0.0.9", field), site)


def test_the_server_itself_believes_nobody_who_forwards(here: Desk) -> None:
    """Not even on this machine, where uvicorn does so unless it is told not to."""

    def ask(port: int) -> list[int]:
        statuses = []
        for number in range(FREE + 1):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            headers = {"Authorization": "Bearer x", "X-Forwarded-For": f"203.0.113.{number}"}
            connection.request("GET", "/api/v1/me", headers=headers)
            statuses.append(connection.getresponse().status)
            connection.close()
        return statuses

    async def visit() -> list[int]:
        serving = Serving(here.site)
        await serving.start("127.0.0.1:0")
        try:
            return await asyncio.to_thread(ask, serving.port)
        finally:
            await serving.stop()

    assert [401] * FREE + [429] == asyncio.run(visit())
