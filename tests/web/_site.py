"""A review site over a store in which the samples have been inspected, and people who sign in."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import argon2
import pyotp
import uvloop
from sqlalchemy import select
from starlette.testclient import TestClient

from dlpguard import policy
from dlpguard.commands import demo
from dlpguard.inspection import Setup
from dlpguard.lifecycle import State
from dlpguard.mail import Envelope, Recipient, new_id
from dlpguard.notices import Letterhead
from dlpguard.recipients import Organisation
from dlpguard.runners.inspector import Inspector
from dlpguard.runners.judging import Judging
from dlpguard.runners.sandbox import Limits, Sandbox
from dlpguard.store import accounts, bodies, messages, quarantine
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store
from dlpguard.store.quarantine import Held
from dlpguard.store.schema import messages as rows
from dlpguard.web import app
from dlpguard.web.site import Site, environment
from tests import _stores
from tests.runners._world import NODE, is_busy

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
POLICIES = ROOT / "policies"

ORGANISATION = Organisation(
    ("council.example",), ("nhs.example",), ("webmail.example",), ("publishing.example",)
)
HEAD = Letterhead("relay.council.example", "postmaster@council.example", ("council.example",))

PASSWORD = "correct horse battery staple"
HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Of a kind that costs nothing to check: hundreds of tests sign in."""

TEMPLATES = environment()
"""Compiled once for all sites."""

REVIEWER = "rita.reid@council.example"
APPROVER = "art.price@council.example"
AUDITOR = "audrey.dale@council.example"
POLICY_ADMINISTRATOR = "polly.ames@council.example"
MAIL_ADMINISTRATOR = "max.adair@council.example"
DUTY_OFFICER = "dora.day@council.example"
NOBODY = "nora.body@council.example"

PEOPLE = {
    REVIEWER: ("Rita Reid", ("reviewer",)),
    APPROVER: ("Art Price", ("approver",)),
    AUDITOR: ("Audrey Dale", ("auditor",)),
    POLICY_ADMINISTRATOR: ("Polly Ames", ("policy-administrator",)),
    MAIL_ADMINISTRATOR: ("Max Adair", ("mail-administrator",)),
    DUTY_OFFICER: ("Dora Day", ("duty-officer",)),
    NOBODY: ("Nora Body", ()),
}
"""One account for each role, and one without any."""


def inspect_samples(folder: Path) -> None:
    """Make a store in a folder, with every sample judged by the shipped policies."""
    with closing(_open(folder)) as store:
        for number, sample in enumerate(demo.samples(SAMPLES)):
            post(store, number, sample.file.read_bytes(), sample.sender, sample.recipients)
        inspect(store)
        store.database.write_now(_add_people)


def inspect(store: Store) -> None:
    """Judge everything that waits, by the shipped policies."""
    # In a thread: a browser's driver has a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(uvloop.run, _inspect(store)).result()


def post(store: Store, number: int, content: bytes, sender: str, recipients: Iterable[str]) -> str:
    """Put a message into a store as the edge does."""
    id = new_id(1_700_000_000 + number, number.to_bytes(10, "big"))
    envelope = Envelope(sender, tuple(Recipient(address) for address in recipients))
    body = bodies.prepare(content, store.keys, store.shelf)
    store.database.write_now(lambda tx: messages.accept(tx, NewMessage(id, envelope, b"", body)))
    return str(id)


@dataclass
class Desk:
    """A site to visit."""

    site: Site
    folder: Path

    @property
    def store(self) -> Store:
        """Its store."""
        return self.site.store

    def held(self) -> tuple[Held, ...]:
        """What is held, oldest first."""
        return self.store.database.read_now(lambda tx: tuple(quarantine.held(tx)))

    def ids(self) -> tuple[str, ...]:
        """The ids of all that `held` gives and of their copies: quick to ask for."""
        query = select(rows.c.id).where(rows.c.state == str(State.QUARANTINED))
        return self.store.database.read_now(
            lambda tx: tuple(tx.execute(query.order_by(rows.c.received_at)).scalars())
        )

    def state(self, id: str) -> State:
        """Where a message is."""
        return State(self.store.database.read_now(lambda tx: messages.get(tx, id).state))

    def visitor(self, name: str = "") -> TestClient:
        """A browser without JavaScript; signed in as somebody, or as nobody."""
        client = TestClient(app.create(self.site), follow_redirects=False)
        if name:
            sign_in(client, name)
        return client


@contextmanager
def desk(
    folder: Path,
    inspected: Path,
    *,
    second_factor: bool = False,
    url: str = "",
    clock: Callable[[], float] = time.time,
) -> Iterator[Desk]:
    """A site over a copy of a store that was inspected before."""
    _stores.copy(inspected, folder)
    with closing(_open(folder, clock)) as store:
        site = Site(
            store,
            HEAD,
            "Example Council",
            TEMPLATES,
            url=url,
            second_factor=second_factor,
        )
        yield Desk(site, folder)


def csrf(html: str) -> str:
    """The proof in a page's first form."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
    assert found, html
    return found[1]


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> None:
    """Sign in, setting up one-time codes where the site asks for them."""
    proof = csrf(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"csrf": proof, "name": name, "password": password})
    assert answer.status_code == 303, answer.text
    if not answer.headers["location"].startswith("/sign-in/code"):
        return
    html = client.get("/sign-in/code").text
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', html)
    assert secret, html
    data = {"csrf": csrf(html), "secret": secret[1], "code": pyotp.TOTP(secret[1]).now()}
    assert client.post("/sign-in/code", data=data).status_code == 200


def _open(folder: Path, clock: Callable[[], float] = time.time) -> Store:
    return _stores.open_in(folder, clock)


def _add_people(tx: object) -> None:
    for name, (full_name, roles) in PEOPLE.items():
        accounts.add(tx, name, full_name, HASH, roles)  # type: ignore[arg-type]


async def _inspect(store: Store) -> None:
    judging = Judging(policy.load(POLICIES), "enforce", frozenset(), ORGANISATION, HEAD, settle=0.0)
    sandbox = Sandbox(2, Limits(), Setup(ORGANISATION, contacts=()))
    await sandbox.start()
    await sandbox.ready()
    inspector = Inspector(store, sandbox, judging, NODE, 2, 2)
    running = asyncio.create_task(inspector.loop.run())
    try:
        while await store.database.read(lambda tx: is_busy(tx, State.RECEIVED)):
            assert not running.done(), running.exception()
            await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await inspector.loop.drain(5)
        await sandbox.stop()
