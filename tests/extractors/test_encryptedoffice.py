import base64
import hashlib
import io
import struct
import zipfile

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from dlpguard.document import Document, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound

DEFAULT = "VelvetSweatshop"
SALT, DATA_SALT, KEY = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 64))


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="list.xlsx"))


def package() -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("list.txt", "Ann Bee\n" * 2000)
        archive.writestr("random.txt", base64.b64encode(hashlib.shake_128(b"").digest(6000)))
    return saved.getvalue()


def aes(key: bytes, vector: bytes | None, clear: bytes) -> bytes:
    mode = modes.ECB() if vector is None else modes.CBC(vector)
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return encryptor.update(clear + bytes(-len(clear) % 16)) + encryptor.finalize()


def agile(password: str, spins: int = 100, chaining: str = "ChainingModeCBC") -> bytes:
    """As Office 2010 and later write it (MS-OFFCRYPTO 2.3.4.10)."""
    hashed = hashlib.sha512(SALT + password.encode("utf-16-le")).digest()
    for number in range(spins):
        hashed = hashlib.sha512(struct.pack("<I", number) + hashed).digest()

    def wrapped(purpose: str, clear: bytes) -> str:
        key = hashlib.sha512(hashed + bytes.fromhex(purpose)).digest()[:32]
        return base64.b64encode(aes(key, SALT, clear)).decode()

    proof = hashlib.sha512(bytes(16)).digest()
    how = f'hashAlgorithm="SHA512" cipherAlgorithm="AES" cipherChaining="{chaining}" keyBits="256"'
    header = (
        f'<encryption><keyData {how} saltValue="{base64.b64encode(DATA_SALT).decode()}"/>'
        f'<encryptedKey {how} spinCount="{spins}" saltValue="{base64.b64encode(SALT).decode()}"'
        f' encryptedVerifierHashInput="{wrapped("fea7d2763b4b9e79", bytes(16))}"'
        f' encryptedVerifierHashValue="{wrapped("d7aa0f6d3061344e", proof)}"'
        f' encryptedKeyValue="{wrapped("146e0be7abacd0d6", KEY)}"/></encryption>'
    )
    clear = package()
    secret = b"".join(
        aes(KEY, hashlib.sha512(DATA_SALT + struct.pack("<I", start // 4096)).digest()[:16],
            clear[start : start + 4096])
        for start in range(0, len(clear), 4096)
    )  # fmt: skip
    return compound(
        {
            "EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40) + header.encode(),
            "EncryptedPackage": struct.pack("<Q", len(clear)) + secret,
        }
    )


def standard(password: str) -> bytes:
    """As Office 2007 wrote it (MS-OFFCRYPTO 2.3.4.5)."""
    hashed = hashlib.sha1(SALT + password.encode("utf-16-le")).digest()
    for number in range(50_000):
        hashed = hashlib.sha1(struct.pack("<I", number) + hashed).digest()
    last = hashlib.sha1(hashed + bytes(4)).digest().ljust(64, b"\0")
    key = hashlib.sha1(bytes(0x36 ^ byte for byte in last)).digest()[:16]
    header = struct.pack("<8I", 0x24, 0, 0x660E, 0x8004, 128, 24, 0, 0) + "AES\0".encode(
        "utf-16-le"
    )
    verifier = struct.pack("<I", 16) + SALT + aes(key, None, bytes(16)) + struct.pack("<I", 20)
    verifier += aes(key, None, hashlib.sha1(bytes(16)).digest())
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header + verifier
    clear = package()
    secret = struct.pack("<Q", len(clear)) + aes(key, None, clear)
    return compound({"EncryptionInfo": info, "EncryptedPackage": secret})


@pytest.mark.parametrize("made", [agile(DEFAULT), standard(DEFAULT)], ids=["agile", "standard"])
def test_what_office_opens_without_asking_is_read(made: bytes) -> None:
    document = read(made)

    assert document.gaps == ()
    assert any("Ann Bee" in block.text for inner in document.walk() for block in inner.blocks
               if isinstance(block, Text))  # fmt: skip


@pytest.mark.parametrize(
    "made",
    [
        agile("secret"),
        standard("secret"),
        agile(DEFAULT, chaining="ChainingModeCFB"),
        compound({"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": b""}),
        compound({"ENCRYPTIONINFO": b"\7\0\7\0" + bytes(100), "ENCRYPTEDPACKAGE": bytes(100)}),
    ],
    ids=["agile", "standard", "another mode", "empty", "unknown version"],
)
def test_what_needs_a_password_is_encrypted(made: bytes) -> None:
    assert [(Unread.ENCRYPTED, "encrypted-office")] == [
        (gap.why, gap.format) for gap in read(made).gaps
    ]


def test_rounds_without_end_are_not_begun() -> None:
    made = agile(DEFAULT, spins=200_001)

    assert [Unread.ENCRYPTED] == [gap.why for gap in read(made).gaps]
