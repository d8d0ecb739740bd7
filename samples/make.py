"""Write the samples, or check that they are what this script would write.

    python samples/make.py            writes mail/, attachments/, recipients/ and index.toml
    python samples/make.py --check    writes nothing; exit 1 and a list when anything differs

The bytes depend on nothing but this folder and the locked versions of openpyxl, python-docx and
reportlab.
"""

from __future__ import annotations

import sys
from pathlib import Path

from _attachments import attachments
from _incidents import incidents
from _mail import Mail, render
from _ordinary import ordinary, unreadable

HERE = Path(__file__).resolve().parent
MADE = ("mail", "attachments", "recipients")
"""Folders that hold nothing but what this script makes."""

_INDEX_HEADER = """\
# The sample mails: what is sent, by whom, to whom, and what should become of it.
# Written by make.py; README.md explains the keys.
"""


def main(arguments: list[str]) -> int:
    """Write, or with --check compare.  Returns the exit status."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    wanted = samples()
    if arguments:
        wrong = _differences(wanted)
        print(*wrong, sep="\n", end="\n" if wrong else "")
        return 1 if wrong else 0
    for name in _strangers(wanted):
        (HERE / name).unlink()
    for name, content in wanted.items():
        file = HERE / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return 0


def samples() -> dict[str, bytes]:
    """The content of every file, by its name in this folder."""
    files = attachments()
    mails = (*incidents(), *unreadable(), *ordinary())
    made = {f"attachments/{name}": content for name, content in files.items()}
    made |= {f"mail/{mail.name}.eml": render(mail, files) for mail in mails}
    for mail in mails:
        if mail.list_file:
            lines = "".join(f"{address}\n" for address in mail.recipients)
            made[f"recipients/{mail.list_file}"] = lines.encode()
    made["index.toml"] = "\n".join((_INDEX_HEADER, *map(_entry, mails))).encode()
    return made


def _entry(mail: Mail) -> str:
    """A mail in the index.  Titles and addresses hold nothing that TOML would have escaped."""
    lines = [
        "[[mail]]",
        f'file = "mail/{mail.name}.eml"',
        f'title = "{mail.title}"',
        f'from = "{mail.sender}"',
    ]
    if mail.list_file:
        lines.append(f'to_file = "recipients/{mail.list_file}"')
    else:
        addresses = "".join(f'    "{address}",\n' for address in mail.recipients)
        lines.append(f"to = [\n{addresses}]")
    lines.append(f'expect = "{mail.expect}"')
    if mail.people:
        counts = (
            f"{key} = {getattr(mail.people, key)}" for key in ("visible", "hidden", "private")
        )
        lines.append(f"people = {{ {', '.join(counts)} }}")
    return "\n".join((*lines, ""))


def _differences(wanted: dict[str, bytes]) -> list[str]:
    wrong = [f"{name}: should not be there" for name in _strangers(wanted)]
    for name, content in wanted.items():
        file = HERE / name
        if not file.exists():
            wrong.append(f"{name}: missing")
        elif file.read_bytes() != content:
            wrong.append(f"{name}: differs")
    return sorted(wrong)


def _strangers(wanted: dict[str, bytes]) -> list[str]:
    """Files in the made folders that are not wanted."""
    there = (file for folder in MADE for file in (HERE / folder).glob("*"))
    return sorted(name for f in there if (name := f.relative_to(HERE).as_posix()) not in wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
