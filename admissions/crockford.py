"""Crockford's Base32: 32 characters that survive being read aloud or copied by hand."""

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("OIL", "011")


def encode(value: int, length: int) -> str:
    """The lowest 5 * `length` bits of `value`, highest first."""
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def grouped(text: str) -> str:
    """In fours, joined by hyphens."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def normalise(typed: str, length: int) -> str:
    """What was meant by `typed`: any case, spaces and dashes, O for 0, I and L for 1. Empty if it cannot be one."""
    if len(typed) > 5 * length:
        return ""
    kept = "".join(sign for sign in typed if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"})
    text = kept.upper().translate(_ALIKE)
    return text if len(text) == length and set(text) <= set(ALPHABET) else ""
