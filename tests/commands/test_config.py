"""`dlpguard config`: whether the settings are right, and which are in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands._line import line, settings_in

CALM = 'site = "https://dlpguard.council.example"\n'


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("DLPGUARD_")]:
        monkeypatch.delenv(name)


def test_settings_that_are_right_are_said_to_be(tmp_path: Path) -> None:
    file = settings_in(tmp_path, CALM)
    done = line("config", "check", "--config", file)

    assert (0, f"{file} is right.\n") == (done.code, done.out)


def test_everything_wrong_is_said_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    file = settings_in(tmp_path, 'clints = []\nsize = "big"\n[next_hop]\ntls = "maybe"\n')
    done = line("config", "check", "--config", file)

    assert 1 == done.code
    assert [
        f"wrong     {file}:12: listen.size: must be a whole number without quotes, such as 25",
        f"wrong     {file}:11: unknown key listen.clints; did you mean listen.clients? "
        "docs/settings.md lists all keys",
        f"wrong     {file}:14: next_hop.tls: must be 'verify', 'require', 'opportunistic' "
        "or 'none'",
    ] == done.out.splitlines()


def test_a_file_that_is_named_and_missing_is_wrong(tmp_path: Path) -> None:
    file = settings_in(tmp_path, CALM + '[next_hop]\nauthorities = "none.pem"\n')
    done = line("config", "check", "--config", file)

    assert 1 == done.code
    assert f"wrong     {file}:13: next_hop.authorities:" in done.out


def test_what_is_only_doubtful_is_said_and_is_no_failure(tmp_path: Path) -> None:
    file = settings_in(tmp_path, 'clients = ["0.0.0.0/0"]\n')
    done = line("config", "check", "--config", file)

    assert 0 == done.code
    assert f"doubtful  {file}:11: listen.clients: 0.0.0.0/0 lets strangers send" in done.out


def test_without_a_file_there_is_nothing_to_check(tmp_path: Path) -> None:
    done = line("config", "check", "--config", tmp_path / "none.toml")

    assert (2, True) == (done.code, "no such file" in done.error)


def test_a_variable_that_is_wrong_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLPGUARD_QUEUE__GIVE_UP", "5 days")
    monkeypatch.setenv("DLPGUARD_QEUE__GIVE_UP", "5d")
    done = line("config", "check", "--config", settings_in(tmp_path))

    assert 1 == done.code
    assert "DLPGUARD_QUEUE__GIVE_UP: queue.give_up: a duration is" in done.out
    assert "DLPGUARD_QEUE__GIVE_UP: unknown key; did you mean DLPGUARD_QUEUE__GIVE_UP?" in done.out


def test_what_is_in_force_is_shown_with_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLPGUARD_QUEUE__GIVE_UP", "3d")
    file = settings_in(tmp_path, "[queue]\ngive_up = '4d'\n")
    rows = {row["key"]: row for row in line("config", "show", "--config", file, "--json").json()}

    assert {"key": "queue.give_up", "value": "3d", "from": "DLPGUARD_QUEUE__GIVE_UP"} == (
        rows["queue.give_up"]
    )
    assert {"key": "listen.name", "value": "relay.council.example", "from": f"{file}:9"} == (
        rows["listen.name"]
    )
    assert "default" == rows["queue.first_retry"]["from"]


def test_only_what_somebody_chose_can_be_shown(tmp_path: Path) -> None:
    file = settings_in(tmp_path, "[queue]\ngive_up = '4d'\n")
    done = line("config", "show", "--chosen", "--config", file)

    assert 'queue.give_up "4d"' in done.words()
    assert "queue.first_retry" not in done.out


def test_no_secret_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLPGUARD_METRICS__TOKEN", "hunter-the-third-and-last")
    url = "postgresql://dlpguard:hunter4@db.council.example/mail?password=hunter5"
    text = (
        f"[next_hop]\nusername = 'u'\npassword = 'hunter2'\n[store]\nurl = '{url}'\n"
        "[[listen.logins]]\nname = 'scanner'\n"
        "hash = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$pHPYXLqSs2Ze9p6dP1pGMQ'\n"
    )
    tls = "tls_certificate = 'c.pem'\ntls_key = 'k.pem'\n"
    file = settings_in(tmp_path, tls + text)
    shown = line("config", "show", "--config", file)
    rows = line("config", "show", "--config", file, "--json")
    checked = line("config", "check", "--config", file)

    assert "postgresql://dlpguard:***@db.council.example/mail" in shown.out
    assert 'next_hop.password "(set, not shown)"' in shown.words()
    assert "scanner" in shown.out
    for done in (shown, rows, checked):
        assert "hunter" not in done.out + done.error
        assert "argon2" not in done.out + done.error
