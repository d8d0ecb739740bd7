"""Whether a letter goes to somebody else than the one whom it greets.

The list of a mail merge slips by a row, a mail program completes the wrong name: "Dear Bronwen"
goes to `alfie.eccleston@`.  It shows where the address spells a name, or stands beside one, and
the letter names somebody in full whom it greets, and nobody who could be the recipient.  Where
the address is `sunny77@`, or the letter says no more than "Dear Bill", nobody can tell.

>>> greets_another(["Bronwen Hughes"], [], "alfie.eccleston@webmail.example", "")
True
>>> greets_another(["Bronwen"], ["bronwen hughes"], "alfie.eccleston@webmail.example", "")
True
>>> greets_another(["Bill"], ["william smith"], "wsmith61@webmail.example", "")
False
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from dlpguard import names
from dlpguard.names.gazetteer import key, look_up

SURE = 3
"""Tier from which on a word is a first name, or a surname, more than anything else."""

SHORTEST = 3
"""Letters that tell one name from another: "Kat" begins Katherine, "Li" is in too many words."""

ROLES = frozenset({"office", "info", "team", "admin", "mail", "enquiries", "home", "family"})
"""Words of an address that is a function's, or a household's."""

LONGEST_LOCAL = 64
"""Octets of a local part (RFC 5321 4.5.3.1.1)."""


def greets_another(
    greeted: Iterable[str], named: Iterable[str], address: str, display_name: str
) -> bool:
    """Whether whom a letter greets is somebody else than its only recipient outside.

    `greeted` are names as they stand in greetings, `named` the names that stand anywhere in the
    message (canonical), `display_name` is the recipient's in the header ("" when there is none).
    """
    words = _words_of(address, display_name)
    spoken_to = [name for name in map(names.canonical, greeted) if name]
    if not words or not spoken_to:
        return False
    known = {word for name in spoken_to for word in name.split()}
    in_full = [name for name in (*spoken_to, *named) if _is_full(name) and known & {*name.split()}]
    everybody = {word for name in (*spoken_to, *named) for word in name.split()}
    return bool(in_full) and not any(_agrees(word, words) for word in everybody)


def _is_full(name: str) -> bool:
    words = name.split()
    return len(words) > 1 and all(map(_may_be_name, words))


def _may_be_name(word: str) -> bool:
    """Whether it is no ordinary word: names that no list has are names, too."""
    known = look_up(word)
    return known.common == 0 or max(known.first, known.last) >= SURE


def _agrees(word: str, words: Collection[str]) -> bool:
    """Whether a word of a name may be what an address means, in full, in part, or as initial."""
    plain = key(word)
    if len(plain) < SHORTEST:
        return any(other.startswith(plain) for other in words) if plain else True
    return any(
        plain in other or (len(other) >= SHORTEST and plain.startswith(other[:SHORTEST]))
        for other in words
    )


def _words_of(address: str, display_name: str) -> frozenset[str]:
    """The words of the name that an address spells or stands beside; none when it does not."""
    shown = names.canonical(display_name).split() if "@" not in display_name else []
    found = [key(word) for word in shown] if len(shown) > 1 else []
    local = address.rpartition("@")[0][:LONGEST_LOCAL].casefold()
    pieces = [word for word in re.split(r"[^a-z'’]{1,64}", local) if word]
    spelled = list(_names_in(pieces))
    return frozenset((*found, *spelled)) if found or spelled else frozenset()


def _names_in(pieces: list[str]) -> Iterator[str]:
    """The words of the name in a local part: `ann.bee`, `annbee`, `beeann`, `abee`, `ann`."""
    if len(pieces) > 1:
        long = [piece for piece in pieces if len(piece) >= SHORTEST]
        if long and all(map(_may_be_name, long)) and not ROLES & {*pieces}:
            yield from pieces
        return
    for piece in pieces:
        if look_up(piece).first >= SURE and look_up(piece).common <= 1:  # no `sunny77`
            yield piece
            return
        for at in range(SHORTEST - 1, len(piece) - SHORTEST + 2):
            one, other = look_up(piece[:at]), look_up(piece[at:])
            if {one.first >= SURE, other.last >= SURE} == {True} or {
                one.last >= SURE,
                other.first >= SURE,
            } == {True}:
                yield piece
                return
        if look_up(piece[1:]).last >= SURE and len(piece) > SHORTEST + 1:
            yield piece
            return
