"""What a client said since MAIL, and what it may not say."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.mail import Recipient
from dlpguard.smtp import _syntax, replies
from dlpguard.smtp._guards import Domains
from dlpguard.smtp._rules import Rules

_BODIES = frozenset({"7BIT", "8BITMIME"})
_RECIPIENT_PARAMETERS = frozenset({"NOTIFY", "ORCPT"})


class RefusedError(Exception):
    """A command is refused, with this reply."""

    def __init__(self, reply: str) -> None:
        super().__init__(replies.code(reply))
        self.reply = reply


@dataclass(slots=True)
class Transaction:
    """An envelope that is being built."""

    sender: _syntax.Path = field(repr=False)
    recipients: dict[str, Recipient] = field(default_factory=dict, repr=False)

    @property
    def is_utf8(self) -> bool:
        """Whether MAIL had the SMTPUTF8 parameter (RFC 6531)."""
        return any(keyword == "SMTPUTF8" for keyword, _ in self.sender.parameters)


def begin(argument: str, rules: Rules, domains: Domains) -> Transaction:
    """The transaction that a MAIL with this argument begins."""
    try:
        path = _syntax.sender(argument)
        declared = _syntax.size(path.parameters)
        _syntax.check_dsn(path.parameters)
    except _syntax.BadAddressError:
        raise RefusedError(replies.BAD_SENDER) from None
    except _syntax.BadSyntaxError:
        raise RefusedError(replies.MAIL_SYNTAX) from None
    transaction = Transaction(path)
    _check_options(dict(path.parameters))
    if not domains.allow(path.address):
        raise RefusedError(replies.NOT_A_SENDER)
    if transaction.is_utf8 > rules.smtputf8 or (not path.is_ascii and not transaction.is_utf8):
        raise RefusedError(replies.NEEDS_SMTPUTF8)
    if declared > rules.size:
        raise RefusedError(replies.MESSAGE_TOO_BIG)
    return transaction


def add(transaction: Transaction, argument: str, limit: int) -> None:
    """Add the recipient of a RCPT; given twice, one still gets one copy (DESIGN P6)."""
    try:
        path = _syntax.recipient(argument)
        recipient = _syntax.addressed(path)
    except _syntax.BadAddressError:
        raise RefusedError(replies.BAD_RECIPIENT) from None
    except _syntax.BadSyntaxError:
        raise RefusedError(replies.RCPT_SYNTAX) from None
    if not _RECIPIENT_PARAMETERS.issuperset(keyword for keyword, _ in path.parameters):
        raise RefusedError(replies.BAD_PARAMETER)
    if not path.is_ascii and not transaction.is_utf8:
        raise RefusedError(replies.NEEDS_SMTPUTF8)
    if len(transaction.recipients) >= limit:
        raise RefusedError(replies.TOO_MANY_RECIPIENTS)
    local, _, domain = recipient.address.rpartition("@")
    transaction.recipients.setdefault(f"{local}@{domain.casefold()}", recipient)


def _check_options(options: dict[str, str]) -> None:
    """Parameters that nobody here knows are accepted (Exchange sends some); these are known."""
    if options.get("BODY", "7BIT").upper() not in _BODIES:
        raise RefusedError(replies.BAD_PARAMETER)
    if "REQUIRETLS" in options:
        raise RefusedError(replies.REQUIRETLS_NOT_OFFERED)
    if options.get("SMTPUTF8"):
        raise RefusedError(replies.MAIL_SYNTAX)
