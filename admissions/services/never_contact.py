"""Whom we promised never to call or write again: keyed hashes, so that the promise outlives the inquiry.

Whoever has the key of the log of looks and this table can try all American numbers in some hours
(docs/adr/0018-never-contact.md); the key lies on the staff process alone.
"""

import hashlib
import hmac
from collections.abc import Iterable

from admissions.crypto import keys, sealing
from admissions.models import NeverContact

ADDRESSES = ("phone", "email")


def remember(preferences: dict[str, str]) -> None:
    """Never use the number and the address of these preferences again. Raises `DisclosureNotWritten` without a key."""
    for hashed in _hashes(preferences):
        NeverContact.objects.get_or_create(hashed=hashed)


def forget(preferences: dict[str, str]) -> int:
    """They may be used again, because their owner asked for it. Returns how many were on the list."""
    return NeverContact.objects.filter(hashed__in=list(_hashes(preferences))).delete()[0]


def is_refused(preferences: dict[str, str]) -> bool:
    """Did whoever has this number or address ask us never to use it? Raises `DisclosureNotWritten` without a key."""
    return NeverContact.objects.filter(hashed__in=list(_hashes(preferences))).exists()


def _hashes(preferences: dict[str, str]) -> Iterable[bytes]:
    key = sealing.derive(keys.disclosure(), b"adm.never-contact/1", 32)
    for name in ADDRESSES:
        if address := preferences.get(name):
            plain = address.partition(" ext.")[0].strip().casefold()
            yield hmac.digest(key, f"{name}:{plain}".encode(), hashlib.sha256)
