"""Names: what DNS says of them, and what of that is told."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from dlpguard.health import Around, Level, Machine, names
from dlpguard.health._lines import Line
from dlpguard.smtp.client import Target
from tests.health._dns import BROKEN, SILENT, dns_server

RECORDS = {
    "council.example": ("20 second.example.", "10 first.example."),
    "nowhere.example": ("0 .",),
    "hostless.example": (),
    "silent.example": SILENT,
    "broken.example": BROKEN,
}


def told(about: str, **machine: object) -> Line:
    """The line about this, with DNS as above."""
    with dns_server(RECORDS) as resolver:
        lines = names.look(Machine(**{"around": Around(), "resolver": resolver} | machine))  # type: ignore[arg-type] # what a test names
        return next(line for line in lines if line.about == about)


def hop(host: str) -> Line:
    return told("Name of the next hop", around=Around(Target(host, 25)))


def domain(name: str) -> Line:
    return told(f"Mail domain {name}", domains=(name,))


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...] | int]:
    """What the system's own resolver knows: addresses, or the number of an error."""
    known: dict[str, tuple[str, ...] | int] = {}

    def ask(host: str, port: object, **how: object) -> list[tuple[object, ...]]:
        found = known.get(host, socket.EAI_NONAME)
        if isinstance(found, int):
            raise socket.gaierror(found, "what went wrong")
        return [(0, 0, 0, "", (address, 0)) for address in found]

    def back(address: tuple[str, int], flags: int) -> tuple[str, str]:
        found = known.get(address[0], socket.EAI_NONAME)
        if isinstance(found, int):
            raise socket.gaierror(found, "what went wrong")
        return found[0], "0"

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    monkeypatch.setattr(socket, "getnameinfo", back)
    return known


def test_the_next_hop_is_found_as_the_system_finds_it() -> None:
    assert Level.FINE is hop("localhost").level
    assert "127.0.0.1 is an address." == hop("127.0.0.1").said
    assert Level.BROKEN is hop("no-such-host.invalid").level


@pytest.mark.usefixtures("system")
def test_a_mail_domain_as_next_hop_is_told_with_its_server() -> None:
    found = hop("council.example")

    assert Level.BROKEN is found.level
    assert 'Set next_hop.host = "first.example".' == found.advice


def test_that_nobody_answers_is_no_fault(
    system: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "PATIENCE", 0.3)
    system["busy.example"] = socket.EAI_AGAIN
    found = [hop("busy.example"), domain("silent.example"), domain("broken.example")]

    assert [Level.UNKNOWN] * 3 == [line.level for line in found]
    assert "could not be asked about: what went wrong" in found[0].said
    assert "DNS: no answer" in found[1].said


def test_a_question_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(names, "PATIENCE", 0.1)

    def wait(*host: object, **how: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    began = time.monotonic()
    found = hop("slow.example")

    assert Level.UNKNOWN is found.level
    assert time.monotonic() - began < 20
    over.set()


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        ("council.example", Level.FINE, "Its mail goes to first.example, second.example."),
        ("nowhere.example", Level.LOOK, "null MX"),
        ("hostless.example", Level.LOOK, "DNS does not know it"),
        ("none.example", Level.LOOK, "DNS does not know it"),
        ("addressed.example", Level.FINE, "to its own address"),
    ],
)
def test_a_mail_domain_is_told(
    system: dict[str, object], name: str, level: Level, said: str
) -> None:
    system["addressed.example"] = ("192.0.2.1",)
    found = domain(name)

    assert level is found.level
    assert said in found.said


@pytest.mark.parametrize("name", ["localhost", "relay", "relay.council.example"])
@pytest.mark.usefixtures("system")
def test_a_name_that_means_nothing_to_others_is_noticed(name: str) -> None:
    found = told("Our own name", name=name)

    assert Level.LOOK is found.level
    assert "listen.name" in found.advice


@pytest.mark.parametrize(
    ("address", "back", "level"),
    [
        ("10.0.0.5", None, Level.FINE),  # behind others, who have a name
        ("1.2.3.4", "relay.council.example", Level.FINE),
        ("1.2.3.4", "host-4.provider.example", Level.LOOK),
        ("1.2.3.4", None, Level.LOOK),
    ],
)
def test_the_name_of_our_address_is_compared(
    system: dict[str, object], address: str, back: str | None, level: Level
) -> None:
    system["relay.council.example"] = (address,)
    if back:
        system[address] = (back,)

    assert level is told("Our own name", name="relay.council.example").level


@pytest.mark.usefixtures("system")
def test_a_site_without_address_is_noticed() -> None:
    assert Level.LOOK is told("Name of the site", site="https://dlpguard.council.example/x").level
    assert Level.FINE is told("Name of the site", site="https://10.0.0.5/").level
