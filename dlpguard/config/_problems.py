"""What is wrong with settings, in words for who wrote them: where, which key, what to do.

No value is repeated: it may be a password that stands where something else belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from dlpguard.config import keys
from dlpguard.config._source import PREFIX, Place, Source, variables

_A_KEY = re.compile(r"\b[a-z_]+(?:\.[a-z_0-9]+)+\b")
_FIELD = re.compile(r'field "([a-z_0-9]+)"')


def line(source: Source, error: ErrorDetails) -> str:
    """One line for one thing that pydantic found."""
    place = _as_written(error["loc"])
    key = ".".join(str(step) for step in place)
    if error["type"] == "extra_forbidden":
        return f"{source.where(place)}: {_unknown(key)}"
    said = _in_words(error)
    if error["type"] == "value_error":
        # A contradiction names the keys that it is between: the first that is there is the place.
        named = (tuple(match[0].split(".")) for match in _A_KEY.finditer(said))
        where = next((source.where(p) for p in named if source.line_of(p)), source.where(place))
        return f"{where}: {said if _A_KEY.match(said) or not key else f'{key}: {said}'}"
    return f"{source.where(place)}: {key or 'settings'}: {said}"


def unknown_variables(sections: Collection[str]) -> list[str]:
    """A line for each variable of ours that sets nothing: it would be passed over in silence."""
    return [
        f"{written}: unknown key{_meant(name, (key.variable for key in keys.every()))}"
        for name, written in sorted(variables().items())
        if name.removeprefix(PREFIX).partition("__")[0].lower() not in sections
    ]


def of_a_variable(error: SettingsError) -> str:
    """The line for a variable that holds no JSON where JSON is needed."""
    field = _FIELD.search(str(error))
    about = f"a variable for {field[1]}" if field else "a variable"
    return (
        f"{PREFIX}…: {about} cannot be read; in a variable, lists and tables are JSON: "
        f"{PREFIX}ORGANISATION__DOMAINS='[\"council.example\"]'"
    )


def _as_written(place: tuple[int | str, ...]) -> Place:
    """A place without the steps that pydantic adds: for the key of a table, `[key]`."""
    return tuple(step for step in place if step != "[key]")


def _unknown(key: str) -> str:
    return f"unknown key {key}{_meant(key, [one.name for one in keys.every()])}"


def _meant(given: str, known: Iterable[str]) -> str:
    """`"; did you mean …?"`, and where all keys stand."""
    plain = re.sub(r"\.\d+\.", "[].", given)
    close = get_close_matches(plain, list(known), 1, 0.75)
    meant = f"; did you mean {close[0]}?" if close else ";"
    return f"{meant} docs/settings.md lists all keys"


def _in_words(error: ErrorDetails) -> str:
    told = _WORDS.get(error["type"])
    if told is None:
        return error["msg"].removeprefix("Value error, ")
    return told(error.get("ctx", {}))


_Words = Callable[[Mapping[str, Any]], str]


def _says(text: str) -> _Words:
    return lambda context: text.format(**context)


def _one_of(context: Mapping[str, Any]) -> str:
    return f"must be {context['expected']}"


_NUMBER = _says("must be a whole number without quotes, such as 25")
_LIST = _says('must be a list, such as ["council.example"]')
_TABLE = _says("must be a table of keys, with its name in brackets: [section]")

_WORDS: dict[str, _Words] = {
    "missing": _says("is missing; it has no default, so it must be given"),
    "enum": _one_of,
    "literal_error": _one_of,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "float_type": _says('must be a duration, such as "20s", "60m" or "5d"'),
    "float_parsing": _says('must be a duration, such as "20s", "60m" or "5d"'),
    "finite_number": _says("must be a finite number"),
    "bool_type": _says("must be true or false, without quotes"),
    "bool_parsing": _says("must be true or false, without quotes"),
    "string_type": _says('must be text in quotes, such as "text"'),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "too_short": _says("must have {min_length} or more; it has {actual_length}"),
    "string_too_short": _says("must not be empty"),
    "greater_than": _says("must be more than {gt:g}"),
    "greater_than_equal": _says("must be {ge:g} or more"),
    "less_than_equal": _says("must be {le:g} or less"),
    "string_pattern_mismatch": _says("has another form than it must have: {pattern}"),
}
"""By pydantic's type of error; another's own message is used as it is."""
