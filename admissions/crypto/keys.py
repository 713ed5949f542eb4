"""The key files, read when needed and again when they change, so that a replaced file counts at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from admissions.crypto import sealing
from admissions.errors import AdmissionsError, CannotOpen, CannotSeal, DisclosureNotWritten

Key = TypeVar("Key")
_read: dict[Path, tuple[tuple[int, int, int], Any]] = {}


def _key(setting: str, parse: Callable[[bytes], Key], refusal: type[AdmissionsError]) -> Key:
    """What is in the file that `setting` names. Raises `refusal` when there is none, or it cannot be read."""
    if not getattr(settings, setting):
        raise refusal(f"{setting} is not set.")
    file = Path(getattr(settings, setting))
    try:
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if _read.get(file, (None,))[0] != stamp:
            _read[file] = (stamp, parse(file.read_bytes()))
    except OSError as error:
        raise refusal(f"The file of {setting} cannot be read: {type(error).__name__}.") from None
    return _read[file][1]


def team_public() -> sealing.PublicKey:
    """The key every message is sealed to. Raises `CannotSeal`."""
    return _key("ADMISSIONS_PUBLIC_KEY_FILE", sealing.load_public, CannotSeal)


def team_private() -> sealing.PrivateKey:
    """The key that opens messages; only the staff process has it. Raises `CannotOpen`."""
    return _key("ADMISSIONS_PRIVATE_KEY_FILE", sealing.load_private, CannotOpen)


def disclosure() -> bytes:
    """The key of the disclosure log's chain. Raises `DisclosureNotWritten`, so that nothing opens without it."""
    return _key("DISCLOSURE_KEY_FILE", parse_disclosure, DisclosureNotWritten)


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
