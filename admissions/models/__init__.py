from admissions.models.alert import Alert
from admissions.models.attempt import Attempt
from admissions.models.canned_reply import CannedReply
from admissions.models.disclosure import Disclosure
from admissions.models.duty import ClosedDay, OpeningHours, Pause, Shift
from admissions.models.inquiry import Inquiry
from admissions.models.kept_form import KeptForm, KeptFormKey
from admissions.models.never_contact import NeverContact
from admissions.models.nightly_run import NightlyRun
from admissions.models.thread import Message, MessageKey, StaffNote, StaffNoteKey
from admissions.models.weekly_figures import WeeklyFigures
