"""Every value counts, so many of each kind are kept."""

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.counting.tallies import KEPT, Tallies
from dlpguard.detectors import Setup
from dlpguard.document import Document, Table
from dlpguard.facts import Tally
from dlpguard.finding import Confidence, Finding
from tests.counting._sent import sent

LOW, HIGH = Confidence.LOW, Confidence.HIGH


def finding(value: str, confidence: Confidence, block: int = 0, kind: str = "phone") -> Finding:
    return Finding(kind, value, "x", 0, 1, confidence, block=block)


def test_a_value_counts_once_at_its_best() -> None:
    found = Tallies()
    found.add([finding("1", LOW), finding("1", HIGH), finding("1", LOW), finding("2", LOW)])

    assert {"phone": Tally(high=1, medium=0, low=1)} == found.totals()


def test_counts_go_on_where_keeping_stops() -> None:
    found = Tallies(most=3)
    found.add(finding(str(n), HIGH) for n in range(10))
    found.add([finding("AB123456C", HIGH, kind="gb_nino")])

    assert [3, 1] == [
        len([f for f in found.kept if f.kind == kind]) for kind in ("phone", "gb_nino")
    ]
    assert Tally(high=10) == found.totals()["phone"]


def test_what_is_kept_is_in_the_order_of_the_blocks() -> None:
    found = Tallies()
    found.add([finding("2", LOW, block=2), finding("1", LOW, block=1)])

    assert [1, 2] == [f.block for f in found.kept]


def test_a_hundred_thousand_findings_are_tallied_and_few_are_stored() -> None:
    rows = tuple((f"0798{n:07}", f"AB{n:06}C") for n in range(50_000))
    table = Table("x", ("Phone", "NINO"), rows)
    counted = counting.examine(Document("x", "csv", (table,)), Participants(), Setup(), kept=100)

    assert (50_000, 50_000) == (
        counted.tallies["phone"].distinct,
        counted.tallies["gb_nino"].distinct,
    )
    assert 200 == len(counted.findings)
    assert 50_000 == len(counted.people.everyone)


def test_a_message_with_more_than_is_kept_has_exact_facts() -> None:
    rows = ["Name,Phone", *(f"Ann Bee,07700 9{n:05}" for n in range(KEPT + 500))]
    inspection = sent(attachments={"phones.csv": "\n".join(rows)})

    assert KEPT + 500 == inspection.facts.findings["phone"].high
    assert KEPT == sum(found.kind == "phone" for found in inspection.findings)
