"""What changes with a threshold: the same facts, judged again by the same policies but for one
number.

    people.at_least=1..50               in every policy that gives it
    own-mailbox:people.at_least=5,10    in one

Nothing is read twice.  What happens to one sender's mail changes nothing for another's, so that
only the mail of those is played again of whom some policy says something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts
from dlpguard.inspection import judge
from dlpguard.policy import Policies, Policy
from dlpguard.policy.language import AnyOf, Condition

MOST_VALUES = 200
"""Points of a curve: more than a picture shows."""

_EXPRESSION = re.compile(
    r"(?:([a-z0-9][a-z0-9-]{0,79}):)?([a-z_]{1,40})\.([a-z_]{1,40})=([0-9.,]{1,2000})"
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A threshold, and the values to try.  `policy` "": in all policies that give it."""

    condition: str
    parameter: str
    values: tuple[int, ...]
    policy: str = ""

    @property
    def name(self) -> str:
        """As in the expression, without the values."""
        return f"{self.policy + ':' if self.policy else ''}{self.condition}.{self.parameter}"

    def at(self, policies: Policies, value: int) -> Policies:
        """The policies with this value in place of theirs."""
        changed = tuple(self._changed(p, value) for p in policies.policies)
        return replace(policies, policies=changed, digest=f"{policies.digest} {self.name}={value}")

    def moved(self, policies: Policies) -> dict[str, tuple[int, ...]]:
        """The policies that it is about, and their own values."""
        found = {p.name: tuple(self._values(p)) for p in policies.policies if self._is_about(p)}
        return {name: values for name, values in found.items() if values}

    def _is_about(self, policy: Policy) -> bool:
        return self.policy in {"", policy.name}

    def _values(self, policy: Policy) -> Iterator[int]:
        for one in _conditions((*policy.when, *policy.unless)):
            if one.name == self.condition and _is_number(one.arguments.get(self.parameter)):
                yield one.arguments[self.parameter]

    def _changed(self, policy: Policy, value: int) -> Policy:
        if not self._is_about(policy):
            return policy
        when = tuple(self._condition(c, value) for c in policy.when)
        unless = tuple(self._condition(c, value) for c in policy.unless)
        return replace(policy, when=when, unless=unless)

    def _condition(self, given: Condition | AnyOf, value: int) -> Condition | AnyOf:
        if isinstance(given, AnyOf):
            return AnyOf(tuple(self._condition(c, value) for c in given.conditions))
        if given.name != self.condition or self.parameter not in given.arguments:
            return given
        return replace(given, arguments={**given.arguments, self.parameter: value})


def parse(expression: str, policies: Policies) -> Sweep:
    """What an expression says.  `ConfigurationError` lists the thresholds that there are."""
    match = _EXPRESSION.fullmatch(expression.strip())
    if not match:
        raise ConfigurationError(
            f"--sweep {expression}: write CONDITION.PARAMETER=FROM..TO, such as "
            f"people.at_least=1..50; {_those_there_are(policies)}"
        )
    policy, condition, parameter, values = match.groups()
    sweep = Sweep(condition, parameter, _numbers(expression, values), policy or "")
    if not sweep.moved(policies):
        raise ConfigurationError(
            f"--sweep {expression}: no policy gives {sweep.name}; {_those_there_are(policies)}"
        )
    return sweep


@dataclass(slots=True)
class Probe:
    """Finds out, while mail is judged, whose would be judged otherwise at which value.

    A threshold is a minimum: what holds at one value holds at every smaller one, or, in an
    exception, the other way round.  So the two ends tell whether there is anything to look at.
    """

    sweep: Sweep
    policies: Policies
    accepted_gaps: frozenset[tuple[str, str]]
    today: date
    touched: dict[int, set[str]] = field(default_factory=dict, repr=False)
    """By value, the senders whose mail has to be played again."""
    _own: Policies = field(init=False)
    _variants: dict[int, Policies] = field(init=False)

    def __post_init__(self) -> None:
        about = self.sweep.moved(self.policies)
        some = tuple(p for p in self.policies.policies if p.name in about)
        self._own = replace(self.policies, policies=some)
        self._variants = {v: self.sweep.at(self._own, v) for v in self.sweep.values}
        self.touched = {value: set() for value in self.sweep.values}

    def hear(self, sender: str, facts: Facts) -> None:
        """Facts that were judged just now."""
        own = self._matched(self._own, facts)
        for value, matched in self._all(facts, 0, len(self.sweep.values) - 1):
            if matched != own:
                self.touched[value].add(sender)

    def _all(self, facts: Facts, first: int, last: int) -> Iterator[tuple[int, frozenset[str]]]:
        """What matches at each of some values: where both ends agree, so does all between."""
        values = self.sweep.values
        ends = [self._matched(self._variants[values[end]], facts) for end in (first, last)]
        if ends[0] == ends[1]:
            yield from ((values[n], ends[0]) for n in range(first, last + 1))
        elif last - first == 1:
            yield from zip((values[first], values[last]), ends, strict=True)
        else:
            middle = (first + last) // 2
            yield from self._all(facts, first, middle)
            yield from self._all(facts, middle + 1, last)

    def _matched(self, policies: Policies, facts: Facts) -> frozenset[str]:
        verdict = judge(facts, policies, "enforce", self.accepted_gaps, self.today)
        return frozenset(match.policy for match in verdict.matches)


def _conditions(given: tuple[Condition | AnyOf, ...]) -> Iterator[Condition]:
    for one in given:
        if isinstance(one, AnyOf):
            yield from _conditions(one.conditions)
        else:
            yield one


def _numbers(expression: str, text: str) -> tuple[int, ...]:
    """`1..50`, `5,10,20`, or both: each value once, in order."""
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,7})(?:\.\.(\d{1,7}))?", part)
        if not match:
            raise ConfigurationError(f"--sweep {expression}: {part or text} is no number or range")
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1 or last < first:
            raise ConfigurationError(
                f"--sweep {expression}: {part} is no range; thresholds begin at 1"
            )
        found.update(range(first, min(last, first + MOST_VALUES) + 1))
    if len(found) > MOST_VALUES:
        raise ConfigurationError(f"--sweep {expression}: more than {MOST_VALUES} values")
    return tuple(sorted(found))


def _those_there_are(policies: Policies) -> str:
    """The thresholds that policies give: "people.at_least (1 to 100)"."""
    found: dict[str, list[int]] = {}
    for policy in policies.policies:
        for one in _conditions((*policy.when, *policy.unless)):
            for name, value in one.arguments.items():
                if _is_number(value) and name != "window":
                    found.setdefault(f"{one.name}.{name}", []).append(value)
    if not found:
        return "no policy here has a threshold"
    told = (f"{name} (now {_span(values)})" for name, values in sorted(found.items()))
    return f"the thresholds there are: {', '.join(told)}"


def _is_number(value: object) -> bool:
    """Whether it counts something: flags and confidences are numbers too."""
    return type(value) is int


def _span(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low} to {high}"
