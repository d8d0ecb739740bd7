"""Secrets: from a file, once, and shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlpguard.errors import ConfigurationError
from tests.commands._line import as_nobody
from tests.config.conftest import Make

SERVER = '[store]\nurl = "postgresql://dlpguard@db.council.example/mail"\n'


@pytest.mark.parametrize("written", ["hunter2", "hunter2\n", "hunter2\r\n"])
def test_a_password_is_read_from_its_file(make: Make, tmp_path: Path, written: str) -> None:
    (tmp_path / "secret").write_text(written)
    settings = make('[next_hop]\npassword_file = "secret"\n' + SERVER + "password_file='secret'\n")

    assert "hunter2" == settings.next_hop_password
    assert "postgresql://dlpguard:hunter2@db.council.example/mail" == settings.database


def test_a_file_can_be_named_in_the_environment(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("hunter2")
    monkeypatch.setenv("DLPGUARD_NEXT_HOP__PASSWORD_FILE", str(tmp_path / "secret"))

    assert "hunter2" == make().next_hop_password


def test_a_password_is_made_fit_for_an_address(make: Make) -> None:
    settings = make(SERVER + 'password = "a/b@c:d"\n')

    assert "postgresql://dlpguard:a%2Fb%40c%3Ad@db.council.example/mail" == settings.database


def test_without_a_password_the_address_stays(make: Make) -> None:
    assert "sqlite:///dlpguard.db" == make().database
    assert "" == make().next_hop_password


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"x" * 70_000, None])
def test_a_file_that_holds_no_secret_is_named(
    make: Make, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    settings = make('[next_hop]\npassword_file = "secret"\n')

    with pytest.raises(ConfigurationError, match=r"next_hop\.password_file: .*secret") as raised:
        _ = settings.next_hop_password
    assert "lines" not in str(raised.value)


def test_a_file_that_may_not_be_read_is_named(make: Make, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    (tmp_path / "secret").chmod(0)
    settings = make('[next_hop]\npassword_file = "secret"\n')

    with as_nobody(), pytest.raises(ConfigurationError, match="may the user who runs dlpguard"):
        _ = settings.next_hop_password


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[next_hop]\npassword="a"\npassword_file="b"\n',
            "next_hop.password and next_hop.password",
        ),
        (SERVER + 'password="a"\npassword_file="b"\n', "store.password and store.password_file"),
        ('[store]\npassword="a"\n', "store.password: a database in a file has no password"),
        (SERVER.replace("dlpguard@", "") + 'password="a"\n', "store.url names no user"),
        (SERVER.replace("d@", "d:x@") + 'password="a"\n', "store.url has a password already"),
        ('[store]\nurl = "dlpguard.db"\n', "store.url: not a database address"),
    ],
)
def test_what_contradicts_itself_is_refused(make: Make, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make(text)
    assert said in str(raised.value)
    assert "dlpguard.toml:" in str(raised.value)


def test_no_secret_is_in_what_is_printed_of_settings(make: Make) -> None:
    text = '[next_hop]\npassword = "hunter2"\n' + SERVER.replace("d@", "d:hunter3@")

    assert "hunter" not in repr(make(text))
