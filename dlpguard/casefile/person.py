"""Somebody who is looked for: their addresses, their names, and how one knows them in a text.

>>> ann = Sought.of(["Ann.Lee@webmail.example", "Ann Lee"])
>>> ann.addresses, ann.names
(('ann.lee@webmail.example',), ('ann lee',))
>>> ann.is_in("Lee, Ann"), ann.is_in("Ann B. Lee"), ann.is_in("Joann Leeds")
(True, True, False)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from dlpguard.errors import ConfigurationError
from dlpguard.recipients import normalise
from dlpguard.store.secrets import Keyring

_LONGEST = 254
"""Characters of a name or an address."""

_BETWEEN = r"[\s,.]{1,4}(?:\w[\s.]{1,3})?"
"""What may stand between the words of a name: a comma, an initial."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One person, by addresses and names as somebody gave them, in small letters."""

    addresses: tuple[str, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    _pattern: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def of(cls, words: Iterable[str]) -> Sought:
        """From addresses and names.  `ConfigurationError` when there is nothing, or too little."""
        given = [" ".join(word.split()).casefold() for word in words]
        addresses = tuple(normalise(word) for word in given if "@" in word)
        names = tuple(_forename_first(word) for word in given if "@" not in word)
        if not given or any(len(word) > _LONGEST for word in given):
            raise ConfigurationError("say whom: an address, or a name")
        if any(len(name.split()) < 2 for name in names):
            raise ConfigurationError(
                "a name of one word is too many people's; give forename and surname, or an address"
            )
        spelt = {word for word in given if "@" in word} | set(addresses)
        parts = [rf"(?<![\w.+-]){re.escape(address)}(?![\w-])" for address in sorted(spelt)]
        parts += [way for name in names for way in _ways(name.split())]
        return cls(addresses, names, re.compile("|".join(parts), re.IGNORECASE))

    def is_in(self, text: str) -> bool:
        """Whether a text names them."""
        return self._pattern.search(text) is not None

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where a text names them."""
        return tuple(found.span() for found in self._pattern.finditer(text))

    def is_mailbox(self, address: str) -> bool:
        """Whether an address is one of theirs."""
        return normalise(address) in self.addresses

    def mailboxes(self, keys: Keyring) -> frozenset[bytes]:
        """The keyed digests of their addresses, as they stand with messages."""
        return frozenset(keys.digest("address", address) for address in self.addresses)

    def mark(self, keys: Keyring) -> str:
        """By what the audit says that two entries are about the same person, and not about whom:
        who has the keys can tell whether it is somebody whom they ask about."""
        return "person " + keys.digest("sought", *sorted((*self.addresses, *self.names))).hex()[:16]


def _forename_first(name: str) -> str:
    surname, comma, rest = name.partition(",")
    return f"{rest.strip()} {surname.strip()}".strip() if comma else name


def _ways(words: list[str]) -> list[str]:
    """A name as it is said, and with its surname first."""
    orders = (words, [words[-1], *words[:-1]])
    return [rf"(?<!\w){_BETWEEN.join(map(re.escape, order))}(?!\w)" for order in orders]
