"""A try to sign in: whether it may be made, and for whom it counts when it was wrong.

There are three counts.  A browser in which somebody has signed in before counts for itself alone
(`store.devices`), so that no stranger can keep them out.  Any other counts for the account, which
is locked for a while (`store.accounts`), and for the address that it comes from (`web.throttle`),
which slows down whoever tries many accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request, Response

from dlpguard.store import accounts, devices
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.web.clients import client_network
from dlpguard.web.session import cookie_name, site_of
from dlpguard.web.site import Site
from dlpguard.web.throttle import throttle_of

_LONGEST_TOKEN = 64
"""Characters of a cookie that are digested: ours have 32, and a cookie can be kilobytes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try.  `wait`: seconds before which it may not be made.

    `device` is the token of the browser, "" where it is not known for this account.
    """

    request: Request = field(repr=False)
    account: Account | None
    network: str
    device: str = field(repr=False)
    wait: float = 0.0

    def is_locked(self, now: float) -> bool:
        """Whether the account does not open at this time, whatever is given."""
        if self.account is None:
            return True
        return self.account.disabled or (self.account.locked_until > now and not self.device)

    def failed(self, tx: Transaction) -> None:
        """It was wrong."""
        if self.account is None or self.is_locked(tx.now()):
            return
        if self.device:
            devices.failed(tx, self.account, self.device)
        else:
            accounts.failed(tx, self.account.id)

    def was_right(self) -> None:
        """It was right: it does not count for the address that it came from."""
        if not self.device:
            throttle_of(self.request).give_back(self.network)

    def succeeded(self, tx: Transaction, account: Account) -> str:
        """Somebody is signed in now; returns the token by which the browser is known."""
        if self.device:
            # What strangers did is not undone, or they could begin again after each sign-in.
            accounts.change(tx, account.id, last_seen_at=tx.now())
        else:
            accounts.succeeded(tx, account.id)
        return devices.remember(tx, account, self.device)

    def remember(self, response: Response, account: Account, device: str) -> None:
        """Leave the token with the browser."""
        site = site_of(self.request)
        response.set_cookie(
            _cookie(site, account),
            device,
            max_age=int(devices.LONGEST_SECONDS),
            path="/",
            secure=site.is_secure,
            httponly=True,
            samesite="strict",
        )


def begin(request: Request, account: Account | None) -> Attempt:
    """A try for an account (None: for a name that nobody has)."""
    site = site_of(request)
    network, device = client_network(request, site), ""
    if account:
        token = request.cookies.get(_cookie(site, account), "")[:_LONGEST_TOKEN]
        known = token and site.store.database.read_now(
            lambda tx: devices.is_known(tx, account, token)
        )
        device = token if known else ""
    wait = 0.0 if device else throttle_of(request).take(network)
    return Attempt(request, account, network, device, wait)


def _cookie(site: Site, account: Account) -> str:
    """A cookie for each account: desks are shared.  Its name does not tell whose it is."""
    return (
        f"{cookie_name(site)}-{site.store.keys.digest('device name', str(account.id)).hex()[:12]}"
    )
