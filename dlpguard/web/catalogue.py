"""The catalogue for translators: every English text of the site, and where it stands.

    python -m dlpguard.web.catalogue > dlpguard/web/locale/messages.pot

The form is gettext's (GNU gettext manual, "The Format of PO Files").
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2.ext import babel_extract

HERE = Path(__file__).parent

HEAD = """\
# The words of dlpguard's review site, in English.
# Made by `python -m dlpguard.web.catalogue`; a test sees to it that it is complete.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n"
"""

KEYWORDS = ("_", "gettext", "ngettext")
"""What marks a text in a template."""

Text = tuple[str, ...]
"""A text, or its singular and its plural."""


def catalogue() -> str:
    """All of it."""
    places: dict[Text, list[str]] = {}
    for text, place in (*_in_templates(), *_in_modules()):
        places.setdefault(text, []).append(place)
    return HEAD + "".join(_entry(text, where) for text, where in sorted(places.items()))


def _in_templates() -> Iterator[tuple[Text, str]]:
    options = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
    for file in sorted((HERE / "templates").glob("*.html")):
        with file.open("rb") as opened:
            for _line, _name, text, _comments in babel_extract(opened, KEYWORDS, [], options):
                both = text if isinstance(text, tuple) else (text,)
                said = tuple(part for part in both if isinstance(part, str))
                if said:
                    yield said, f"templates/{file.name}"


def _in_modules() -> Iterator[tuple[Text, str]]:
    for file in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "_" and node.args and isinstance(node.args[0], ast.Constant):
                yield (str(node.args[0].value),), str(file.relative_to(HERE))


def _entry(text: Text, where: list[str]) -> str:
    names = ("msgid", "msgid_plural")
    lines = [f"{name} {_quoted(part)}" for name, part in zip(names, text, strict=False)]
    empty = ['msgstr ""'] if len(text) == 1 else ['msgstr[0] ""', 'msgstr[1] ""']
    form = ["#, python-format"] if any("%(" in part for part in text) else []
    places = [f"#: {place}" for place in sorted(set(where))]
    return "\n" + "\n".join((*places, *form, *lines, *empty)) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    sys.stdout.write(catalogue())
