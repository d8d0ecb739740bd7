"""`dlpguard doctor`: what it finds, and that it changes nothing."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dlpguard.commands._examination import CHAPTERS
from dlpguard.health._refusals import EXPLAINED
from tests import _stores
from tests.commands._line import Done, as_nobody, line, settings_in, store_of
from tests.health._machine import certificate, hop
from tests.journeys._programs import HOST, free_port, wait_until
from tests.journeys._relay import Relay
from tests.smtp.conftest import Hop

TENANT = b"550 5.7.64 TenantAttribution; Relay Access Denied\r\n"
DAY = 86400.0


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("DLPGUARD_")]:
        monkeypatch.delenv(name)


def state(folder: Path) -> dict[str, str]:
    """Every file with a digest of its content; not the database's index of its log, which readers
    share."""
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "folder"
        for file in sorted(folder.rglob("*"))
        if not file.name.endswith("-shm") and file.name != "log"
    }


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 5):
        return True
    return False


def rows(done: Done) -> dict[str, dict[str, Any]]:
    """What it found, by what it is about."""
    return {row["about"]: row for row in done.json()}


def levels(done: Done) -> dict[str, str]:
    return {about: row["level"] for about, row in rows(done).items()}


@dataclass
class Ground:
    """An installation that runs, and its next hop."""

    relay: Relay
    hop: Hop

    def doctor(self, *words: str) -> Done:
        return line("doctor", "--json", "--config", self.relay.config, *words)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A relay with its site, a certificate and a next hop."""
    folder = tmp_path_factory.mktemp("running")
    now = time.time()
    certificate(folder / "relay.pem", now - DAY, now + 300 * DAY)
    (folder / "relay.key").chmod(0o600)
    web = free_port()
    with hop() as there:
        relay = Relay(folder, there.port, web=f"{HOST}:{web}")
        text = relay.config.read_text().replace(
            "[next_hop]",
            'site = "https://127.0.0.1"\ntls_certificate = "relay.pem"\ntls_key = "relay.key"\n\n'
            "[next_hop]",
        )
        relay.config.write_text(text)
        relay.start()
        wait_until(lambda: _answers(web), "the site to answer")
        try:
            yield Ground(relay, there)
        finally:
            relay.stop()


def test_an_installation_that_runs_is_looked_at_and_not_changed(running: Ground) -> None:
    # A relay that runs may empty its database's log at any time.
    before = {n: s for n, s in state(running.relay.folder).items() if not n.endswith("-wal")}
    asked = len(running.hop.commands)
    done = running.doctor()
    found = levels(done)

    assert before.items() <= state(running.relay.folder).items()
    assert 1 == done.code  # nobody has an account, and policies ask for two approvers
    assert {"Approvers"} == {about for about, level in found.items() if level == "fail"}
    fine = {"Port listen.smtp", "Port listen.web", "Next hop takes mail", "Certificates"}
    for about in (*fine - {"Certificates"}, "Certificate listen.tls_certificate", "Keys"):
        assert "ok" == found[about], about
    assert "DATA" not in {command.partition(" ")[0] for command in running.hop.commands[asked:]}


def test_a_certificate_that_was_renewed_is_noticed_until_dlpguard_reads_it(running: Ground) -> None:
    file = running.relay.folder / "relay.pem"
    old, key = file.read_bytes(), (running.relay.folder / "relay.key").read_bytes()
    file.unlink()
    certificate(file, 0, 2.0**32)
    done = running.doctor("--only", "ports")
    file.write_bytes(old)
    (running.relay.folder / "relay.key").write_bytes(key)

    found = rows(done)["Certificate shown at listen.smtp"]
    assert ("warn", True) == (found["level"], "SIGHUP" in found["advice"])


def test_a_test_message_is_sent_where_it_is_asked_for(running: Ground) -> None:
    before = len(running.hop.messages)
    done = running.doctor("--only", "next-hop", "--send-to", "max@council.example")

    assert "ok" == levels(done)["Test message"]
    [message] = running.hop.messages[before:]
    assert b"To: max@council.example" in message


def test_a_new_installation_is_looked_at_before_its_first_start(tmp_path: Path) -> None:
    with hop({"RCPT": [TENANT]}) as there:
        file = settings_in(tmp_path, f"[next_hop]\nport = {there.port}\ntls = 'none'\n")
        before = state(tmp_path)
        words = [
            w
            for chapter in ("next-hop", "permissions", "disk", "store")
            for w in ("--only", chapter)
        ]
        done = line("doctor", "--json", "--config", file, *words)
    found = rows(done)

    assert before == state(tmp_path)
    assert 1 == done.code
    assert "connector" in found["Next hop takes mail"]["advice"]
    # Of several nodes only the first makes it.
    key = "ok" if _stores.EMBEDDED else "warn"
    assert ("ok", key) == (found["Database"]["level"], found["Key file"]["level"])


def test_what_stops_it_from_starting_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "broken.yaml").write_text(
        "title: T\nwhy: W\nwhen:\n  - reech: 3\nthen: tag\n"
    )
    with store_of(settings_in(tmp_path)):
        pass
    file = settings_in(
        tmp_path,
        "[next_hop]\nport = 1\ntls = 'none'\npassword_file = 'none'\n"
        "[policies]\ndirectory = 'mine'\n"
        "[review.private_senders]\nlegal = ['*@legal.council.example']\n",
    )
    (tmp_path / "dlpguard.key").chmod(0o644)
    chapters = ("settings", "policies", "permissions", "store")
    done = line("doctor", "--config", file, *(w for c in chapters for w in ("--only", c)))

    assert 1 == done.code
    for said in (
        "next_hop.password_file",
        "broken.yaml:4",
        f"chmod 600 {tmp_path}/dlpguard.key",
        "others may read it",
        "that do not work",
    ):
        assert said in done.words(), said


def test_an_old_schema_is_told_and_nothing_else_of_the_database(tmp_path: Path) -> None:
    file = settings_in(tmp_path, "[next_hop]\nport = 1\ntls = 'none'\n")
    with store_of(file) as (_, store):
        store.database.write_now(
            lambda tx: tx.connection.exec_driver_sql(
                "UPDATE alembic_version SET version_num = '0003'"
            )
        )
    found = rows(line("doctor", "--json", "--config", file, "--only", "store"))

    assert "dlpguard db upgrade" in found["Database"]["advice"]
    assert "Approvers" not in found


def test_settings_that_are_wrong_are_the_finding(tmp_path: Path) -> None:
    file = settings_in(tmp_path, "size = 'big'\n")
    done = line("doctor", "--config", file)

    assert 1 == done.code
    assert f"{file}:11: listen.size" in done.out


@pytest.mark.parametrize(
    "words", [(), ("--send-to", "max"), ("--send-to", "a b@c.example"), ("--only", "all")]
)
def test_what_it_cannot_do_is_no_finding(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = settings_in(tmp_path) if words else tmp_path / "none.toml"
    done = line("doctor", "--config", file, *words)

    assert (2, "") == (done.code, done.out)
    assert done.error


@pytest.mark.skipif(os.geteuid() != 0, reason="looks as somebody else")
def test_what_this_user_may_not_see_is_said(running: Ground) -> None:
    folder = running.relay.folder
    with as_nobody():
        done = line("doctor", "--json", "--config", running.relay.config)

    assert 2 == done.code, done.out
    assert str(folder) in done.error


def test_every_chapter_and_every_refusal_that_is_explained_is_documented() -> None:
    documentation = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text("utf-8")

    assert [] == [one for one in CHAPTERS if f"\n## {one}\n" not in documentation]
    assert [] == [code for code in EXPLAINED if f"\n| `{code}` |" not in documentation]
