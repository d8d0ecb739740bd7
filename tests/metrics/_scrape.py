"""What is scraped, as a test reads it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from dlpguard.metrics import Asking, Metrics

HERE = "127.0.0.1"


def samples(metrics: Metrics) -> list[Sample]:
    """Everything that is told to who asks from this machine."""
    return parsed(metrics.answer(Asking(HERE)).body)


def parsed(body: bytes) -> list[Sample]:
    """The samples of a text, which must be what Prometheus reads."""
    return [s for family in text_string_to_metric_families(body.decode()) for s in family.samples]


def value(found: list[Sample], name: str, **labels: str) -> float | None:
    """One number; None where there is none."""
    wanted = (f"dlpguard_{name}", labels)
    return next((one.value for one in found if (one.name, one.labels) == wanted), None)
