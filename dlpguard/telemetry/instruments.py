"""What this process counts, as Prometheus has it: numbers only, and words of our own as labels.

No label is an address, a subject, a name of a person or of a file; each has few values: reply
codes, actions, kinds, classes of errors, and the names of policies.  What all nodes share (how much
mail waits, what was held today) is not counted here but asked of the store (`dlpguard.metrics`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from dlpguard import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]

STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Seconds between which work on one message is told apart; a reading is ended after 60."""

PEOPLE = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
"""Numbers of people that shipped policies draw lines at, and some between."""

LIVES = (1.0, 5.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 4 * 3600.0, 86400.0, 3 * 86400.0, 5 * 86400.0)
"""Seconds of a whole life: mail that passes, greylisting, a decision, the end of the queue."""


class Instruments:
    """One set, in a registry of its own.  The methods are events (`telemetry.events`)."""

    def __init__(self) -> None:
        self.registry = here = CollectorRegistry()
        """Read by `dlpguard.metrics`."""
        ProcessCollector(registry=here)
        PlatformCollector(registry=here)
        about = Gauge("dlpguard_build", "The version that runs.", ["version"], registry=here)
        about.labels(__version__).set(1)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"dlpguard_{name}", text, labels, registry=here)

        def by(label: str, name: str, text: str) -> _ByLabel:
            return _ByLabel(counter(name, text, label))

        def seconds(name: str, text: str, steps: tuple[float, ...] = STEPS) -> Histogram:
            return Histogram(f"dlpguard_{name}_seconds", text, buckets=steps, registry=here)

        self._accepted = counter("messages_accepted", "Messages committed and answered 250.")
        self._bytes = counter("accepted_bytes", "Bytes of accepted messages.")
        self._recipients = counter("accepted_recipients", "Recipients of accepted messages.")
        self._repeated = counter("messages_repeated", "Messages that a client sent again.")
        self._refused = by("code", "refusals", "Replies 45x and 55x, by their codes.")
        self._accept = seconds("accept", "From a message's last byte to its commit.")

        self._inspect = seconds("inspect", "From a claim on a message to its verdict's commit.")
        self._people = Histogram(
            "dlpguard_people", "People counted in a message.", buckets=PEOPLE, registry=here
        )
        self._findings = by("kind", "findings", "Distinct values found, by kind.")
        self._gaps = by("why", "gaps", "Messages with something unread, by why.")
        self._verdicts = by("action", "verdicts", "Verdicts, by action.")
        self._observed = by(
            "action", "verdicts_observed", "What would have been done, had policies acted."
        )
        self._matches = counter(
            "policy_matches",
            "Verdicts that a policy made, or watched.",
            *("policy", "action", "watched"),
        )
        self._policies = Gauge("dlpguard_policies", "Policies in force.", registry=here)
        self._flows = Gauge("dlpguard_flows", "Flows in force.", registry=here)
        self._stale = Gauge(
            "dlpguard_policies_stale", "1 while changed policies could not be read.", registry=here
        )

        outcomes = counter("recipients", "What the next hop said, by outcome.", "outcome")
        self._delivered, self._bounced = outcomes.labels("delivered"), outcomes.labels("bounced")
        self._deferred = by("because", "deferrals", "Deliveries put off, by why.")
        self._deliver = seconds("deliver", "One conversation with the next hop.")
        self._ended = counter("lives", "Messages whose life is over.", "origin", "outcome")
        self._life = seconds("life", "From acceptance to the last outcome.", LIVES)

        self._workers = Gauge(
            "dlpguard_sandbox_workers", "Workers of the sandbox that are up.", registry=here
        )
        self._deaths = by("why", "sandbox_deaths", "Workers killed or died, by why.")
        self._stopped = by("why", "readings_stopped", "Readings that were stopped, by why.")
        self._failures = by("what", "failures", "Failures of ours, by what was done.")

        self._changes = counter("database_changes", "Changes committed, many in one transaction.")
        self._retries = counter("database_retries", "Transactions run again.")
        self._commit = seconds("database_commit", "Transactions, from begin to commit.")

        self._alarms = counter("alarms", "Alarms raised: somebody is at risk.")
        self._emergencies = counter("emergency_releases", "Mailings that one person released.")
        self._buried = counter("nodes_buried", "Nodes found dead by this one.")

    def accepted(self, size: int, recipients: int, seconds: float) -> None:
        """A message was committed."""
        self._accepted.inc()
        self._bytes.inc(size)
        self._recipients.inc(recipients)
        self._accept.observe(seconds)

    def repeated(self) -> None:
        """A client's retry was recognised."""
        self._repeated.inc()

    def refused(self, code: str) -> None:
        """A client was answered with this code."""
        self._refused[code].inc()

    def inspected(
        self, seconds: float, people: int | None, findings: Mapping[str, int], gaps: Iterable[str]
    ) -> None:
        """A message was read."""
        self._inspect.observe(seconds)
        if people is not None:
            self._people.observe(people)
        for kind, number in findings.items():
            self._findings[kind].inc(number)
        for why in gaps:
            self._gaps[why].inc()

    def judged(self, action: str, observed: str, acted: Iterable[tuple[str, str, bool]]) -> None:
        """A verdict was committed."""
        self._verdicts[action].inc()
        if observed:
            self._observed[observed].inc()
        for policy, what, watched in acted:
            self._matches.labels(policy, what, "yes" if watched else "no").inc()

    def reloaded(self, policies: int, flows: int) -> None:
        """Policies are in force."""
        self._policies.set(policies)
        self._flows.set(flows)
        self._stale.set(0)

    def not_reloaded(self) -> None:
        """Those before stay in force."""
        self._stale.set(1)

    def delivered(self, recipients: int, refused: int, seconds: float) -> None:
        """The next hop answered."""
        self._delivered.inc(recipients)
        self._bounced.inc(refused)
        self._deliver.observe(seconds)

    def deferred(self, because: str) -> None:
        """It did not, or not now."""
        self._deferred[because].inc()

    def lived(self, origin: str, outcome: str, seconds: float) -> None:
        """A message is DONE."""
        self._ended.labels(origin, outcome).inc()
        self._life.observe(seconds)

    def workers(self, change: int) -> None:
        """One more worker, or one fewer."""
        self._workers.inc(change)

    def worker_died(self, why: str) -> None:
        """A worker was killed, or died."""
        self._deaths[why].inc()

    def stopped(self, why: str) -> None:
        """A reading was stopped."""
        self._stopped[why].inc()

    def crashed(self, what: str) -> None:
        """Something of ours failed."""
        self._failures[what].inc()

    def committed(self, changes: int, seconds: float) -> None:
        """A transaction was committed."""
        self._changes.inc(changes)
        self._commit.observe(seconds)

    def retried(self) -> None:
        """A transaction is run again."""
        self._retries.inc()

    def alarm(self) -> None:
        """Somebody is at risk."""
        self._alarms.inc()

    def broke_glass(self) -> None:
        """One person released a mailing."""
        self._emergencies.inc()

    def buried(self) -> None:
        """A node was found dead."""
        self._buried.inc()


class _ByLabel(dict[str, Counter]):
    """The counters of one label, found without the lock and the checks of `labels`."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._counter = counter

    def __missing__(self, value: str) -> Counter:
        found = self[value] = self._counter.labels(value)
        return found
