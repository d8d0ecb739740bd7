"""Every reply that dlpguard gives an SMTP client.

Basic codes are those of RFC 5321 4.2, enhanced codes those of RFC 3463 and its registry.  No reply
repeats what the client said: replies are logged, and addresses are not.
"""

from __future__ import annotations

from collections.abc import Iterable

IDENT = "ESMTP dlpguard"
"""What follows 220 and our name when a client connects."""

BYE = "221 2.0.0 Bye"
"""QUIT."""

FINE = "250 2.0.0 Ok"
"""NOOP, RSET."""

SENDER_OK = "250 2.1.0 Ok"
"""MAIL was accepted."""

RECIPIENT_OK = "250 2.1.5 Ok"
"""RCPT was accepted."""

NOT_VERIFIED = "252 2.5.0 Cannot verify, but will take the message"
"""VRFY: whether a mailbox exists is the next hop's knowledge (RFC 5321 3.5.3)."""

HELP = "214 2.0.0 This is a mail relay; commands are those of RFC 5321"
"""HELP."""

GO_AHEAD = "354 End data with <CR><LF>.<CR><LF>"
"""DATA: the message may come."""

READY_FOR_TLS = "220 2.0.0 Ready to start TLS"
"""STARTTLS: the handshake may begin."""

LOGGED_IN = "235 2.7.0 Logged in"
"""AUTH: name and password are right."""

STOPPING = "421 4.3.2 Service is stopping, try again later"
"""dlpguard is being stopped; the connection is closed."""

IDLE = "421 4.4.2 Idle for too long, closing the connection"
"""Nothing came for `Rules.idle_seconds`; the connection is closed."""

TOO_SLOW = "421 4.4.2 Too slow, closing the connection"
"""A command, or a body at less than `Rules.minimum_rate`, took too long."""

NOT_INTRODUCED = "421 4.3.5 The proxy did not say who connects (PROXY protocol)"
"""On connecting from `listen.smtp_proxies`, when no header comes; the connection is closed."""

TOO_MANY_CONNECTIONS = "421 4.7.0 Too many connections, try again later"
"""On connecting, when `Rules.connections` are open; the connection is closed."""

TOO_MANY_OF_YOURS = "421 4.7.0 Too many connections from your address, try again later"
"""On connecting, when `Rules.connections_per_client` are open from there."""

TOO_MANY_MISTAKES = "421 4.7.0 Too many mistakes, closing the connection"
"""After `Rules.mistakes` commands that were refused (a few, if they do not even exist), or more
refused recipients than a message may have; the connection is closed."""

TOO_MUCH_CHATTER = "421 4.7.0 Too many commands without a message, closing the connection"
"""NOOP, RSET and the like, over and over; the connection is closed."""

TOO_MANY_LOGINS = "421 4.7.0 Too many failed logins, try again later"
"""AUTH: on this connection, or lately from this address or for this name."""

NOT_COMMITTED = "451 4.3.0 The message could not be stored, try again later"
"""After the dot: storing failed, for now or by a fault of ours; the client keeps the message."""

FAILED = "451 4.3.0 Internal failure, try again later"
"""A command made dlpguard fail."""

NO_ROOM = "452 4.3.1 The disk is full, try again later"
"""After the dot: the message did not fit on the disk; the client keeps it."""

TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients, send the others in another transaction"
"""RCPT beyond `Rules.recipients` (RFC 5321 4.5.3.1.10)."""

TLS_NOT_AVAILABLE = "454 4.7.0 TLS is not available"
"""STARTTLS where no certificate is configured."""

BAD_SYNTAX = "500 5.5.2 Syntax error"
"""A line that is no command."""

UNKNOWN_COMMAND = "500 5.5.1 No such command"
"""A command that dlpguard does not have."""

LINE_TOO_LONG = "500 5.5.2 Command line too long"
"""A command line beyond what any extension allows."""

NO_HELO_NAME = "501 5.5.4 Say who you are: EHLO hostname"
"""HELO or EHLO without a name, or with something that cannot be one."""

NO_ARGUMENT = "501 5.5.4 This command takes no argument"
"""DATA, RSET, QUIT or STARTTLS with an argument."""

MAIL_SYNTAX = "501 5.5.4 Syntax: MAIL FROM:<address> [parameters]"
"""MAIL without FROM:, or with parameters that are malformed, repeated or have impossible values."""

RCPT_SYNTAX = "501 5.5.4 Syntax: RCPT TO:<address> [parameters]"
"""RCPT without TO:, or with parameters that are malformed, repeated or have impossible values."""

LOGIN_CANCELLED = "501 5.7.0 Login cancelled"
"""AUTH: the client answered `*`."""

NOT_BASE64 = "501 5.5.2 An answer to AUTH is base64"
"""AUTH: the client answered something else."""

NOT_IMPLEMENTED = "502 5.5.1 Command not implemented"
"""EXPN; AUTH while no logins are configured."""

HELO_FIRST = "503 5.5.1 Send EHLO or HELO first"
"""A command that needs a greeting before it."""

NOT_NOW = "503 5.5.1 Not now: there is a login or a transaction already"
"""AUTH again, or between MAIL and the end of the message (RFC 4954 4)."""

NESTED_MAIL = "503 5.5.1 A transaction is open; send RSET before another MAIL"
"""MAIL inside a transaction."""

MAIL_FIRST = "503 5.5.1 Send MAIL first"
"""RCPT or DATA outside a transaction."""

TLS_ALREADY = "503 5.5.1 TLS is already in use"
"""STARTTLS inside TLS."""

NO_SUCH_MECHANISM = "504 5.5.4 Log in with PLAIN or LOGIN"
"""AUTH with another mechanism."""

LOGIN_FIRST = "530 5.7.0 Log in first (STARTTLS, then AUTH)"
"""MAIL from outside `Rules.clients`, without login or certificate."""

WRONG_LOGIN = "535 5.7.8 Name or password is wrong"
"""AUTH."""

TLS_FIRST = "538 5.7.11 Not without TLS: send STARTTLS first"
"""AUTH where everybody could read along."""

REQUIRETLS_NOT_OFFERED = "550 5.7.30 REQUIRETLS is not offered"
"""MAIL asks for what cannot be promised for the hops behind us (RFC 8689)."""

BARE_LINES = "550 5.6.11 The message has a bare CR or LF (or NUL), which dlpguard does not take"
"""After the dot: a bare CR, bare LF or NUL, with which a second message can be smuggled inside."""

MESSAGE_TOO_BIG = "552 5.3.4 The message is larger than this relay takes"
"""MAIL with a SIZE, or a message, beyond `Rules.size` (RFC 1870)."""

HEADER_TOO_BIG = "552 5.3.4 The header of the message is larger than this relay takes"
"""After the dot: the header does not end within `HEADER_LIMIT`."""

BAD_SENDER = "553 5.1.7 The sender's address is malformed"
"""MAIL with something that is no address."""

BAD_RECIPIENT = "553 5.1.3 The recipient's address is malformed"
"""RCPT with something that is no address."""

NEEDS_SMTPUTF8 = "553 5.6.7 SMTPUTF8 is not available for this address"
"""A non-ASCII address without the SMTPUTF8 parameter, or where the next hop cannot take one."""

NO_RECIPIENTS = "554 5.5.1 No valid recipients"
"""DATA in a transaction without an accepted recipient."""

OUT_OF_SYNC = "554 5.5.0 Commands were sent that must wait for a reply"
"""Bytes came behind DATA before the 354 (RFC 2920 3.1); the connection is closed."""

NOT_A_CLIENT = (
    "554 5.7.1 Relay access denied; an administrator can add this network to listen.clients"
)
"""On connecting, from an address outside `Rules.clients`; the connection is closed."""

NOT_A_SENDER = (
    "550 5.7.1 Mail from this domain is not relayed; "
    "an administrator can add the domain to listen.senders"
)
"""MAIL from a domain outside `Rules.senders`."""

NOT_OUR_TENANT = (
    "550 5.7.64 Not from our Microsoft 365 tenant; an administrator can look at listen.microsoft365"
)
"""After the dot, of mail from Microsoft's addresses: another tenant's, or with another sender."""

LOOP = "554 5.4.6 The message is going round in a loop"
"""After the dot: too many `Received` fields, or our own twice."""

NOT_ACCEPTED = "554 5.3.0 The message cannot be accepted"
"""After the dot: it was found that storing the message can never succeed."""

BAD_PARAMETER = "555 5.5.4 A parameter is not recognised"
"""RCPT with an unknown parameter, or MAIL with a BODY that is not offered (BINARYMIME)."""


def hello(hostname: str, extensions: Iterable[str]) -> str:
    """The answer to EHLO, all its lines; written at once, because some clients read once."""
    lines = [hostname, *extensions]
    return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])


def queued(id: str) -> str:
    """After the dot: the message is durably committed, and ours."""
    return f"250 2.0.0 Ok: queued as {id}"


def backlog(why: str) -> str:
    """MAIL while no more mail can be taken; `why` is a short sentence of ours."""
    return f"452 4.3.1 {why}"


def code(reply: str) -> str:
    """The codes of a reply without its text, for the log: "550 5.7.1"."""
    basic, _, rest = reply.partition(" ")
    enhanced, _, _ = rest.partition(" ")
    return f"{basic} {enhanced}" if enhanced[:2] in {"2.", "4.", "5."} else basic[:3]


INSTEAD_OF = {
    "221 Bye": BYE,
    "250 OK": FINE,
    "220 Ready to start TLS": READY_FOR_TLS,
    "500 Command line too long": LINE_TOO_LONG,
    "500 Error: bad syntax": BAD_SYNTAX,
    "501 Syntax: QUIT": NO_ARGUMENT,
    "501 Syntax: RSET": NO_ARGUMENT,
    "501 Syntax: STARTTLS": NO_ARGUMENT,
    "502 5.5.1 Too many unrecognized commands, goodbye.": TOO_MANY_MISTAKES,
    "503 Error: send HELO first": HELO_FIRST,
    "454 TLS not available": TLS_NOT_AVAILABLE,
}
"""aiosmtpd's replies where it answers by itself, and ours."""

INSTEAD_OF_BEGINNING = (('500 Error: command "', UNKNOWN_COMMAND),)
"""The same for replies that repeat what the client said."""


def ours(reply: str) -> str:
    """A reply of aiosmtpd's as dlpguard gives it; any other as it is."""
    for beginning, instead in INSTEAD_OF_BEGINNING:
        if reply.startswith(beginning):
            return instead
    return INSTEAD_OF.get(reply, reply)
