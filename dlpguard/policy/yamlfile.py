"""YAML files that administrators write: plain values, and a line and column for each of them.

Whatever is wrong becomes a `Problem`: file, line, column, what is wrong, what to do about it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dlpguard.policy.problem import PolicyError, Problem

DEPTH = 20
"""How deeply lists and mappings may nest.  Policies need five."""

LARGEST = 1_000_000
"""Bytes of a file: a hundred times the largest policy, and read in a second or two."""

DESCRIBED = "described"
"""The tag of a mapping in a union of texts and mappings."""

LONGEST = 60
"""Characters of a wrong value that are repeated: enough to find it."""

Place = tuple[int | str, ...]
"""The way from the top of a file to a value: keys and list indexes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read.  `data` holds plain dict, list, str, int, float, bool, date, None."""

    file: Path
    data: Any
    nodes: Any = field(repr=False)

    def line(self, place: Place) -> int:
        """The line (from 1) on which the value at a place starts."""
        return self._position(place, key=False)[0]

    def problem(self, place: Place, what: str, fix: str, *, key: bool = False) -> Problem:
        """What is wrong with the value at a place; `key` points at its key instead."""
        return Problem(self.file, *self._position(place, key=key), what, fix)

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
    """A file as data with positions.  `PolicyError` when it is not one YAML document."""
    return parse(file, content(file))


def content(file: Path) -> bytes:
    """The bytes of a file.  `PolicyError` when it cannot be read.

    Nothing but a file is opened: a pipe of that name would be waited for without end.
    """
    try:
        if not file.exists():
            raise _whole(file, "no such file", "name one that there is")
        if not file.is_file():
            raise _whole(file, "is no file", "put it somewhere else")
        with file.open("rb") as opened:
            found = opened.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or "unknown error"
        raise _whole(file, f"cannot be read ({reason})", "look at its rights") from None
    if len(found) > LARGEST:
        raise _whole(file, f"has more than {LARGEST:,} bytes", "split it")
    return found


def parse(file: Path, content: bytes) -> Source:
    """The content of a file as data with positions.

    `PolicyError` when it is not one YAML document.
    """
    try:
        nodes = YAML(typ="rt", pure=True).load(content.decode("utf-8"))
        data = _plain(nodes, DEPTH)
    except UnicodeDecodeError as error:
        raise _whole(file, f"not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    except DuplicateKeyError as error:
        raise _marked(file, error, "remove one of the two") from None
    except MarkedYAMLError as error:
        fix = "check the indentation and put texts that hold `: ` in quotes"
        raise _marked(file, error, fix) from None
    except YAMLError as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _whole(file, f"not YAML: {line}", "take out what no text file holds") from None
    except RecursionError:
        what = f"lists and mappings nest more than {DEPTH} deep"
        raise PolicyError([Problem(file, 1, 1, what, "write it flatter")]) from None
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
) -> list[Problem]:
    """What pydantic found wrong in the mapping at `place`.

    `what` names a key in a sentence ("key", "parameter of `people`"); `below` has the models of
    the mappings under some of the keys.
    """
    found = []
    details = error.errors()
    written = [str(d["loc"][-1]) for d in details if d["type"] == "extra_forbidden"]
    for detail in details:
        at = (*place, *detail["loc"])
        inner = (below or {}).get(str(detail["loc"][0])) if len(detail["loc"]) > 1 else None
        names = [f.alias or name for name, f in (inner or model).model_fields.items()]
        steps = [str(step) for step in detail["loc"] if isinstance(step, str)] or ["value"]
        # Tags of a union are steps, too, that nobody wrote: the last real one is its parent.
        name = steps[-1] if steps[-1] != DESCRIBED else steps[0]
        if detail["type"] == "missing" and difflib.get_close_matches(name, written, 1):
            continue  # it is there, misspelled: that says it all
        if detail["type"] == "extra_forbidden":
            fix = suggestion(name, names)
            found.append(source.problem(at, f"unknown {what} `{name}`", fix, key=True))
        elif detail["type"] == "missing":
            missing = f"`{name}` is missing"
            found.append(source.problem(at[:-1], missing, f"add `{name}: …`"))
        elif detail["input"] is None:
            # A value that is not there starts, for the YAML reader, on the next line.
            empty = f"`{name}` is empty"
            found.append(source.problem(at, empty, f"write `{name}: …`", key=True))
        else:
            found.append(source.problem(at, *_explained(name, detail)))
    return found


_FIXES = {
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": "write a text, in quotes",
    "string_too_short": "write a text",
    "list_type": "make it a list: start each item on a line of its own with `- `",
    "tuple_type": "make it a list, such as [a, b]",
    "dict_type": "make it a mapping, such as {key: value}",
    "model_type": "make it a mapping, such as {key: value}",
    "model_attributes_type": "make it a mapping, such as {key: value}",
    "too_short": "write at least one item",
    "date_type": "write a date, such as 2026-03-31",
    "date_parsing": "write a date, such as 2026-03-31",
    "date_from_datetime_parsing": "write a date, such as 2026-03-31",
}


def _explained(name: str, detail: Any) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    context = detail.get("ctx", {})
    text = f"`{name}` cannot be {_shown(detail['input'])}"
    match detail["type"]:
        case "enum" | "literal_error":
            known = [word.strip(" '") for word in _expected(context["expected"])]
            fix = suggestion(detail["input"], known)
        case "greater_than_equal":
            fix = f"write {context['ge']} or more"
        case "less_than_equal":
            fix = f"write {context['le']} or less"
        case "string_pattern_mismatch":
            fix = "use small letters, digits and hyphens"  # what all patterns of these files ask
        case "value_error":
            # Checks of our own say both: "nothing finds `fone`; did you mean `phone`?"
            what, _, fix = str(context["error"]).partition("; ")
            text = f"`{name}`: {what}" if detail["loc"] else what
        case kind:
            fix = _FIXES.get(kind, detail["msg"])
    return text, fix


def _expected(text: str) -> Sequence[str]:
    """The words in pydantic's "'a', 'b' or 'c'"."""
    return text.replace(" or ", ", ").split(", ")


def _shown(value: object) -> str:
    """A value as it looks in the file, or what sort of value it is when that would be long."""
    match value:
        case bool():
            return "`true`" if value else "`false`"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case "":
            return "empty"
        case _:
            text = str(value)
            return f"`{text}`" if len(text) <= LONGEST else f"`{text[:LONGEST]}…`"


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


def _whole(file: Path, what: str, fix: str) -> PolicyError:
    return PolicyError([Problem(file, 0, 0, what, fix)])


def _marked(file: Path, error: MarkedYAMLError, fix: str) -> PolicyError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = str(error.problem or error.context or "not YAML").splitlines()[0]
    if "\\t" in text:
        fix = "indent with spaces, not with tabs"
    return PolicyError([Problem(file, line, column, re.sub(r"\s{1,9}", " ", text), fix)])
