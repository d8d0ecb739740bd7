"""From a file and the environment to settings, or to what is wrong with them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from dlpguard.config import _problems, _source
from dlpguard.config._settings import Settings
from dlpguard.config._source import Source
from dlpguard.errors import ConfigurationError

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class NoSettingsError(ConfigurationError):
    """There is no settings file, or it cannot be read: nothing can be said about its settings."""


def load(file: Path, **overrides: Any) -> Settings:
    """The settings in a file.  `ConfigurationError` has a line for each thing that is wrong: where,
    which key, how, and what to do; `NoSettingsError` where the file itself cannot be read."""
    try:
        text = file.read_text("utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise NoSettingsError(
            f"{file}: no such file. Write one (docs/settings.md has an example), "
            "or name another with --config"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not TOML: {error}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        line = _AT_LINE.search(said)
        place = f"{file}:{line[1]}" if line else str(file)
        raise ConfigurationError(f"{place}: not TOML: {_AT_LINE.sub('', said)}") from None
    except OSError as error:
        raise NoSettingsError(f"{file}: cannot be read ({error.strerror})") from None
    return _build(values, _source.of(file, text), overrides)


def build(values: dict[str, Any], base: Path, source: str, **overrides: Any) -> Settings:
    """Settings from values; `source` names them in errors, relative paths start from `base`."""
    return _build(values, Source(source, base), overrides)


def _build(values: dict[str, Any], source: Source, overrides: dict[str, Any]) -> Settings:
    problems = _problems.unknown_variables(Settings.model_fields)
    try:
        settings = Settings(**{**values, **overrides})
    except ValidationError as error:
        problems += [_problems.line(source, one) for one in error.errors()]
        raise ConfigurationError("\n".join(problems)) from None
    except SettingsError as error:
        raise ConfigurationError(_problems.of_a_variable(error)) from None
    if problems:
        raise ConfigurationError("\n".join(problems))
    settings._source = source
    return settings
