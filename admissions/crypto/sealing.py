"""The envelope of every message. The only module that imports `cryptography`.

Suite 0x01, fixed for good (stored bytes depend on it; tests/admissions/crypto/vectors/ holds examples with their keys):

    payload      0x01 | nonce(12) | AES-256-GCM(DEK, nonce, JSON of `envelope.pad`, aad = `envelope.Place`)
    team wrap    0x01 | kid(8) | HPKE(DEK, team public key,    info = "adm.dek/1|"   + kid + "|" + uuid)
    visitor wrap 0x01 | vid(8) | HPKE(DEK, visitor public key, info = "adm.dek.v/1|" + vid + "|" + uuid)

HPKE is RFC 9180 base mode, DHKEM(P-256, HKDF-SHA256) + HKDF-SHA256 + AES-256-GCM. kid and vid are 8 raw bytes, UUIDs
are text in lower case with hyphens, numbers are decimal. 0x02 is reserved for a post-quantum suite.
Base mode does not prove who wrote: docs/sealing.md says what does, and what nothing does.
"""

import hashlib
import logging
import secrets
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as PrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from admissions.crypto.envelope import Content, Opened, Place, pad, unpad
from admissions.errors import CannotOpen, CannotSeal

Stored = bytes | memoryview  # what a database hands back
SUITE, TEAM, VISITOR = b"\x01", b"adm.dek/1|", b"adm.dek.v/1|"
_hpke = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


class Sealed(NamedTuple):
    payload: bytes
    team_wrap: bytes
    visitor_wrap: bytes | None


def seal(
    content: Content, *, place: Place, team: PublicKey, visitor: PublicKey | None = None, is_long: bool = False
) -> Sealed:
    """Seal `content` under a key of its own, wrapped for the team and, if given, for the visitor."""
    padded = pad(content, is_long=is_long)
    try:
        dek, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
        payload = SUITE + nonce + AESGCM(dek).encrypt(nonce, padded, place.aad)
        visitor_wrap = wrap(dek, visitor, VISITOR, place.uuid) if visitor else None
        return Sealed(payload, wrap(dek, team, TEAM, place.uuid), visitor_wrap)
    except Exception as error:  # whatever it was, nothing may be stored
        logging.getLogger(__name__).error("sealing failed", exc_info=True)
        raise CannotSeal(f"Sealing failed: {type(error).__name__}.") from None


def wrap(dek: bytes, reader: PublicKey, label: bytes, uuid: UUID) -> bytes:
    name = key_id(reader)
    return SUITE + name + _hpke.encrypt(dek, reader, info=label + name + b"|" + str(uuid).encode())


def open_sealed(payload: Stored, wrapped: Stored, *, place: Place, key: PrivateKey, label: bytes = TEAM) -> Opened:
    """Open for the team, or with `label=VISITOR` for the visitor. Raises `CannotOpen`; never gives a part."""
    payload, wrapped, name = bytes(payload), bytes(wrapped), key_id(key.public_key())
    if payload[:1] != SUITE or wrapped[:1] != SUITE:
        raise CannotOpen("This suite is not known.")
    try:
        dek = _hpke.decrypt(wrapped[9:], key, info=label + wrapped[1:9] + b"|" + str(place.uuid).encode())
        padded = AESGCM(dek).decrypt(payload[1:13], payload[13:], place.aad)
    except (InvalidTag, ValueError):
        padded = b""
    if wrapped[1:9] != name or not padded:
        raise CannotOpen("The envelope was changed, or belongs to another key or place.")
    return unpad(padded)


def key_id(key: PublicKey) -> bytes:
    """kid or vid, which say where to look; for proof take the whole `fingerprint`: another key shares 8 bytes of it."""
    return fingerprint(key)[:8]


def fingerprint(key: PublicKey) -> bytes:
    return hashlib.sha256(public_bytes(key)).digest()


def public_bytes(key: PublicKey, *, pem: bool = False) -> bytes:
    """SPKI, as stored with an inquiry (DER) or as a file (PEM)."""
    encoding = serialization.Encoding.PEM if pem else serialization.Encoding.DER
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: PrivateKey) -> bytes:
    """PKCS#8, as kept in the team's key file."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_public(data: bytes) -> PublicKey:
    """From PEM or DER. Raises `CannotSeal` for anything but a P-256 public key."""
    try:
        key = (serialization.load_pem_public_key if data[:5] == b"-----" else serialization.load_der_public_key)(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, PublicKey) or not isinstance(key.curve, SECP256R1):
        raise CannotSeal("This is no P-256 public key.")
    return key


def load_private(data: bytes) -> PrivateKey:
    """From PEM. Raises `CannotOpen` for anything but a P-256 private key."""
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, PrivateKey) or not isinstance(key.curve, SECP256R1):
        raise CannotOpen("This is no P-256 private key.")
    return key


def new_private() -> PrivateKey:
    return generate_private_key(SECP256R1())


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 without salt: every secret here is random already."""
    return HKDF(hashes.SHA256(), length, None, info).derive(secret)


def derive_private(secret: bytes, info: bytes) -> PrivateKey:
    """A P-256 key that `secret` always makes again."""
    return derive_private_key(1 + int.from_bytes(derive(secret, info, 48), "big") % (_ORDER - 1), SECP256R1())


def box(data: bytes, *, secret: bytes, purpose: bytes) -> bytes:
    """Encrypt a few bytes that this server hands out and takes back, such as a cookie."""
    nonce = secrets.token_bytes(12)
    return SUITE + nonce + AESGCM(derive(secret, b"adm.box/1|" + purpose, 32)).encrypt(nonce, data, purpose)


def unbox(boxed: bytes, *, secret: bytes, purpose: bytes) -> bytes:
    """The reverse of `box`. Raises `CannotOpen`."""
    try:
        if boxed[:1] != SUITE:
            raise ValueError
        return AESGCM(derive(secret, b"adm.box/1|" + purpose, 32)).decrypt(boxed[1:13], boxed[13:], purpose)
    except (InvalidTag, ValueError):
        raise CannotOpen("The box was changed or is somebody else's.") from None
