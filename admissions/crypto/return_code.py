"""The return code: made from the form token, typed again by the visitor, and the only way to the visitor's own key.

    code        = first 100 bits of HKDF(form_token, "adm.return.code/1"), in Crockford's Base32
    s           = HKDF(code, "adm.return.secret/1")        (code: its 20 characters in ASCII, without hyphens)
    return_hash = HKDF(s, "adm.return.find/1")             stored: finds the inquiry
    key         = from HKDF(s, "adm.return.key/1")         never stored

The code is random, so nothing is stretched: there is no table of likely codes to try.
"""

from typing import NamedTuple

from admissions.crypto import crockford, sealing

LENGTH = 20
_NOBODY = "0" * LENGTH  # stands in for what cannot be a code, so that it takes as long as a wrong one


class VisitorKeys(NamedTuple):
    return_hash: bytes
    private: sealing.PrivateKey

    def __repr__(self) -> str:
        return "[sealed]"


def for_form(form_token: bytes) -> str:
    """The code of the inquiry that this form token makes, in groups of four. The same token gives the same code."""
    bits = int.from_bytes(sealing.derive(form_token, b"adm.return.code/1", 13), "big") >> 4
    return crockford.grouped(crockford.encode(bits, LENGTH))


def visitor_keys(typed: str) -> VisitorKeys:
    """What follows from a code. A text that cannot be a code takes as long, and finds nobody."""
    return keys_of(secret_of(typed))


def secret_of(typed: str) -> bytes:
    """`s`: what a visit keeps instead of the code."""
    code = crockford.normalise(typed, LENGTH) or _NOBODY
    return sealing.derive(code.encode("ascii"), b"adm.return.secret/1", 32)


def keys_of(secret: bytes) -> VisitorKeys:
    return VisitorKeys(
        sealing.derive(secret, b"adm.return.find/1", 32), sealing.derive_private(secret, b"adm.return.key/1")
    )
