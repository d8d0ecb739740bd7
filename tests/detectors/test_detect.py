from __future__ import annotations

import itertools
import pkgutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlpguard.detectors
from dlpguard.detectors import BY_KIND, DETECTORS, Setup, detect
from dlpguard.document import Hidden, Text
from dlpguard.finding import Confidence

OWN = Setup(case_references=(r"ILS/\d{4}/\d{5}",))
RECORD = (
    "Client: Ann Bee (DOB 02/03/1984), ref ILS/2013/04417, NI number AB 12 34 56 C\n"
    "12 Station Road, Plymouth, PL1 2AB. Mobile 07700 900 456, ann.bee@webmail.example\n"
    "Personal budget £12,400. Sort code 20-11-43, account number 12345678. NHS no 401 023 2137\n"
    "UTR 19558 39661, passport no 533380006, driving licence MORGA657054SM9IJ, car reg AB12 CDE\n"
    "Card 4111 1111 1111 1111, bank GB82 WEST 1234 5698 7654 32, SSN 536-90-4399\n"
    f"IP address 198.51.100.7, API key {'AKIA' + 'IOSFODNN7EXAMPLE'}"
)


def test_a_record_gives_one_finding_of_each_kind() -> None:
    found = detect(Text("body", RECORD), OWN)

    assert sorted(BY_KIND) == sorted(f.kind for f in found)
    assert {Confidence.HIGH} == {f.confidence for f in found}


def test_findings_are_in_order_of_their_start_and_do_not_overlap() -> None:
    found = detect(Text("body", RECORD * 3), OWN)

    assert found == sorted(found, key=lambda f: f.start)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_a_finding_says_which_block_and_whether_it_is_hidden() -> None:
    block = Text("clients.docx › comments", "ann.bee@webmail.example", Hidden.COMMENT)
    (finding,) = detect(block, OWN, index=7)

    assert (7, "clients.docx › comments", Hidden.COMMENT) == (
        finding.block,
        finding.where,
        finding.hidden,
    )


def test_neither_repr_nor_evidence_repeats_what_was_found() -> None:
    for finding in detect(Text("body", RECORD), OWN):
        assert finding.value not in repr(finding)
        assert finding.value not in finding.evidence


def test_every_module_of_the_family_is_listed() -> None:
    members = {m.name for m in pkgutil.iter_modules(dlpguard.detectors.__path__)}

    assert {m for m in members if not m.startswith("_")} == set(BY_KIND) | {"special"}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.KIND)
def test_headings_are_lower_case_and_the_docstring_names_its_source(
    detector: dlpguard.detectors.Detector,
) -> None:
    assert {h.casefold() for h in detector.HEADINGS} == set(detector.HEADINGS)
    assert "Source: " in (detector.__doc__ or "")


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.KIND)
def test_ordinary_cells_are_of_no_kind(detector: dlpguard.detectors.Detector) -> None:
    cells = ("", " ", "-", "n/a", "Yes", "Total", "see above", "Adult Social Care", "x" * 10_000)

    assert [] == [c for c in cells if detector.read_cell(c, OWN) is not None]


DISTRACTORS = """Order no 1234567890 of 12/03/2014, invoice 20140312, batch 0123-4567-8901
ISBN 0-19-853453-1, ISBN 978-0-306-40615-7, EAN 5901234123457, ASIN B00X4WHP5E
Server 192.168.100.12:8080, 10.0.0.1, fe80::1ff:fe23:4567:890a, MAC 00:1B:44:11:3A:B7
2013-11-19 09:59:00,123 ERROR [worker-3] 0x7f3c2a10 took 1234.56 ms
sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
Widget AB-123456-X £12.99, GX123456E, KN123456B, 1,234,567 units, 50.3755 N, -4.1427 W
Bus 12 08:15 09:15 10:15, platform 4, room 5, version 1.2.3.4, 30% off, page 12 of 40
Open 0900 - 1700, 1 - 5 Jan 2014, 24-25 May, £1,000 - £2,000, 12345678 rows
commit 9fceb02d0ae598e95dc970b74767f19372d61af8, icon@2x.png, @handle, user@localhost
"""


def test_documents_full_of_numbers_give_nothing() -> None:
    assert [] == [(f.kind, f.start) for f in detect(Text("body", DISTRACTORS), OWN)]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("aZ09 @.,/-+()£:\n'QÉ"), max_size=200))
def test_any_text_gives_findings_that_lie_in_it(text: str) -> None:
    for finding in detect(Text("body", text), OWN):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.value


UNITS = (
    "a", "A ", "1", "0 ", "01 ", "07700 900123 ", "@", "a.", "a@a.", " ", "\n", "12 Aa Bb ", "12-",
    "born 01/02/1984 ", "£1,", "case ref ", "AB 12 ", "dob ", "salary £1 ", "(", "+44 ", "PL1 2AB ",
    "Flat 2, ", "12 Station Road, ", "sort code 12-34-56 ", "12345678 ", "she is ill. ", "A-",
    "GB82 ", "4111 ", "eyJ", "eyJa.", "-----BEGIN ", "passport ", "81.2.3.4 ", "1:", "f:", "ref: 1",
    "xoxb-", "0-", "<", "MORGA65", "AB12 ", "536-90-", "utr 1", "12/", "ssn ", "debt, he ", "£1 ",
)  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", UNITS)
def test_long_hostile_text_takes_time_in_proportion(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    detect(Text("body", text), OWN)
    dlpguard.detectors.special.categories(text)
    for detector in DETECTORS:
        detector.read_cell(text, OWN)
