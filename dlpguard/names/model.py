"""The trained model: labels for the words of a sequence.

A linear-chain conditional random field with three labels.  `train.py` writes its weights to
`weights.json`, which is read when first asked (some 40 ms and 12 MB); SOURCES.md says what it was
trained on.  Words are described by aspects (`features`), of which the weights are added up once
for each.  The library that trains the model wants strings, and takes with making them a third
longer where every aspect is new, and three times as long where they were seen before.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dlpguard.names.features import Aspect, features

MODEL = Path(__file__).parent / "weights.json"
"""The file that the package ships."""

BEGIN, INSIDE, OUTSIDE = "B", "I", "O"
"""The labels: a word begins a name, goes on with it, or is in none."""

LABELS = (OUTSIDE, BEGIN, INSIDE)
"""The order of the labels where numbers belong to them."""

REMEMBERED = 50_000
"""Aspects whose weights are kept at hand: those of a large text, some 20 MB at most."""

Weights = tuple[float, float]
"""How much more speaks for `BEGIN` and for `INSIDE` than for `OUTSIDE`."""

Steps = tuple[float, float, float]
"""What speaks for a label after each of `LABELS`."""


class Model(NamedTuple):
    """`weights` by feature; `to`, for each of `LABELS`, what speaks for it after another.

    The labels of a sequence are those with the highest sum.
    """

    weights: dict[str, Weights]
    to: tuple[Steps, Steps, Steps]


def label(sequence: list[list[Aspect]]) -> list[str]:
    """The label of each word of a sequence, by its aspects."""
    begin, inside = _weights(sequence[0])
    if len(sequence) == 1 and begin <= 0 >= inside:
        return [OUTSIDE]
    best = 0.0, begin, inside
    to_outside, to_begin, to_inside = _opened().to
    origins: list[tuple[int, int, int]] = []
    for aspects in sequence[1:]:
        begin, inside = _weights(aspects)
        o, from_o = _best(best, to_outside)
        b, from_b = _best(best, to_begin)
        i, from_i = _best(best, to_inside)
        best = o, b + begin, i + inside
        origins.append((from_o, from_b, from_i))
    at = _best(best, _NEITHER)[1]
    labels = [LABELS[at]]
    for origin in reversed(origins):
        at = origin[at]
        labels.append(LABELS[at])
    labels.reverse()
    return labels


def use(file: Path) -> None:
    """Takes another model than the one that is shipped, to measure it."""
    _InUse.file = file
    _opened.cache_clear()
    _KNOWN.clear()


def write(model: Model, file: Path) -> None:
    """Writes a model as it is read: a feature a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(w)}" for name, w in model.weights.items())
    weights = ",\n".join(lines)
    file.write_text(f'{{"to": {json.dumps(model.to)},\n"weights": {{\n{weights}}}}}\n', "ascii")


class _Known(dict[Aspect, Weights]):
    """The weights of what each aspect says, added up when it is first seen."""

    def __missing__(self, aspect: Aspect) -> Weights:
        if len(self) >= REMEMBERED:
            self.clear()
        known = _opened().weights
        begin = inside = 0.0
        for feature in features((aspect,)):
            if feature in known:
                b, i = known[feature]
                begin, inside = begin + b, inside + i
        self[aspect] = weights = (begin, inside) if begin or inside else _NOTHING
        return weights


class _InUse:
    file = MODEL


_KNOWN = _Known()
_NOTHING: Weights = (0.0, 0.0)
_NEITHER: Steps = (0.0, 0.0, 0.0)


def _weights(aspects: list[Aspect]) -> Weights:
    begin = inside = 0.0
    for b, i in map(_KNOWN.__getitem__, aspects):
        begin += b
        inside += i
    return begin, inside


def _best(before: Steps, to: Steps) -> tuple[float, int]:
    """The highest sum that leads to a label, and the place of the label it comes from."""
    outside, begin, inside = before[0] + to[0], before[1] + to[1], before[2] + to[2]
    if outside >= begin:
        return (outside, 0) if outside >= inside else (inside, 2)
    return (begin, 1) if begin >= inside else (inside, 2)


@cache
def _opened() -> Model:
    read = json.loads(_InUse.file.read_text("ascii"))
    outside, begin, inside = map(tuple, read["to"])
    weights = {name: (begin, inside) for name, (begin, inside) in read["weights"].items()}
    return Model(weights, (outside, begin, inside))
