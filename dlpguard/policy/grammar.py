"""The grammar of conditions, read from the signatures of the functions in `policy.conditions`.

A condition is a public function of that module whose first parameter is the facts.  Its keyword
parameters become the fields of a pydantic model that checks what a policy file gives.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from dlpguard.facts import Facts
from dlpguard.policy import conditions
from dlpguard.verdict import Reason


@dataclass(frozen=True, slots=True)
class Grammar:
    """One condition: the function that decides, the model that checks its parameters.

    `first` is the parameter that may be given on its own ("" when there is none).
    """

    name: str
    function: Callable[..., list[Reason]]
    model: type[BaseModel]
    first: str
    description: str

    @property
    def needs_parameters(self) -> bool:
        """Whether the bare name is not enough."""
        return any(field.is_required() for field in self.model.model_fields.values())


def _grammar(name: str, function: Callable[..., list[Reason]]) -> Grammar:
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    fields: dict[str, Any] = {
        p.name: (_given(hints[p.name]), ... if p.default is p.empty else p.default)
        for p in parameters
    }
    model = create_model(
        name, __config__=ConfigDict(extra="forbid", frozen=True, title=name), **fields
    )
    first = parameters[0].name if parameters else ""
    return Grammar(name, function, model, first, inspect.getdoc(function) or "")


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
