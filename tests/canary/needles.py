"""Looks for typed texts in bytes, whatever they were turned into on the way.

`Needles(people).hits(data)` names what was found: raw text, encoded, packed, or a digest that can be turned back.
"""

import base64
import gzip
import hashlib
import html
import json
import quopri
import re
import unicodedata
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator

from ahocorasick_rs import BytesAhoCorasick

from tests.canary.corpus import Person

SHORTEST = 6  # bytes of an encoded form: shorter ones are found by chance
DEEPEST = 5  # a session in a log that was packed and sent as base64
MOST_UNPACKED = 4_000_000
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
HEX_RUN = re.compile(rb"(?:[0-9a-fA-F]{2}){16,}")
ESCAPES = {ord(sign): f"\\{sign}" for sign in "\\'\""}


def encoded(text: str) -> dict[str, bytes]:
    """The forms in which a text turns up in files, logs, addresses, mails and dumps."""
    raw = text.encode()
    forms = {
        "as typed": raw,
        "lower case": text.lower().encode(),
        "NFKC": unicodedata.normalize("NFKC", text).encode(),
        "NFD": unicodedata.normalize("NFD", text).encode(),
        "UTF-16": text.encode("utf-16-le"),
        "hexadecimal": raw.hex().encode(),
        "URL": urllib.parse.quote(text).encode(),
        "form": urllib.parse.quote_plus(text).encode(),
        "JSON": json.dumps(text)[1:-1].encode(),
        "HTML": html.escape(text).encode(),
        "quoted-printable": quopri.encodestring(raw, quotetabs=True).replace(b"=\n", b""),
        "repr": ascii(text)[1:-1].encode(),
        "repr of bytes": repr(raw)[2:-1].encode(),
        "escaped": text.translate(ESCAPES).encode(),
    }
    for shift in range(3):
        # Whatever stands before shifts the groups of six bits; the signs at both ends mix with the neighbours.
        whole = base64.b64encode(b"\0" * shift + raw)
        inner = whole[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
        forms[f"base64, shifted by {shift}"] = inner
        forms[f"base64 for URLs, shifted by {shift}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    return forms


def digested(text: str) -> dict[str, bytes]:
    """Of a phone number there are so few that its digest is as good as the number."""
    return {
        name: form
        for algorithm in ("md5", "sha1", "sha256")
        for digest in [hashlib.new(algorithm, text.encode(), usedforsecurity=False).digest()]
        for name, form in ((algorithm, digest.hex().encode()), (f"{algorithm}, binary", digest))
    }


class Needles:
    """All forms of all typed texts, found in one pass over the data, however many they are."""

    def __init__(self, people: Iterable[Person], codes: Iterable[str] = ()) -> None:
        self.forms: dict[bytes, str] = {}
        self.numbers: dict[bytes, str] = {}
        for index, person in enumerate(people):
            for what, text in person.typed.items():
                self._add(encoded(text), f"person {index}, {what}")
            digits = re.sub(r"\D", "", person.phone)
            for number in (digits, f"1{digits}", f"+1{digits}", person.phone):
                self._add(digested(number), f"person {index}, phone")
                self._add(encoded(number), f"person {index}, phone")
            for part in (digits, digits[-7:], f"{digits[-7:-4]}-{digits[-4:]}"):
                self.numbers[part.encode()] = f"person {index}, phone, {part!r}"
            for address in (person.email, person.email.upper()):
                self._add(digested(address), f"person {index}, e-mail")
        for index, code in enumerate(codes):
            for text in (code, code.replace("-", "")):
                self._add(encoded(text), f"code {index}")
        self.patterns = [*(self.forms | self.numbers)]
        self.search = BytesAhoCorasick(self.patterns)

    def _add(self, forms: dict[str, bytes], of: str) -> None:
        for name, form in forms.items():
            if len(form) >= SHORTEST:
                self.forms.setdefault(form.lower(), f"{of}, {name}")

    def hits(self, data: bytes) -> set[str]:
        return {hit for layer in unpacked(data) for hit in self._hits_of(layer.lower())}

    def _hits_of(self, data: bytes) -> Iterator[str]:
        for which, start, end in self.search.find_matches_as_indexes(data, overlapping=True):
            found = self.patterns[which]
            if found in self.forms:
                yield self.forms[found]
            # Seven digits turn up inside any digest: only where they stand alone are they a number.
            if found in self.numbers and stands_alone(data, start, end):
                yield self.numbers[found]


def stands_alone(data: bytes, start: int, end: int) -> bool:
    return not (data[start - 1 : start].isalnum() or data[end : end + 1].isalnum())


def unpacked(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """`data`, and whatever is packed inside: gzip and zlib members, base64 and hexadecimal runs, each again."""
    yield data
    if depth == DEEPEST:
        return
    for found in PACKED.finditer(data):
        # The head of a member shows in any random bytes: what does not go on as one is none.
        wanted = zlib.MAX_WBITS | 16 if found[0].startswith(b"\x1f") else zlib.MAX_WBITS
        member = memoryview(data)[found.start() : found.start() + MOST_UNPACKED]
        try:
            inside = zlib.decompressobj(wanted).decompress(member, MOST_UNPACKED)
        except zlib.error:
            continue
        if len(inside) > 8:
            yield from unpacked(inside, depth + 1)
    for run in BASE64_RUN.finditer(data):
        inside = _from_base64(run[0])
        if inside and PACKED.match(inside):  # plain base64 is among the forms already
            yield from unpacked(inside, depth + 1)
    for run in HEX_RUN.finditer(data):
        inside = bytes.fromhex(run[0].decode())
        if PACKED.search(inside) or BASE64_RUN.search(inside):
            yield from unpacked(inside, depth + 1)


def _from_base64(run: bytes) -> bytes:
    text = run.replace(b"-", b"+").replace(b"_", b"/")
    if len(text) % 4 == 1:
        text = text[:-1]
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def packed_like_a_session(text: str) -> bytes:
    """What Django's signer makes of a long session."""
    return b"." + base64.urlsafe_b64encode(zlib.compress(text.encode())).rstrip(b"=") + b":1abcde:signature"


def packed_like_a_log(text: str) -> bytes:
    return gzip.compress(text.encode() * 3)
