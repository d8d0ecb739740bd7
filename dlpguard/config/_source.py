"""Where settings come from: a file and its lines, and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.config import _toml

PREFIX = "DLPGUARD_"
"""How the names of our variables begin."""

Place = tuple[str | int, ...]
"""A key step by step, a number for an element of a list: ("listen", "clients", 0)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A settings file, or whatever else values come from (`file` is None then)."""

    name: str
    base: Path
    """The directory that relative paths start from."""
    file: Path | None = None
    lines: Mapping[Place, int] = field(default_factory=dict, repr=False)
    """The line of every key that it has, from 1."""

    def where(self, place: Place) -> str:
        """What is to be changed when something is wrong there: a variable, or file and line."""
        variable = variable_of(place)
        if variable:
            return variable
        line = self.line_of(place)
        return f"{self.name}:{line}" if line else self.name

    def line_of(self, place: Place) -> int:
        """The line of a key, or of the last table around it that is there; 0 for none."""
        for length in range(len(place), 0, -1):
            if line := self.lines.get(place[:length]):
                return line
        return 0

    def origin(self, place: Place) -> str:
        """Where the value in force of a key comes from: "default" where nobody gave one."""
        variable = variable_of(place)
        if variable:
            return variable
        line = self.lines.get(place)
        return f"{self.name}:{line}" if line else "default"


NOWHERE = Source("settings", Path())


def of(file: Path, text: str) -> Source:
    """The source that a file with this text (TOML, right) is."""
    return Source(str(file), file.resolve().parent, file.resolve(), _toml.lines(text))


def variables() -> dict[str, str]:
    """Our variables in the environment: the name in capitals, as it is written there."""
    return {
        name.upper(): name
        for name in os.environ
        if name.upper().startswith(PREFIX) and "__" in name.removeprefix(PREFIX)
    }


def name_of(place: Place) -> str:
    """The variable that a key can be set by.

    >>> name_of(("gaps", "too-large"))
    'DLPGUARD_GAPS__TOO_LARGE'
    """
    steps = [str(step).upper().replace("-", "_") for step in place]
    return PREFIX + "__".join(steps)


def variable_of(place: Place) -> str:
    """The variable that sets a key, or the table or list that it is in; "" where there is none."""
    ours = variables()
    for length in range(len(place), 0, -1):
        name = name_of(place[:length])
        if name in ours:
            return ours[name]
        if length == 1:  # a whole section as JSON
            return next((one for one in os.environ if one.upper() == name), "")
    return ""
