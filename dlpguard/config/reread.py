"""Reading the settings again while dlpguard runs (SIGHUP): what counts at once, what has to wait.

Some keys count as soon as they are read (`keys.RELOADED`); of all others the old value stays, even
where they belong together with one that changed, until the next start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from dlpguard.config import keys
from dlpguard.config._loading import load
from dlpguard.config._settings import Settings
from dlpguard.config._source import Place
from dlpguard.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of reading settings again.

    `settings` are those in force from now on.  `changed` are the keys whose new values count
    already, `waiting` those whose new values count after a restart.
    """

    settings: Settings
    changed: tuple[str, ...]
    waiting: tuple[str, ...]


def reread(settings: Settings) -> Reread:
    """The settings as their file and the environment say now, but for what needs a restart.

    `ConfigurationError` when they are wrong: the old ones stay in force, all of them.  Settings
    that came from no file stay as they are.
    """
    file = settings.source.file
    if file is None:
        return Reread(settings, (), ())
    new = load(file)
    differing = tuple(_differing(settings, new, ()))
    changed = tuple(place for place in differing if keys.is_reloaded(place))
    waiting = tuple(place for place in differing if not keys.is_reloaded(place))
    merged = _merged(settings, new, ())
    _check(merged, new)
    merged._source = new.source
    return Reread(merged, tuple(map(_name, changed)), tuple(map(_name, waiting)))


def _differing(old: BaseModel, new: BaseModel, before: Place) -> Iterator[Place]:
    for name, info in type(old).model_fields.items():
        place = (*before, info.alias or name)
        one, other = getattr(old, name), getattr(new, name)
        if not before and isinstance(one, BaseModel):
            yield from _differing(one, other, place)
        elif one != other:
            yield place


def _merged(old: Any, new: Any, before: Place) -> Any:
    """The old values, with those of the new that count at once."""
    chosen: dict[str, Any] = {}
    for name, info in type(old).model_fields.items():
        place = (*before, info.alias or name)
        one, other = getattr(old, name), getattr(new, name)
        if not before and isinstance(one, BaseModel):
            chosen[name] = _merged(one, other, place)
        else:
            chosen[name] = other if keys.is_reloaded(place) else one
    return old.model_copy(update=chosen)


def _check(merged: Settings, new: Settings) -> None:
    """`ConfigurationError` where old and new values of a table do not go together."""
    for name in type(merged).model_fields:
        table = getattr(merged, name)
        try:
            type(table).model_validate(table.model_dump(by_alias=True))
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigurationError(
                f"{new.source.name}: {name}: {said}; until the restart, that is"
            ) from None


def _name(place: Place) -> str:
    return ".".join(map(str, place))
