"""The grammar of conditions, read from the signatures of the functions in `policy.conditions`.

A condition is a public function of that module whose first parameter is the facts.  Its keyword
parameters become the fields of a pydantic model that checks what a policy file gives.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from dlpguard.facts import Facts
from dlpguard.policy import conditions
from dlpguard.policy.parameters import Together
from dlpguard.verdict import Reason

_PARAMETER = re.compile(r"^(\w{1,40}): (.{1,200})$", re.MULTILINE)
"""A line of a condition's docstring that describes a parameter."""

_EXAMPLE = re.compile(r"^- (.{1,200})$", re.MULTILINE)
"""A line of it that is an example."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """One condition: the function that decides, the model that checks its parameters.

    `first` is the parameter that may be given on its own ("" when there is none), `examples` are
    lines of YAML, `together` says which parameters go together.
    """

    name: str
    function: Callable[..., list[Reason]]
    model: type[BaseModel]
    first: str
    description: str
    examples: tuple[str, ...]
    together: Together

    @property
    def needs_parameters(self) -> bool:
        """Whether the bare name is not enough."""
        required = any(field.is_required() for field in self.model.model_fields.values())
        return required or bool(self.together.one_of)


def _grammar(name: str, function: Callable[..., list[Reason]]) -> Grammar:
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    text = inspect.getdoc(function) or ""
    described = dict(_PARAMETER.findall(text))
    fields: dict[str, Any] = {
        p.name: (
            Annotated[_given(hints[p.name]), Field(description=described[p.name])],
            ... if p.default is p.empty else p.default,
        )
        for p in parameters
    }
    model = create_model(
        name, __config__=ConfigDict(extra="forbid", frozen=True, title=name), **fields
    )
    return Grammar(
        name,
        function,
        model,
        parameters[0].name if parameters else "",
        " ".join(text.partition("\n\n")[0].split()),
        tuple(_EXAMPLE.findall(text)),
        conditions.TOGETHER.get(name, Together()),
    )


def _given(hint: Any) -> Any:
    """The type of a parameter when it is given: `None` only says that it was not."""
    options = get_args(hint)
    return options[0] if len(options) == 2 and options[1] is NoneType else hint


def _is_condition(function: object) -> bool:
    """Whether a function of the module asks something of the facts and gives reasons."""
    if not inspect.isfunction(function) or function.__module__ != conditions.__name__:
        return False
    hints = get_type_hints(function)
    return hints.get("facts") is Facts and hints.get("return") == list[Reason]


CONDITIONS: dict[str, Grammar] = {
    name: _grammar(name, function)
    for name, function in vars(conditions).items()
    if not name.startswith("_") and _is_condition(function)
}
"""Every condition by its name, in the order of the module."""
