"""What the model is trained on is what it says, and always the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlpguard.names import train
from dlpguard.names.lessons.corpus import Text, detokenised, load, renamed, stripped
from dlpguard.names.lessons.draw import Draw
from dlpguard.names.lessons.examples import made
from dlpguard.names.lessons.population import Population


def marked(text: str, *names: str) -> Text:
    return Text("test", text, tuple((text.index(n), text.index(n) + len(n)) for n in names))


def names_in(text: Text) -> list[str]:
    return [text.text[a:b] for a, b in text.spans]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    lines = [
        {"text": "Ann Bee met Mr Lee .\nHe said no.", "spans": [[0, 7], [12, 18], [21, 23]]},
        {"text": "@ handle saw Siân Pugh 's cat", "spans": [[0, 1], [2, 8], [13, 25]]},
        *(
            {"text": f"Yesterday {n} came with Bob Carter.", "spans": [[10, 10 + len(n)], [26, 36]]}
            for n in ("Eve Hill", "Tom Ford", "Una Webb")
        ),
    ]
    (tmp_path / "some_train.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return tmp_path


def test_pronouns_go_with_their_line_handles_and_titles_by_themselves(corpus: Path) -> None:
    first, second, *_ = load(corpus)

    assert ("Ann Bee met Mr Lee .", ["Ann Bee", "Lee"]) == (first.text, names_in(first))
    assert ["Siân Pugh"] == names_in(second)


@pytest.mark.parametrize(
    ("written", "name"),
    [("Mr Lee", "Lee"), ("Rt Rev. Lee’s", "Rt Rev. Lee"), ("“Ann Bee”,", "Ann Bee"), ("Dr", "Dr")],
)
def test_a_span_is_stripped_of_titles_and_punctuation(written: str, name: str) -> None:
    start, end = stripped(written, 0, len(written))

    assert name == written[start:end]


def test_punctuation_is_moved_to_its_word_and_the_names_with_it() -> None:
    text = detokenised(
        marked("( Ann Bee ) , said Lee 's friend Siân Pugh .", "Ann Bee", "Siân Pugh")
    )

    assert "(Ann Bee), said Lee's friend Siân Pugh." == text.text
    assert ["Ann Bee", "Siân Pugh"] == names_in(text)


def test_a_renamed_person_keeps_the_new_name_through_the_text() -> None:
    text = marked("Ann Bee came. Then Ann rang BEE.", "Ann Bee", "BEE")
    text = Text("test", text.text, (*text.spans[:1], (19, 22), *text.spans[1:]))

    whole, first, last = names_in(renamed(text, Population(), Draw("x")))

    assert whole.casefold() == f"{first} {last}".casefold()
    assert "Ann" != first


def test_made_texts_mark_names_and_nothing_else() -> None:
    texts = list(made(40, Population(), Draw("x")))

    assert texts == list(made(40, Population(), Draw("x")))
    assert any(names_in(t) for t in texts)
    for text in texts:
        assert "{" not in text.text.replace("{ ", "")
        assert all(name == name.strip() != "" for name in names_in(text))
        assert all(a[1] <= b[0] for a, b in zip(text.spans, text.spans[1:], strict=False))


def test_training_twice_gives_the_same_bytes(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "MADE", 3)
    for name in ("one.model", "two.model"):
        train.train(load(corpus), tmp_path / name)

    assert (tmp_path / "one.model").read_bytes() == (tmp_path / "two.model").read_bytes()
