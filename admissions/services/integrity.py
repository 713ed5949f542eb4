"""Whether a thread still holds what one of us saw of it last.

Whoever can write rows can seal a message in anybody's name, and put a key of their own in the visitor's place. So the
log entry of each look holds an HMAC over the thread as it was: the visitor's key, and of every message and note its
id, its place and its sealed bytes. All of that has to be there at the next look. What came since is then taken in.

The wraps are left out: they are made anew with another key of the team, and open the same bytes.
"""

import hashlib
import hmac
import json
from typing import NamedTuple

from admissions.crypto import keys, sealing
from admissions.models import Disclosure, Inquiry, Message, StaffNote


class Comparison(NamedTuple):
    """`state` goes into the log entry of this look. Of a thread that was changed it is the one of before: the next look
    shows the change as well."""

    is_unchanged: bool
    state: bytes


def compare(inquiry: Inquiry) -> Comparison:
    """The thread as it is, against the entries about it, each of which must be as it was written.

    Raises `DisclosureNotWritten` without the key of the log.
    """
    messages = [[str(row.pk), row.author, row.number, _digest(row)] for row in inquiry.messages.all()]
    notes = [[str(row.pk), row.number, _digest(row)] for row in inquiry.notes.all()]
    entries, key = Disclosure.objects.filter(record=inquiry.pk), keys.disclosure()
    is_unchanged = all(hmac.compare_digest(bytes(entry.digest), entry.digest_with(key)) for entry in entries)
    known = next((bytes(entry.thread_state) for entry in reversed(entries) if entry.thread_state is not None), None)
    if known is None:
        return Comparison(is_unchanged, _state(inquiry, messages, notes))
    counts = messages_in(known), int.from_bytes(known[2:4], "big")
    if not is_unchanged or known != _state(inquiry, messages[: counts[0]], notes[: counts[1]]):
        return Comparison(False, known)
    return Comparison(True, _state(inquiry, messages, notes))


def messages_in(state: bytes) -> int:
    """How many messages a thread had that was in this state."""
    return int.from_bytes(state[:2], "big")


def _state(inquiry: Inquiry, messages: list[list[object]], notes: list[list[object]]) -> bytes:
    """How many messages and notes, 2 bytes each, and the HMAC over them."""
    key = sealing.derive(keys.disclosure(), b"adm.thread/1", 32)
    parts = [str(inquiry.pk), bytes(inquiry.visitor_public_key or b"").hex(), messages, notes]
    counts = len(messages).to_bytes(2, "big") + len(notes).to_bytes(2, "big")
    return counts + hmac.digest(key, json.dumps(parts).encode(), hashlib.sha256)


def _digest(row: Message | StaffNote) -> str:
    return hashlib.sha256(row.payload).hexdigest()
