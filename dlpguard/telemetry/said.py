"""One thing that is said in the log: an event, its fields, and words for people.

>>> str(Said("judged", {"id": "01J5", "policies": ("a", "b"), "seconds": 0.0412}, "held by a, b"))
'judged id=01J5 policies=a,b seconds=0.041: held by a, b'
>>> Said("over budget", {"held": 26, "budget": 25}).values()
{'event': 'over_budget', 'held': 26, 'budget': 25}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | int | float | tuple[str, ...]

LONGEST = 2000
"""Characters of the words: a verdict names its policies, and a line has to fit a datagram."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says.  As text it is for people, its values are for programs.

    Nothing in it is content of a message, an address or a name (`telemetry.events`).
    """

    event: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    words: str = ""

    def __str__(self) -> str:
        """The line for people, without time and level; one line, whatever the words hold."""
        end = ":" if " " in self.event else ""
        text = " ".join((self.event + end, *(f"{k}={_text(v)}" for k, v in self.fields.items())))
        if self.words:
            text += f": {self.words[:LONGEST]}"
        return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")

    def values(self) -> dict[str, object]:
        """The same by names that do not change."""
        values: dict[str, object] = {"event": self.event.replace(" ", "_")}
        for name, value in self.fields.items():
            values[name] = round(value, 3) if isinstance(value, float) else value
        if self.words:
            values["words"] = self.words[:LONGEST]
        return values


def _text(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return ",".join(value) if isinstance(value, tuple) else str(value)
