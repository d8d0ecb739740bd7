"""The words of the site: a catalogue for translators, the language that a browser asks for."""

from __future__ import annotations

import gettext
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import escape

from dlpguard.web import words
from dlpguard.web.catalogue import catalogue
from dlpguard.web.words import ENGLISH, LOCALE, _, catalogues, speak
from tests.web._site import REVIEWER, Desk, csrf

WELSH = {
    "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n",
    "Sign in": "Mewngofnodi",
    "Held mail": "Post a ddaliwyd",
    "That name and password do not belong together, or the account is locked for a while.": "Nid "
    "yw’r enw a’r cyfrinair <hyn> yn perthyn i’w gilydd.",
}


def write(folder: Path, language: str, texts: dict[str, str]) -> None:
    """A catalogue as `msgfmt` makes it (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted((one.encode(), other.encode()) for one, other in texts.items())
    at = 28 + 16 * len(pairs)
    tables, strings = [b"", b""], b""
    for number in (0, 1):
        for pair in pairs:
            tables[number] += struct.pack("<II", len(pair[number]), at + len(strings))
            strings += pair[number] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    file = folder / language / "LC_MESSAGES/dlpguard.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(head + tables[0] + tables[1] + strings)


@pytest.fixture
def welsh(here: Desk, tmp_path: Path) -> Desk:
    """A site of which there is some Welsh."""
    write(tmp_path / "locale", "cy", WELSH)
    return replace(here, site=replace(here.site, languages=catalogues(tmp_path / "locale")))


def test_the_catalogue_is_complete() -> None:
    kept = (LOCALE / "messages.pot").read_text("utf-8")

    assert catalogue() == kept, "make it again: python -m dlpguard.web.catalogue"
    assert 'msgid "Skip to main content"' in kept, "of a template"
    assert 'msgid "Your password is changed.' in kept, "of a module"
    assert 'msgid_plural "%(n)s copies' not in kept or "msgstr[1]" in kept


def test_a_page_is_in_the_language_that_a_browser_likes_best(welsh: Desk) -> None:
    client = welsh.visitor()
    wishes = {"Accept-Language": "fr, en;q=0.5, cy-GB;q=0.9"}

    html = client.get("/sign-in", headers=wishes).text
    assert '<html lang="cy"' in html
    assert "Mewngofnodi" in html
    assert "Skip to main content" in html, "what is not translated stays English"
    data = {"csrf": csrf(html), "name": REVIEWER, "password": "wrong"}
    refused = client.post("/sign-in", data=data, headers=wishes).text
    assert "Nid yw’r enw a’r cyfrinair &lt;hyn&gt;" in refused, "what Python says, and escaped"
    assert '<html lang="en"' in client.get("/sign-in").text, "the next request is another's"


def test_so_is_the_navigation(welsh: Desk) -> None:
    html = welsh.visitor(REVIEWER).get("/queue", headers={"Accept-Language": "cy"}).text

    assert html.count("Post a ddaliwyd") > 1


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "en"),
        ("cy", "cy"),
        ("CY-gb", "cy"),
        ("en-GB,en;q=0.9,cy;q=0.8", "en"),
        ("cy;q=0", "en"),
        ("cy;q=nonsense, en", "en"),
        ("*", "en"),
        (";;;,,,=", "en"),
        ("fr," * 100 + "cy", "en"),
        ("../../etc", "en"),
    ],
)
def test_languages_are_chosen_among_those_that_there_are(accepted: str, chosen: str) -> None:
    known = {ENGLISH: gettext.NullTranslations(), "cy": gettext.NullTranslations()}

    assert chosen == speak(known, accepted)


def test_a_marked_text_is_english_wherever_no_page_shows_it() -> None:
    speak(catalogues(), "cy")

    assert "Held mail" == _("Held mail") == str(_("Held mail")) == escape(_("Held mail"))
    assert {"en"} == set(words.catalogues())
