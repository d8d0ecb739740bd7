"""Trains the model that the package ships: `python -m dlpguard.names.train DATA`.

`DATA` is a directory of marked texts (`lessons.corpus` says how they look).  The model learns from
each text as it is, from a copy in which everybody has another name, and from texts made in the
style of offices.  In the copies some names are made unknown to the name table, so that the model
learns to tell a name by what stands around it.

The same input gives the same model, byte for byte: nothing is drawn by chance (`lessons.draw`).
The values below were compared on one split, that of `--hold-out`, which trains on three texts of
four and prints how well the names of the fourth are found.  Some thirty variants were tried on it,
so differences below a point are chance; among equals the smaller model was taken.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pycrfsuite

from dlpguard.names import gazetteer, model, rules, tagger
from dlpguard.names.features import features, sequences
from dlpguard.names.lessons.corpus import Text, detokenised, load, renamed, stripped
from dlpguard.names.lessons.draw import Draw
from dlpguard.names.lessons.examples import made
from dlpguard.names.lessons.population import Population
from dlpguard.names.runs import Run, runs

MADE = 200
"""Made texts: some 4,400 lines."""

FORGOTTEN = 25
"""Of a hundred names in the copies, those that are made unknown: more costs precision on tweets."""

HELD_OUT = 4
"""One text of so many is held out."""

PARAMETERS = {
    "c1": 0.1,
    "c2": 0.5,
    "max_iterations": 80,
    "feature.minfreq": 2.0,
    "feature.possible_transitions": True,
}
"""Of L-BFGS.  `c1` keeps the model small, `c2` keeps it from learning texts by heart."""

_PRINTED = re.compile(r"^  \(\d\) (.*?) --> ([BIO]): (-?\d+\.\d+)$", re.DOTALL | re.MULTILINE)
"""A line, or more where the feature holds a line end: feature or label, label, weight."""

DIGITS = 6
"""After the point, of weights: as many as CRFsuite prints."""

Lesson = tuple[list[list[str]], list[str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, or measures with `--hold-out`."""
    parser = argparse.ArgumentParser(prog="python -m dlpguard.names.train", description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA", help="directory of marked texts")
    parser.add_argument("--output", type=Path, default=model.MODEL, help="where the model goes")
    parser.add_argument("--hold-out", action="store_true", help="measure on one text of four")
    chosen = parser.parse_args(arguments)
    gazetteer.as_trained()
    texts = load(chosen.data)
    learned, held = _parted(texts) if chosen.hold_out else (texts, [])
    train(learned, chosen.output)
    sys.stdout.write(f"{chosen.output}: {chosen.output.stat().st_size} bytes\n")
    model.use(chosen.output)
    for line in measured(held):
        sys.stdout.write(line + "\n")


def train(texts: Iterable[Text], output: Path) -> None:
    """Writes the model that the texts teach."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=PARAMETERS, verbose=False)
    for words, labels in _lessons(texts):
        trainer.append(words, labels)
    with TemporaryDirectory() as folder:
        write(trainer, output, Path(folder))


def write(trainer: pycrfsuite.Trainer, output: Path, folder: Path) -> None:
    """Trains and writes the model; `folder` is for the files of the library's own kinds."""
    trained, dumped = folder / "trained", folder / "dumped"
    trainer.train(str(trained))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(trained))
    tagger.dump(str(dumped))
    tagger.close()
    with dumped.open(encoding="utf-8", newline="") as file:
        model.write(_read(file.read()), output)


def _read(dumped: str) -> model.Model:
    """The model as CRFsuite prints it.  Its own parser knows no features with a line end."""
    _, _, rest = dumped.partition("\nTRANSITIONS = {\n")
    transitions, _, features = rest.partition("\nSTATE_FEATURES = {\n")
    steps = {(a, b): float(weight) for a, b, weight in _PRINTED.findall(transitions)}
    weights: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for feature, label, weight in _PRINTED.findall(features):
        weights[feature][label] = float(weight)
    return model.Model(
        {feature: _over_outside(given) for feature, given in weights.items()},
        (_to(model.OUTSIDE, steps), _to(model.BEGIN, steps), _to(model.INSIDE, steps)),
    )


def _to(label: str, steps: dict[tuple[str, str], float]) -> model.Steps:
    """What speaks for a label after each; steps that were never seen have no weight."""
    outside, begin, inside = (steps.get((before, label), 0.0) for before in model.LABELS)
    return outside, begin, inside


def _over_outside(weights: dict[str, float]) -> model.Weights:
    begin, inside, outside = (
        weights.get(label, 0.0) for label in (model.BEGIN, model.INSIDE, model.OUTSIDE)
    )
    return round(begin - outside, DIGITS), round(inside - outside, DIGITS)


def measured(texts: Iterable[Text]) -> Iterator[str]:
    """How well the names of texts are found: a line a source, exact spans."""
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for text in texts:
        found = {stripped(text.text, *span) for span in tagger.spans(text.text)}
        for source in (text.source.split("_")[0], "all"):
            right[source] += len(found & set(text.spans))
            said[source] += len(found)
            marked[source] += len(text.spans)
    for source, names in sorted(marked.items()):
        precision, recall = right[source] / max(1, said[source]), right[source] / max(1, names)
        both = 2 * right[source] / max(1, said[source] + names)
        yield f"{source}: precision {precision:.3f}, recall {recall:.3f}, F1 {both:.3f} of {names}"


def _parted(texts: Iterable[Text]) -> tuple[list[Text], list[Text]]:
    """The texts to learn from, and every fourth of each source."""
    learned: list[Text] = []
    held: list[Text] = []
    seen: defaultdict[str, int] = defaultdict(int)
    for text in texts:
        source = text.source.split("_")[0]
        (learned if seen[source] % HELD_OUT else held).append(text)
        seen[source] += 1
    return learned, held


def _lessons(texts: Iterable[Text]) -> Iterator[Lesson]:
    draw = Draw("dlpguard")
    population = Population()
    for text in texts:
        yield from _lessons_of(text, list(runs(text.text)))
        copy = renamed(detokenised(text), population, draw)
        yield from _lessons_of(copy, _forgetful(copy, FORGOTTEN, draw))
    for text in made(MADE, population, draw):
        yield from _lessons_of(text, _forgetful(text, FORGOTTEN // 2, draw))


def _forgetful(text: Text, percent: int, draw: Draw) -> list[Run]:
    """The runs of a text, some of their words no longer known as names."""
    return [
        [
            token._replace(word=token.word._replace(first=0, last=0))
            if token.word.common <= 1 and not token.is_initial and draw.chance(percent)
            else token
            for token in run
        ]
        for run in runs(text.text)
    ]


def _lessons_of(text: Text, found: list[Run]) -> Iterator[Lesson]:
    """The sequences of a text with their labels."""
    rest: list[Run] = []
    reading = rules.read(text.text, found, rest)
    spans = iter(text.spans)
    span = next(spans, None)
    begun: tuple[int, int] | None = None
    for tokens, described in sequences(text.text, rest, reading):
        labels: list[str] = []
        for token in tokens:
            while span and span[1] <= token.start:
                span = next(spans, None)
            if span and span[0] < token.end and token.start < span[1]:
                labels.append(model.INSIDE if begun == span else model.BEGIN)
                begun = span
            else:
                labels.append(model.OUTSIDE)
        yield [features(aspects) for aspects in described], labels


if __name__ == "__main__":
    main()
