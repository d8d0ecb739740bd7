"""What a client said since MAIL, and what it may not say."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from dlpguard.mail import Recipient
from dlpguard.smtp import _syntax, replies
from dlpguard.smtp._rules import Rules

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


def begin(
    argument: str, rules: Rules, offered: Collection[str], may_send_as: Callable[[str], bool]
) -> Transaction:
    """The transaction that a MAIL with this argument begins.

    `offered` are the extensions that the client was told of.
    """
    try:
        path = _syntax.sender(argument)
        declared = _syntax.size(path.parameters)
        _syntax.check_dsn(path.parameters)
    except _syntax.BadAddressError:
        raise RefusedError(replies.BAD_SENDER) from None
    except _syntax.BadSyntaxError:
        raise RefusedError(replies.MAIL_SYNTAX) from None
    transaction = Transaction(path)
    _check_options(dict(path.parameters), offered)
    if not may_send_as(path.address):
        raise RefusedError(replies.NOT_A_SENDER)
    if transaction.is_utf8 > ("SMTPUTF8" in offered) or transaction.is_utf8 < (not path.is_ascii):
        raise RefusedError(replies.NEEDS_SMTPUTF8)
    if declared > rules.size:
        raise RefusedError(replies.MESSAGE_TOO_BIG)
    return transaction


def add(transaction: Transaction, argument: str, rules: Rules) -> None:
    """Add the recipient of a RCPT; given twice, one still gets one copy (DESIGN P6).

    `<postmaster>` without a domain is whoever looks after this relay (RFC 5321 4.5.1).
    """
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
    if len(transaction.recipients) >= rules.recipients:
        raise RefusedError(replies.TOO_MANY_RECIPIENTS)
    if "@" not in recipient.address and rules.postmaster:
        recipient = replace(recipient, address=rules.postmaster)
    local, _, domain = recipient.address.rpartition("@")
    transaction.recipients.setdefault(f"{local}@{domain.casefold()}", recipient)


def _check_options(options: dict[str, str], offered: Collection[str]) -> None:
    """Parameters that nobody here knows are accepted (Exchange sends some); these are known."""
    body = options.get("BODY", "7BIT").upper()
    if body != "7BIT" and (body != "8BITMIME" or body not in offered):
        raise RefusedError(replies.BAD_PARAMETER)
    if "REQUIRETLS" in options:
        raise RefusedError(replies.REQUIRETLS_NOT_OFFERED)
    if options.get("SMTPUTF8"):
        raise RefusedError(replies.MAIL_SYNTAX)
