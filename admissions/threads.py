"""Rows of a thread to text and back: which row goes into which envelope, and what an opened thread looks like."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Max
from django.utils import timezone

from admissions import sealing
from admissions.envelope import Opened, Place, message_place, note_place, pad
from admissions.errors import CannotOpen, CannotSeal, WrongVisitorKey
from admissions.models import Inquiry, Message, MessageKey, StaffNote, StaffNoteKey

# How to be reached: what a visitor says anew as a whole, so that the newest such message counts and no older one.
WISHES = (
    "reach_by",
    "phone",
    "email",
    "voicemail_ok",
    "voicemail_words",
    "who_may_answer",
    "never_mention",
    "language",
    "time_zone",
    "call_window",
    "texts_ok",
)
CONSENT_TAKEN_BACK = {"consent": "taken back"}


@dataclass(frozen=True)
class OpenedMessage:
    author: str
    number: int
    content: Opened

    @property
    def body(self) -> dict[str, str]:
        """What was typed, by field: a reply has one, `message`. Reading this is the one way to the text."""
        return self.content.reveal()["body"]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.content.reveal()["at"])

    @property
    def has_wishes(self) -> bool:
        """The first message of a thread has them, and each that changes them."""
        return self.author == Message.Author.VISITOR and (self.number == 1 or "changed" in self.body)

    @property
    def takes_back_consent(self) -> bool:
        return self.author == Message.Author.VISITOR and self.body == CONSENT_TAKEN_BACK


@dataclass(frozen=True)
class OpenedNote:
    number: int
    content: Opened

    @property
    def text(self) -> str:
        return self.content.reveal()["text"]

    @property
    def by(self) -> str:
        return self.content.reveal()["by"]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.content.reveal()["at"])


@dataclass(frozen=True)
class Thread:
    messages: list[OpenedMessage]
    notes: list[OpenedNote]

    def mentions(self, needle: str) -> bool:
        """In any case; a number is also found through other punctuation."""
        wanted, digits = needle.strip().casefold(), re.sub(r"\D", "", needle)
        is_number = len(digits) >= 4 and not re.search(r"[^\W\d_]", needle)
        return any(
            wanted in text.casefold() or (is_number and digits in re.sub(r"\D", "", text)) for text in self._texts()
        )

    def _texts(self) -> Iterator[str]:
        for message in self.messages:
            yield from message.body.values()
        for note in self.notes:
            yield note.text


def as_wishes(wishes: dict[str, str]) -> dict[str, str]:
    """The body of a message that takes the place of all wishes before it."""
    return {"changed": "wishes"} | {name: wishes[name] for name in wishes if name in (*WISHES, "consent")}


def newest_wishes(messages: list[OpenedMessage]) -> dict[str, str]:
    """How the visitor wants to be reached now."""
    for message in reversed(messages):
        if message.has_wishes:
            return {name: text for name, text in message.body.items() if name in WISHES}
    return {}


def waits_behind_code(inquiry: Inquiry, wishes: dict[str, str]) -> bool:
    """The answer is read with the return code, and nobody calls or writes."""
    return inquiry.do_not_contact or wishes.get("reach_by") == "return_code"


def fits(body: dict[str, str]) -> bool:
    """Can this body be sealed? Forms ask first, so that the answer is an error at the field."""
    try:
        pad({"at": timezone.now().isoformat(), "body": body, "vid": "0" * 16})
    except CannotSeal:
        return False
    return True


def new_message(
    *,
    inquiry: Inquiry,
    author: str,
    number: int,
    body: dict[str, str],
    team: sealing.PublicKey,
    visitor: sealing.PublicKey,
    pk: uuid.UUID | None = None,
) -> tuple[Message, MessageKey]:
    """A sealed message and its key, not yet stored. The first of a thread names the visitor's key inside."""
    message = Message(id=pk or uuid.uuid4(), inquiry=inquiry, author=author, number=number)
    content: dict[str, Any] = {"at": timezone.now().isoformat(), "body": body}
    if number == 1:
        content["vid"] = sealing.key_id(visitor).hex()
    sealed = sealing.seal(content, place=_place(message), team=team, visitor=visitor)
    message.payload = sealed.payload
    return message, MessageKey(message=message, team_wrap=sealed.team_wrap, visitor_wrap=sealed.visitor_wrap)


def new_note(
    *, inquiry: Inquiry, number: int, by: str, text: str, team: sealing.PublicKey
) -> tuple[StaffNote, StaffNoteKey]:
    """A sealed note and its key, not yet stored."""
    note = StaffNote(inquiry=inquiry, number=number)
    content = {"at": timezone.now().isoformat(), "by": by, "text": text}
    sealed = sealing.seal(content, place=note_place(note=note.pk), team=team)
    note.payload = sealed.payload
    return note, StaffNoteKey(note=note, team_wrap=sealed.team_wrap)


def next_number(rows: Any) -> int:
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1


def opened_by_visitor(message: Message, private: sealing.PrivateKey) -> OpenedMessage:
    """Raises `CannotOpen`."""
    try:
        wrapped = message.key.visitor_wrap or b""
    except ObjectDoesNotExist:
        wrapped = b""
    content = sealing.open_sealed(message.payload, wrapped, place=_place(message), key=private, label=sealing.VISITOR)
    return OpenedMessage(message.author, message.number, content)


def opened_by_team(inquiry: Inquiry, private: sealing.PrivateKey) -> Thread:
    """The whole thread or nothing. Raises `CannotOpen`."""
    try:
        return Thread(
            [
                OpenedMessage(
                    row.author,
                    row.number,
                    sealing.open_sealed(row.payload, row.key.team_wrap, place=_place(row), key=private),
                )
                for row in inquiry.messages.all()
            ],
            [
                OpenedNote(
                    row.number,
                    sealing.open_sealed(row.payload, row.key.team_wrap, place=note_place(note=row.pk), key=private),
                )
                for row in inquiry.notes.all()
            ],
        )
    except ObjectDoesNotExist:
        raise CannotOpen("A key of this thread is gone.") from None


def visitor_key(inquiry: Inquiry, private: sealing.PrivateKey) -> sealing.PublicKey:
    """The stored key of the visitor, if the first message names the same one. Raises `WrongVisitorKey`, `CannotOpen`.

    Whoever can write to the database could put in a key of their own; only the sealed first message is out of reach.
    """
    first = inquiry.messages.select_related("key").filter(number=1, author=Message.Author.VISITOR).first()
    if first is None or not hasattr(first, "key"):
        raise CannotOpen("The first message or its key is gone.")
    named = sealing.open_sealed(first.payload, first.key.team_wrap, place=_place(first), key=private).reveal()["vid"]
    stored = bytes(inquiry.visitor_public_key or b"")
    if not stored or sealing.key_id(sealing.load_public(stored)).hex() != named:
        raise WrongVisitorKey(f"The visitor's key of {inquiry} is not the one in the first message.")
    return sealing.load_public(stored)


def _place(message: Message) -> Place:
    return message_place(
        inquiry=message.inquiry_id, message=message.pk, author=str(message.author), number=message.number
    )
