"""The settings in force as they are shown: each with where it comes from, and no secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, BeforeValidator

from dlpguard.config import _secrets, _values, keys
from dlpguard.config._settings import Settings
from dlpguard.config._store import Store
from dlpguard.config.keys import Key

HIDDEN = "(set, not shown)"
"""What stands for a secret."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A key, its value as JSON can hold it (secrets replaced by `HIDDEN`), and where it comes from:
    "dlpguard.toml:12", the name of a variable, or "default"."""

    key: Key
    value: Any
    origin: str

    @property
    def is_default(self) -> bool:
        """Whether nobody chose it."""
        return self.origin == "default"


def settings_in_force(settings: Settings) -> tuple[Setting, ...]:
    """All settings, in the order in which they are documented.  Of what is in lists of tables, and
    of tables that are not there, the whole is one setting."""
    return tuple(_all(settings, without_secrets(settings)))


def without_secrets(table: BaseModel) -> dict[str, Any]:
    """The values of a table, by the names in the file: durations as they are written, no secret."""
    found: dict[str, Any] = {}
    for name, info in type(table).model_fields.items():
        value = getattr(table, name)
        if name == "url" and isinstance(table, Store):
            value = _secrets.masked_url(value)
        elif not info.repr and value:
            value = HIDDEN
        elif any(
            isinstance(m, BeforeValidator) and m.func is _values.seconds for m in info.metadata
        ):
            value = _values.as_duration(value)
        found[info.alias or name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return without_secrets(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, (str, int, float, type(None))) else str(value)


def _all(settings: Settings, values: dict[str, Any]) -> Iterator[Setting]:
    for key in keys.every():
        if not key.variable:
            continue
        value: Any = values
        for step in key.place:
            value = value[step] if isinstance(value, dict) else None
        is_shown_in_parts = isinstance(value, dict) and any(
            other.place[:-1] == key.place for other in keys.every()
        )
        is_not_there = value is None and len(key.place) > 2
        if not is_shown_in_parts and not is_not_there:
            yield Setting(key, value, settings.source.origin(key.place))
