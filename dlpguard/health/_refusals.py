"""What a mail server's refusal means where the codes alone do not say it, and what to do.

Sources: RFC 3463 and its registry at IANA; Microsoft, "Email non-delivery reports in Exchange
Online" and the articles on 5.7.64 and 5.4.14.
"""

from __future__ import annotations

EXPLAINED: dict[str, tuple[str, str]] = {
    "5.7.64": (
        "Microsoft 365 does not know whose mail this is (TenantAttribution): no inbound connector "
        "of your tenant fits this machine.",
        "In the Exchange admin centre open the connector from your organization's email server "
        "to Microsoft 365. The name on next_hop.certificate must be the one it asks for, and that "
        "an accepted domain of yours; the certificate must come from a public authority, with its "
        "chain in the file. If the connector goes by address, it must list the address under "
        "which this machine reaches the internet.",
    ),
    "5.4.14": (
        "Microsoft 365 found the message going round (hop count exceeded, ATTR34): what dlpguard "
        "passes on is sent to dlpguard again.",
        "Let the mail flow rule that routes mail to dlpguard except messages that have the header "
        "X-DLPGuard-Passed, and let a rule before it remove that header from everything that does "
        "not come from dlpguard. See docs/smarthost.md.",
    ),
    "5.4.6": (
        "The message has been there before: mail goes round.",
        "Does the next hop send its outgoing mail to dlpguard? It must send what comes from "
        "dlpguard to the world.",
    ),
    "5.7.57": (
        "Microsoft 365 wants a login before it takes mail: this is its port for programs.",
        "Use your tenant's ….mail.protection.outlook.com, port 25, with a connector, as "
        "next_hop.host.",
    ),
    "5.7.139": (
        "Microsoft 365 refused the login: for this mailbox, or for all, SMTP AUTH is switched off.",
        "Better than switching it on: a connector and next_hop.certificate instead of a login.",
    ),
    "5.7.60": (
        "Microsoft 365 does not let this login send in others' names.",
        "A relay needs a connector and next_hop.certificate instead of a mailbox's login.",
    ),
    "5.7.8": (
        "Name or password are wrong.",
        "Correct next_hop.username and next_hop.password_file.",
    ),
    "5.7.0": (
        "It wants to know first who we are, or TLS first.",
        'Set next_hop.tls to "verify", and give what it asks for: a login, or a certificate.',
    ),
    "5.7.1": (
        "It does not relay for us.",
        "Have its administrator add the address of this machine to those that may relay, or give "
        "what it asks for: a login, or a certificate.",
    ),
    "5.1.8": (
        "It does not believe that the sender's domain is real, or yours.",
        "Does the domain in organisation.domains exist in DNS, and does the next hop know it?",
    ),
    "5.3.4": (
        "The message is larger than it takes.",
        "Make listen.size what the next hop takes, so that senders are told at once.",
    ),
}
"""By enhanced code: what it means, and what to do."""


def explained(reply: str) -> tuple[str, str] | None:
    """What a refusal ("550 5.7.64") means and what to do; None where the codes say it all."""
    _, _, enhanced = reply.partition(" ")
    return EXPLAINED.get(enhanced.strip())
