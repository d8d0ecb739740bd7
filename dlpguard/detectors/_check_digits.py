"""Check digits: what a number's last figures must be, given the others.

Each lets one random number in ten, eleven or ninety-seven through: enough to catch a slip of the
hand, not enough to be sure.

Source: ISO/IEC 7812-1 annex B (Luhn); ISO 2108 for ISBN-10, whose weights NHS numbers share (mod
11); ISO/IEC 7064, MOD 97-10.

>>> luhn("4111111111111111"), luhn("4111111111111112")
(True, False)
>>> mod11("4010232137"), mod11("080442957X")
(True, True)
>>> mod97("WEST12345698765432GB82")                # an IBAN with its first four at the end
True
"""

from __future__ import annotations

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""The digit sum of a doubled digit."""


def luhn(value: str) -> bool:
    """Whether the digits have a right Luhn check digit, which is the last."""
    if not _are_digits(value):
        return False
    total = sum(map(int, value[-1::-2])) + sum(_DOUBLED[int(c)] for c in value[-2::-2])
    return total % 10 == 0


def mod11(value: str) -> bool:
    """Whether the sum of the digits, weighted 1, 2, 3 … from the last, is a multiple of 11.

    The last may be X for 10.
    """
    last = "10" if value[-1:] in {"X", "x"} else value[-1:]
    if not _are_digits(value[:-1] + last):
        return False
    weighted = (weight * int(c) for weight, c in enumerate(reversed(value[:-1]), 2))
    return (int(last) + sum(weighted)) % 11 == 0


def mod97(value: str) -> bool:
    """Whether a text of digits and letters (A is 10, Z is 35) is 1 modulo 97."""
    if not (value.isascii() and value.isalnum()):
        return False
    return int("".join(str(int(c, 36)) for c in value)) % 97 == 1


def _are_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()
