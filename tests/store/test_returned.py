"""The same file again: whoever sends it, for a month, and never by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlpguard import inspection
from dlpguard.facts import Content, Facts
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation

LIST = (Path(__file__).parents[2] / "samples/attachments/clients-10.xlsx").read_bytes()
OTHER = (Path(__file__).parents[2] / "samples/attachments/clients-9.xlsx").read_bytes()


def read(content: bytes, subject: str, sender: str) -> Facts:
    raw = inspection.attach(content, "list.xlsx", sender=sender, subject=subject)
    envelope = Envelope(sender, (Recipient("x@outside.example"),))
    setup = Setup(Organisation(("council.example",)))
    return inspection.read(MessageId("m"), raw, envelope, setup).facts


def test_a_file_is_the_same_whoever_sends_it_and_whatever_is_written_with_it() -> None:
    first = read(LIST, "the list", "ann@council.example").content
    second = read(LIST, "Re: what you asked for", "bob@council.example").content

    assert first.files == second.files != ()
    assert first.whole != second.whole
    assert set(first.files) <= set(first.links)


def test_another_file_is_another() -> None:
    files = [read(c, "the list", "ann@council.example").content.files for c in (LIST, OTHER)]

    assert not set(files[0]) & set(files[1])


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b""])
def test_what_goes_with_every_mail_is_no_file_that_one_remembers(content: bytes) -> None:
    assert () == read(content, "hello", "ann@council.example").content.files


def test_facts_of_an_earlier_version_have_none() -> None:
    assert () == Content(b"x", (b"y",)).files
