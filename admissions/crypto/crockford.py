"""Crockford's Base32: 32 characters that survive being read aloud or copied by hand."""

import re
import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# As people say them on a bad line. The words for letters are the same in every language.
DIGITS = (
    _("zero"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"),
)  # fmt: skip
LETTERS = (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "Juliett", "Kilo", "Mike",
    "November", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Victor", "William", "X-ray", "Yankee", "Zulu",
)  # fmt: skip
SPOKEN: dict[str, str | Promise] = dict(zip(ALPHABET, (*DIGITS, *LETTERS), strict=True))
_HYPHEN = r"[-+.\u2010-\u2015\u2212]"
_CONFUSABLE = str.maketrans("OIL", "011")


def encode(value: int, length: int) -> str:
    """The lowest 5 * `length` bits of `value`, highest first."""
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def grouped(text: str) -> str:
    """In fours, joined by hyphens."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def spoken(code: str) -> list[tuple[str, str]]:
    """Each group of a grouped text, with the words in which to read it aloud."""
    return [(group, " ".join(str(SPOKEN[sign]) for sign in group)) for group in code.split("-")]


def normalise(typed: str, length: int) -> str:
    """What was meant by `typed`: any case, spaces, dashes and quotes, words around its groups, O for 0, I and L for 1.

    Empty if it cannot be one.
    """
    if len(typed) > 5 * length:
        return ""
    plain = unicodedata.normalize("NFKC", typed)
    more = rf"(?:{_HYPHEN}\w{{4}}){{{length // 4 - 1}}}"
    groups = re.search(rf"(?<!\w)(?<!\w{_HYPHEN})\w{{4}}{more}(?!{_HYPHEN}?\w)", plain)
    text = groups[0] if groups else plain.rpartition(":")[2]
    signs = "".join(sign for sign in text if unicodedata.category(sign)[0] not in "CPSZ")
    text = signs.upper().translate(_CONFUSABLE)
    return text if len(text) == length and set(text) <= set(ALPHABET) else ""
