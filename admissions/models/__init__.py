from admissions.models.alert import Alert
from admissions.models.disclosure import Disclosure
from admissions.models.duty import ClosedDay, OpeningHours, Pause, Shift
from admissions.models.inquiry import Inquiry
from admissions.models.kept_form import KeptForm, KeptFormKey
from admissions.models.nightly_run import NightlyRun
from admissions.models.thread import Message, MessageKey, StaffNote, StaffNoteKey
