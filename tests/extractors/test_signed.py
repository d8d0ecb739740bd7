import datetime
import email.message
import zlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from dlpguard.document import Document, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

SECRET = b"Ann Bee, 07700 900123"
ENTITY = b"Content-Type: text/plain\r\n\r\n" + SECRET


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Bob")])
    begin = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )


def signed(
    content: bytes,
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey,
    encoding: serialization.Encoding = serialization.Encoding.DER,
    *options: pkcs7.PKCS7Options,
) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(encoding, [pkcs7.PKCS7Options.Binary, *options])


def read(content: bytes, filename: str = "smime.p7m", kind: str = "") -> Document:
    return extract(Part("1", content, kind, filename))


def texts(document: Document) -> list[str]:
    blocks = [block for inner in document.walk() for block in inner.blocks]
    return [block.text for block in blocks if isinstance(block, Text)]


@pytest.mark.parametrize("encoding", [serialization.Encoding.DER, serialization.Encoding.PEM])
def test_a_signed_message_is_opened(
    certificate: x509.Certificate, key: rsa.RSAPrivateKey, encoding: serialization.Encoding
) -> None:
    document = read(signed(ENTITY, certificate, key, encoding), kind="application/pkcs7-mime")

    assert document.format == "smime-signed"
    assert SECRET.decode() in texts(document)
    assert document.gaps == ()


def test_a_signed_file_is_opened_under_its_own_name(
    certificate: x509.Certificate, key: rsa.RSAPrivateKey
) -> None:
    document = read(signed(b"name,ref\nAnn,1\nBob,2\n", certificate, key), "list.csv.p7m")

    assert document.inside[0].name == "list.csv.p7m › list.csv"
    assert document.inside[0].format == "csv"


def test_a_signature_beside_what_it_signs_holds_nothing(
    certificate: x509.Certificate, key: rsa.RSAPrivateKey
) -> None:
    detached = signed(
        ENTITY, certificate, key, serialization.Encoding.DER, pkcs7.PKCS7Options.DetachedSignature
    )
    document = read(detached, "smime.p7s")

    assert (document.inside, document.gaps) == ((), ())


def test_an_encrypted_message_is_a_gap(certificate: x509.Certificate) -> None:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(ENTITY).add_recipient(certificate)
    content = builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])

    assert [Unread.ENCRYPTED] == [gap.why for gap in read(content).gaps]


def test_an_encrypted_message_in_armour_is_a_gap(certificate: x509.Certificate) -> None:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(ENTITY).add_recipient(certificate)
    content = builder.encrypt(serialization.Encoding.PEM, [pkcs7.PKCS7Options.Binary])

    assert [Unread.ENCRYPTED] == [gap.why for gap in read(content).gaps]


def value(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content).to_bytes(3, "big")
    return bytes([tag, 0x83]) + size + content


def endless(tag: int, *contents: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED = bytes.fromhex("06092a864886f70d010702")
COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")


def test_a_message_of_unknown_length_in_pieces_is_opened() -> None:
    pieces = [value(4, ENTITY[start : start + 7]) for start in range(0, len(ENTITY), 7)]
    capsule = endless(0x30, DATA, endless(0xA0, endless(0x24, *pieces)))
    content = endless(
        0x30, SIGNED, endless(0xA0, endless(0x30, value(2, b"\1"), value(0x31), capsule))
    )

    assert SECRET.decode() in texts(read(content))


def test_a_compressed_message_is_opened() -> None:
    capsule = value(0x30, DATA, value(0xA0, value(4, zlib.compress(ENTITY))))
    inner = value(0x30, value(2, b"\0"), value(0x30, value(6, b"x")), capsule)

    assert SECRET.decode() in texts(read(value(0x30, COMPRESSED, value(0xA0, inner))))


@pytest.mark.parametrize(
    "content",
    [
        b"\x30\x80" + SIGNED,
        b"\x30\x84\xff\xff\xff\xff" + SIGNED + b"\xa0\x80" * 5000,
        value(0x30, SIGNED, value(0xA0)),
        b"-----BEGIN PKCS7-----\nA\n-----END PKCS7-----",
    ],
)
def test_damaged_messages_are_gaps(content: bytes) -> None:
    assert [Unread.CORRUPT] == [gap.why for gap in read(content).gaps]


def test_a_message_signed_in_the_open_is_read(
    certificate: x509.Certificate, key: rsa.RSAPrivateKey
) -> None:
    raw = signed(
        ENTITY, certificate, key, serialization.Encoding.SMIME, pkcs7.PKCS7Options.DetachedSignature
    )

    assert SECRET.decode() in "".join(texts(read(raw, "a.eml", "message/rfc822")))


def test_a_pgp_message_in_a_text_is_a_gap() -> None:
    message = email.message.EmailMessage()
    message.set_content(
        "Hello,\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"
    )
    document = read(message.as_bytes(), "a.eml", "message/rfc822")

    assert [Unread.ENCRYPTED] == [gap.why for inner in document.walk() for gap in inner.gaps]
