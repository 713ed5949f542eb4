"""What is inside an envelope, and where it belongs: padding, place, and the type of opened text. No cryptography."""

import json
import re
from typing import Any, NamedTuple
from uuid import UUID

from admissions.errors import CannotOpen, CannotSeal, TooLong

BUCKETS = (512, 1024, 2048, 4096, 8192, 16384)
HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")  # JSON can hold one, UTF-8 cannot
LONG = tuple(16384 << doubled for doubled in range(1, 9))  # what staff type into a form of many parts: to 4 MB

Content = dict[str, Any]  # JSON: what is inside an envelope


class Opened:
    """Opened text. Nothing prints it by accident: only `.reveal()` hands it out."""

    __slots__ = ("_content",)

    def __init__(self, content: Content):
        self._content = content

    def __repr__(self) -> str:
        return "[sealed]"

    def __format__(self, spec: str) -> str:
        return "[sealed]"

    def __reduce_ex__(self, protocol):
        raise TypeError("Opened text is neither pickled nor copied.")

    def reveal(self) -> Content:
        return self._content


class Place(NamedTuple):
    """Where a sealed text belongs. It opens nowhere else.

    UUIDs are written in lower case with hyphens, numbers in decimal.
    """

    uuid: UUID
    aad: bytes


def message_place(*, inquiry: UUID, message: UUID, author: str, number: int) -> Place:
    return Place(message, f"adm.message/1|{inquiry}|{message}|{author}|{number}".encode())


def note_place(*, inquiry: UUID, note: UUID, number: int) -> Place:
    return Place(note, f"adm.note/2|{inquiry}|{note}|{number}".encode())


def old_note_place(*, note: UUID) -> Place:
    """Of notes until December 2026, which opened at any inquiry. Nothing is sealed for it any more."""
    return Place(note, f"adm.note/1|{note}".encode())


def pad(content: Content, *, is_long: bool = False) -> bytes:
    """4 bytes length (big-endian), JSON (UTF-8), zeros up to the next size of BUCKETS, or of LONG.

    Raises `TooLong`, and `CannotSeal` for what is no valid text.
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if HALF_A_CHARACTER.search(text):  # an encoding error would carry the whole text
        raise CannotSeal("The text holds half a character.")
    data = text.encode()
    sizes = BUCKETS + LONG if is_long else BUCKETS
    size = next((size for size in sizes if len(data) + 4 <= size), None)
    if size is None:
        raise TooLong("The text is longer than the largest envelope.")
    return (len(data).to_bytes(4, "big") + data).ljust(size, b"\0")


def unpad(padded: bytes) -> Opened:
    """The reverse of `pad`. Raises `CannotOpen` for bytes that `pad` would not have made."""
    end = 4 + int.from_bytes(padded[:4], "big")
    if len(padded) not in BUCKETS + LONG or end > len(padded) or any(padded[end:]):
        raise CannotOpen("The padding is wrong.")
    try:
        content = json.loads(padded[4:end])
    except (ValueError, RecursionError):  # their messages and attributes would hold the text
        content = None
    if not isinstance(content, dict):
        raise CannotOpen("The content is not JSON.")
    return Opened(content)
