"""`dlpguard serve`: what is wrong is said at once, and stops it (exit code 2)."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands._line import line, settings_in, store_of


def test_a_bad_policy_stops_it_before_anything_is_opened(tmp_path: Path) -> None:
    policies = tmp_path / "mine"
    policies.mkdir()
    (policies / "broken.yaml").write_text("title: T\nwhy: W\nwhen:\n  - reech: 3\nthen: tag\n")
    settings = settings_in(tmp_path, '[policies]\ndirectory = "mine"\n')
    done = line("serve", "--config", settings)

    assert 2 == done.code
    assert "broken.yaml:4" in done.error


@pytest.mark.embedded
def test_two_of_them_cannot_share_a_database(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with store_of(settings) as (_, store):
        store.lock()
        done = line("serve", "--config", settings)

    assert 2 == done.code
    assert "another dlpguard serve uses this database" in done.error


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        more = f'smtp = "127.0.0.1:{port}"\n'
        done = line("serve", "--config", settings_in(tmp_path, more))

    assert 2 == done.code
    assert f"listen.smtp: 127.0.0.1:{port} cannot be opened" in done.error


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('tls_certificate = "none.pem"\ntls_key = "none.key"\n', "none.pem"),
        ('[next_hop]\ncertificate = "none.pem"\n', "next_hop: a certificate or key"),
        ('[next_hop]\npassword_file = "none"\n', "next_hop.password_file: cannot be read"),
        ('[policies]\ndirectory = "nowhere"\n', "nowhere: no such directory"),
    ],
)
def test_a_file_that_is_missing_is_named(tmp_path: Path, more: str, said: str) -> None:
    done = line("serve", "--config", settings_in(tmp_path, more))

    assert 2 == done.code
    assert said in done.error


@pytest.mark.parametrize("words", [("--help",), ("serve", "--help")])
def test_help_is_no_error(words: tuple[str, ...]) -> None:
    done = line(*words)

    assert 0 == done.code
    assert "serve" in done.out


@pytest.mark.parametrize("words", [(), ("nonsense",), ("serve", "--nonsense")])
def test_wrong_use_is_told(words: tuple[str, ...]) -> None:
    assert 2 == line(*words).code


def test_the_relays_own_process_loads_nothing_that_reads_mail() -> None:
    code = "import sys, dlpguard.commands._service, dlpguard.web.serving; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()

    readers = ("extractors", "detectors", "counting", "names")
    assert [] == [name for name in loaded if name.removeprefix("dlpguard.").startswith(readers)]
