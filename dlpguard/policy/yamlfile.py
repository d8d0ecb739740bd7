"""YAML files that administrators write: plain values, and a line and column for each of them.

Whatever is wrong becomes one line per problem, `file:line:column: what is wrong; what to do`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dlpguard.errors import ConfigurationError

DEPTH = 20
"""How deeply lists and mappings may nest.  Policies need five."""

DESCRIBED = "described"
"""The tag of a mapping in a union of texts and mappings."""

Place = tuple[int | str, ...]
"""The way from the top of a file to a value: keys and list indexes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read.  `data` holds plain dict, list, str, int, float, bool and None."""

    file: Path
    data: Any
    nodes: Any = field(repr=False)

    def line(self, place: Place) -> int:
        """The line (from 1) on which the value at a place starts."""
        return self._position(place, key=False)[0]

    def problem(self, place: Place, text: str, *, key: bool = False) -> str:
        """A line that says what is wrong at a place; `key` points at the key, not its value."""
        line, column = self._position(place, key=key)
        return f"{self.file}:{line}:{column}: {text}"

    def _position(self, place: Place, *, key: bool) -> tuple[int, int]:
        node, position = self.nodes, (0, 0)
        for i, step in enumerate(place, 1):
            known = getattr(node, "lc", None)
            data = known.data if known is not None else None
            if not isinstance(node, (CommentedMap, CommentedSeq)) or not data or step not in data:
                continue  # a step of the model that the file does not have, or a missing key
            where = data[step]
            # A mapping knows [key line, key column, value line, value column], a list two numbers.
            at_key = len(where) == 2 or (key and i == len(place))
            position = (where[0], where[1]) if at_key else (where[2], where[3])
            node = node[step]
        return position[0] + 1, position[1] + 1


def read(file: Path) -> Source:
    """A file as data with positions.  `ConfigurationError` when it is not one YAML document."""
    try:
        nodes = YAML(typ="rt", pure=True).load(file.read_text("utf-8"))
        data = _plain(nodes, DEPTH)
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: no such file") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from None
    except DuplicateKeyError as error:
        raise ConfigurationError(_marked(file, error, "remove one of the two")) from None
    except MarkedYAMLError as error:
        raise ConfigurationError(
            _marked(file, error, "check the indentation and put texts that hold `: ` in quotes")
        ) from None
    except YAMLError as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigurationError(f"{file}: not YAML: {line}") from None
    except RecursionError:
        raise ConfigurationError(
            f"{file}:1:1: lists and mappings nest more than {DEPTH} deep; write it flatter"
        ) from None
    if nodes is None:
        raise ConfigurationError(f"{file}:1:1: the file is empty; a policy starts with `title: …`")
    return Source(file, data, nodes)


def suggestion(word: object, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest one, or all there are.

    >>> suggestion("poeple", ["people", "reach"])
    'did you mean `people`?'
    >>> suggestion("x", ["people", "reach"])
    'known are: people, reach'
    """
    words = sorted(known)
    near = difflib.get_close_matches(str(word), words, 1)
    return f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(words)}"


def problems(
    source: Source,
    place: Place,
    error: ValidationError,
    model: type[BaseModel],
    what: str,
    below: Mapping[str, type[BaseModel]] | None = None,
) -> list[str]:
    """What pydantic found wrong in the mapping at `place`, one line each.

    `what` names a key in a sentence ("key", "parameter of `people`"); `below` has the models of
    the mappings under some of the keys.
    """
    lines = []
    for detail in error.errors():
        at = (*place, *detail["loc"])
        inner = (below or {}).get(str(detail["loc"][0])) if len(detail["loc"]) > 1 else None
        names = [f.alias or name for name, f in (inner or model).model_fields.items()]
        steps = [str(step) for step in detail["loc"] if isinstance(step, str)] or ["value"]
        # Tags of a union are steps, too, that nobody wrote: the last real one is its parent.
        name = steps[-1] if steps[-1] != DESCRIBED else steps[0]
        if detail["type"] == "extra_forbidden":
            text = f"unknown {what} `{name}`; {suggestion(name, names)}"
            lines.append(source.problem(at, text, key=True))
        elif detail["type"] == "missing":
            text = f"`{name}` is missing; add `{name}: …`"
            lines.append(source.problem(at[:-1], text))
        elif detail["input"] is None:
            # A value that is not there starts, for the YAML reader, on the next line.
            lines.append(source.problem(at, f"`{name}` is empty; write `{name}: …`", key=True))
        else:
            lines.append(source.problem(at, _explain(name, detail)))
    return lines


_FIXES = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be a text; put it in quotes",
    "string_too_short": "must not be empty",
    "list_type": "must be a list; start each item on a line of its own with `- `",
    "tuple_type": "must be a list; write [a, b]",
    "dict_type": "must be a mapping; write {key: value}",
    "model_type": "must be a mapping; write {key: value}",
    "too_short": "must not be empty; write at least one item",
}


def _explain(name: str, detail: Any) -> str:
    """One problem as a sentence: what the value must be, and what it is."""
    context = detail.get("ctx", {})
    given = _shown(detail["input"])
    match detail["type"]:
        case "enum" | "literal_error":
            known = [word.strip(" '") for word in _expected(context["expected"])]
            text = f"cannot be {given}; {suggestion(detail['input'], known)}"
        case "greater_than_equal":
            text = f"must be {context['ge']} or more, not {given}"
        case "less_than_equal":
            text = f"must be {context['le']} or less, not {given}"
        case "string_pattern_mismatch":
            text = f"cannot be {given}; it has to match {context['pattern']}"
        case "value_error":
            return f"`{name}`: {context['error']}"
        case kind if kind in _FIXES:
            text = f"{_FIXES[kind]} (it is {given})"
        case _:
            return f"`{name}`: {detail['msg']} (it is {given})"
    return f"`{name}` {text}"


def _expected(text: str) -> Sequence[str]:
    """The words in pydantic's "'a', 'b' or 'c'"."""
    return text.replace(" or ", ", ").split(", ")


def _shown(value: object) -> str:
    """A value as it looks in the file, or what sort of value it is when that would be long."""
    match value:
        case bool():
            return "`true`" if value else "`false`"
        case None:
            return "empty"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case _:
            text = str(value)
            return f"`{text}`" if len(text) <= 60 else f"`{text[:60]}…`"


def _plain(node: Any, depth: int) -> Any:
    """The round-trip loader's values as those of Python's own types."""
    if depth == 0:
        raise RecursionError
    if isinstance(node, CommentedMap):
        return {str(k): _plain(v, depth - 1) for k, v in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(v, depth - 1) for v in node]
    for plain in (bool, int, float, str):
        if isinstance(node, plain):
            return plain(node)
    return node


def _marked(file: Path, error: MarkedYAMLError, fix: str) -> str:
    mark = error.problem_mark or error.context_mark
    where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
    text = str(error.problem or error.context or "not YAML").splitlines()[0]
    return f"{file}{where}: {text}; {fix}"
