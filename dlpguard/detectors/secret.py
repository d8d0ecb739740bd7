"""Secrets of machines: private keys, and tokens of services by the prefixes that they publish.

Who has one can act as its owner, so it leaves by no mail.  The prefixes were chosen by the services
so that scanners can tell their tokens from everything else; with the alphabet and the length after
them, chance makes none (the shortest prefix with its token has 2^90 others): HIGH.  Keys for trying
things out (`sk_test_`) and public keys are no secrets.  Passwords have no shape and are not found.

Source: the services' own documentation of token formats (AWS, GitHub, GitLab, Slack, Google,
Stripe, OpenAI, Anthropic, SendGrid, npm, PyPI, DigitalOcean, Azure); RFC 7468 (keys in PEM);
RFC 7519 (JWT).

>>> key = "AKIA" + "IOSFODNN7EXAMPLE"
>>> [f.evidence for f in find(Text("body", f"key={key}"), Setup())]
['the prefix of a secret for AWS']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._pattern import finding
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "secret"
_FORMATS = {
    "AWS": r"(?:AKIA|ASIA)[A-Z2-7][A-Z0-9]{15}",
    "GitHub": r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    "GitLab": r"glpat-[\w-]{20,64}",
    "Slack": (
        r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{20,250}"
        r"|hooks\.slack\.com/services/T\w{8,12}/B\w{8,12}/\w{24}"
    ),
    "Google": r"AIza[\w-]{35}|GOCSPX-[\w-]{28}",
    "Stripe": r"[sr]k_live_[A-Za-z0-9]{24,247}|whsec_[A-Za-z0-9]{32,64}",
    "OpenAI": r"sk-(?:proj-|svcacct-)[\w-]{40,200}",
    "Anthropic": r"sk-ant-[\w-]{40,200}",
    "SendGrid": r"SG\.[\w-]{22}\.[\w-]{43}",
    "npm": r"npm_[A-Za-z0-9]{36}",
    "PyPI": r"pypi-AgE[\w-]{50,500}",
    "DigitalOcean": r"do[por]_v1_[a-f0-9]{64}",
    "Azure": r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{43,86}={1,2}",
    "a login (JWT)": r"eyJ[\w-]{10,4000}\.eyJ[\w-]{10,8000}\.[\w-]{20,2000}",
    "a private key": (
        r"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?P<body>[\s\S]{0,100})"
    ),
}
PATTERN = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    + "|".join(f"(?P<service{i}>{shape})" for i, shape in enumerate(_FORMATS.values()))
    + r")(?![A-Za-z0-9])"
)
SUPPORT: tuple[str, ...] = ()
HEADINGS = frozenset({
    "access key", "api key", "api token", "private key", "secret", "secret key", "access token",
})  # fmt: skip
GATE = (
    r"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|hooks\.slack|AIza|GOCSPX-"
    r"|[sr]k_live_|whsec_|sk-(?:proj|svcacct|ant)-|SG\.|npm_|pypi-AgE|do[por]_v1_|AccessKey="
    r"|AccountKey=|eyJ|PRIVATE KEY"
)
PRIVATE = False
STRONG = False
NEEDS_HEADING = False

_NAMES = tuple(_FORMATS)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every secret in a block; of a private key its first line and the beginning of what follows.

    The value is as written, without white space.
    """
    del setup
    for match in PATTERN.finditer(block.text):
        value = "".join(match[0].split())
        service = _NAMES[next(i for i in range(len(_NAMES)) if match[f"service{i}"])]
        evidence = f"the prefix of a secret for {service}" if match["body"] is None else service
        yield finding(KIND, value, block, match.start(), match.end(), Confidence.HIGH, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The secret that a cell holds."""
    del setup
    candidate = cell.strip()
    return "".join(candidate.split()) if PATTERN.fullmatch(candidate) else None
