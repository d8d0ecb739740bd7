"""`dlpguard login`: what it prints can stand in the settings, and lets in whoever knows."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dlpguard.config import build
from dlpguard.smtp.login import Login, Logins, Outcome

COMMAND = [sys.executable, "-m", "dlpguard", "login"]


def run(name: str, said: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, name], input=said, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_it_prints_is_a_login(tmp_path: Path) -> None:
    done = run("scanner", "correct horse battery\n")
    values = tomllib.loads(done.stdout)
    values["organisation"] = {"domains": ["council.example"]}
    values["listen"] |= {"tls_certificate": "c", "tls_key": "k"}
    [made] = build(values, tmp_path, "a test").listen.logins

    async def attempt(password: str) -> Outcome:
        return (await Logins([Login(made.name, made.hash)]).attempt("a", "scanner", password))[0]

    assert Outcome.RIGHT is asyncio.run(attempt("correct horse battery"))
    assert Outcome.WRONG is asyncio.run(attempt("correct horse"))
    assert "correct" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "said", "why"),
    [
        ("scanner", "short\n", "too short"),
        ("scanner", "", "too short"),
        ("two words", "correct horse battery\n", "a login's name is"),
        ('a"\nb', "correct horse battery\n", "a login's name is"),
    ],
)
def test_what_cannot_be_a_login_is_said(name: str, said: str, why: str) -> None:
    done = run(name, said)

    assert (2, "") == (done.returncode, done.stdout)
    assert why in done.stderr


@pytest.mark.parametrize(("again", "code"), [("correct horse battery", 0), ("another one!", 2)])
def test_at_a_terminal_it_asks_twice_and_shows_nothing(again: str, code: int) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "scanner"], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        for prompt, answer in ((b"Password: ", "correct horse battery"), (b"Again: ", again)):
            while prompt not in shown:
                shown += os.read(ours, 1000)
            os.write(ours, answer.encode() + b"\n")
        assert process.stdout
        printed = process.stdout.read()
        assert code == process.wait(60)
    os.close(ours)

    assert (code == 0) == printed.startswith(b"[[listen.logins]]")
    assert b"correct" not in shown + printed
