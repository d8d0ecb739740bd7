"""The words that people read on the site: English, or a language of which there is a catalogue.

English stands in the templates (`{% trans %}`, `_()`) and in the pages' modules (`_()` from here),
and is its own translation.  `locale/messages.pot` has all of it for translators; a language is
added as `locale/LANGUAGE/LC_MESSAGES/dlpguard.mo` (`msgfmt`), and browsers say who wants which.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup, escape

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "dlpguard"

ENGLISH = "en"

MOST_WISHES = 20
"""Languages that a browser asks for; there are lists of four."""

_speaking: ContextVar[tuple[str, gettext.NullTranslations]] = ContextVar(
    "speaking", default=(ENGLISH, gettext.NullTranslations())
)


class Words(str):
    """English that a template shows in the reader's language.  Everywhere else it is English."""

    __slots__ = ()

    def __html__(self) -> Markup:
        """It, as it stands in a page."""
        return escape(_said(str(self)))


def _(text: str) -> Words:
    """Mark a text for the catalogue; it must stand here whole."""
    return Words(text)


def catalogues(folder: Path = LOCALE) -> Mapping[str, gettext.NullTranslations]:
    """The languages that there are, by their name in HTML ("cy")."""
    found: dict[str, gettext.NullTranslations] = {ENGLISH: gettext.NullTranslations()}
    for file in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        with file.open("rb") as opened:
            found[file.parent.parent.name] = gettext.GNUTranslations(opened)
    return found


def speak(catalogues: Mapping[str, gettext.NullTranslations], accepted: str) -> str:
    """Answer this request in the language that its browser likes best (RFC 9110 12.5.4).

    `accepted` is its Accept-Language.  Returns what was chosen; English where nothing fits.
    """
    wishes = accepted.split(",")[:MOST_WISHES]
    chosen = next((tag for tag in _in_order(wishes) if tag in catalogues), ENGLISH)
    _speaking.set((chosen, catalogues[chosen]))
    return chosen


def install(environment: Environment) -> None:
    """Have templates speak the language of the request."""
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _said,
        _counted,
        newstyle=True,
    )
    environment.globals["language"] = _language


def _said(text: str) -> str:
    return _speaking.get()[1].gettext(text)


def _counted(one: str, more: str, n: int) -> str:
    return _speaking.get()[1].ngettext(one, more, n)


def _language() -> str:
    return _speaking.get()[0]


def _in_order(wishes: list[str]) -> list[str]:
    """Language tags without their regions, the one that is liked best first."""
    liked = []
    for wish in wishes:
        tag, _, quality = wish.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > 0:
            liked.append((weight, tag.strip().casefold().partition("-")[0]))
    return [tag for _, tag in sorted(liked, key=lambda one: -one[0])]
