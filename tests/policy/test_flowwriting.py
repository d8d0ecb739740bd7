"""A flow is put behind those that are there, and nothing of what somebody wrote is touched."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlpguard.policy import flowfile, flowwriting, yamlfile
from dlpguard.policy.flows import Flow, Suggestion

SHIPPED = Path(__file__).resolve().parents[2] / "policies" / "flows.yaml"
TO = ("one@partner.example", "two@partner.example")
SEND = Suggestion(
    "ann@council.example", TO, ("person_name", "phone"), 12, 5, date(2026, 1, 1), date(2026, 1, 9)
)
FIRST, LAST = date(2026, 2, 1), date(2027, 1, 31)

PAYROLL = """\
# ours: ask Pat before you change it
- name: payroll  # every month
  from: payroll@council.example
  to: "*@payroll.example"
  kinds: [gb_nino, money]
  max_people: 200
  agreement: '2026/14'
  owner: Head of Human Resources
  since: 2026-04-01
  until: 2027-03-31
# the end
"""


def entry(
    agreement: str = "2026/15", owner: str = "Ann: # Head", name: str = "panel"
) -> dict[str, Any]:
    return flowwriting.entry(SEND, name, agreement, owner, FIRST, LAST)


def flows(content: bytes) -> tuple[Flow, ...]:
    return flowfile.parse(yamlfile.parse(Path("flows.yaml"), content))


@pytest.mark.parametrize(
    "old",
    [
        "",
        "# only a comment",
        "[]\n",
        "# a comment\n[ ]  # none yet\n# another\n",
        "---\n[]\n",
        PAYROLL,
        PAYROLL.rstrip(),
        "".join(f"  {line}\n" for line in PAYROLL.splitlines()),
        PAYROLL + "...\n",
        "---\n" + PAYROLL,
        SHIPPED.read_text(),
        "[{name: a, from: x@y.example, to: z@w.example, kinds: [phone], max_people: 1, "
        "agreement: b, owner: c, since: 2026-01-01, until: 2026-12-31}]\n",
    ],
)
def test_another_flow_is_behind_those_that_are_there(old: str) -> None:
    before = flows(old.encode())
    content = flowwriting.with_entry(old.encode(), entry())

    *others, added = flows(content)
    assert list(before) == others
    assert (
        Flow(
            "panel",
            (SEND.sender,),
            TO,
            frozenset({"phone"}),
            12,
            "2026/15",
            "Ann: # Head",
            FIRST,
            LAST,
        )
        == added
    )
    for comment in ("# ours", "# every month", "# the end", "# a comment", "# another", "# none"):
        assert (comment in old) == (comment in content.decode())


def test_what_was_there_stays_letter_by_letter() -> None:
    assert flowwriting.with_entry(PAYROLL.encode(), entry()).startswith(PAYROLL.encode())


@given(st.text(min_size=1), st.text(min_size=1))
@example("0", "\x85")
@example("\u2028a\x0b", "\x00\x7f\x9f")
@settings(max_examples=300)
def test_no_text_breaks_out_of_its_place(agreement: str, owner: str) -> None:
    content = flowwriting.with_entry(PAYROLL.encode(), entry(agreement, owner))
    _, added = flows(content)

    assert (agreement, owner) == (added.agreement, added.owner)


def test_people_of_whom_only_names_are_told_have_a_kind_too() -> None:
    only_names = Suggestion(*("a@b.example", TO, ("person_name",), 3, 5, FIRST, LAST))
    made = flowwriting.entry(only_names, "x", "y", "z", FIRST, LAST)

    assert frozenset({"person_name"}) == flows(flowwriting.with_entry(b"", made))[0].kinds
