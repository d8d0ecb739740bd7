"""A relay is backed up while it works, is lost, and goes on from the backup elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import _stores
from tests.journeys._programs import free_port, wait_until
from tests.journeys._refusing import RefusingHop, refusing
from tests.journeys._relay import Relay, benign

ANN, BOB = "ann.bee@council.example", "bob@outside.example"


def on(engine: str, folder: Path, next_hop: int) -> Relay:
    """A relay in a folder of its own, on a database of its own."""
    folder.mkdir(exist_ok=True)
    made = Relay(folder, next_hop)
    if engine == "postgresql" and _stores.EMBEDDED:  # otherwise it has one already
        server = _stores.server()
        with made.config.open("a") as settings:
            settings.write(f'\n[store]\nurl = "{server.url(server.create())}"\n')
    return made


def has(hop: RefusingHop, id: str) -> bool:
    """Whether a message has come to the next hop."""
    return any(id.encode() in content for _, content in hop.from_clients())


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_mail_goes_on_from_a_backup_and_none_is_sent_twice_without_a_person(
    tmp_path: Path, engine: str
) -> None:
    copy, port = tmp_path / "copy", free_port()
    first = on(engine, tmp_path / "first", port)
    second = on(engine, tmp_path / "second", port)
    keys = str(second.folder / "dlpguard.key")
    first.start()
    try:
        id = first.send(benign(1), ANN, [BOB])
        wait_until(lambda: f"judged id={id}" in first.log(), "a verdict")
        said = first.run("backup", str(copy), "--keys", keys)
        late = first.send(benign(2), ANN, [BOB])
    finally:
        first.kill()

    assert "1 message," in said
    with refusing(port, {}) as hop:
        assert "1  held now: it was on its way" in second.run("restore", str(copy))
        second.start()
        try:
            other = second.send(benign(3), ANN, [BOB])
            wait_until(lambda: has(hop, other), "what is sent after the restore")
            assert [id] == [one["id"] for one in second.held()]
            assert not has(hop, id)
            second.run("quarantine", "release", id, "--as", "rita@council.example")
            wait_until(lambda: has(hop, id), "what was released")
        finally:
            second.stop()
        assert not has(hop, late)
