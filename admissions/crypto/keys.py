"""The key files, read when needed and again when they change, so that a replaced file counts at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from admissions.crypto import sealing
from admissions.errors import AdmissionsError, CannotOpen, CannotSeal, DisclosureNotWritten

_read: dict[Path, tuple[tuple[int, int, int], object]] = {}


def _load(file: Path, parse: Callable[[bytes], Any]) -> Any:
    status = file.stat()
    stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
    known = _read.get(file)
    if known is None or known[0] != stamp:
        _read[file] = known = (stamp, parse(file.read_bytes()))
    return known[1]


def team_public() -> sealing.PublicKey:
    """The key every message is sealed to. Raises `CannotSeal`."""
    if not settings.ADMISSIONS_PUBLIC_KEY_FILE:
        raise CannotSeal("ADMISSIONS_PUBLIC_KEY_FILE is not set.")
    try:
        return _load(Path(settings.ADMISSIONS_PUBLIC_KEY_FILE), sealing.load_public)
    except OSError as error:
        raise CannotSeal(f"The team's public key cannot be read: {type(error).__name__}.") from None


def team_private() -> sealing.PrivateKey:
    """The key that opens messages; only the staff process has it. Raises `CannotOpen`."""
    if not settings.ADMISSIONS_PRIVATE_KEY_FILE:
        raise CannotOpen("This process holds no private key.")
    try:
        return _load(Path(settings.ADMISSIONS_PRIVATE_KEY_FILE), sealing.load_private)
    except OSError as error:
        raise CannotOpen(f"The team's private key cannot be read: {type(error).__name__}.") from None


def disclosure() -> bytes:
    """The key of the disclosure log's chain. Raises `DisclosureNotWritten`, so that nothing opens without it."""
    if not settings.DISCLOSURE_KEY_FILE:
        raise DisclosureNotWritten("DISCLOSURE_KEY_FILE is not set.")
    try:
        return _load(Path(settings.DISCLOSURE_KEY_FILE), parse_disclosure)
    except OSError as error:
        raise DisclosureNotWritten(f"The disclosure key cannot be read: {type(error).__name__}.") from None


def parse_disclosure(data: bytes) -> bytes:
    """32 bytes from hex."""
    try:
        key = bytes.fromhex(data.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise DisclosureNotWritten("The disclosure key must be 32 bytes, written as 64 hexadecimal digits.")
    return key


def refuse_unusable(role: str) -> None:
    """Stop the start of a process whose keys are corrupt or do not belong together. Raises `ImproperlyConfigured`.

    The worker needs no key, and the public process only the public one.
    """
    try:
        if role in {"public", "staff", "all"}:
            public = team_public()
        if role in {"staff", "all"}:
            disclosure()
            if team_private().public_key() != public:
                raise CannotOpen("The private key is not the one of the public key.")
    except AdmissionsError as error:
        raise ImproperlyConfigured(
            f"A key of the admissions team is not usable: {error} Restore the key file from the safe; `manage.py "
            "make_keys` checks the files, and makes new ones only where none are."
        ) from None
