"""Ordinary mail passes: nobody would keep a guard that held it."""

from __future__ import annotations

import email
import email.policy
import re
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from dlpguard import inspection
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.policy import language
from dlpguard.policy.trialmail import DETECTION, ORGANISATION
from dlpguard.verdict import Action, Verdict
from tests.incidents._ordinary_draw import Draw
from tests.incidents._ordinary_template import Filling, kinds, variants
from tests.incidents._ordinary_world import FOLDER
from tests.incidents.ordinary import INDEX, KEPT, Mail, index, main, ordinary

ROOT = Path(__file__).resolve().parents[2]
SETUP = inspection.Setup(ORGANISATION, DETECTION)
POLICIES = language.load(ROOT / "policies")

EACH = 3
"""How many mails of each kind the tests look at; the incident bench looks at three thousand."""

MAILS = tuple(ordinary(EACH * len(kinds()), seed=5))

TO_MEND = {
    "meter-readings": "detectors/gb_nino: two letters and six digits under another thing's heading",
    "planning-consultation": "counting/records: a site is not the home of the applicant",
}
"""Kinds of which one of these mails is stopped, and what to mend; pytest says when that is done."""

SIZE = 300_000
"""All templates together: a clone stays small."""


def judged(mail: Mail) -> Verdict:
    """What the shipped policies say on the first day, when every recipient is a new one."""
    envelope = Envelope(mail.sender, tuple(map(Recipient, mail.recipients)))
    facts = inspection.read(MessageId("test"), mail.content, envelope, SETUP).facts
    viewers = tuple(replace(viewer, first_time=True) for viewer in facts.audience.viewers)
    facts = replace(facts, audience=replace(facts.audience, viewers=viewers))
    return inspection.judge(facts, POLICIES)


@pytest.mark.parametrize("kind", kinds())
def test_nobody_is_asked_about_an_ordinary_mail(kind: str) -> None:
    stopped = {
        match.policy: [reason.text for reason in match.reasons]
        for mail in MAILS
        if mail.kind == kind
        for match in judged(mail).matches
        if match.action >= Action.CONFIRM
    }

    assert stopped == {}


def test_there_are_forty_kinds_and_two_hundred_variants() -> None:
    assert len(kinds()) >= 40
    assert sum(len(variants(kind)) for kind in kinds()) >= 200
    assert min(len(variants(kind)) for kind in kinds()) >= 3


@pytest.mark.parametrize("kind", kinds())
def test_every_slot_and_every_choice_of_a_template_is_filled_in(kind: str) -> None:
    for variant in variants(kind):
        filling = Filling(Draw("slots", kind, variant.name), "contractor", home=False)
        sections = (f"{section.name}\n{section.text}" for section in variant.sections)
        parts = (variant.fields["Subject"], variant.text, *sections)
        filled = "\n".join(filling.text(part) for part in parts)

        assert [] == re.findall(r"[{}]|<<|^\*\d|^\? ", filled, re.MULTILINE)


def test_a_name_keeps_its_value_and_one_with_a_line_before_it_is_new_on_each_line() -> None:
    filling = Filling(Draw("names"), "school", home=False)
    first, second = filling.text("{ref:digits 12} {p1}\n{ref} {p1}").split("\n")
    numbers = filling.text("*20 {_ref:digits 12} {_ref}").split("\n")

    assert first == second
    assert 20 == len(set(numbers))
    assert all(one == other for one, other in (line.split() for line in numbers))


def test_what_a_template_calls_and_nobody_knows_is_an_error() -> None:
    filling = Filling(Draw("errors"), "school", home=False)

    with pytest.raises(KeyError, match="unicorns"):
        filling.text("{unicorn}")
    with pytest.raises(ValueError, match="nobody is called boss"):
        filling.text("{boss.mail}")


def test_the_index_lists_what_the_templates_give() -> None:
    there = INDEX.read_text("utf-8")
    listed = tomllib.loads(there)["mails"]

    assert there == index()
    assert KEPT == len(listed) >= 300
    assert set(kinds()) == {entry["kind"] for entry in listed}


def test_a_mail_depends_on_its_place_and_the_seed_only() -> None:
    assert list(ordinary(60, seed=2))[:20] == list(ordinary(20, seed=2))
    assert list(ordinary(20, seed=2)) != list(ordinary(20, seed=3))


def test_no_two_mails_are_the_same() -> None:
    subjects = Counter(_subject(mail) for mail in MAILS)

    assert len(MAILS) == len({mail.content for mail in MAILS})
    assert max(subjects.values()) <= EACH


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.kind)
def test_a_mail_is_well_formed(mail: Mail) -> None:
    message = email.message_from_bytes(mail.content, policy=email.policy.default)

    assert [] == [defect for part in message.walk() for defect in part.defects]
    assert {"From", "To", "Subject", "Date", "Message-ID"} <= set(message.keys())
    assert mail.content.count(b"\n") == mail.content.count(b"\r\n") == mail.content.count(b"\r")
    assert max(map(len, mail.content.splitlines())) <= 998  # RFC 5322 2.1.1
    assert not re.search(rb"[{}]", mail.content.partition(b"\r\n\r\n")[0])


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.kind)
def test_the_envelope_has_distinct_addresses_under_example(mail: Mail) -> None:
    addresses = [*([mail.sender] if mail.sender else []), *mail.recipients]

    assert len(set(mail.recipients)) == len(mail.recipients) >= 1
    assert [] == [a for a in addresses if not re.fullmatch(r"[\w.+-]+@[\w.-]+\.example", a)]


def test_telephone_numbers_are_from_the_ranges_kept_for_drama() -> None:
    numbers = [n for mail in MAILS for n in re.findall(rb"\b0[17]\d{3} ?\d{6}\b", mail.content)]

    assert len(numbers) > 50
    assert [] == [n for n in numbers if not re.match(rb"07700 ?900|01632 ?960", n)]


def test_the_templates_stay_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < SIZE


def test_mails_are_written_with_their_envelopes(tmp_path: Path) -> None:
    assert main([str(tmp_path), "3", "4"]) == 0

    mails = list(ordinary(3, seed=4))
    written = sorted(tmp_path.glob("*.eml"))

    assert [mail.content for mail in mails] == [file.read_bytes() for file in written]
    assert [[mail.sender or "<>", *mail.recipients] for mail in mails] == [
        file.with_suffix(".txt").read_text("ascii").splitlines() for file in written
    ]


def test_wrong_arguments_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["folder", "many"]) == 2
    assert "--index" in capsys.readouterr().err


def _subject(mail: Mail) -> str:
    return str(email.message_from_bytes(mail.content, policy=email.policy.default)["Subject"])
