"""Flows: registered until a day, suggested, accepted into the file, or refused."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from dlpguard import policy
from dlpguard.lifecycle import Event, State
from dlpguard.policy import Policies
from dlpguard.policy.flows import LONGEST
from dlpguard.runners.judging import Judging
from dlpguard.store import audit, schema, suggestions
from dlpguard.store.database import Transaction
from dlpguard.web.rulebook import Rulebook
from tests.web._site import (
    HEAD,
    ORGANISATION,
    POLICIES,
    POLICY_ADMINISTRATOR,
    REVIEWER,
    Desk,
    csrf,
)

TODAY = datetime.now(UTC).date()
GIVEN = {
    "name": "panel",
    "agreement": "Sharing agreement 2026/9",
    "owner": "Head of Adult Care",
    "until": str(TODAY + timedelta(days=200)),
}


@cache
def shipped() -> Policies:
    return policy.load(POLICIES)


@dataclass
class Office:
    """A site, its directory of policies, and a relay that reads them again when it is told."""

    here: Desk
    folder: Path
    judging: Judging
    reloads: list[str] = field(default_factory=list)

    def reload(self) -> None:
        read = policy.load(self.folder)
        self.reloads.append(read.digest)
        self.judging = replace(self.judging, policies=read)

    def flows_file(self) -> str:
        return (self.folder / "flows.yaml").read_text()

    def confirm(self, times: int, *, days: int = 1) -> str:
        """Somebody has confirmed the same so often; its sender."""
        open_ = [h for h in self.here.held() if not h.record.facts.people.hidden]
        held = min(open_, key=lambda h: h.record.facts.audience.reach or 999)

        def work(tx: Transaction) -> None:
            for number in range(times):
                at = tx.now() - number * days * 86400.0
                tx.execute(
                    insert(schema.moves).values(
                        message_id=held.id,
                        event=str(Event.CONFIRM),
                        source=str(State.AWAITING_SENDER),
                        target=str(State.READY),
                        who="sender",
                        moved_at=at,
                    )
                )

        self.here.store.database.write_now(work)
        return str(held.envelope.sender)

    def link(self) -> str:
        """The path of the one suggestion."""
        html = self.here.visitor(POLICY_ADMINISTRATOR).get("/flows").text
        found: set[str] = set(re.findall(r'href="(/flows/[0-9a-f]{32})"', html))
        assert 1 == len(found), found
        return found.pop()

    def post(self, path: str, **data: str) -> tuple[int, str]:
        client = self.here.visitor(POLICY_ADMINISTRATOR)
        proof = csrf(client.get("/account").text)
        answer = client.post(path, data={"csrf": proof, **data})
        return answer.status_code, answer.text

    def said(self, act: str) -> list[tuple[str, str, str]]:
        entries = self.here.store.database.read_now(lambda tx: tuple(audit.entries(tx)))
        return [(e.actor, e.subject, e.detail) for e in entries if e.act == act]


@pytest.fixture
def office(here: Desk) -> Iterator[Office]:
    folder = here.folder / "policies"
    shutil.copytree(POLICIES, folder)
    judging = Judging(shipped(), "enforce", frozenset(), ORGANISATION, HEAD)
    made = Office(here, folder, judging)
    here.site = replace(here.site, rules=Rulebook(lambda: made.judging, folder, reload=made.reload))
    yield made
    folder.chmod(0o755)


def test_five_confirmed_sends_are_suggested_and_four_are_not(office: Office) -> None:
    office.confirm(4)
    client = office.here.visitor(POLICY_ADMINISTRATOR)
    before = client.get("/flows").text
    sender = office.confirm(1)

    assert "Nothing is suggested" in before
    assert sender in client.get(office.link()).text


def test_only_who_may_accept_them_sees_what_is_suggested(office: Office) -> None:
    sender = office.confirm(5)
    client = office.here.visitor(REVIEWER)

    assert "Suggested" not in client.get("/flows").text
    assert sender not in client.get("/flows").text
    assert 403 == client.get(office.link()).status_code


def test_mail_of_a_group_that_one_is_not_in_suggests_nothing(office: Office) -> None:
    office.confirm(5)
    rows = schema.messages
    office.here.store.database.write_now(lambda tx: tx.execute(update(rows).values(queue="legal")))

    page = office.here.visitor(POLICY_ADMINISTRATOR).get("/flows").text
    assert "Nothing is suggested" in page


def test_an_accepted_flow_stands_in_the_file_and_counts_at_once(office: Office) -> None:
    sender = office.confirm(5)
    before = office.flows_file()
    file = office.folder / "flows.yaml"
    file.chmod(0o640)
    status, _ = office.post(f"{office.link()}/accept", **GIVEN)

    assert 303 == status
    (flow,) = office.judging.policies.flows
    assert ("panel", (sender,), TODAY) == (flow.name, flow.senders, flow.since)
    assert str(flow.until) == GIVEN["until"]
    assert before.replace("[]\n", "") in office.flows_file(), "comments stay"
    assert 0o640 == stat.S_IMODE(file.stat().st_mode)
    assert 1 == len(office.reloads)
    told = f"Sharing agreement 2026/9; Head of Adult Care; until {GIVEN['until']}"
    assert [(POLICY_ADMINISTRATOR, "panel", told)] == office.said("accept flow")
    page = office.here.visitor(POLICY_ADMINISTRATOR).get("/flows").text
    assert "Nothing is suggested" in page
    assert "Head of Adult Care" in page
    assert not [f for f in office.folder.iterdir() if f.name.startswith(".flows")]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"agreement": " "}, "under which agreement"),
        ({"owner": ""}, "who answers for it"),
        ({"until": "soon"}, "until when"),
        ({"until": str(TODAY)}, "after today"),
        ({"until": str(TODAY + LONGEST + timedelta(days=1))}, "within twelve months"),
        ({"name": "Not a name!"}, "It would not be right"),
        ({"name": ""}, "It would not be right"),
    ],
)
def test_what_is_not_right_changes_nothing(
    office: Office, wrong: dict[str, str], told: str
) -> None:
    office.confirm(5)
    before = office.flows_file()
    status, page = office.post(f"{office.link()}/accept", **GIVEN | wrong)

    assert 422 == status
    assert told in page
    assert (before, [], []) == (office.flows_file(), office.reloads, office.said("accept flow"))


def test_a_name_is_given_once(office: Office) -> None:
    office.confirm(5)
    path = office.link()
    office.post(f"{path}/accept", **GIVEN)
    assert 404 == office.post(f"{path}/accept", **GIVEN)[0]


def test_beside_files_that_are_not_in_force_nothing_is_written(office: Office) -> None:
    office.confirm(5)
    path = office.link()
    (office.folder / "scans.yaml").write_text("title: not right")
    before = office.flows_file()
    status, page = office.post(f"{path}/accept", **GIVEN)

    assert 422 == status
    assert "not those that are in force" in page
    assert before == office.flows_file()


def test_where_the_files_are_not_ours_it_is_shown_what_to_add(office: Office) -> None:
    office.confirm(5)
    rules = office.here.site.rules
    assert rules
    office.here.site = replace(office.here.site, rules=replace(rules, is_own=False))
    path = office.link()
    page = office.here.visitor(POLICY_ADMINISTRATOR).get(path).text
    status, _ = office.post(f"{path}/accept", **GIVEN)

    assert "- name: a-name-for-it" in page
    assert f"{path}/accept" not in page
    assert 422 == status
    assert [] == office.reloads


def test_what_was_refused_is_not_suggested_for_a_year(office: Office) -> None:
    sender = office.confirm(5)
    id = office.link().rpartition("/")[2]
    status, _ = office.post(f"/flows/{id}/refuse", reason="a project, over by May")

    assert 303 == status
    assert "Nothing is suggested" in office.here.visitor(POLICY_ADMINISTRATOR).get("/flows").text
    assert [(POLICY_ADMINISTRATOR, id, "a project, over by May")] == office.said("refuse flow")
    assert sender not in id
    table = schema.audit
    long_ago = table.c.acted_at - suggestions.REFUSED_SECONDS
    office.here.store.database.write_now(
        lambda tx: tx.execute(update(table).values(acted_at=long_ago))
    )
    assert office.link().endswith(id)


def test_an_address_with_a_star_is_registered_by_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local part may have one (RFC 5321 4.1.2); in the file it would stand for everybody."""
    office.confirm(5)
    found = office.here.store.database.read_now(suggestions.waiting)
    evil = replace(found[0], flow=replace(found[0].flow, to=("*@webmail.example",)))
    monkeypatch.setattr(suggestions, "waiting", lambda *_: (evil,))
    status, page = office.post(f"{office.link()}/accept", **GIVEN)

    assert 422 == status
    assert "has a star in it" in page


def test_where_a_flow_stands_in_its_time_is_said_in_words(office: Office) -> None:
    entry = (
        "- {{name: {0}, from: a@council.example, to: b@x.example, kinds: [phone], max_people: 9, "
        "agreement: DSA, owner: Head, since: {1}, until: {2}}}\n"
    )
    days = {"over": (-300, -1), "ending": (-300, 10), "long": (-1, 300), "coming": (5, 300)}
    (office.folder / "flows.yaml").write_text(
        "".join(
            entry.format(name, *(TODAY + timedelta(days=n) for n in ends))
            for name, ends in days.items()
        )
    )
    office.reload()
    page = office.here.visitor(REVIEWER).get("/flows").text
    rows = {name: re.search(rf">{name}</th>(.{{1,2000}}?)</tr>", page, re.DOTALL) for name in days}

    for name, words in (
        ("over", "nothing passes by it"),
        ("ending", "ends soon"),
        ("long", "in force"),
        ("coming", "to come"),
    ):
        row = rows[name]
        assert row
        assert words in row[1]
