"""A flow as text, and put into `flows.yaml` behind those that are there, with all its comments."""

from __future__ import annotations

import io
import re
import textwrap
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from dlpguard.policy.flows import Suggestion

_EMPTY = re.compile(r"^\[[ \t]{0,9}\][ \t]{0,9}\n?", re.MULTILINE)
"""An empty list, which has to make room."""

_END = re.compile(r"^\.\.\.", re.MULTILINE)
"""The end of a document, behind which nothing may stand."""

_WIDE = 4096
"""Columns: no line that somebody wrote is broken."""


def entry(
    suggestion: Suggestion, name: str, agreement: str, owner: str, since: date, until: date
) -> dict[str, Any]:
    """What is suggested as an entry of the file (`flowfile.FlowFile`), in the order of its keys."""
    kinds = [kind for kind in suggestion.kinds if kind != "person_name"]
    return {
        "name": name,
        "from": suggestion.sender,
        "to": list(suggestion.to),
        "kinds": kinds or ["person_name"],
        "max_people": suggestion.max_people,
        "agreement": _whole(agreement),
        "owner": _whole(owner),
        "since": since,
        "until": until,
    }


def text(entry: dict[str, Any]) -> str:
    """An entry as YAML, to be pasted."""
    return _dump(CommentedSeq([entry]))


def with_entry(content: bytes, entry: dict[str, Any]) -> bytes:
    """The content of a file with an entry more; what was there stays, comments too.

    The content is right (`flowfile.parse`), or empty.
    """
    old = content.decode("utf-8")
    if old and not old.endswith("\n"):
        old += "\n"
    flows = _yaml().load(old)
    if flows and (flows.fa.flow_style() or _END.search(old)):
        flows.fa.set_block_style()
        flows.append(entry)
        return _dump(flows).encode()
    # Behind what is there another entry is text behind text: nothing of it is touched.
    indent = " " * flows.lc.col if flows else ""
    old = old if flows else _EMPTY.sub("", old, count=1)
    return (old + textwrap.indent(text(entry), indent)).encode()


def _whole(text: str) -> str:
    """A text that is read as it was written: YAML takes some characters for line ends."""
    return text if text.isprintable() else DoubleQuotedScalarString(text)


def _dump(flows: CommentedSeq) -> str:
    out = io.StringIO()
    _yaml().dump(flows, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    return yaml
