"""The questions of the forms, in one table: a row here and a field of the same name on `AskForm` make a question.

Rows stand in the order in which answers are read; fields, in the order in which they are asked. Every answer is sealed,
and what has no row is neither asked nor sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FORM_VERSION = 2  # raise it when questions are added, renamed or change their meaning

CONTACT, CALL = "contact", "call"  # the forms
GROUPS: dict[str, Promise] = {  # of a form, each under its heading
    "you": _("A little about you"),
    "reach": _("Where and when we reach you"),
    "discreet": _("So that nobody else finds out"),
    "words": _("In your own words"),
    "yes": _("Your yes"),
}
Ways = tuple[str, ...]
NO_CALL: Ways = ("text", "email", "return_code")
NO_NUMBER: Ways = ("email", "return_code")


@dataclass(frozen=True)
class Question:
    """`key` names the field, and the answer inside sealed messages: it never changes. `label` is above the answer."""

    key: str
    group: str
    label: Promise
    label_to_visitor: Promise | None = None  # kinder words, for whoever gave the answer
    forms: tuple[str, ...] = (CONTACT, CALL)
    # How to be reached: said anew as a whole by whoever comes back, so that the newest such message counts alone.
    is_contact_preference: bool = True
    is_address: bool = False  # staff dial it or write to it; all other preferences they read before they do
    autofill: str = "off"  # what browsers call it, for people who let theirs fill it in
    # By question: the answers that take this one off the page (static/css/forms.css says the same).
    unasked_after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pointless_for: Ways = ()  # of being reached, that do not need the answer: it is not stored then

    def is_unasked(self, answers: Mapping[str, object]) -> bool:
        """Is it off the page after these answers? Nobody can mend what they do not see."""
        return any(answers.get(key) in taking for key, taking in self.unasked_after.items())


QUESTIONS = (
    Question("about", "you", _("Who it is for"), is_contact_preference=False),
    Question("name", "you", _("Name"), is_contact_preference=False, autofill="name"),
    Question("reach_by", "reach", _("How to reach"), _("How we may reach you"), forms=(CONTACT,)),
    Question("voicemail_ok", "discreet", _("Voicemail"), unasked_after={"reach_by": NO_CALL}),
    Question(
        "voicemail_words",
        "discreet",
        _("What a voicemail may say"),
        unasked_after={"reach_by": NO_CALL, "voicemail_ok": ("no",)},
    ),
    Question("line_drops", "discreet", _("If the line drops"), unasked_after={"reach_by": NO_CALL}),
    Question(
        "who_may_answer",
        "discreet",
        _("Who else may pick up"),
        _("Who else may pick up the phone"),
        unasked_after={"reach_by": NO_NUMBER},
    ),
    Question(
        "never_mention",
        "discreet",
        _("Never mention"),
        _("What we never mention"),
        unasked_after={"reach_by": ("return_code",)},
    ),
    Question("language", "you", _("Language")),
    Question(
        "call_window",
        "reach",
        _("Good time to call"),
        unasked_after={"reach_by": NO_NUMBER},
        pointless_for=NO_NUMBER,
    ),
    Question("time_zone", "reach", _("Time zone"), unasked_after={"reach_by": NO_NUMBER}, pointless_for=NO_NUMBER),
    Question("texts_ok", "yes", _("Text messages"), unasked_after={"reach_by": NO_NUMBER}, pointless_for=NO_NUMBER),
    Question(
        "phone",
        "reach",
        _("Phone"),
        is_address=True,
        autofill="tel",
        unasked_after={"reach_by": NO_NUMBER},
        pointless_for=NO_NUMBER,
    ),
    Question(
        "email",
        "reach",
        _("E-mail"),
        forms=(CONTACT,),
        is_address=True,
        autofill="email",
        unasked_after={"reach_by": ("phone", "text", "return_code")},
        pointless_for=("return_code",),
    ),
    Question("message", "words", _("Message"), is_contact_preference=False),
    Question("consent", "yes", _("Consent"), _("What you agreed to"), is_contact_preference=False),
)
CONTACT_PREFERENCES = frozenset(row.key for row in QUESTIONS if row.is_contact_preference)
BEFORE_DIALING = frozenset(row.key for row in QUESTIONS if row.is_contact_preference and not row.is_address)


def asked_on(form: str) -> frozenset[str]:
    return frozenset(row.key for row in QUESTIONS if form in row.forms)
