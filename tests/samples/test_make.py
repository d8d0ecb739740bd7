"""The samples are what make.py writes, and what their index and README say."""

from __future__ import annotations

import csv
import email
import email.message
import io
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
INDEX: list[dict[str, Any]] = tomllib.loads((SAMPLES / "index.toml").read_text("utf-8"))["mail"]

SIZE = 3_000_000
"""All samples together: a clone stays small."""


def test_make_writes_the_same_bytes_again() -> None:
    check = [sys.executable, str(SAMPLES / "make.py"), "--check"]
    run = subprocess.run(check, capture_output=True, text=True, check=False, timeout=120)

    assert (0, "") == (run.returncode, run.stdout + run.stderr)


def test_make_says_what_differs(tmp_path: Path) -> None:
    for source in SAMPLES.glob("*.py"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    make = [sys.executable, str(tmp_path / "make.py")]
    subprocess.run(make, check=True, timeout=120)
    (tmp_path / "attachments" / "flyer.pdf").write_bytes(b"%PDF")
    (tmp_path / "mail" / "a4e-csv.eml").unlink()
    (tmp_path / "mail" / "stranger.eml").touch()
    check = [*make, "--check"]
    run = subprocess.run(check, capture_output=True, text=True, check=False, timeout=120)

    assert 1 == run.returncode
    assert [
        "attachments/flyer.pdf: differs",
        "mail/a4e-csv.eml: missing",
        "mail/stranger.eml: should not be there",
    ] == run.stdout.splitlines()


def test_the_index_lists_every_mail_once() -> None:
    there = sorted(f"mail/{file.name}" for file in (SAMPLES / "mail").glob("*.eml"))

    assert there == sorted(entry["file"] for entry in INDEX)


def test_the_samples_stay_small() -> None:
    assert sum(f.stat().st_size for f in SAMPLES.rglob("*.*") if f.is_file()) < SIZE


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: str(entry["file"]))
def test_a_mail_is_well_formed(entry: dict[str, Any]) -> None:
    raw = (SAMPLES / entry["file"]).read_bytes()
    message = email.message_from_bytes(raw)

    assert [] == [defect for part in message.walk() for defect in part.defects]
    assert {"From", "To", "Subject", "Date", "Message-ID"} <= set(message.keys())
    assert entry["from"] in message["From"]
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.splitlines())) <= 998  # RFC 5322 2.1.1
    assert [] == re.findall(rb"=\?[^?]{1,20}\?B\?[^?]{64,}\?=", raw)  # RFC 2047 2: 75 at most


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: str(entry["file"]))
def test_the_attachments_of_a_mail_are_files_in_attachments(entry: dict[str, Any]) -> None:
    stored = {file.read_bytes() for file in (SAMPLES / "attachments").iterdir()}
    message = email.message_from_bytes((SAMPLES / entry["file"]).read_bytes())

    assert {_content(part) for part in message.walk() if part.get_filename()} <= stored


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: str(entry["file"]))
def test_the_envelope_has_distinct_addresses_under_example(entry: dict[str, Any]) -> None:
    addresses = [entry["from"], *_recipients(entry)]

    assert len(addresses) == len(set(addresses)) > 1
    assert [] == [a for a in addresses if not re.fullmatch(r"[\w.+-]+@[\w-]+\.example", a)]


def test_the_a4e_mailing_has_157_recipients_150_of_them_at_webmail() -> None:
    entries = [e for e in INDEX if e["file"].startswith("mail/a4e-")]
    webmail = re.compile(r".*@(webmail|homemail)\.example")

    assert 7 == len(entries)
    for entry in entries:
        assert 157 == len(_recipients(entry))
        assert 150 == sum(webmail.fullmatch(a) is not None for a in _recipients(entry))


def test_every_format_of_the_client_list_holds_the_same_forty_clients() -> None:
    folder = SAMPLES / "attachments"
    rows = list(csv.reader(io.StringIO((folder / "clients-40.csv").read_bytes().decode("cp1252"))))
    clients = {(row[3], row[2]) for row in rows[1:]}
    sheet = openpyxl.load_workbook(folder / "clients-40.xlsx").worksheets[0]
    table = docx.Document(str(folder / "clients-40.docx")).tables[0]
    with zipfile.ZipFile(folder / "clients-40.zip") as archive:
        inside = {archive.read(name) for name in archive.namelist()}
    pages = "".join(_pages(folder / "clients-40.pdf"))
    pasted = (SAMPLES / "mail/a4e-inline.eml").read_text("utf-8")

    assert 40 == len(clients)
    assert clients == {(r[0], r[3]) for r in sheet.iter_rows(min_row=5, values_only=True)}
    assert clients == {(row.cells[2].text, row.cells[1].text) for row in table.rows[1:]}
    assert {(folder / "clients-40.xlsx").read_bytes()} == inside
    for value in (value for client in clients for value in client):
        assert value in pages
        assert value in pasted


def test_the_essex_spreadsheet_has_400_distinct_people_with_accounts() -> None:
    book = openpyxl.load_workbook(SAMPLES / "attachments/service-users-400.xlsx")
    rows = list(book.worksheets[0].iter_rows(min_row=4, values_only=True))[:-1]

    assert 400 == len({(row[0], row[1]) for row in rows}) == len({row[7] for row in rows})


def test_the_protected_archive_opens_with_its_password_only() -> None:
    with zipfile.ZipFile(SAMPLES / "attachments/protected.zip") as archive:
        wanted = (SAMPLES / "attachments/clients-40.csv").read_bytes()

        assert wanted == archive.read("clients.csv", b"Plymouth2013")
        with pytest.raises(RuntimeError, match="password required"):
            archive.read("clients.csv")


def test_telephone_numbers_are_from_the_ranges_kept_for_drama() -> None:
    shown = (SAMPLES / "mail/a4e-inline.eml").read_text("utf-8") + "".join(
        page for file in (SAMPLES / "attachments").glob("*.pdf") for page in _pages(file)
    )
    numbers = re.findall(r"\b0\d{4} ?\d{6}\b", shown)

    assert len(numbers) > 80
    assert [] == [n for n in numbers if not re.match(r"07700 ?900|01632 ?960", n)]


def _recipients(entry: dict[str, Any]) -> list[str]:
    if "to_file" in entry:
        return (SAMPLES / str(entry["to_file"])).read_text("ascii").splitlines()
    return [str(address) for address in entry["to"]]


def _content(part: email.message.Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _pages(file: Path) -> Iterator[str]:
    document = pypdfium2.PdfDocument(file)
    for page in document:
        text = page.get_textpage()
        yield text.get_text_range()
        text.close()
        page.close()
    document.close()
