"""The part of a process that tells of the others: it has a port where the settings name one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard import config, telemetry
from dlpguard.commands import _wiring
from dlpguard.commands._observing import Observing
from dlpguard.commands._parts import Place, Seats
from dlpguard.errors import ConfigurationError
from dlpguard.health import Running
from dlpguard.store import lives
from tests.runners._deliver import work
from tests.runners._hop import Hop, listening
from tests.runners._world import World, world
from tests.telemetry._lines import restored

TOKEN = "b1946ac92492d2347c6235b4d2611184"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with restored(), asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def settings(folder: Path, **sections: object) -> config.Settings:
    values = {"organisation": {"domains": ["council.example"]}, **sections}
    return config.build(values, folder, "test")


def place(here: World, **sections: object) -> Place:
    return Place(settings(here.folder, **sections), here.store, "node", Seats())


async def answered(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


def test_a_node_with_a_port_for_it_answers(here: World) -> None:
    (here.folder / "token").write_text(TOKEN + "\n")
    chosen = {"listen": "127.0.0.1:0", "clients": [], "token_file": "token"}

    async def trip() -> bytes:
        part = Observing(place(here, metrics=chosen), Running())
        await part.start()
        assert part.listener
        try:
            return await answered(part.listener.port, "/metrics")
        finally:
            await part.end()

    answer = here.run(trip())

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"\ndlpguard_store_up 1.0\n" in answer


def test_a_node_without_one_opens_none(here: World) -> None:
    async def trip() -> Observing:
        part = Observing(place(here), Running())
        await part.start()
        await part.end()
        return part

    assert here.run(trip()).listener is None


def test_what_ends_is_said_while_it_runs(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlpguard.runners.chronicler.ROUND_SECONDS", 0.01)
    monkeypatch.setattr("dlpguard.runners.chronicler.LAG_SECONDS", 0.0)

    async def trip() -> str:
        part = Observing(place(here), Running())
        tasks = [asyncio.create_task(task) for task in part.tasks()]
        while here.do(lives.is_due, 0.0):  # until it knows from when on
            await asyncio.sleep(0.01)
        here.clock.time += 1
        id, hop = here.ready(), Hop()
        async with listening(hop):
            await work(here, hop)
        here.clock.time += 1
        while not any(line.startswith("life ") for line in here.log):
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await part.end()
        return id

    id = here.run(trip())

    assert [f"id={id}"] == [line.split()[1] for line in here.log if line.startswith("life ")]


def test_a_token_that_could_be_guessed_stops_the_start(here: World) -> None:
    with pytest.raises(ConfigurationError, match=r"metrics\.token"):
        _wiring.metrics(settings(here.folder, metrics={"token": "short"}), here.store)


def test_the_log_is_as_the_settings_say(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    _wiring.observe(settings(here.folder, log={"format": "json", "level": "warning"}))
    telemetry.stopping()
    telemetry.over_budget(26, 25)
    counted = telemetry.counted()

    assert '"event":"over_budget"' in capsys.readouterr().err
    assert counted is not None
    assert logging.WARNING == logging.getLogger("dlpguard").level


def test_syslog_is_where_the_settings_say(here: World) -> None:
    chosen = {"destination": "syslog", "syslog": "/there/is/nothing"}
    with pytest.raises(ConfigurationError, match=r"log\.syslog: /there/is/nothing"):
        _wiring.observe(settings(here.folder, log=chosen))


@pytest.mark.parametrize(
    "wrong",
    [
        {"log": {"syslog": "dev/log"}},
        {"log": {"syslog": "logs.example"}},
        {"log": {"format": "xml"}},
        {"log": {"level": "loud"}},
        {"metrics": {"clients": ["everybody"]}},
        {"metrics": {"listen": "9464"}},
        {"metrics": {"token": TOKEN, "token_file": "token"}},
    ],
)
def test_settings_that_cannot_be_right(tmp_path: Path, wrong: dict[str, object]) -> None:
    [section] = wrong
    with pytest.raises(ConfigurationError, match=section):
        settings(tmp_path, **wrong)
