"""The model gives the labels that the library it was trained with would give."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pycrfsuite
import pytest

from dlpguard.names import model, rules, train
from dlpguard.names.features import Aspect, features, sequences
from dlpguard.names.runs import Run, runs

LESSONS = (
    (["a", "b"], ["b"], ["c", "\n"], ["a"]),
    (["b", "c"], ["c"], ["a", "d"]),
    (["a"], ["b", "\n"], ["d"], ["c"], ["b"]),
    (["d", "a"],),
)
LABELS = ("BIOB", "OBI", "BIOOB", "O")


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[pycrfsuite.Tagger]:
    """A small model as the library has it; `model` uses the same."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params={"c2": 0.1}, verbose=False)
    for words, labels in zip(LESSONS, LABELS, strict=True):
        trainer.append(list(words), list(labels))
    train.write(trainer, tmp_path / "small.json", tmp_path)
    tagger = pycrfsuite.Tagger()
    tagger.open(str(tmp_path / "trained"))
    model.use(tmp_path / "small.json")
    yield tagger
    model.use(model.MODEL)


def said(*what: str) -> tuple[str, ...]:
    return what


def test_the_labels_are_those_of_the_library(trained: pycrfsuite.Tagger) -> None:
    vocabulary = ("a", "b", "c", "d", "\n", "never seen")
    for length in (1, 2, 3, 4):
        for words in itertools.product(vocabulary, repeat=length):
            aspects: list[list[Aspect]] = [[(said, word), (said, "b", word)] for word in words]

            # Some paths are equally good but for the digits that the library does not print.
            best = trained.probability(trained.tag([features(a) for a in aspects]))
            assert pytest.approx(best, rel=1e-4) == trained.probability(model.label(aspects))


def test_more_aspects_than_are_remembered_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Dear Mrs Lee, I met Siân Llwyd-Jones and Bob on Monday."

    def labels() -> list[list[str]]:
        rest: list[Run] = []
        reading = rules.read(text, runs(text), rest)
        return [model.label(described) for _, described in sequences(text, rest, reading)]

    before = labels()
    monkeypatch.setattr(model, "REMEMBERED", 3)
    model.use(model.MODEL)

    assert before == labels()
