"""A reviewer at the review site, over HTTP, as a browser without JavaScript does it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import httpx2 as httpx

from dlpguard.store import accounts
from dlpguard.store.opening import Store
from tests.faults._history import Decision, History
from tests.journeys._programs import HOST
from tests.web._site import HASH, PASSWORD, csrf

_PATIENCE = 20.0
"""Seconds for a page; the site itself gives up on its database earlier."""

_SHOWN = re.compile(r'name="(version|campaign)" value="(\d+)"')


@dataclass
class Visitor:
    """Somebody who signs in, and again when nobody knows them any more."""

    name: str
    port: int
    history: History
    _client: httpx.AsyncClient | None = None
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def decide(self, id: str, act: str) -> Decision:
        """Release or return; also recorded."""
        async with self._busy:
            self.history.events["decisions on the site"] += 1
            try:
                told = await self._decide(id, act)
            except httpx.TransportError:  # the site died, or is not there
                told = ""
        decision = Decision(id, act, self.name, told)
        self.history.decisions.append(decision)
        return decision

    async def close(self) -> None:
        """Close the window."""
        if self._client:
            await self._client.aclose()

    async def _decide(self, id: str, act: str) -> str:
        page = await self._page(f"/messages/{id}")
        shown = dict(_SHOWN.findall(page.text))
        if page.status_code != 200 or set(shown) != {"version", "campaign"}:
            return "stale" if page.status_code == 200 else "failed"  # no form: it is decided
        data = {"csrf": csrf(page.text), "reason": "agreed", "note": "please look again", **shown}
        answer = await self._post(f"/messages/{id}/{act}", data)
        if answer.status_code == 303:
            return "done"
        return "stale" if answer.status_code in {404, 409} else "failed"

    async def _page(self, path: str) -> httpx.Response:
        """A page; after signing in, where that is asked for."""
        client = self._client = self._client or httpx.AsyncClient(
            base_url=f"http://{HOST}:{self.port}", timeout=_PATIENCE
        )
        page = await client.get(path)
        if page.status_code == 303:
            proof = csrf((await client.get("/sign-in")).text)
            data = {"csrf": proof, "name": self.name, "password": PASSWORD}
            await client.post("/sign-in", data=data)
            page = await client.get(path)
        return page

    async def _post(self, path: str, data: dict[str, str]) -> httpx.Response:
        assert self._client
        return await self._client.post(path, data=data)


def add_reviewer(store: Store, name: str) -> None:
    """An account for a reviewer."""
    store.database.write_now(lambda tx: accounts.add(tx, name, "Rita Reid", HASH, ["reviewer"]))
