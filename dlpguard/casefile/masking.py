"""Other people's data in what is given to one person, or to whoever reads a report."""

from __future__ import annotations

from collections.abc import Callable

from dlpguard.casefile.person import Sought

Masked = Callable[[str], str]
"""A text in which what somebody else's is is replaced by what it is: "[phone]"."""


NAMES = frozenset({"person_name"})
"""What is masked in a row of a table that is about somebody: who else is named in it.  The rest of
the row is about them."""


def masker(
    setup: object = None, own: Sought | None = None, kinds: frozenset[str] | None = None
) -> Masked:
    """A function that puts the kind in brackets in the place of what detectors find.

    `setup` is a `detectors.Setup` (None: what they know by themselves).  What names `own` stays.
    `kinds`: only these; None: everything.

    >>> masker(own=Sought.of(["Ann Lee"]))("Ann Lee and Bob Marsh, 07700 900123")
    'Ann Lee and [person name], [phone]'
    """
    from dlpguard import detectors  # noqa: PLC0415 - 200 ms and 50 MB
    from dlpguard.document import Text  # noqa: PLC0415

    known = setup if isinstance(setup, detectors.Setup) else detectors.Setup()

    def masked(text: str) -> str:
        spared = own.spans(text) if own else ()
        for finding in reversed(detectors.detect(Text("casefile", text), known)):
            if any(start < finding.end and finding.start < end for start, end in spared):
                continue
            if kinds is not None and finding.kind not in kinds:
                continue
            kind = finding.kind.removeprefix("gb_").replace("_", " ")
            text = f"{text[: finding.start]}[{kind}]{text[finding.end :]}"
        return text

    return masked
