"""Whether the next hop takes mail from us: a conversation as for a message, up to the recipient.

Then it is taken back (RSET), and nothing was sent.  Only where somebody asks for it a message goes
to an address that they name.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.health import next_hop
from dlpguard.health._lines import Level, Line, Machine
from dlpguard.health._refusals import explained
from dlpguard.health._words import size
from dlpguard.mail import Recipient
from dlpguard.smtp.client import InDoubt, Pool, Reply, Session, Target, Timeouts, Tls

ABOUT, TAKES, LARGEST, TEST = (
    "Next hop reached",
    "Next hop takes mail",
    "Size of messages",
    "Test message",
)
"""What lines are about."""

SHOWN = 200
"""Characters of a reply that are shown."""

_WHY = (
    ("certificate", "Is next_hop.host the name on its certificate? One of your own making needs "
     "next_hop.authorities."),
    ("STARTTLS", "Have TLS switched on there. Without it mail crosses the network in the clear."),
    ("AUTH", "Are next_hop.username and its password right, and may it log in with a password?"),
    ("answered 4", "It is busy, or keeps strangers waiting: try again in a few minutes."),
    ("answered 5", "It does not talk to this machine: have its administrator let it."),
    ("timed out", "A firewall may stand between, or the address is wrong."),
    ("no answer", "A firewall may stand between, or the address is wrong."),
)  # fmt: skip
"""By a word in what went wrong: what to do."""

_USUAL = "Is it up, are next_hop.host and next_hop.port right, does a firewall stand between?"


def look(machine: Machine) -> Iterator[Line]:
    """Lines for reaching it, for what it says to a sender and a recipient of ours, for sizes, and
    for the test message where there is to be one.  Blocks for `TRY_SECONDS` at most, and again as
    long for a message; for a thread without an event loop."""
    target = machine.around.target
    if target is None:
        yield Line(ABOUT, Level.UNKNOWN, "The settings name no next hop.")
        return
    heard = asyncio.run(_converse(target, machine))
    yield _reached(target, heard)
    if heard.reached:
        if heard.asked:
            yield _said(TAKES, heard.asked, "It takes mail from us", "to our own postmaster")
        yield _sizes(heard, machine.largest)
    if machine.send_to:
        yield _sent(heard)


@dataclass(slots=True)
class _Heard:
    """What came of it, step by step."""

    reached: bool = False
    trouble: str = ""
    secure: bool = False
    extensions: dict[str, str] = field(default_factory=dict)
    asked: Reply | None = None
    sent: Reply | None = None
    doubt: str = ""


async def _converse(target: Target, machine: Machine) -> _Heard:
    heard = _Heard()
    # Each step has a limit of its own; together they have one too.
    quick = Timeouts(*(next_hop.STEP_SECONDS,) * len(Timeouts.__dataclass_fields__))
    seconds = next_hop.TRY_SECONDS * (2 if machine.send_to else 1)
    try:
        pool = Pool(replace(target, timeouts=quick), 1)
        async with asyncio.timeout(seconds), pool.session() as session:
            _note(heard, session)
            to = (Recipient(machine.recipient),)
            [heard.asked] = await session.open(machine.sender, (), to)
            if machine.send_to:
                heard.sent = await _send(session, machine)
        await pool.close()
        await asyncio.sleep(next_hop.GOODBYE)
    except TimeoutError:
        heard.trouble = f"no answer within {seconds:.0f} seconds"
    except InDoubt as error:
        heard.doubt = str(error)
    except (TemporaryError, ConfigurationError) as error:
        heard.trouble = str(error)
    return heard


def _note(heard: _Heard, session: Session) -> None:
    heard.reached = True
    heard.secure = bool(session.connection and session.connection.wire.is_tls)
    heard.extensions = dict(session.extensions)


async def _send(session: Session, machine: Machine) -> Reply:
    [reply] = await session.open(machine.sender, (), (Recipient(machine.send_to),))
    if not reply.positive:
        return reply
    return await session.data(b"", _message(machine), _yes)


async def _yes() -> bool:
    return True


def _message(machine: Machine) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = machine.sender
    message["To"] = machine.send_to
    message["Subject"] = "dlpguard: a test message"
    message["Date"] = formatdate(time.time())
    message["Message-ID"] = make_msgid(domain=machine.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"This is a test message from dlpguard on {machine.name}, past all policies.\n\n"
        "Somebody asked for it there with: dlpguard doctor --send-to\n"
    )
    return message.as_bytes()


def _reached(target: Target, heard: _Heard) -> Line:
    where = f"{target.host}, port {target.port}"
    if not heard.reached:
        advice = next((what for word, what in _WHY if word in heard.trouble), _USUAL)
        return Line(ABOUT, Level.BROKEN, f"{where}: {heard.trouble}.", advice)
    secure = "with TLS" if heard.secure else "without TLS"
    checked = ", its certificate checked" if heard.secure and target.tls == Tls.VERIFY else ""
    login = ", logged in" if target.username else ""
    said = f"{where}, {secure}{checked}{login}."
    if heard.trouble or heard.doubt:
        advice = "Try again; when it goes on, look at its log."
        return Line(ABOUT, Level.BROKEN, f"{said} Then: {heard.trouble or heard.doubt}.", advice)
    return Line(ABOUT, Level.FINE, said)


def _said(about: str, reply: Reply, good: str, to: str) -> Line:
    """What it answered to a sender and a recipient, or to a message."""
    code = f"{reply.code} {reply.enhanced}".strip()
    quoted = f"“{code} {reply.text}”"[:SHOWN].replace("\n", " ")
    if reply.positive:
        return Line(about, Level.FINE, f"{good}, {to}: {code}.")
    told = explained(code)
    if told:
        return Line(about, Level.BROKEN, f"It said {quoted}. {told[0]}", told[1])
    if reply.temporary:
        advice = "Try again in a few minutes: many servers keep strangers waiting at first."
        return Line(about, Level.LOOK, f"It said {quoted}: not now.", advice)
    advice = "Ask its administrator why; the words above are its own."
    return Line(about, Level.BROKEN, f"It said {quoted}: never.", advice)


def _sizes(heard: _Heard, ours: int) -> Line:
    theirs = heard.extensions.get("SIZE", "")
    if "SIZE" not in heard.extensions or not theirs.isdigit() or not int(theirs):
        return Line(LARGEST, Level.FINE, f"The next hop names no limit; ours is {size(ours)}.")
    said = f"The next hop takes {size(int(theirs))}, dlpguard {size(ours)}."
    if int(theirs) < ours:
        advice = f"Set listen.size = {theirs}: then senders are told at once, not by a bounce."
        return Line(LARGEST, Level.LOOK, said, advice)
    return Line(LARGEST, Level.FINE, said)


def _sent(heard: _Heard) -> Line:
    if heard.doubt:
        said = f"It was sent, and no answer came ({heard.doubt}): it may arrive, or not."
        return Line(TEST, Level.LOOK, said, "Look into the mailbox.")
    if heard.sent is None:
        return Line(TEST, Level.BROKEN, "It was not sent.", "See the lines above.")
    return _said(TEST, heard.sent, "It was taken", "so look into the mailbox")
