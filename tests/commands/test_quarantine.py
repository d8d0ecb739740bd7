"""`dlpguard quarantine`: what reviewers see, and what their decisions do."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from dlpguard.store import accounts, audit
from tests.commands._held import ANN, BOB, hold, post
from tests.commands._line import Done, line, settings_in, store_of


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def quarantine(settings: Path, *words: str) -> Done:
    return line("quarantine", *words, "--config", settings)


def test_an_empty_quarantine_says_so(settings: Path) -> None:
    for_people, as_json = quarantine(settings, "list"), quarantine(settings, "list", "--json")

    assert (0, "Nothing is held.\n") == (for_people.code, for_people.out)
    assert (0, "") == (as_json.code, as_json.out)


def test_the_list_has_people_and_reasons_first(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "list")

    assert 0 == done.code
    assert f"{id}" in done.words()
    assert "2 outside recipients would get the names and phone numbers of 3 people, 2 of them" in (
        done.words()
    )
    assert ANN in done.words()
    assert "SESAME" not in done.out


def test_as_json_it_is_an_object_a_line(settings: Path) -> None:
    first, second = hold(settings), hold(settings, approvals=2)
    done = quarantine(settings, "list", "--json")
    one, two = done.json()

    assert [first, second] == [one["id"], two["id"]]
    assert {
        "id", "version", "state", "received", "sender", "recipients", "action", "policies",
        "because", "people", "audience", "approvals", "decided_by", "kept_until", "copies",
        "campaign_version", "left",
    } == set(one)  # fmt: skip
    assert {"visible": 1, "hidden": 2, "private": 3, "listed": 3, "contact": 0} == one["people"]
    assert [{"name": "lists", "action": "quarantine", "because": ["3 people"]}] == one["policies"]
    assert (1, 2) == (one["approvals"]["needed"], two["approvals"]["needed"])
    assert one["because"][0].startswith("Ann Bee is sending 3 people's names and phone numbers")


def test_show_tells_everything_and_records_who_looked(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "show", id, "--as", "rita")

    assert 0 == done.code
    for expected in (
        "Ann Bee is sending 3 people's names and phone numbers to 2 outside addresses",
        "2 of the 3 are on a hidden sheet.",
        "It also holds 1 PDF document that is scanned",
        "Nothing has left.",
        "Held by lists (Lists do not leave): 3 people.",
        "2: 0 inside, 0 at partners, 1 outside, 1 personal webmail",
        "Hidden list.xlsx › Sheet2: hidden sheet",
        "Not read letter.pdf: scan no text",
        "Outcomes 2 pending",
        "hold → quarantined by inspector",
    ):
        assert expected in done.words()
    assert "SESAME" not in done.out
    with store_of(settings) as (_, store):
        [entry] = store.database.read_now(lambda tx: list(audit.entries(tx, id)))
    assert ("rita", "show") == (entry.actor, entry.act)


def test_the_beginning_of_an_id_is_enough_in_any_case(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "show", id[:20].lower(), "--json")
    [shown] = done.json()

    assert (0, id) == (done.code, shown["id"])
    assert {"pending": 2} == shown["outcomes"]
    assert [("accept", "edge"), ("hold", "inspector")] == [
        (move["event"], move["who"]) for move in shown["history"]
    ]


def test_a_beginning_that_fits_several_is_refused(settings: Path) -> None:
    ids = [hold(settings), hold(settings)]
    done = quarantine(settings, "release", ids[0][:5])

    assert 2 == done.code
    assert "more than one message begins" in done.error


@pytest.mark.parametrize("command", ["show", "release", "return"])
def test_an_unknown_id_says_where_to_look(settings: Path, command: str) -> None:
    done = quarantine(settings, command, "01NOSUCH")

    assert (2, "") == (done.code, done.out)
    assert "dlpguard quarantine list" in done.error


def test_what_is_still_being_inspected_has_no_verdict_to_show(settings: Path) -> None:
    id = post(settings)
    done = quarantine(settings, "show", id)
    as_json = quarantine(settings, "show", id, "--json")

    assert (0, f"{id}: being inspected; there is no verdict on it.\n") == (done.code, done.out)
    assert [{"id": id, "state": "received"}] == as_json.json()
    problem = quarantine(settings, "release", id)
    assert 2 == problem.code
    assert "is not held: it is received" in problem.error


def test_released_means_on_its_way(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "release", id, "--as", "rita", "--reason", "agreed")
    again = quarantine(settings, "release", id, "--as", "sam")
    [shown] = quarantine(settings, "show", id, "--json").json()

    assert (0, f"{id}: released by rita; it is on its way.\n") == (done.code, done.out)
    assert 2 == again.code
    assert "is not held: it is ready (rita decided it)" in again.error
    assert ("ready", "rita", "agreed") == (
        shown["state"],
        shown["decided_by"],
        shown["history"][-1]["reason"],
    )


def approver(settings: Path, name: str) -> None:
    """Give somebody an account that may approve what takes two people."""
    with store_of(settings) as (_, store):
        store.database.write_now(lambda tx: accounts.add(tx, name, name, "hash", ["approver"]))


def test_the_first_of_two_approvals_says_how_many_are_missing(settings: Path) -> None:
    id = hold(settings, approvals=2)
    approver(settings, "rita")
    approver(settings, "sam")
    first = quarantine(settings, "release", id, "--as", "rita")
    again = quarantine(settings, "release", id, "--as", "Rita", "--json")
    listed = quarantine(settings, "list")
    shown = quarantine(settings, "show", id)
    second = quarantine(settings, "release", id, "--as", "sam", "--json")

    assert f"{id}: approved by rita; 1 more approver has to.\n" == first.out
    assert {"state": "quarantined", "missing": 1, "messages": 1}.items() <= again.json()[0].items()
    assert "approved by rita, to be sent to everybody" in listed.words()
    assert "2 needed; approved by rita, to be sent to everybody" in shown.words()
    assert {"state": "ready", "missing": 0, "messages": 1}.items() <= second.json()[0].items()


def test_what_takes_two_people_is_not_for_who_has_no_account_as_approver(settings: Path) -> None:
    id = hold(settings, approvals=2)
    approver(settings, "rita")
    with store_of(settings) as (_, store):
        store.database.write_now(lambda tx: accounts.change(tx, 1, disabled=True))

    for name in ("sam", "rita"):
        done = quarantine(settings, "release", id, "--as", name)

        assert 2 == done.code
        assert "takes two approvers, and this is no approver's account" in done.error


@pytest.mark.parametrize("command", ["release", "return"])
def test_nobody_decides_their_own_mail(settings: Path, command: str) -> None:
    done = quarantine(settings, command, hold(settings), "--as", ANN.upper())

    assert (2, "dlpguard: nobody decides their own mail; another reviewer has to\n") == (
        done.code,
        done.error,
    )


def test_it_can_be_released_to_some(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "release", id, "--as", "rita", "--reason", "he asked", "--to", BOB)
    [shown] = quarantine(settings, "show", id, "--json").json()

    said = "released by rita; it is on its way to 1 of 2 recipients, and the others never get it."
    assert (0, f"{id}: {said}\n") == (done.code, done.out)
    assert {"pending": 1, "returned": 1} == shown["outcomes"]
    words = "only to 1 chosen recipient (1 of 2): he asked"
    assert words == shown["history"][-1]["reason"]
    as_json = quarantine(settings, "release", hold(settings), "--to", BOB, "--json").json()[0]
    assert (1, 1) == (as_json["given"], as_json["left_out"])


@pytest.mark.parametrize(
    ("option", "why"),
    [
        (["--internal-only"], "nobody would get it; to send it to nobody, return it"),
        (["--to", "dan@outside.example"], "an address that was chosen would not get it anyway"),
    ],
)
def test_a_release_to_nobody_is_refused(settings: Path, option: list[str], why: str) -> None:
    id = hold(settings)
    done = quarantine(settings, "release", id, *option)

    assert 2 == done.code
    assert why in done.error
    assert {"pending": 2} == quarantine(settings, "show", id, "--json").json()[0]["outcomes"]


def test_returned_means_never_sent_and_the_sender_is_told(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "return", id, "--as", "rita", "--reason", "wrong file")
    [shown] = quarantine(settings, "show", id, "--json").json()

    assert (0, f"{id}: returned by rita; it will not be sent.\n") == (done.code, done.out)
    assert ("done", {"returned": 2}) == (shown["state"], shown["outcomes"])
    assert 2 == quarantine(settings, "release", id).code
    as_json = quarantine(settings, "return", hold(settings), "--json")
    assert "done" == as_json.json()[0]["state"]


def test_a_version_that_is_gone_is_refused(settings: Path) -> None:
    id = hold(settings)
    done = quarantine(settings, "return", id, "--version", "1")

    assert 2 == done.code
    assert "look again" in done.error
    assert 2 == quarantine(settings, "return", id, "--version", "0").code, "versions begin at 1"


def test_who_decides_is_who_is_logged_in_even_under_sudo(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    first = quarantine(settings, "release", hold(settings))
    monkeypatch.setenv("SUDO_USER", "rita")
    second = quarantine(settings, "release", hold(settings))

    assert f"released by {getpass.getuser()};" in first.out
    assert "released by rita;" in second.out


def test_what_mail_and_people_call_things_is_no_markup(settings: Path) -> None:
    id = hold(settings, title="[red]x[/red]\x1b[31m")
    shown = quarantine(settings, "show", id)
    released = quarantine(settings, "release", id, "--as", "[b]rita", "--reason", "\x1b[2J")
    after = quarantine(settings, "show", id)

    assert "[red]x[/red]" in shown.words()
    assert "[b]rita" in released.out + after.words()
    assert "\x1b" not in shown.out + after.out


def test_without_settings_nothing_can_be_decided(tmp_path: Path) -> None:
    done = line("quarantine", "list", "--config", tmp_path / "none.toml")

    assert 2 == done.code
    assert "none.toml: no such file" in done.error


def test_a_key_of_another_installation_is_refused(settings: Path, tmp_path: Path) -> None:
    hold(settings)
    other = tmp_path / "other"
    other.mkdir()
    hold(settings_in(other))
    (tmp_path / "dlpguard.key").write_bytes((other / "dlpguard.key").read_bytes())
    done = quarantine(settings, "list")

    assert 2 == done.code
    assert "belongs to another database" in done.error


def test_addresses_of_recipients_are_not_in_the_list(settings: Path) -> None:
    hold(settings)
    shown = quarantine(settings, "list").out + quarantine(settings, "list", "--json").out

    assert BOB not in shown
    assert json.loads(quarantine(settings, "list", "--json").out)["recipients"] == 2
