"""Leaks in files that are no lists, and in what a file has beside its text."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
from openpyxl.comments import Comment

from tests.counting import _files
from tests.counting._generated import Invented
from tests.counting._leaks import Leak, Those, born, lines, nhs_number


def file_names(those: Those) -> Leak:
    """The files say nothing."""
    return Leak(attachments={
        f"Care plan - {p.name} - DOB {p.born:%d-%m-%Y}.txt": "To follow." for p in those
    })  # fmt: skip


def json_export(those: Those) -> Leak:
    """Records of a web service."""
    records = [
        {"id": n, "firstName": p.forename, "lastName": p.surname, "dateOfBirth": f"{p.born}",
         "address": {"line1": p.address.split(", ")[0], "postcode": p.address[-7:].strip()}}
        for n, p in enumerate(those)
    ]  # fmt: skip
    return Leak(attachments={"export.json": json.dumps({"clients": records}, indent=1)})


def xml_export(those: Those) -> Leak:
    """The same of an older one."""
    records = lines(lambda n, p: (
        f"<Client><Surname>{p.surname}</Surname><Forename>{p.forename}</Forename>"
        f"<DOB>{p.born}</DOB><NHSNumber>{nhs_number(n)}</NHSNumber></Client>"
    ), those)  # fmt: skip
    return Leak(attachments={"export.xml": f'<?xml version="1.0"?>\n<Clients>{records}</Clients>'})


def contact_cards(those: Those) -> Leak:
    """Of a telephone, with birthdays and homes."""
    return Leak(attachments={"contacts.vcf": lines(lambda n, p: (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{p.surname};{p.forename};;;\r\nFN:{p.name}\r\n"
        f"BDAY:{p.born}\r\nADR;TYPE=HOME:;;{p.address.replace(', ', ';;')};\r\n"
        f"TEL;TYPE=CELL:{p.phone}\r\nEND:VCARD\r\n"
    ), those, "")})  # fmt: skip


def appointments(those: Those) -> Leak:
    """A clinic's calendar, exported."""
    events = lines(lambda n, p: (
        f"BEGIN:VEVENT\r\nUID:{n}@council.example\r\nDTSTART:20130722T{8 + n % 9:02}0000Z\r\n"
        f"SUMMARY:{p.name} ({born(p)}) HIV clinic\r\nEND:VEVENT\r\n"
    ), those, "")  # fmt: skip
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n"
    return Leak(attachments={"clinic.ics": calendar})


def web_cards(those: Those) -> Leak:
    """A page of a case system, saved."""
    return Leak(attachments={"cases.html": "<html><body>" + lines(lambda n, p: (
        f"<div class=card><h3>{p.forename} <b>{p.surname}</b></h3><dl><dt>Born</dt>"
        f"<dd>{born(p)}</dd><dt>Home</dt><dd>{p.address}</dd></dl></div>"
    ), those) + "</body></html>"})  # fmt: skip


def merged_letters(those: Those) -> Leak:
    """All letters of a mail merge in one file."""
    paragraphs = [line for n, p in enumerate(those) for line in _letter(n, p)]
    return Leak(attachments={"letters.docx": _files.word((), paragraphs)})


def comments(those: Those) -> Leak:
    """A list of a class; what is the matter stands in the comments of its cells."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["Name", "Class"])
    for n, p in enumerate(those, 2):
        sheet.append([p.name, "4B"])
        sheet.cell(n, 1).comment = Comment("has epilepsy, on a child protection plan", "Ann")
    return Leak(attachments={"class 4B.xlsx": _saved(workbook)})


def a_sheet_each(those: Those) -> Leak:
    """A form, and visits below it."""
    workbook = openpyxl.Workbook(write_only=True)
    for p in those:
        sheet = workbook.create_sheet(p.name)
        for row in (("Name", p.name), ("DOB", p.born), ("Address", p.address), ()):
            sheet.append(row)
        sheet.append(("Visit", "Hours", "Cost"))
        sheet.append((p.born.replace(year=2013), 3, 45))
    return Leak(attachments={"clients.xlsx": _saved(workbook)})


def names_of_sheets(those: Those) -> Leak:
    """The sheets do not repeat whose they are."""
    workbook = openpyxl.Workbook(write_only=True)
    for p in those:
        sheet = workbook.create_sheet(p.name)
        for row in (("Weekly budget", "£412"), ("Day centre", "Tue, Thu"), ("Need", "dementia")):
            sheet.append(row)
    return Leak(attachments={"clients.xlsx": _saved(workbook)})


def printed_forms(those: Those) -> Leak:
    """A PDF of label and value."""
    rows = [row for p in those for row in (
        ("Name:", p.name), ("Date of birth:", born(p)), ("Address:", p.address),
        ("Diagnosis:", "stroke"), ("", ""),
    )]  # fmt: skip
    return Leak(attachments={"forms.pdf": _files.pdf(rows)})


def zipped_letters(those: Those) -> Leak:
    """A letter to each, all to somebody else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n, p in enumerate(those):
            archive.writestr(f"letter{n}.docx", _files.word((), _letter(n, p)))
    return Leak(attachments={"letters.zip": out.getvalue()})


def tabbed_forms(those: Those) -> Leak:
    """Paragraphs of a Word file: label, tab, value."""
    paragraphs = [line for p in those for line in (
        "Client details", f"Name:\t{p.name}", f"DOB:\t{born(p)}", f"Home:\t{p.address}", "",
    )]  # fmt: skip
    return Leak(attachments={"clients.docx": _files.word((), paragraphs)})


def html_alone(those: Those) -> Leak:
    """A table pasted into a mail that has no other text."""
    rows = [(p.name, born(p), p.address) for p in those]
    return Leak("", html=_files.webpage(rows, "<p>Hi,</p>").decode())


def database_dump(those: Those) -> Leak:
    """Statements that would put them into a database again."""
    return Leak(attachments={"clients.sql": lines(lambda n, p: (
        f"INSERT INTO clients VALUES ({n},'{p.surname.replace(chr(39), chr(39) * 2)}',"
        f"'{p.forename}','{p.born}','{p.address}');"
    ), those)})  # fmt: skip


def json_lines(those: Those) -> Leak:
    """A record a line."""
    return Leak(attachments={"clients.jsonl": lines(lambda n, p: json.dumps(
        {"name": p.name, "dob": str(p.born), "phone": p.phone}
    ), those)})  # fmt: skip


def _letter(n: int, one: Invented) -> list[str]:
    return [
        one.name,
        *one.address.split(", "),
        f"Our ref: {one.reference}",
        f"Dear {one.name}",
        f"Your personal budget from 1 April is £{n * 11 + 90}.00 a week. Please sign the form.",
        "Yours sincerely",
        "Ann Bee",
    ]


def _saved(workbook: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


IN_FILES = (
    file_names,
    json_export,
    xml_export,
    contact_cards,
    appointments,
    web_cards,
    merged_letters,
    comments,
    a_sheet_each,
    names_of_sheets,
    printed_forms,
    zipped_letters,
    tabbed_forms,
    html_alone,
    database_dump,
    json_lines,
)
