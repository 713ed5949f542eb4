"""From the translations that people write (.po) to the file that Django reads (.mo), without GNU gettext.

A fresh machine has no `msgfmt`, so the compiled file is kept beside the other, and a test says when it is out of date.
"""

import ast
import re
import struct

MAGIC, HEADER = 0x950412DE, 7 * 4  # the GNU format: seven numbers, a table for what is said, one for its translation
BEGINS = {"msgctxt", "msgid"}
LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) )?(".*")')


def parse(po: str) -> dict[str, str]:
    """Translations by message, as a .mo file has them: context, singular and plural are joined by control characters.

    Raises `ValueError` for a line that is not understood, and for a message that stands there twice.
    """
    translations: dict[str, str] = {}
    entry: dict[str, str] = {}
    name = ""
    for line in [*po.splitlines(), 'msgid ""']:
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"This line is no part of a translation: {line}")
        name = match[1] or name
        if name in BEGINS and any(key.startswith("msgstr") for key in entry):
            add_message(entry, translations)
            entry = {}
        if match[1] in entry:
            raise ValueError(f"This message has no translation, or two: {entry['msgid']}")
        entry[name] = entry.get(name, "") + ast.literal_eval(match[2])
    return translations


def add_message(entry: dict[str, str], translations: dict[str, str]) -> None:
    message = entry["msgid"] + (f"\0{entry['msgid_plural']}" if "msgid_plural" in entry else "")
    message = f"{entry['msgctxt']}\4{message}" if "msgctxt" in entry else message
    if message in translations:
        raise ValueError(f"This message stands there twice: {entry['msgid']}")
    translations[message] = "\0".join(entry[name] for name in sorted(entry) if name.startswith("msgstr"))


def compile_messages(messages: dict[str, str]) -> bytes:
    """The bytes of the .mo file. The same messages always make the same bytes."""
    pairs = sorted((message.encode(), translation.encode()) for message, translation in messages.items())
    columns = list(zip(*pairs, strict=True))
    tables, at, texts = b"", HEADER + 2 * 8 * len(pairs), b""
    for column in columns:
        for text in column:
            tables += struct.pack("<II", len(text), at + len(texts))
            texts += text + b"\0"
    header = struct.pack("<7I", MAGIC, 0, len(pairs), HEADER, HEADER + 8 * len(pairs), 0, 0)
    return header + tables + texts
