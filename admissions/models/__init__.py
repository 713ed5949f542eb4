from admissions.models.alert import Alert
from admissions.models.disclosure import Disclosure
from admissions.models.duty import ClosedDay, OpeningHours, Pause, Shift
from admissions.models.inquiry import Inquiry
from admissions.models.thread import Message, MessageKey, StaffNote, StaffNoteKey

__all__ = [
    "Alert",
    "ClosedDay",
    "Disclosure",
    "Inquiry",
    "Message",
    "MessageKey",
    "OpeningHours",
    "Pause",
    "Shift",
    "StaffNote",
    "StaffNoteKey",
]
