"""What every page needs: the store, whose site it is, the templates."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader

from dlpguard.health import Around
from dlpguard.metrics import Metrics
from dlpguard.notices import Letterhead
from dlpguard.store.opening import Store
from dlpguard.store.whom_to_tell import Offices
from dlpguard.web import words
from dlpguard.web.offices import offices
from dlpguard.web.rulebook import Rulebook

if TYPE_CHECKING:
    from dlpguard.conventions import Setup

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
"""Made from npm's packages by `make`; part of the wheel, not of the repository."""


@dataclass(frozen=True, slots=True)
class Site:
    """One review site.  `url` is how its users reach it ("https://dlpguard.council.example"), ""
    where the settings do not say; with https cookies are for TLS only.

    `second_factor` asks everybody for one-time codes.  `proxies` are the networks of what stands
    in front of the site (`web.clients`).
    `around` is what the page of health is told (`dlpguard.health`).
    `detection` is what is masked in what people said, for who may not see content.  `rules` are
    the policies in force, None where the site was not told.
    """

    store: Store
    head: Letterhead
    organisation: str
    templates: Environment = field(repr=False)
    url: str = ""
    second_factor: bool = True
    proxies: tuple[str, ...] = ()
    detection: Setup | None = None
    rules: Rulebook | None = None
    around: Around = field(default_factory=Around)
    languages: Mapping[str, gettext.NullTranslations] = field(default_factory=words.catalogues)
    """Those that its pages can be read in (`web.words`)."""
    offices: Offices = field(default_factory=offices)
    """Who is told when somebody is at risk."""
    undo: float = 0.0
    """Seconds between a release and its first attempt, in which it can be taken back."""
    metrics: Metrics | None = None
    """What `/metrics` answers; None: there is nothing."""

    @property
    def is_secure(self) -> bool:
        """Whether it is reached under TLS."""
        return self.url.startswith("https://")


def environment() -> Environment:
    """The templates, with GOV.UK's components beside ours.  Everything is escaped.

    GOV.UK's macros read attributes of what was not given, so undefined values chain.
    """
    made = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("dlpguard.web"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        undefined=ChainableUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words.install(made)
    made.filters["when"] = when
    made.filters["iso"] = iso
    made.filters["lasting"] = lasting
    made.filters["day"] = day
    made.filters["short_day"] = short_day
    made.filters["thousands"] = thousands
    return made


def when(seconds: float) -> str:
    """A time for people: "22 November 2026, 14:05"; UTC."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.day} {at:%B %Y, %H:%M}"


def iso(seconds: float) -> str:
    """A time for programs (the `datetime` of a <time>)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def day(day: date) -> str:
    """A day of the last months for people: "22 November"."""
    return f"{day.day} {day:%B}"


def short_day(day: date) -> str:
    """The same where there is little room: "22 Nov"."""
    return f"{day.day} {day:%b}"


def thousands(number: int) -> str:
    """A number for people: "12,345"."""
    return f"{number:,}"


def lasting(seconds: float) -> str:
    """A length of time for people: "3 hours", "2 days"; what is over is "no time"."""
    for length, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        number = int(seconds // length)
        if number >= 1:
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "a moment" if seconds >= 0 else "no time"


def page(site: Site, template: str, **values: Any) -> str:
    """A template as HTML."""
    return site.templates.get_template(template).render(organisation=site.organisation, **values)
