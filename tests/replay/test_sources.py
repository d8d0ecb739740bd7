"""Where mail is: mbox, Maildir, folders, what is broken."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

from dlpguard.errors import ConfigurationError
from dlpguard.replay.sources import Kind, content, find
from tests.commands._line import as_nobody
from tests.replay._mail import ANN, letter

CY = "cy@elsewhere.example"
FIRST, SECOND = letter([CY], text="One"), letter([CY], text="Two")


def mbox(*mails: bytes) -> bytes:
    return b"".join(
        b"From ann@council.example Mon Sep  7 09:00:00 2026\n" + m.replace(b"\r\n", b"\n") + b"\n"
        for m in mails
    )


def all_of(*paths: Path) -> list[bytes]:
    return [content(place).rstrip(b"\r\n") for place in find(paths)]


def test_an_mbox_is_split_into_its_messages_with_the_line_ends_of_mail(tmp_path: Path) -> None:
    file = tmp_path / "Sent"
    file.write_bytes(mbox(FIRST, SECOND))

    assert [m.rstrip() for m in (FIRST, SECOND)] == all_of(file)
    assert [Kind.MBOX, Kind.MBOX] == [place.kind for place in find([file])]


def test_a_line_that_was_quoted_in_an_mbox_is_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "Sent"
    file.write_bytes(mbox(letter([CY], text=">From here on\n>>From there"), SECOND))

    assert [True, False] == [b"\r\nFrom here on\r\n>From there" in each for each in all_of(file)]


def test_a_sentence_that_begins_with_from_begins_no_message(tmp_path: Path) -> None:
    file = tmp_path / "Sent"
    file.write_bytes(mbox(letter([CY], text="Hello\n\nFrom Monday on we are closed."), SECOND))

    assert 2 == len(all_of(file))


def test_an_mbox_with_the_line_ends_of_windows_is_split_too(tmp_path: Path) -> None:
    file = tmp_path / "Sent"
    file.write_bytes(mbox(FIRST, SECOND).replace(b"\n", b"\r\n"))

    assert [m.rstrip() for m in (FIRST, SECOND)] == all_of(file)


def test_a_maildir_is_read_but_for_drafts_and_what_is_not_delivered(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "cur" / "1.a.host:2,S").write_bytes(FIRST)
    (tmp_path / "cur" / "2.a.host:2,DS").write_bytes(SECOND)
    (tmp_path / "new" / "3.a.host").write_bytes(FIRST)
    (tmp_path / "tmp" / "4.a.host").write_bytes(SECOND)
    (tmp_path / ".Sent" / "cur" / "5.a.host:2,RST").write_bytes(SECOND)

    assert [m.rstrip() for m in (FIRST, FIRST, SECOND)] == all_of(tmp_path)


def test_folders_are_read_at_any_depth_and_what_is_no_mail_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.eml").write_bytes(FIRST)
    (tmp_path / "a" / "2.EML").write_bytes(SECOND.replace(b"\r\n", b"\n"))
    (tmp_path / "a" / "old.mbox").write_bytes(mbox(FIRST))
    (tmp_path / "a" / "notes.txt").write_text("From Monday on we are closed.")
    (tmp_path / "a" / "empty.eml").touch()

    assert {FIRST.rstrip(), SECOND.rstrip()} == set(all_of(tmp_path))
    assert [Kind.EML, Kind.MBOX, Kind.EML] == [place.kind for place in find([tmp_path])]


def test_a_file_that_is_named_and_begins_like_mail_needs_no_ending(tmp_path: Path) -> None:
    file = tmp_path / "saved"
    file.write_bytes(FIRST)

    assert [FIRST.rstrip()] == all_of(file)


def test_a_file_that_is_named_and_is_no_mail_is_said(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Nothing")

    with pytest.raises(ConfigurationError, match=r"notes\.txt: holds no mail; name an mbox"):
        all_of(file)


@pytest.mark.parametrize("name", ["Sent", "1.eml"])
def test_a_file_that_cannot_be_read_is_said(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / name).write_bytes(mbox(FIRST))
        (Path(folder) / name).chmod(0)

        with as_nobody(), pytest.raises(ConfigurationError, match=f"{name}: cannot be read"):
            all_of(Path(folder))


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere: cannot be read"):
        all_of(tmp_path / "nowhere")


def test_only_the_beginning_of_a_message_is_read_when_that_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "1.eml"
    file.write_bytes(FIRST)
    [place] = find([file])

    assert FIRST[:10] == content(place, 10)
    assert FIRST == content(place, 10_000)


@pytest.mark.parametrize("line", [b"From ", b"\nFrom x", b">From ", b"\n\n", b"From 1:1"])
def test_a_hostile_mbox_is_split_in_linear_time(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "Sent"
    file.write_bytes(mbox(FIRST) + line * 400_000)
    started = time.process_time()

    assert FIRST.rstrip() == all_of(file)[0][: len(FIRST.rstrip())]
    assert time.process_time() - started < 5


def test_the_sender_is_not_part_of_where_a_message_is(tmp_path: Path) -> None:
    file = tmp_path / "1.eml"
    file.write_bytes(FIRST)
    [place] = find([file])

    assert ANN not in repr(place)
