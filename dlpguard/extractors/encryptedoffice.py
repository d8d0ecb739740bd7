"""Encrypted Office files (MS-OFFCRYPTO 2.3.4): a gap, unless Office opens them without asking.

Excel encrypts a workbook that is only protected against changes with its own default password, and
opens it with that.  Whoever gets such a file reads it, and so do we; no other password is tried.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dlpguard.document import Unread
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compound import Compound
from dlpguard.extractors._ooxml import Attributes, Events, parse
from dlpguard.mail import Part

FORMATS = frozenset({"encrypted-office"})

_PASSWORD = "VelvetSweatshop".encode("utf-16-le")
_STANDARD_SPINS = 50_000
_MOST_SPINS = 200_000
"""Rounds of hashing, a tenth of a second; Office writes 100,000, and allows ten million."""

_SEGMENT = 4096
_CHECKED, _PROOF, _KEY = (
    bytes.fromhex(name) for name in ("fea7d2763b4b9e79", "d7aa0f6d3061344e", "146e0be7abacd0d6")
)
"""What the three derived keys are for (MS-OFFCRYPTO 2.3.4.13)."""

_HASHES = {
    "SHA1": hashlib.sha1,
    "SHA-1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
}

Hash = Callable[..., "hashlib._Hash"]


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The file in clear, inside, when the default password opens it."""
    clear = None
    try:
        compound = Compound(part.content, budget)
        streams = [compound.find(name) for name in ("EncryptionInfo", "EncryptedPackage")]
        info, package = (compound.read(path) if path else b"" for path in streams)
        clear = _opened(info, package, budget)
    except Unreadable as fault:
        if fault.why is not Unread.CORRUPT:
            raise
    except ValueError:
        clear = None  # lengths of keys and salts that AES cannot have, and base64 that is none
    if clear is None:
        raise Unreadable(Unread.ENCRYPTED, "an Office document with a password")
    yield budget.open(Part(part.path, clear, filename=part.filename), place)


def _opened(info: bytes, package: bytes, budget: Budget) -> bytes | None:
    """The package in clear; None when it needs another password or is encrypted in another way."""
    if len(package) < 8 + 16:
        return None
    major, minor = struct.unpack_from("<HH", info.ljust(4, b"\0"))
    if (major, minor) == (4, 4):
        clear = _agile(info[8:], package[8:], budget)
    elif minor == 2:
        clear = _standard(info, package[8:], budget)
    else:
        return None
    size = int.from_bytes(package[:8], "little")
    return None if clear is None else clear[:size]


def _standard(info: bytes, package: bytes, budget: Budget) -> bytes | None:
    """AES in blocks that do not depend on each other (MS-OFFCRYPTO 2.3.4.5 to 2.3.4.9)."""
    header = int.from_bytes(info[8:12], "little")
    bits = int.from_bytes(info[28:32], "little")
    verifier = info[12 + header :]
    if bits not in {128, 192, 256} or len(verifier) < 72:
        return None
    hashed = _spun(hashlib.sha1, verifier[4:20], _STANDARD_SPINS, budget)
    last = _sha1(hashed + bytes(4))
    halves = (_sha1(bytes(pad ^ b for b in last.ljust(64, b"\0"))) for pad in (0x36, 0x5C))
    key = b"".join(halves)[: bits // 8]
    proof = _aes(key, None, verifier[40:72])
    if _sha1(_aes(key, None, verifier[20:36])) != proof[:20]:
        return None
    return _aes(key, None, package)


def _agile(xml: bytes, package: bytes, budget: Budget) -> bytes | None:
    """AES in segments, by what an XML header says (MS-OFFCRYPTO 2.3.4.10 to 2.3.4.15)."""
    reader = _Header()
    parse((xml,), reader)
    data, password = reader.data, reader.password
    if data is None or password is None or not 0 <= password.spins <= _MOST_SPINS:
        return None
    algorithm = _HASHES[password.algorithm]
    hashed = _spun(algorithm, password.salt, password.spins, budget)

    def opened(purpose: bytes, secret: bytes) -> bytes:
        key = password.hash(hashed + purpose).ljust(password.key_size, b"\x36")
        return _aes(key[: password.key_size], password.vector(password.salt), secret)

    checked, proof = opened(_CHECKED, password.checked), opened(_PROOF, password.proof)
    digest = password.hash(checked[: len(password.salt)])
    if proof[: len(digest)] != digest:
        return None
    key = opened(_KEY, password.key)[: data.key_size]
    clear = bytearray()
    for number, start in enumerate(range(0, len(package), _SEGMENT)):
        budget.charge()
        vector = data.vector(data.hash(data.salt + struct.pack("<I", number)))
        clear += _aes(key, vector, package[start : start + _SEGMENT])
    return bytes(clear)


def _spun(algorithm: Hash, salt: bytes, spins: int, budget: Budget) -> bytes:
    """The password hashed again and again, so that guessing takes long."""
    budget.charge()
    # To copy a hash takes half the time of making one.
    copy = algorithm(usedforsecurity=False).copy
    hashed = algorithm(salt + _PASSWORD, usedforsecurity=False).digest()
    for number in map(struct.Struct("<I").pack, range(spins)):
        state = copy()
        state.update(number + hashed)
        hashed = state.digest()
    return hashed


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def _aes(key: bytes, vector: bytes | None, secret: bytes) -> bytes:
    """Decrypted whole blocks; each by itself when there is no initialisation vector."""
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - only these files need it
        Cipher,
        algorithms,
        modes,
    )

    mode = modes.ECB() if vector is None else modes.CBC(vector)  # noqa: S305 - what Office wrote
    decryptor = Cipher(algorithms.AES(key), mode).decryptor()
    return decryptor.update(secret[: len(secret) // 16 * 16]) + decryptor.finalize()


@dataclass(frozen=True, slots=True)
class _Scheme:
    """What an element of the header says: of the data, or of a key that a password opens."""

    algorithm: str
    salt: bytes
    key_size: int
    spins: int
    checked: bytes
    proof: bytes
    key: bytes

    def hash(self, content: bytes) -> bytes:
        return _HASHES[self.algorithm](content, usedforsecurity=False).digest()

    def vector(self, made_of: bytes) -> bytes:
        return made_of[:16].ljust(16, b"\x36")


class _Header(Events):
    """EncryptionInfo of the agile kind: only AES in CBC, as every Office writes it, is taken."""

    def __init__(self) -> None:
        self.data: _Scheme | None = None
        self.password: _Scheme | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "keyData":
            self.data = _scheme(attributes)
        elif name == "encryptedKey" and "spinCount" in attributes:
            self.password = _scheme(attributes)


def _scheme(attributes: Attributes) -> _Scheme | None:
    known = (
        attributes.get("hashAlgorithm") in _HASHES
        and attributes.get("cipherAlgorithm") == "AES"
        and attributes.get("cipherChaining") == "ChainingModeCBC"
        and attributes.get("keyBits") in {"128", "192", "256"}
    )
    spins = attributes.get("spinCount", "0")
    if not known or not spins.isdecimal() or len(spins) > 9:
        return None
    names = ("encryptedVerifierHashInput", "encryptedVerifierHashValue", "encryptedKeyValue")
    checked, proof, key = (base64.b64decode(attributes.get(name, "")) for name in names)
    return _Scheme(
        attributes["hashAlgorithm"],
        base64.b64decode(attributes.get("saltValue", "")),
        int(attributes["keyBits"]) // 8,
        int(spins),
        checked,
        proof,
        key,
    )
