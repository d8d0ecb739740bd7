"""docs/postfix.md: its lines, in a Postfix of our own."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.docs._blocks import Block, Step, blocks, steps
from tests.journeys._postfix import Postfix, postfix_client, smtp_sink
from tests.journeys._programs import (
    DEADLINE,
    HOST,
    free_port,
    listens,
    need,
    python_smtplib,
    wait_until,
)
from tests.journeys._relay import benign, relay

SHOWN = {block.title: block.text for block in blocks("postfix.md") if block.title}
ANN, BEN, OUTSIDE = "ann@charity.example", "ben@charity.example", "dan@outside.example"
STRANGER = "eve@elsewhere.example"


def fresh(smarthost: int) -> AbstractContextManager[Postfix]:
    """A Postfix whose every process serves once, so that none goes on with old lines."""
    return postfix_client(smarthost, max_use="1")


def apply(client: Postfix, title: str, instead: dict[str, str]) -> None:
    """Put what a block shows into the configuration, as its title says, and reload."""
    text = SHOWN[title]
    words = {"/etc/postfix": str(client.configuration)} | instead
    for word, here in words.items():
        text = text.replace(word, here)
    main = title.startswith("main.cf")
    file = client.configuration / ("main.cf" if main else title)
    with file.open("a" if main or title == "master.cf" else "w") as configuration:
        configuration.write(f"\n{text}")


def shown(block: Block) -> Iterator[Step]:
    return steps(block) if block.language == "console" else iter(())


def run(client: Postfix, command: str, *words: str) -> None:
    subprocess.run(
        (need(command), "-c", str(client.configuration), *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=DEADLINE,
        check=True,
    )


def test_every_block_with_a_title_is_tried_here() -> None:
    tried = {"main.cf, pilot", "pilot", "main.cf, detour", "own_senders", "strip", "master.cf"}
    elsewhere = {"main.cf": "tests/docs/test_sessions.py", "main.cf, with TLS": "below"}

    assert SHOWN.keys() == tried | elsewhere.keys()


def test_a_pilot_sends_only_its_senders_through() -> None:
    with smtp_sink() as dlpguard, smtp_sink() as smarthost, fresh(smarthost.port) as client:
        for title in ("main.cf, pilot", "pilot"):
            apply(client, title, {"10.0.0.5]:2525": f"{HOST}]:{dlpguard.port}"})
        run(client, "postfix", "reload")
        for sender in (ANN, "carol@care.charity.example", BEN):
            client.submit(benign(), sender, [OUTSIDE])

        assert {ANN, "carol@care.charity.example"} == {m.sender for m in dlpguard.received(2)}
        assert [BEN] == [m.sender for m in smarthost.received(1)]


def test_the_detour_is_made_by_ones_own_mail_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLPGUARD_ORGANISATION__DOMAINS", '["charity.example"]')
    back = free_port()
    with (
        smtp_sink() as smarthost,
        relay(tmp_path, back) as dlpguard,
        fresh(smarthost.port) as client,
    ):
        here = {"10.0.0.5]:2525": f"{HOST}]:{dlpguard.port}", ",10.0.0.5": "", "10026": str(back)}
        for title in ("main.cf, detour", "own_senders", "strip", "master.cf"):
            apply(client, title, here)
        [line] = [
            s.command for b in blocks("postfix.md") for s in shown(b) if "pickup" in s.command
        ]
        run(client, *shlex.split(line.replace("10.0.0.5]:2525", f"{HOST}]:{dlpguard.port}")))
        run(client, "postfix", "reload")
        wait_until(lambda: listens(back), "the port for what comes back")
        client.submit(benign(), BEN, [OUTSIDE])
        for sender in (ANN, STRANGER):
            python_smtplib(benign(sender=sender), sender, [OUTSIDE], client.port, tmp_path)
        received = {m.sender: m.content for m in smarthost.received(3)}
        wait_until(lambda: not client.queue(), "Postfix to be rid of everything")

        assert {ANN, BEN, STRANGER} == received.keys()
        for own in (ANN, BEN):
            assert 1 == received[own].count(b"(dlpguard ")
            assert b"X-DLPGuard-Id: " in received[own]
            assert b"X-DLPGuard-Passed" not in received[own]
        assert b"dlpguard" not in received[STRANGER].lower()


def test_the_line_for_tls_is_one_that_postfix_reads() -> None:
    line = SHOWN["main.cf, with TLS"].partition("=")[2].strip()
    done = subprocess.run(
        (Path(need("postconf")).with_name("postmap"), "-q", "[10.0.0.5]:2525", line),
        capture_output=True,
        timeout=DEADLINE,
        check=True,
    )

    assert b"encrypt" == done.stdout.strip()
