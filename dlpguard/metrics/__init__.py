"""What Prometheus asks for: all that this process counted, and how the store is at that moment.

`Metrics` answers a request; it is a page of the site, and where there is no site a `Listener` has a
port of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder

from dlpguard import telemetry
from dlpguard.health import Around
from dlpguard.metrics import state
from dlpguard.metrics.access import Access
from dlpguard.store.opening import Store

__all__ = ["Access", "Answer", "Asking", "Metrics"]

FRESH_SECONDS = 5.0
"""How long what was asked of the store is told again: two servers that scrape ask once, and nobody
makes the database work by asking often."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request: from which address, with what in `Authorization` and in `Accept`.

    `through`: a proxy sent it that the settings do not name, so that the address is nobody's.
    """

    address: str
    authorization: str = field(default="", repr=False)
    accept: str = ""
    through: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: HTTPStatus
    content_type: str
    body: bytes = field(repr=False)
    authenticate: str = ""
    """For the field WWW-Authenticate (RFC 9110 11.6.1), "" where it is not sent."""


class Metrics:
    """For threads; one for each process."""

    def __init__(self, store: Store, around: Around, access: Access | None = None) -> None:
        """Without `access`: for callers on this machine."""
        self.store = store
        self.around = around
        self._access = access or Access()
        self._lock = threading.Lock()
        self._found: tuple[float, tuple[Metric, ...]] | None = None

    def answer(self, asking: Asking) -> Answer:
        """The metrics, for who may have them, as text or as OpenMetrics.  Blocks for one query."""
        if not self._access.allows(asking.address, asking.authorization, asking.through):
            challenge = "Bearer" if self._access.has_token else ""
            status = HTTPStatus.UNAUTHORIZED if challenge else HTTPStatus.FORBIDDEN
            return Answer(status, "text/plain; charset=utf-8", b"not for you\n", challenge)
        encode, content_type = choose_encoder(asking.accept)
        return Answer(HTTPStatus.OK, content_type, encode(_Both(self._state())))

    def _state(self) -> tuple[Metric, ...]:
        with self._lock:
            now = time.monotonic()
            if self._found is None or now - self._found[0] > FRESH_SECONDS:
                self._found = now, tuple(state.look(self.store, self.around))
            return self._found[1]


class _Both(CollectorRegistry):
    """What was counted, and what was found: what encoders take."""

    def __init__(self, found: tuple[Metric, ...]) -> None:
        super().__init__()
        self._found = found

    def collect(self) -> Iterator[Metric]:
        counted = telemetry.counted()
        if counted:
            yield from counted.registry.collect()
        yield from self._found
