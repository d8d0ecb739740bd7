"""The box to try a message: read in the sandbox, judged as it would be, and forgotten."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from starlette.formparsers import MultiPartParser

from dlpguard import policy
from dlpguard.errors import TemporaryError
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId
from dlpguard.policy import Policies
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import Reading
from dlpguard.runners.reading import read as read_in
from dlpguard.runners.sandbox import Limits, Sandbox
from dlpguard.store import audit, schema
from dlpguard.web import app
from dlpguard.web.pages import trying
from dlpguard.web.rulebook import Rulebook
from tests.web._site import (
    HEAD,
    NOBODY,
    ORGANISATION,
    POLICIES,
    POLICY_ADMINISTRATOR,
    SAMPLES,
    Desk,
    csrf,
)

CLIENTS = SAMPLES / "attachments" / "clients-40.xlsx"
TWELVE = ", ".join(f"p{n}@webmail.example" for n in range(12))


@cache
def shipped() -> Policies:
    return policy.load(POLICIES)


@dataclass
class Relay:
    """What the relay gives the site: a sandbox, of one worker that starts when it is asked."""

    reads: list[tuple[bytes, Envelope]] = field(default_factory=list)
    fails: bool = False

    async def read(self, raw: bytes, envelope: Envelope) -> Reading:
        if self.fails:
            raise TemporaryError("no worker can be started")
        self.reads.append((raw, envelope))
        sandbox = Sandbox(1, Limits(), Setup(ORGANISATION, contacts=()))
        await sandbox.start()
        try:
            id = MessageId("tried")
            return await read_in(sandbox, id, raw, envelope, ORGANISATION, size=len(raw))
        finally:
            await sandbox.stop()


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
def box(here: Desk, relay: Relay) -> Desk:
    judging = Judging(shipped(), "observe", frozenset(), ORGANISATION, HEAD)
    rules = Rulebook(lambda: judging, POLICIES, read=relay.read)
    here.site = replace(here.site, rules=rules)
    return here


def attempt(here: Desk, name: str = "", content: bytes = b"", **data: str) -> tuple[int, str]:
    return send(here, data, name, content)


def send(here: Desk, data: dict[str, str], name: str = "", content: bytes = b"") -> tuple[int, str]:
    client = here.visitor(POLICY_ADMINISTRATOR)
    proof = csrf(client.get("/try").text)
    files = {"file": (name, content)}  # a browser sends the part of an empty choice too
    answer = client.post("/try", data={"csrf": proof, **data}, files=files)
    return answer.status_code, answer.text


def text_of(page: str) -> str:
    main = page.partition("<main")[2].partition("</main")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]{1,500}>", " ", main)).split())


def rows(here: Desk) -> dict[str, int]:
    """How many rows each table has; who signs in leaves some."""
    with here.store.database.engine.connect() as connection:
        return {
            table.name: len(connection.execute(table.select()).all())
            for table in schema.metadata.sorted_tables
            if table.name not in {"sessions", "audit", "installation", "devices"}
        }


def test_a_list_to_twelve_mailboxes_would_be_held_and_why_is_said(box: Desk) -> None:
    status, page = attempt(box, "clients-40.xlsx", CLIENTS.read_bytes(), to=TWELVE)
    said = text_of(page)

    assert 200 == status
    assert "It would be held for a reviewer" in said
    assert "sending 40 people's names" in said
    assert re.search(r"\b40 people in plain sight", said)
    assert (
        "Three or more people with private details in a list, each seen by ten or more "
        "mailboxes outside: yes"
    ) in said
    assert said.index("in a mass mailing") < said.index("leaves when its sender means it")


def test_nothing_is_kept_and_no_content_is_shown(box: Desk) -> None:
    before = rows(box)
    said = "SESAME Ann Bee, 07700 900123, ILS/2013/12345, secret.xlsx"
    mail = (
        f"From: ann@council.example\r\nTo: bob@webmail.example\r\nSubject: SESAME\r\n\r\n{said}\r\n"
    )
    _, page = attempt(box, "SESAME.eml", mail.encode())
    acts = [e.act for e in box.store.database.read_now(lambda tx: tuple(audit.entries(tx)))]

    assert before == rows(box)
    assert {"sign in"} == set(acts[-1:])
    for word in ("SESAME", "07700", "ILS/2013", "Ann Bee"):
        assert word not in page


def test_a_saved_message_goes_from_and_to_whom_it_says(box: Desk, relay: Relay) -> None:
    mail = b"From: Ann <ann@council.example>\r\nTo: bob@x.example\r\nCc: cy@y.example\r\n\r\nhi\r\n"
    attempt(box, "a.EML", mail)
    send(box, {"from": "dan@council.example", "to": "eve@z.example"}, "a.eml", mail)

    assert [mail, mail] == [raw for raw, _ in relay.reads]
    assert [
        ("ann@council.example", ("bob@x.example", "cy@y.example")),
        ("dan@council.example", ("eve@z.example",)),
    ] == [(e.sender, e.addresses) for _, e in relay.reads]


def test_a_text_is_a_message_from_whoever_writes_it(box: Desk, relay: Relay) -> None:
    status, page = attempt(box, text="Hello\nthere", subject="Lunch\r\nBcc: eve@x.example")
    raw, envelope = relay.reads[0]

    assert 200 == status
    assert "It would go" in page
    assert (POLICY_ADMINISTRATOR, ("somebody@outside.invalid",)) == (
        envelope.sender,
        envelope.addresses,
    )
    assert not re.search(rb"^Bcc:", raw, re.MULTILINE)


def test_whether_they_were_written_to_before_is_what_one_says(box: Desk) -> None:
    """It is not looked up: that would tell who writes to whom."""
    text = "Ann Lee, born 03/04/1985, NHS 943 476 5919. Bob Dale, born 05/06/1979, NHS 401 023 2137"
    given = {"text": text, "to": "p@webmail.example"}
    _, known = send(box, given)
    _, new = send(box, {**given, "new": "yes"})

    assert "never written to before: yes" not in text_of(known)
    assert "never written to before: yes" in text_of(new)


def test_what_cannot_be_read_is_held_and_said(box: Desk) -> None:
    broken = CLIENTS.read_bytes()[:3000]
    _, page = attempt(box, "broken.xlsx", broken, to="p@webmail.example")
    said = text_of(page)

    assert "It would be held for a reviewer" in said
    assert "whatever policies say" in said
    assert "damaged" in said


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "Choose a file, or write a text"),
        ({"text": "x", "to": "nobody"}, "Give addresses with commas"),
        ({"text": "x", "to": ", ".join(f"a{n}@x.example" for n in range(1001))}, "1000 at most"),
        ({"text": "x", "from": "a@x.example, b@x.example"}, "Give addresses"),
        ({"text": "x", "from": "nobody"}, "Give addresses"),
        ({"text": "x" * 300_000}, "could not be read"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_read(
    box: Desk, relay: Relay, data: dict[str, str], told: str
) -> None:
    status, page = send(box, data)

    assert 422 == status
    assert told in page
    assert [] == relay.reads


def test_one_is_tried_at_a_time(box: Desk, relay: Relay) -> None:
    with trying._turn:
        status, page = attempt(box, text="x")
    assert 503 == status
    assert "Somebody is trying a message" in page
    assert [] == relay.reads
    assert 200 == attempt(box, text="x")[0]


def test_after_a_failure_the_next_one_has_its_turn(box: Desk, relay: Relay) -> None:
    relay.fails = True
    status, page = attempt(box, text="x")
    assert 503 == status
    assert "does not work at the moment" in page
    relay.fails = False

    assert 200 == attempt(box, text="x")[0]


def test_who_sends_slowly_does_not_keep_the_turn(
    box: Desk, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_request: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as slow:
        slow.setattr(trying, "SLOWEST", 0.05)
        slow.setattr(trying, "_form", never)
        status, page = attempt(box, text="x")
    assert 422 == status
    assert "could not be read" in page
    assert [] == relay.reads

    assert 200 == attempt(box, text="x")[0]


def test_a_file_is_large_and_no_other_form_is(
    box: Desk, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.LONGEST, "/try", 300_000)
    assert 200 == attempt(box, "a.bin", b"x" * 200_000)[0]
    assert 413 == attempt(box, "a.bin", b"x" * 300_000)[0]
    client = box.visitor(POLICY_ADMINISTRATOR)
    proof = csrf(client.get("/try").text)
    files = {"file": ("a", b"x" * 200_000)}

    assert 413 == client.post("/account/password", data={"csrf": proof}, files=files).status_code
    assert 1 == len(relay.reads)


def test_a_file_is_never_written_to_the_disk(box: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MultiPartParser.spool_max_size < 2_000_000, "what would be written by default"
    rolled: list[object] = []
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", rolled.append)
    status, _ = attempt(box, "a.bin", b"x" * 2_000_000)

    assert 200 == status
    assert [] == rolled


def test_a_file_without_proof_is_not_read(box: Desk, relay: Relay) -> None:
    client = box.visitor(POLICY_ADMINISTRATOR)
    for data in ({}, {"csrf": "0" * 32}):
        answer = client.post("/try", data=data, files={"file": ("a.txt", b"x")})
        assert 403 == answer.status_code
    answer = client.post(
        "/try",
        data={"csrf": csrf(client.get("/try").text), "text": "x"},
        headers={"origin": "https://evil.example"},
    )

    assert 403 == answer.status_code
    assert [] == relay.reads


def test_who_has_no_role_sends_nothing_in(box: Desk, relay: Relay) -> None:
    client = box.visitor(NOBODY)
    data = {"csrf": csrf(client.get("/account").text), "text": "x"}

    assert 403 == client.post("/try", data=data).status_code
    assert [] == relay.reads


def test_without_the_relay_it_is_said_where_to_try(here: Desk) -> None:
    client = here.visitor(POLICY_ADMINISTRATOR)

    assert "dlpguard scan" in client.get("/try").text
