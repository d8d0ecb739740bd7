"""All that `dlpguard doctor` looks at, one chapter after the other; nothing is changed by it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from dlpguard import health
from dlpguard.commands import _opening, _wiring
from dlpguard.config import Settings
from dlpguard.config.remarks import remarks
from dlpguard.errors import ConfigurationError, NotFoundError, TemporaryError
from dlpguard.health import Around, End, Level, Line, Machine, Running
from dlpguard.health import certificates as certificates_check
from dlpguard.health import clock as clock_check
from dlpguard.health import database as database_check
from dlpguard.health import workers as workers_check
from dlpguard.health.probing import PROBES, probe
from dlpguard.policy import Policies
from dlpguard.policy.flows import Flow, Standing
from dlpguard.runners import sandbox
from dlpguard.store.looking import open_to_look
from dlpguard.store.opening import Store

SETTINGS, POLICIES, READING, STORE = "Settings", "Policies", "Reading", "Store"

CHAPTERS = (SETTINGS, POLICIES, READING, *PROBES, STORE)
"""All chapters, in their order."""

START_SECONDS = 60.0
"""For the first worker that reads attachments: three seconds on a slow machine."""

_NOT_HERE = frozenset({"Next hop"})
"""Lines of `health.look` that only a running `serve` can fill: what the probes say counts here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line, and the chapter that it belongs to."""

    chapter: str
    line: Line


Say = Callable[[str], None]
"""Told which chapter is being looked at."""


def examine(
    settings: Settings, send_to: str, say: Say, chapters: Collection[str] = CHAPTERS
) -> Iterator[Finding]:
    """Everything there is to find in these chapters, as it is found."""
    policies, in_files = _policies(settings)
    machine = _machine(settings, send_to)
    lines: dict[str, Callable[[], Iterable[Line]]] = {
        SETTINGS: lambda: _settings(settings),
        POLICIES: lambda: in_files,
        READING: lambda: _reading(settings),
        **{chapter: partial(probe, machine, chapter) for chapter in PROBES},
        STORE: lambda: _stored(settings, machine.around, policies),
    }
    for chapter in CHAPTERS:
        if chapter in chapters:
            say(chapter)
            for line in _looked(chapter, lines[chapter]):
                yield Finding(chapter, line)


def _looked(chapter: str, look: Callable[[], Iterable[Line]]) -> Iterator[Line]:
    """The lines of a chapter.  One that cannot be looked at says that; the others come all the
    same."""
    try:
        yield from look()
    except (OSError, TemporaryError, ConfigurationError) as error:
        why = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error)
        advice = "Ask as the user who runs dlpguard, or as root."
        yield Line(chapter, Level.UNKNOWN, f"This cannot be looked at: {why}.", advice)


def in_wrong_settings(error: ConfigurationError) -> tuple[Finding, ...]:
    """What there is to say where the settings cannot be used at all."""
    advice = "Correct it, then run: dlpguard config check"
    return tuple(
        Finding(SETTINGS, Line(SETTINGS, Level.BROKEN, said, advice))
        for said in str(error).splitlines()
    )


def _settings(settings: Settings) -> Iterator[Line]:
    found = remarks(settings)
    for one in found:
        level = Level.BROKEN if one.is_wrong else Level.LOOK
        advice = f"{one.advice[:1].upper()}{one.advice[1:]}."
        yield Line(one.key, level, f"{one.where}: {one.said}.", advice)
    if not found:
        yield Line(SETTINGS, Level.FINE, f"{settings.source.name} is right.")


def _policies(settings: Settings) -> tuple[Policies | None, list[Line]]:
    """The policies as `serve` would read them now, and what there is to say about that."""
    try:
        policies = _wiring.policies(settings)
    except ConfigurationError as error:
        advice = "Correct it, then run: dlpguard policy check. What runs keeps the old ones."
        wrong = str(error).splitlines()
        return None, [Line("Policies in files", Level.BROKEN, said, advice) for said in wrong]
    except OSError as error:
        said = f"They cannot be read ({error.strerror}: {error.filename})."
        advice = "Ask as the user who runs dlpguard, or let that user read them."
        return None, [Line("Policies in files", Level.UNKNOWN, said, advice)]
    place = _wiring.policy_directory(settings)
    said = f"{len(policies.policies)} policies and {len(policies.flows)} flows in {place} are right"
    lines = [Line("Policies in files", Level.FINE, f"{said}.")]
    today = datetime.now(UTC).date()
    lines += [
        Line(f"Flow {flow.name}", Level.LOOK, _STANDING[standing].format(flow=flow), _renew(flow))
        for flow in policies.flows
        if (standing := flow.standing(today)) in _STANDING
    ]
    return policies, lines


_STANDING = {
    Standing.OVER: "It ended on {flow.until}: nothing passes by it.",
    Standing.ENDING: "It ends on {flow.until}.",
}
"""How a flow stands that somebody should look at."""


def _renew(flow: Flow) -> str:
    return f"Ask {flow.owner}, then renew or remove it in flows.yaml."


def _reading(settings: Settings) -> Iterator[Line]:
    """Starts a worker, and asks which protections it has here."""

    async def start() -> tuple[str, ...]:
        box = _wiring.sandbox(settings, workers=1)
        await box.start()
        try:
            return await asyncio.wait_for(box.ready(), START_SECONDS)
        finally:
            await box.stop()

    try:
        found = asyncio.run(start())
    except (TemporaryError, TimeoutError) as error:
        said = f"No worker starts here, so nothing can be read: {error or 'it takes too long'}."
        advice = "Run: dlpguard scan FILE; standard error says why."
        yield Line("Reading of attachments", Level.BROKEN, said, advice)
        return
    line = workers_check.protected(found)
    if not set(sandbox.PROTECTIONS) - set(found):
        line = replace(line, said="A worker that was started here has all protections.")
    yield line


def _machine(settings: Settings, send_to: str) -> Machine:
    """What probes are told."""
    ours = _opening.postmaster(settings)
    try:
        around = _wiring.around(settings)
    except ConfigurationError:  # a secret that cannot be read: said under Settings
        around = Around()
    return Machine(
        around,
        _opening.hostname(settings),
        settings.organisation.domains,
        settings.listen.site,
        tuple(_ends(settings)),
        settings.listen.smtp_proxies,
        settings.listen.size,
        ours,
        ours,
        send_to,
        _database_file(settings),
        settings.path(settings.store.key_file),
    )


def _ends(settings: Settings) -> Iterator[End]:
    for key, end, speaks in (
        ("listen.smtp", settings.listen.smtp, "smtp"),
        ("listen.smtps", settings.listen.smtps, "smtps"),
        ("listen.web", settings.listen.web, "http"),
        ("metrics.listen", settings.metrics.listen, "http"),
    ):
        host, _, port = (end or "").rpartition(":")
        if host and int(port):
            yield End(key, host.strip("[]"), int(port), speaks)


def _database_file(settings: Settings) -> Path | None:
    """The file of an embedded database."""
    kind, _, name = settings.store.url.partition(":///")
    return settings.path(name) if kind == "sqlite" and name else None


def _stored(settings: Settings, around: Around, policies: Policies | None) -> Iterator[Line]:
    """The checks of the site's health page, on a store that is only read."""
    told = replace(around, running=Running(policies=lambda: policies))
    about = "Database"
    try:
        store = open_to_look(
            settings.database, settings.path(settings.store.key_file), settings.base
        )
    except NotFoundError:
        said = "There is none yet; dlpguard makes it at its first start."
        yield Line(about, Level.FINE, said)
        yield from _without_store(told)
        return
    except ConfigurationError as error:
        said, _, advice = str(error).partition("; ")
        do = f"{advice[:1].upper()}{advice[1:]}" or "See Permissions."
        yield Line(about, Level.BROKEN, f"{said}.", do)
        yield from _without_store(told)
        return
    try:
        yield from _checked(store, told)
    finally:
        store.close()


def _checked(store: Store, told: Around) -> Iterator[Line]:
    schema = database_check.schema_of(store)
    if schema.level is not Level.FINE:
        yield schema
        yield from _without_store(told)
        return
    for line in health.look(store, told):
        is_elsewhere = line.level is Level.UNKNOWN and line.about in _NOT_HERE
        if not is_elsewhere and line.about != workers_check.ABOUT:
            yield line


def _without_store(told: Around) -> Iterator[Line]:
    yield from certificates_check.look_at(told.certificates, time.time())
    yield clock_check.kept()
