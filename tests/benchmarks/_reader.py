"""A program that reads documents, in a process of its own: dlpguard, or one to compare it with.

Started as `PYTHON _reader.py NAME`.  It says one line of JSON when it is ready, `{"ready": true}`
or why not; then, for each line of standard input, a path, it answers with one line (`Answer`).
Whatever is wrong with a file ends this process at worst.  Nothing but the standard library is
imported before NAME is known, because other programs live in other environments.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict


class Answer(TypedDict):
    """What was read.

    `seconds` are of CPU, all threads together; `hidden` is what was read and is said to be hidden,
    a part of `text`; `gaps` are reasons why something was not read.
    """

    text: str
    hidden: str
    gaps: list[str]
    seconds: float


Read = Callable[[Path], tuple[str, str, list[str]]]


def main(name: str) -> None:
    """Answer until standard input ends."""
    # Programs print what they like; the answers have a descriptor that nobody else knows.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    try:
        read = PROGRAMS[name]()
    except ImportError as error:
        _say(answers, {"ready": False, "why": str(error)})
        return
    _say(answers, {"ready": True})
    for line in sys.stdin:
        path = Path(json.loads(line))
        begun = time.process_time()
        try:
            text, hidden, gaps = read(path)
        except Exception as error:  # noqa: BLE001 - a program that fails has found nothing
            text, hidden, gaps = "", "", [type(error).__name__]
        seconds = time.process_time() - begun
        _say(answers, Answer(text=text, hidden=hidden, gaps=gaps, seconds=seconds))


def _dlpguard() -> Read:
    from dlpguard import extractors  # noqa: PLC0415 - not there in the others' environments
    from dlpguard.document import Document, Table  # noqa: PLC0415
    from dlpguard.mail import Part  # noqa: PLC0415
    from dlpguard.runners._zygote import COLLECT_AFTER  # noqa: PLC0415

    gc.set_threshold(*COLLECT_AFTER)  # as in the worker that reads a message

    def words(document: Document) -> tuple[list[str], list[str]]:
        text, hidden = [document.name, *(gap.where for gap in document.gaps)], []
        for block in document.blocks:
            if not isinstance(block, Table):
                text.append(block.text)
                hidden += [block.text] if block.hidden else []
                continue
            text += block.heading
            for y, row in enumerate(block.rows):
                text += row
                hidden += [cell for x, cell in enumerate(row) if block.hidden_at(y, x)]
        return text, hidden

    def read(path: Path) -> tuple[str, str, list[str]]:
        part = Part("1", path.read_bytes(), "", path.name)
        tree = list(extractors.extract(part, extractors.Budget(clock=time.monotonic)).walk())
        both = [words(document) for document in tree]
        return (
            "\n".join(word for text, _ in both for word in text),
            "\n".join(word for _, hidden in both for word in hidden),
            [gap.why.value for document in tree for gap in document.gaps],
        )

    return read


def _kreuzberg() -> Read:
    import kreuzberg  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    config = kreuzberg.ExtractionConfig(use_cache=False)  # it is measured twice

    def read(path: Path) -> tuple[str, str, list[str]]:
        result: Any = kreuzberg.extract_file_sync(str(path), config=config)
        return f"{result.content}\n{result.metadata}\n{result.tables}", "", []

    return read


def _markitdown() -> Read:
    import markitdown  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    converter = markitdown.MarkItDown()

    def read(path: Path) -> tuple[str, str, list[str]]:
        return str(converter.convert(str(path)).text_content), "", []

    return read


PROGRAMS: dict[str, Callable[[], Read]] = {
    "dlpguard": _dlpguard,
    "kreuzberg": _kreuzberg,
    "markitdown": _markitdown,
}


def _say(answers: Any, what: object) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
