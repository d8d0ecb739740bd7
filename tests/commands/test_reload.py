"""What SIGHUP changes of a relay that runs, beside its policies."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from dlpguard import config
from dlpguard.commands import _reload, _wiring
from dlpguard.config import Settings
from dlpguard.smtp.client import Pool
from dlpguard.smtp.server import Edge
from tests.commands._line import settings_in
from tests.health._machine import certificate

TLS = 'tls_certificate = "relay.pem"\ntls_key = "relay.key"\n'
HASH = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$pHPYXLqSs2Ze9p6dP1pGMQ"
LOGIN = f'[[listen.logins]]\nname = "scanner"\nhash = "{HASH}"\n'
HOP = '[next_hop]\nusername = "relay"\npassword_file = "secret"\n'
FAR = 2.0**32


@pytest.fixture
def before(tmp_path: Path) -> Settings:
    """Settings with a certificate and a password, as they are when dlpguard starts."""
    certificate(tmp_path / "relay.pem", 0, FAR)
    (tmp_path / "secret").write_text("old")
    return config.load(settings_in(tmp_path, TLS + HOP))


def running(settings: Settings) -> tuple[Edge, Pool]:
    """What `serve` has of them."""
    rules = _wiring.edge_rules(settings, "i-0")
    edge = Edge(rules, lambda hold: pytest.fail("no mail comes"), lambda: None)
    return edge, Pool(_wiring.target(settings))


def said(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("dlpguard"), "propagate", True)
    caplog.set_level(logging.INFO, "dlpguard")


def test_logins_passwords_and_sizes_are_those_of_the_files_now(
    before: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def trip() -> tuple[list[str], int, str, int]:
        edge, pool = running(before)
        settings_in(tmp_path, TLS + "size = 1000\n" + LOGIN + HOP + "[inspect]\nworkers = 5\n")
        (tmp_path / "secret").write_text("new")
        after = _reload.renew(before, "i-0", edge, pool)
        names = [login.name for login in edge.rules.logins]
        return names, edge.rules.size, pool._target.password, after.inspect.workers

    assert (["scanner"], 1000, "new", 2) == asyncio.run(trip())
    assert "settings read again: changed=listen.logins,listen.size" in said(caplog)
    assert "key=inspect.workers: the new value counts after a restart" in said(caplog)


def test_a_certificate_is_read_again_where_its_name_is_the_same(
    before: Settings, tmp_path: Path
) -> None:
    async def trip() -> bool:
        edge, _ = running(before)
        first = edge.rules.tls
        (tmp_path / "relay.pem").unlink()
        certificate(tmp_path / "relay.pem", 0, FAR, "new.council.example")
        _reload.renew(before, "i-0", edge, None)
        return first is not edge.rules.tls and edge.rules.tls is not None

    assert asyncio.run(trip())


@pytest.mark.parametrize("file", ["relay.pem", "relay.key", "secret", "dlpguard.toml"])
def test_what_is_wrong_leaves_all_as_it_was(
    before: Settings, tmp_path: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def trip() -> bool:
        edge, pool = running(before)
        rules, target = edge.rules, pool._target
        (tmp_path / file).write_text("not what it was\nat all")
        after = _reload.renew(before, "i-0", edge, pool)
        return after is before and edge.rules is rules and pool._target is target

    assert asyncio.run(trip())
    assert "settings not read again" in said(caplog)
    assert file.partition(".")[0] in said(caplog)


def test_a_client_certificate_that_cannot_be_used_changes_nothing(
    before: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def trip() -> bool:
        edge, pool = running(before)
        rules = edge.rules
        settings_in(tmp_path, TLS + "size = 1000\n" + HOP + 'certificate = "none.pem"\n')
        after = _reload.renew(before, "i-0", edge, pool)
        return after is before and edge.rules is rules

    assert asyncio.run(trip())
    assert "next_hop: a certificate or key cannot be used" in said(caplog)


def test_where_mail_is_neither_taken_nor_sent_the_settings_are_read_all_the_same(
    before: Settings, tmp_path: Path
) -> None:
    settings_in(tmp_path, TLS + HOP + '[gaps]\ntoo-large = ["mp4"]\n')

    assert ("mp4",) == _reload.renew(before, "i-0", None, None).gaps.too_large
