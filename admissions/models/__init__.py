from admissions.models.alert import Alert
from admissions.models.disclosure import Disclosure
from admissions.models.inquiry import Inquiry
from admissions.models.thread import Message, MessageKey, StaffNote, StaffNoteKey

__all__ = ["Alert", "Disclosure", "Inquiry", "Message", "MessageKey", "StaffNote", "StaffNoteKey"]
