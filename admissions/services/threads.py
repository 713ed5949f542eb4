"""Rows of a thread to text and back: which row goes into which envelope, and what an opened thread looks like."""

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Manager, Max
from django.utils import timezone

from admissions.crypto import sealing
from admissions.crypto.envelope import HALF_A_CHARACTER, Opened, Place, message_place, note_place, old_note_place, pad
from admissions.errors import CannotOpen, CannotSeal, WrongVisitorKey
from admissions.models import Attempt, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey
from admissions.questions import CONTACT_PREFERENCES
from admissions.typed_text import Needle

Row = TypeVar("Row", Message, StaffNote)
Part = TypeVar("Part")

CONSENT_TAKEN_BACK = {"consent": "taken back"}
VID = re.compile("[0-9a-f]{64}|[0-9a-f]{16}")  # until December 2026 only the first 8 bytes were named


@dataclass(frozen=True)
class OpenedMessage:
    author: str
    number: int
    content: Opened

    def __post_init__(self) -> None:
        """Raises `CannotOpen` for what no form of ours makes: whoever can write rows can seal anything."""
        content = self.content.reveal()
        body, is_first = content.get("body"), self.number == 1 and self.author == Message.Author.VISITOR
        if not (
            _is_moment(content.get("at"))
            and isinstance(body, dict)
            and all(_is_text(part) for part in (*body, *body.values()))
            and (not is_first or (_is_text(content.get("vid")) and VID.fullmatch(content["vid"])))
        ):
            raise CannotOpen("This is no message of ours.")

    @property
    def body(self) -> dict[str, str]:
        """What was typed, by field: a reply has one, `message`. Reading this is the one way to the text."""
        return self.content.reveal()["body"]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.content.reveal()["at"])

    @property
    def vid(self) -> str:
        """The fingerprint of the visitor's key, in the first message alone."""
        return str(self.content.reveal().get("vid", ""))

    @property
    def has_preferences(self) -> bool:
        """The first message of a thread has them, and each that changes them."""
        return self.author == Message.Author.VISITOR and (self.number == 1 or "changed" in self.body)

    @property
    def takes_back_consent(self) -> bool:
        return self.author == Message.Author.VISITOR and self.body == CONSENT_TAKEN_BACK


@dataclass(frozen=True)
class OpenedNote:
    number: int
    content: Opened

    def __post_init__(self) -> None:
        """Raises `CannotOpen`, as for a message."""
        content = self.content.reveal()
        if not (_is_moment(content.get("at")) and _is_text(content.get("by")) and _is_text(content.get("text"))):
            raise CannotOpen("This is no note of ours.")

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
    """What opens of it. The problems are sentences for staff: what is missing, or does not open."""

    messages: list[OpenedMessage]
    notes: list[OpenedNote]
    message_problems: list[str]
    note_problems: list[str]

    @property
    def is_complete(self) -> bool:
        return not self.message_problems and not self.note_problems

    def mentions(self, needle: Needle) -> bool:
        texts = [text for message in self.messages for text in message.body.values()]
        return any(needle.is_in(text) for text in (*texts, *(note.text for note in self.notes)))


def preferences_body(preferences: dict[str, str]) -> dict[str, str]:
    """The body of a message that takes the place of all preferences before it."""
    return {"changed": "wishes"} | {
        name: preferences[name] for name in preferences if name in CONTACT_PREFERENCES | {"consent"}
    }


def newest_preferences(messages: list[OpenedMessage]) -> dict[str, str]:
    """How the visitor wants to be reached now."""
    for message in reversed(messages):
        if message.has_preferences:
            return {name: text for name, text in message.body.items() if name in CONTACT_PREFERENCES}
    return {}


def refuses_contact(messages: list[OpenedMessage]) -> bool:
    """The visitor's newest word on it, as they sealed it, is that nobody may call or write."""
    words = [each for each in messages if each.author == Message.Author.VISITOR and "consent" in each.body]
    return bool(words) and words[-1].takes_back_consent


def waits_behind_code(inquiry: Inquiry, preferences: dict[str, str]) -> bool:
    """The answer is read with the return code, and nobody calls or writes."""
    return inquiry.do_not_contact or preferences.get("reach_by") == "return_code"


def fits(body: dict[str, str]) -> bool:
    """Can this body be sealed? Forms ask first, so that the answer is an error at the field."""
    try:
        pad({"at": timezone.now().isoformat(), "body": body, "vid": "0" * 64})
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
    content: dict[str, object] = {"at": timezone.now().isoformat(), "body": body}
    if number == 1:
        content["vid"] = sealing.fingerprint(visitor).hex()
    sealed = sealing.seal(content, place=_place(message), team=team, visitor=visitor)
    message.payload = sealed.payload
    return message, MessageKey(message=message, team_wrap=sealed.team_wrap, visitor_wrap=sealed.visitor_wrap)


def new_note(
    *, inquiry: Inquiry, number: int, by: str, text: str, team: sealing.PublicKey
) -> tuple[StaffNote, StaffNoteKey]:
    """A sealed note and its key, not yet stored."""
    note = StaffNote(inquiry=inquiry, number=number)
    content = {"at": timezone.now().isoformat(), "by": by, "text": text}
    sealed = sealing.seal(content, place=_note_place(note), team=team)
    note.payload = sealed.payload
    return note, StaffNoteKey(note=note, team_wrap=sealed.team_wrap)


def next_number(rows: Manager[Message] | Manager[StaffNote] | Manager[Attempt]) -> int:
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1


def open_as_visitor(message: Message, private: sealing.PrivateKey) -> OpenedMessage:
    """Raises `CannotOpen`."""
    try:
        wrapped = message.key.visitor_wrap or b""
    except ObjectDoesNotExist:
        wrapped = b""
    content = sealing.open_sealed(message.payload, wrapped, place=_place(message), key=private, label=sealing.VISITOR)
    return OpenedMessage(message.author, message.number, content)


def open_as_team(inquiry: Inquiry, private: sealing.PrivateKey) -> Thread:
    """Every part that opens; the others are named. Raises `CannotOpen` when messages are there and none opens."""
    messages, message_problems = _open_rows("Message", inquiry.messages.all(), lambda row: _open_message(row, private))
    if message_problems and not messages:
        raise CannotOpen("No message of this thread opens.")
    # A new thread has no old notes: one that is there was moved.
    is_old = bool(messages) and len(messages[0].vid) == 16
    notes, note_problems = _open_rows(
        "Note", inquiry.notes.all(), lambda row: _open_note(row, private, may_be_old=is_old)
    )
    return Thread(messages, notes, message_problems or ([] if messages else ["No message is left."]), note_problems)


def visitor_key(inquiry: Inquiry, thread: Thread) -> sealing.PublicKey:
    """The stored key of the visitor, if the first message names the same one. Raises `WrongVisitorKey`, `CannotOpen`.

    This shows a key that was replaced alone. Whoever replaced the first message too passes here, since base mode does
    not prove who wrote: `integrity.compare` shows that, from the first look on.
    """
    first = thread.messages[0]
    if first.number != 1 or not first.vid:
        raise CannotOpen("The first message is gone.")
    stored = sealing.load_public(bytes(inquiry.visitor_public_key or b""))
    if sealing.fingerprint(stored).hex()[: len(first.vid)] != first.vid:
        raise WrongVisitorKey(f"The visitor's key of {inquiry} is not the one in the first message.")
    return stored


def _open_rows(what: str, rows: Iterable[Row], open_one: Callable[[Row], Part]) -> tuple[list[Part], list[str]]:
    """What opens, and a sentence for each gap in the numbers and each row that does not."""
    opened: list[Part] = []
    problems, next_one = [], 1
    for row in rows:
        if row.number > next_one + 1:
            problems.append(f"{what}s {next_one} to {row.number - 1} are missing.")
        elif row.number > next_one:
            problems.append(f"{what} {next_one} is missing.")
        next_one = row.number + 1
        try:
            opened.append(open_one(row))
        except (CannotOpen, ObjectDoesNotExist):  # the latter: its key is gone
            problems.append(f"{what} {row.number} does not open: it was changed, or belongs somewhere else.")
    return opened, problems


def _open_message(row: Message, private: sealing.PrivateKey) -> OpenedMessage:
    content = sealing.open_sealed(row.payload, row.key.team_wrap, place=_place(row), key=private)
    return OpenedMessage(row.author, row.number, content)


def _open_note(row: StaffNote, private: sealing.PrivateKey, *, may_be_old: bool) -> OpenedNote:
    try:
        content = sealing.open_sealed(row.payload, row.key.team_wrap, place=_note_place(row), key=private)
    except CannotOpen:
        if not may_be_old:
            raise
        place = old_note_place(note=row.pk)
        content = sealing.open_sealed(row.payload, row.key.team_wrap, place=place, key=private)
    return OpenedNote(row.number, content)


def _place(message: Message) -> Place:
    return message_place(
        inquiry=message.inquiry_id, message=message.pk, author=str(message.author), number=message.number
    )


def _note_place(note: StaffNote) -> Place:
    return note_place(inquiry=note.inquiry_id, note=note.pk, number=note.number)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and not HALF_A_CHARACTER.search(value)


def _is_moment(value: object) -> bool:
    """In a time that every zone has."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return at is not None and at.tzinfo is not None and 2000 <= at.year < 2200
