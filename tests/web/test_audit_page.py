"""The audit log for people: every act in words, found again, verified and exported."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import dlpguard
from dlpguard import review
from dlpguard.store import accounts, audit, schema
from dlpguard.web import acts
from dlpguard.web.pages import audit as audit_page
from tests.web._site import AUDITOR, MAIL_ADMINISTRATOR, REVIEWER, Desk, csrf

REASON = "Ann Bee asked for it on 07700 900123"


def decide(here: Desk, reason: str = REASON) -> str:
    """Rita looks at a message and returns it; its id."""
    held = here.held()[0]
    here.visitor(REVIEWER).get(f"/messages/{held.id}")
    review.return_(here.store, here.site.head, held.id, REVIEWER, reason)
    return held.id


def text_of(html: str) -> str:
    """What a page says, without its tags."""
    main = html.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]{1,500}>", " ", main).split())


def press(client: TestClient, what: str, **data: str) -> tuple[int, str]:
    proof = csrf(client.get("/audit").text)
    answer = client.post(f"/audit/{what}", data={"csrf": proof, **data})
    return answer.status_code, answer.text


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def said_last(here: Desk, act: str) -> str:
    entries = here.store.database.read_now(lambda tx: tuple(audit.entries(tx)))
    return next(e.detail for e in reversed(entries) if e.act == act)


def test_every_act_that_is_recorded_has_words() -> None:
    """Those that are written out; `policy enforce` and `observe` are not."""
    found = set()
    for file in Path(dlpguard.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"audit.record", "record"}:
                found |= {a.value for a in node.args[2:3] if isinstance(a, ast.Constant)}

    assert {"release", "show", "rotate", "add account"} <= found
    assert set() == found - acts.ACTS.keys()


def test_what_was_done_is_said_in_words_with_names(here: Desk) -> None:
    id = decide(here)
    page = text_of(here.visitor(AUDITOR).get("/audit").text)

    assert f"Rita Reid returned message {id}" in page
    assert f"Rita Reid looked at message {id}" in page
    assert "Audrey Dale signed in" in page


def test_reasons_are_masked_for_who_may_not_see_content(here: Desk) -> None:
    decide(here)
    page = here.visitor(AUDITOR).get("/audit").text

    assert "[person name] asked for it on [phone]" in page
    assert "Ann Bee asked" not in page
    _, exported = press(here.visitor(AUDITOR), "export")
    assert "[person name] asked for it on [phone]" in exported
    assert "900123" not in exported


def test_who_may_see_content_too_reads_them_as_they_are(here: Desk) -> None:
    decide(here)
    here.store.database.write_now(
        lambda tx: accounts.change(
            tx, accounts.known(tx, AUDITOR).id, roles=("auditor", "reviewer")
        )
    )

    assert REASON in here.visitor(AUDITOR).get("/audit").text


def test_what_was_said_about_another_groups_mail_is_not_shown(here: Desk) -> None:
    id = decide(here, "the union asked for it")
    rows = schema.messages
    here.store.database.write_now(
        lambda tx: tx.execute(rows.update().where(rows.c.id == id).values(queue="unions"))
    )
    client = here.visitor(AUDITOR)
    page = client.get("/audit").text

    assert id in page, "that it was decided is no secret before an auditor"
    assert "union asked" not in page + press(client, "export")[1]
    assert f"/messages/{id}" not in page
    assert "a group that you are not in" in page


@pytest.mark.parametrize(
    ("query", "there", "missing"),
    [
        ("who=RITA.REID@council.example", "Rita Reid looked", "Audrey Dale signed in"),
        ("what=accounts", "Rita Reid signed in", "Rita Reid looked"),
        ("what=decisions", "Rita Reid returned", "signed in"),
        ("what=decisions&who=audrey.dale@council.example", "no such entry", "returned"),
        ("since=2020-01-01&until=2020-12-31", "no such entry", "returned"),
        ("since=2020-01-01&until=9998-12-31", "Rita Reid returned", "no such entry"),
        ("since=yesterday&until=99999-99-99&what=knitting&who=", "Rita Reid returned", "no such"),
        ("until=9999-12-31&since=0001-01-01", "Rita Reid returned", "no such"),
    ],
)
def test_a_filter_stands_in_the_address(here: Desk, query: str, there: str, missing: str) -> None:
    decide(here)
    page = text_of(here.visitor(AUDITOR).get(f"/audit?{query}").text)

    assert there in page
    assert missing not in page


def test_the_beginning_of_a_message_is_enough(here: Desk) -> None:
    id = decide(here)
    client = here.visitor(AUDITOR)
    page = text_of(client.get(f"/audit?about={id[:25].lower()}").text)

    assert f"returned message {id}" in page
    assert "no such entry" in text_of(client.get("/audit?about=%25").text)


def test_older_entries_are_on_further_pages_and_each_once(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_page, "PAGE", 7)

    def many(tx: object) -> None:
        for number in range(20):
            audit.record(tx, REVIEWER, "show", f"N{number}.")  # type: ignore[arg-type]

    here.store.database.write_now(many)
    client = here.visitor(AUDITOR)
    path, seen = "/audit?what=looks", []
    for _ in range(10):
        html = client.get(path).text
        seen += re.findall(r"N(\d{1,2})\.", text_of(html))
        older = re.search(r'rel="next" href="([^"]{1,200})"', html)
        if not older:
            break
        path = older[1].replace("&amp;", "&")

    assert [str(n) for n in reversed(range(20))] == seen


def test_looking_and_exporting_are_recorded_and_looking_once_an_hour(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    for _ in range(3):
        client.get("/audit")
    press(client, "export")
    acts_ = [
        e.act
        for e in here.store.database.read_now(lambda tx: tuple(audit.entries(tx)))
        if e.actor == AUDITOR and e.act != "sign in"
    ]

    assert ["read audit", "export audit"] == acts_


def test_the_whole_log_is_verified(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    _, line = press(client, "checkpoint")
    status, page = press(client, "verify", known=line)

    assert 200 == status
    assert "The log is whole" in page
    assert "compared with 1 checkpoint." in text_of(page)
    assert {"installation", "at", "entry", "mac"} == json.loads(line).keys()
    assert said_last(here, "verify audit").endswith("entries: whole")


def test_an_entry_that_was_changed_is_named(here: Desk) -> None:
    decide(here)
    client = here.visitor(AUDITOR)
    client.get("/audit")
    table = schema.audit
    last = here.store.database.read_now(
        lambda tx: tx.execute(
            table.select().where(table.c.act == "return").order_by(table.c.id.desc())
        ).first()
    )
    assert last is not None
    here.store.database.write_now(
        lambda tx: tx.execute(table.update().where(table.c.id == last.id).values(actor="eve"))
    )
    status, page = press(client, "verify")

    assert 200 == status
    assert f"Entry {last.id} is not as it was written" in page
    assert "is whole" not in page
    assert f"entry {last.id} is not as it was written" in said_last(here, "verify audit")


def test_a_checkpoint_of_a_longer_log_is_found_out(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    line = json.loads(press(client, "checkpoint")[1])
    line["entry"] += 1000
    _, page = press(client, "verify", known=json.dumps(line))

    assert "(checkpoint)" in page
    assert "The log is not as it was written" in page


@pytest.mark.parametrize("known", ["{", "[]", '{"entry": 1}', "null", '{"entry": 1, "mac": "zz"}'])
def test_what_is_no_checkpoint_is_told_and_nothing_verified(here: Desk, known: str) -> None:
    status, page = press(here.visitor(AUDITOR), "verify", known=known)

    assert 422 == status
    assert "not what a checkpoint looks like" in page
    assert "is whole" not in page


def test_only_one_verifies_at_a_time(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    with audit_page._verifying:
        status, page = press(client, "verify")

    assert 503 == status
    assert "Somebody is verifying it" in page
    assert 200 == press(client, "verify")[0]


def test_an_export_has_every_entry_once_and_no_cell_is_a_formula(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_page, "PIECE", 3)
    evil = "=HYPERLINK(1)"
    here.store.database.write_now(lambda tx: audit.record(tx, evil, "show", "@x", "+1"))
    answer = here.visitor(AUDITOR)
    proof = csrf(answer.get("/audit").text)
    sent = answer.post("/audit/export", data={"csrf": proof})
    rows = rows_of(sent.text)
    numbers = [int(row[0]) for row in rows[1:]]
    known = here.store.database.read_now(lambda tx: tuple(audit.entries(tx)))

    assert "attachment" in sent.headers["content-disposition"]
    assert ["entry", "time (UTC)", "who", "act", "about", "said"] == rows[0]
    assert sorted((e.number for e in known), reverse=True) == numbers
    assert ["'=HYPERLINK(1)", "show", "'@x", "'+1"] in [row[2:] for row in rows]


def test_an_export_is_of_what_was_filtered_and_says_so(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    proof = csrf(client.get("/audit").text)
    sent = client.post(f"/audit/export?who={MAIL_ADMINISTRATOR}", data={"csrf": proof})

    assert 1 == len(rows_of(sent.text))
    assert "who=max.adair%40council.example" == said_last(here, "export audit")


def test_who_acted_is_text_and_nothing_else(here: Desk) -> None:
    evil = "<img src=x>{{ 7 * 7 }}"
    here.store.database.write_now(lambda tx: audit.record(tx, evil, "knit", evil, evil))
    page = here.visitor(AUDITOR).get("/audit").text

    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
