"""Every key that there is: what it is called, its default, what it means, and when a change counts.

Meanings are the docstrings under the fields: one place, from which docs/settings.md is made.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from dlpguard.config import _values
from dlpguard.config._settings import Settings
from dlpguard.config._source import Place, name_of

RELOADED = (
    *("listen.clients", "listen.senders", "listen.tls_certificate", "listen.tls_key"),
    "listen.smtp_proxies",
    *("listen.tls_clients", "listen.certificates", "listen.logins", "listen.microsoft365"),
    *("listen.bare_lines", "listen.size", "listen.recipients", "listen.connections"),
    *("listen.connections_per_client", "listen.idle", "listen.minimum_rate", "listen.mistakes"),
    *("next_hop.tls", "next_hop.username", "next_hop.password", "next_hop.password_file"),
    *("next_hop.authorities", "next_hop.certificate", "next_hop.key"),
    *("organisation.groups", "campaign", "gaps", "review.private_senders"),
)
"""Keys, and tables, that count after SIGHUP already.  All others need a restart: ports are open,
the workers that read mail were told, or several nodes would disagree."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key.  `name` is as in the file, `[]` after a list of tables ("listen.logins[].name").

    `variable` sets it in the environment ("": only the list as a whole can be set there).
    `default` is as it would stand in the file; "" where there is none.  `meaning` is Markdown.
    """

    name: str
    variable: str
    default: str
    meaning: str
    place: Place = field(repr=False)
    must_be_given: bool
    is_secret: bool
    is_reloaded: bool

    @property
    def section(self) -> str:
        """The table that it stands in, of those at the top."""
        return str(self.place[0])


@functools.cache
def every() -> tuple[Key, ...]:
    """All keys, in the order in which they are documented."""
    return tuple(_in(Settings, (), in_list=False))


def is_reloaded(place: Place) -> bool:
    """Whether a change of a key counts after SIGHUP."""
    steps = [str(step).removesuffix("[]") for step in place]
    return any(".".join(steps[:length]) in RELOADED for length in range(1, len(steps) + 1))


def _in(model: type[BaseModel], before: Place, *, in_list: bool) -> Iterator[Key]:
    meanings = _meanings(model)
    for name, info in model.model_fields.items():
        place = (*before, info.alias or name)
        below = _table_in(info.annotation)
        if below is not None and isinstance(
            info.annotation, type
        ):  # always there: only what is in it is a key
            yield from _in(below, place, in_list=in_list)
            continue
        yield Key(
            ".".join(map(str, place)),
            "" if in_list else name_of(place),
            _default(info),
            meanings.get(name, ""),
            place,
            info.is_required(),
            not info.repr,
            is_reloaded(place),
        )
        if below:
            is_list = _is_list(info.annotation)
            last = f"{place[-1]}[]" if is_list else place[-1]
            yield from _in(below, (*before, last), in_list=in_list or is_list)


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """The table that a key is, or of which it is a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {tuple, Union, UnionType, Annotated}:
        return next(filter(None, map(_table_in, get_args(annotation))), None)
    return None


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _default(info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=True) if not info.is_required() else None
    if value is None:
        return ""
    durations = (m for m in info.metadata if isinstance(m, BeforeValidator))
    if any(m.func is _values.seconds for m in durations):
        return f'"{_values.as_duration(value)}"'
    return json.dumps(value, ensure_ascii=False)


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings under the fields of a table, each on one line."""
    [tree] = ast.parse(inspect.getsource(model)).body
    assert isinstance(tree, ast.ClassDef)
    found, name = {}, ""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name] = " ".join(str(node.value.value).split())
            name = ""
        else:
            name = ""
    return found
