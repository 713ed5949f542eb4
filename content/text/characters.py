"""Characters that have no place in a text: nobody can see them, and they break programs that read it."""

import re
import unicodedata

# Word writes a line break inside a paragraph as a vertical tab. NEL is a line break of other machines.
BREAKS = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
# What XML 1.0 cannot hold, NUL (which PostgreSQL cannot store) and halves of UTF-16 pairs (which nothing can encode)
# among it; and the other control characters and noncharacters, which HTML calls errors.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)


def without_controls(text: str) -> str:
    """`text` as every program can store and show it: what breaks a line is a blank, other controls are gone."""
    return FORBIDDEN.sub("", BREAKS.sub(" ", text))


def without_format_signs(text: str) -> str:
    """`text` in whole words: a soft hyphen or a sign without width would part one into two."""
    return text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")


def shortened(text: str, longest: int) -> str:
    """`text`, or as much of it as goes into `longest` characters with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
