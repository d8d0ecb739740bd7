"""Who may send what to whom: tenants, postmasters, and what the next hop can take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dlpguard.smtp.server import Tenant
from tests.smtp.conftest import ENVELOPE, HELLO, STUFFED, answers, codes

if TYPE_CHECKING:
    from tests.smtp.conftest import OpenEdge

ID = "00112233-4455-6677-8899-aabbccddeeff"
TENANT = Tenant(ID, "council.example", ("127.0.0.0/8",))
WHO = f"X-MS-Exchange-CrossTenant-Id: {ID}\r\nX-OriginatorOrg: council.example\r\n".encode()


@pytest.mark.parametrize("clients", [("10.0.0.0/8",), ("127.0.0.0/8",)])
@pytest.mark.parametrize(
    ("sender", "header", "code"),
    [
        (b"ann@council.example", WHO, "250 2.0.0"),
        (b"", WHO, "250 2.0.0"),
        (b"ann@council.example", b"", "550 5.7.64"),
        (b"ann@council.example", WHO.replace(b"council", b"elsewhere"), "550 5.7.64"),
        (b"bob@elsewhere.example", WHO, "550 5.7.64"),
        (b"bob@elsewhere.example", WHO + b"Resent-From: ann@council.example\r\n", "250 2.0.0"),
    ],
)
def test_from_microsoft_only_our_tenant_is_relayed(
    open_edge: OpenEdge, clients: tuple[str, ...], sender: bytes, header: bytes, code: str
) -> None:
    """Also where an administrator has listed Microsoft's addresses as clients."""
    said = answers(
        open_edge,
        b"MAIL FROM:<" + sender + b"> XOORG=council.example AUTH=<>\r\n",
        b"RCPT TO:<c@nhs.example>\r\nDATA\r\n",
        header + STUFFED,
        clients=clients,
        tenant=TENANT,
    )

    assert ["250 2.1.0", "250 2.1.5", "354", code] == said


def test_other_clients_need_no_tenant(open_edge: OpenEdge) -> None:
    elsewhere = Tenant(ID, "council.example", ("192.0.2.0/24",))
    said = answers(open_edge, ENVELOPE + b"DATA\r\n", STUFFED, tenant=elsewhere)

    assert "250 2.0.0" == said[-1]


@pytest.mark.parametrize("local", [b"postmaster", b"Postmaster", b"POSTMASTER"])
def test_mail_to_the_postmaster_without_domain_is_for_ours(
    open_edge: OpenEdge, local: bytes
) -> None:
    """RFC 5321 4.5.1; from nobody too, as reports about mail come."""

    async def trip() -> list[str]:
        async with open_edge(postmaster="postmaster@council.example") as guarded:
            envelope = b"MAIL FROM:<>\r\nRCPT TO:<" + local + b">\r\n"
            twice = envelope + b"RCPT TO:<postmaster@council.example>\r\nDATA\r\n"
            await guarded.says(HELLO, twice, STUFFED + b"QUIT\r\n", pause=0.02)
            [taken] = guarded.arrivals
            return [taken.envelope.sender, *taken.envelope.addresses]

    assert ["", "postmaster@council.example"] == asyncio.run(trip())


@pytest.mark.parametrize("local", [b"postmaster", b"abuse"])
@pytest.mark.parametrize("sender", [b"", b"ann@council.example"])
def test_postmaster_and_abuse_of_any_domain_are_recipients_like_others(
    open_edge: OpenEdge, local: bytes, sender: bytes
) -> None:
    said = answers(
        open_edge,
        b"MAIL FROM:<" + sender + b">\r\n",
        b"RCPT TO:<" + local + b"@nhs.example>\r\n",
    )

    assert ["250 2.1.0", "250 2.1.5"] == said


BEYOND_ASCII = "MAIL FROM:<änn@council.example> SMTPUTF8\r\n".encode()
EIGHT_BITS = b"MAIL FROM:<ann@council.example> BODY=8BITMIME\r\n"


@pytest.mark.parametrize(
    ("known", "offered", "said"),
    [
        (None, {"8BITMIME", "SMTPUTF8"}, ["250 2.1.0", "250 2.1.0"]),
        (("8BITMIME", "SMTPUTF8", "DSN"), {"8BITMIME", "SMTPUTF8"}, ["250 2.1.0", "250 2.1.0"]),
        (("8BITMIME",), {"8BITMIME"}, ["250 2.1.0", "553 5.6.7"]),
        (("PIPELINING",), set(), ["555 5.5.4", "553 5.6.7"]),
    ],
)
def test_what_the_next_hop_cannot_take_is_not_offered(
    open_edge: OpenEdge, known: tuple[str, ...] | None, offered: set[str], said: list[str]
) -> None:
    async def trip() -> tuple[set[str], list[str]]:
        async with open_edge(next_hop=lambda: known) as guarded:
            lines = await guarded.says(HELLO, EIGHT_BITS, b"RSET\r\n", BEYOND_ASCII, pause=0.01)
            greeting = " ".join(line for line in lines if line.startswith("250"))
            both = {word for word in ("8BITMIME", "SMTPUTF8") if word in greeting}
            return both, [code for code in codes(lines)[2:] if code != "250 2.0.0"]

    assert (offered, said) == asyncio.run(trip())


def test_what_was_offered_is_taken_though_the_next_hop_has_changed(open_edge: OpenEdge) -> None:
    known: list[Any] = [None]

    async def trip() -> list[str]:
        async with open_edge(next_hop=lambda: known[0]) as guarded:
            reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            writer.write(HELLO)
            await asyncio.sleep(0.02)
            known[0] = ("PIPELINING",)
            writer.write(EIGHT_BITS + HELLO + EIGHT_BITS + b"QUIT\r\n")
            said = (await reader.read()).decode().splitlines()
            writer.close()
            return codes(said)[2:]

    assert ["250 2.1.0", "250", "555 5.5.4", "221 2.0.0"] == asyncio.run(trip())
