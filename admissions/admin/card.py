"""The card: one inquiry's page. Their story, what to know before dialing, and every step that staff take with it.

It opens after the look is on record. The number and the address are on it only while `desk.reveal` has given them.
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import (
    AlreadyClaimed,
    CannotOpen,
    CannotSeal,
    ChangedMeanwhile,
    Destroyed,
    DisclosureNotWritten,
    IllegalMove,
    NotAllowed,
    Refused,
    ThreadDamaged,
    TooLong,
)
from admissions.forms.ask import Cleaned, Words, answers, in_words
from admissions.models import Attempt, CannedReply, Disclosure, Inquiry, Message
from admissions.models.duty import DutyCalendar
from admissions.models.inquiry import MOST_TRIES
from admissions.questions import BEFORE_DIALING
from admissions.scheduling import wording
from admissions.scheduling.hours import is_by_phone, their_hours
from admissions.services import desk, privacy, team
from admissions.services.actor import actor_of
from admissions.services.threads import OpenedMessage, Thread, newest_preferences, waits_behind_code
from admissions.services.visitor import Tried
from admissions.typed_text import is_blank
from admissions.views.thread_pages import tried_line

# Said to staff when something is in the way; what they typed stays on the page.
SENTENCES: dict[type[Exception], str] = {
    AlreadyClaimed: "A colleague has this inquiry at the moment. Ask them, or wait until their time is over.",
    ChangedMeanwhile: (
        "A colleague or the visitor changed this inquiry a moment ago. Look at it as it is now, then try again."
    ),
    Destroyed: "The visitor has destroyed this inquiry. Nothing opens any more.",
    IllegalMove: "This step is not possible any more. Look at the status as it is now.",
    TooLong: "This text is too long. Shorten it to about two pages.",
    CannotSeal: "The text could not be sealed, so it was not stored. Tell whoever runs the site.",
    ThreadDamaged: (
        "A message of this thread is missing or does not open, so nothing was sent. Tell whoever runs the site."
    ),
    CannotOpen: "This thread does not open with our key, so nothing was done. Tell whoever runs the site.",
    DisclosureNotWritten: "This could not be put on record, so nothing was done. Tell whoever runs the site.",
}
REFUSALS: tuple[type[Exception], ...] = (Refused, *SENTENCES)  # the first kind says itself why
MARKS = "🟠🟡🟢🔵🟣🟤"  # before the id in the title: two open tabs are told apart at a glance
SAYS_NOTHING_OF_US = {  # for whoever allowed a voicemail and named no words
    "en": "Hello, I am calling you back. Please call this number when you have a moment. Thank you.",
    "es": "Hola, le devuelvo la llamada. Por favor llame a este número cuando pueda. Gracias.",
}
IN_WRITING = (Attempt.Outcome.WRITTEN, Attempt.Outcome.REACHED, Attempt.Outcome.ASKED_NOT, Attempt.Outcome.REFERRED)
ON_ITS_OWN_LINE = {"never_mention", "voicemail_ok", "voicemail_words", "call_window", "time_zone"}
STORY = ("message", "name", "phone", "email")  # told apart from the other answers of a message


KEYS_OFF = "desk_keys_off"  # in the session, once somebody wants no single keys


class TextForm(forms.Form):
    """A reply or a note."""

    text = Words(max_length=3000, required=True, widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if is_blank(text):
            raise forms.ValidationError("Nobody can see anything in this text. Write it again.")
        return text


class ReasonForm(forms.Form):
    reason = Words(max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class AttemptForm(forms.Form):
    outcome = forms.ChoiceField(choices=Attempt.Outcome.choices)
    again_at = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    note = Words(max_length=3000, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}))
    way = forms.ChoiceField(choices=Attempt.Way.choices, required=False, widget=forms.HiddenInput)

    def clean(self) -> Cleaned:
        """Whoever is to be called is written to by text message."""
        cleaned = super().clean() or {}
        way = cleaned.get("way") or Attempt.Way.CALL
        is_text = way == Attempt.Way.CALL and cleaned.get("outcome") == Attempt.Outcome.WRITTEN
        return cleaned | {"way": Attempt.Way.TEXT if is_text else way}


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.filter(is_active=True))
    note = Words(max_length=3000, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}))


class CloseForm(forms.Form):
    closed_as = forms.ChoiceField(
        choices=[(key, label) for key, label in Inquiry.ClosedAs.choices if key != Inquiry.ClosedAs.ASKED_NOT]
    )


FORMS: dict[str, type[forms.Form]] = {
    "reply": TextForm,
    "note": TextForm,
    "reveal": ReasonForm,
    "attempt": AttemptForm,
    "hand": HandOverForm,
    "junk": ReasonForm,
    "close": CloseForm,
}
Forms = dict[str, forms.Form]


class Entry(NamedTuple):
    """One line of what happened so far."""

    by: str
    at: datetime
    text: str = ""
    lines: Sequence[tuple[str, str]] = ()


class CardAdmin(ReadOnlyAdmin):
    """The card takes the place of the change form."""

    @sensitive_variables()
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if not self.has_view_permission(request) or object_id is None:
            raise PermissionDenied
        inquiry = self.get_object(request, object_id)
        if inquiry is None:
            raise Http404
        if request.method != "POST":
            return self.card(request, inquiry, unsent_forms())
        if request.POST.get("do") == "renew":
            return pulse(inquiry, actor_of(request))
        return self.act_on(request, inquiry)

    @sensitive_variables()
    def act_on(self, request: HttpRequest, inquiry: Inquiry) -> HttpResponse:
        """Do what the button says. When that is not possible the page comes back with everything that was typed."""
        wanted = request.POST.get("do", "")
        if wanted == "canned":
            return self.card(request, inquiry, unsent_forms("reply", with_canned_text(request.POST)))
        sent = unsent_forms(wanted, request.POST)
        form = sent.get(wanted)
        if form is not None and not form.is_valid():
            is_text = isinstance(form, TextForm)
            said = "Write something first, at most 3,000 characters." if is_text else "Look at what is marked below."
            messages.error(request, said)
            return self.card(request, inquiry, sent)
        try:
            done = self.do(request, wanted, inquiry, form.cleaned_data if form is not None else {})
        except NotAllowed as error:
            raise PermissionDenied from error
        except REFUSALS as error:
            said = next((text for kind, text in SENTENCES.items() if isinstance(error, kind)), str(error))
            messages.error(request, said)
            with contextlib.suppress(Inquiry.DoesNotExist):
                inquiry.refresh_from_db()
            return self.card(request, inquiry, sent)
        if done:
            messages.success(request, done)
        else:
            messages.error(request, "Choose one of the buttons.")
        return HttpResponseRedirect(thread_url(inquiry))

    @sensitive_variables()
    def do(self, request: HttpRequest, wanted: str, inquiry: Inquiry, words: Cleaned) -> str:
        """Returns what to say when it is done, and nothing for a button that we did not make."""
        actor = actor_of(request)
        if wanted == "take":
            desk.take(inquiry=inquiry, actor=actor)
            return "You have it for 15 minutes. Whatever you do here makes it 15 minutes again."
        if wanted == "release":
            team.release(inquiry=inquiry, actor=actor)
            return "It is free for colleagues."
        if request.POST.get("version", "" if wanted == "reveal" else str(inquiry.version)) != str(inquiry.version):
            raise ChangedMeanwhile  # nobody calls without having read the newest line
        match wanted:
            case "reveal":
                revealed = desk.reveal(inquiry=inquiry, actor=actor, version=inquiry.version, reason=words["reason"])
                request.session["same_number"] = [str(inquiry.pk), [str(other.pk) for other in revealed.same]]
                return "You see it under “Before you dial”, and that is on record."
            case "attempt":
                desk.record_attempt(inquiry=inquiry, actor=actor, **words, version=inquiry.version)
                next_at = inquiry.next_at
                return f"On record. Next: {wording.moment(next_at, now=timezone.now())}" if next_at else "Finished."
            case "reply":
                team.reply(inquiry=inquiry, actor=actor, text=words["text"])
                return "Your reply is sent. The visitor reads it with the return code."
            case "note":
                team.add_note(inquiry=inquiry, actor=actor, text=words["text"])
                return "Your note is saved. The visitor never sees it."
            case "hand":
                desk.hand_over(inquiry=inquiry, actor=actor, to=words["to"], note=words["note"])
                return f"Handed over: {words['to'].get_username()} has it for an hour."
            case "junk":
                desk.set_aside_as_junk(inquiry=inquiry, actor=actor, version=inquiry.version, reason=words["reason"])
                return "It is in the junk tray."
            case "close":
                team.move(inquiry=inquiry, actor=actor, to=Inquiry.Status.HANDLED, closed_as=words["closed_as"])
                return "It is finished."
            case "open":
                team.move(inquiry=inquiry, actor=actor, to=Inquiry.Status.OPEN)
                return "It is open again, and due now."
            case "link":
                others = Inquiry.objects.filter(pk__in=same_number(request, inquiry))
                for other in others.filter(pk__in=request.POST.getlist("other")):
                    desk.link(inquiry=inquiry, actor=actor, other=other)
                    return "They are linked: whoever takes one has both."
        return ""

    @sensitive_variables()
    def card(self, request: HttpRequest, inquiry: Inquiry, sent: Forms) -> HttpResponse:
        actor, now = actor_of(request), timezone.now()
        mark = MARKS[inquiry.pk.int % len(MARKS)]
        context = self.admin_site.each_context(request) | {
            "title": f"{mark} {inquiry.public_id}",
            "opts": self.opts,
            "inquiry": inquiry,
            "mark": MARKS.index(mark),
            "promised": wording.for_staff(inquiry, now=now),
            "is_mine": inquiry.is_held_by(actor),
            "is_others": inquiry.is_held_by_other(actor),
            "may_release": team.may_release(inquiry=inquiry, actor=actor),
            "waits": inquiry.status in Inquiry.WAITS,
            "keys_off": not keys_are_on(request),
            "forms": sent,
        }
        template = "admin/admissions/inquiry/thread.html"
        try:
            thread = team.open_thread(inquiry=inquiry, actor=actor)
            context |= self.of_the_thread(request, inquiry, thread, now)
        except Destroyed:
            current = Inquiry.objects.filter(pk=inquiry.pk).first()  # None: the row is gone too
            typed = [str(field.value() or "") for form in sent.values() if form.is_bound for field in form]
            unsent = list(filter(str.strip, typed))
            context |= {"inquiry": current or inquiry, "is_gone": current is None, "unsent": unsent}
            context["may_hold"] = privacy.may_see(actor_of(request))
            template = "admin/admissions/inquiry/destroyed.html"
        except (CannotOpen, DisclosureNotWritten) as error:
            context["problem"] = (
                "This thread does not open with our key. Tell whoever runs the site."
                if isinstance(error, CannotOpen)
                else "The look could not be recorded, so nothing was opened. Tell whoever runs the site."
            )
            return TemplateResponse(request, template, context, status=503)
        return TemplateResponse(request, template, context)

    @sensitive_variables()
    def of_the_thread(self, request: HttpRequest, inquiry: Inquiry, thread: Thread, now: datetime) -> dict[str, object]:
        actor, preferences = actor_of(request), newest_preferences(thread.messages)
        first = thread.messages[0].body if thread.messages else {}
        # The message that does not open may be the one that says never to call.
        has_address = bool(preferences.get("phone") or preferences.get("email"))
        may_reach = has_address and not thread.message_problems and not waits_behind_code(inquiry, preferences)
        never = desk.why_never(inquiry, thread) if may_reach else ""
        revealed = desk.still_revealed(inquiry=inquiry, thread=thread, actor=actor) if may_reach else None
        hours, language = their_hours(preferences), preferences.get("language", "en")
        on_duty, others = desk.colleagues(actor, now=now)
        stories = [each for each in thread.messages if each.author == Message.Author.VISITOR and "message" in each.body]
        return {
            "name": first.get("name", ""),
            "newest": message_entry(stories[-1], thread.messages) if stories else None,
            "earlier": [message_entry(each, thread.messages) for each in reversed(stories[:-1])],
            "so_far": so_far(inquiry, thread, [each for each in thread.messages if each not in stories]),
            "may_reach": may_reach,
            "never": never,
            "by_phone": is_by_phone(preferences),
            "promised_there": wording.on_the_callers_clock(inquiry, preferences.get("time_zone"), now=now),
            "their_clock": wording.clock(now.astimezone(wording.zone_of(preferences.get("time_zone")))),
            "has_zone": "time_zone" in preferences,
            "asked_for": in_words("call_window", preferences.get("call_window", "any")),
            "outside_hours": bool(hours and not hours.covers(now)),
            "before_dialing": before_dialing(first.get("name", ""), inquiry, preferences),
            "never_mention": preferences.get("never_mention", ""),
            "revealed": revealed,
            "phone_href": "tel:" + preferences["phone"].replace(" ext. ", ";ext=")
            if revealed and revealed.phone
            else "",
            "phone": as_dialed(revealed.phone) if revealed else "",
            "same": Inquiry.objects.filter(pk__in=same_number(request, inquiry))[:5] if revealed else (),
            "outcomes": outcomes(inquiry, preferences, now) if may_reach and not never else (),
            "way": way_of(preferences),
            "may_hold": privacy.may_see(actor),
            "canned": [
                (each.pk, each.title, filled_in(each.text, first.get("name", "")))
                for each in CannedReply.objects.exclude(key__in=desk.CANNED).order_by("title")
                if each.language == language
            ],
            "on_duty": on_duty,
            "colleagues": others,
            "may_be_junk": not inquiry.attempts.exists()
            and not any(each.author == Message.Author.TEAM for each in thread.messages),
            "message_problems": thread.message_problems,
            "note_problems": thread.note_problems,
        }


def unsent_forms(wanted: str = "", posted: QueryDict | None = None) -> Forms:
    """Each form of the card, one of them with what was posted."""
    return {name: form(posted if name == wanted else None, prefix=name) for name, form in FORMS.items()}


def pulse(inquiry: Inquiry, actor: User) -> JsonResponse:
    """What an open card asks every 20 seconds: its lease is renewed, and nothing of the thread is read."""
    return JsonResponse({"version": inquiry.version, "is_mine": desk.renew(inquiry=inquiry, actor=actor)})


def same_number(request: HttpRequest, inquiry: Inquiry) -> list[str]:
    """Others with the number of this inquiry, as `reveal` found them last: their keys alone are in the session."""
    key, others = request.session.get("same_number", ("", []))
    return others if key == str(inquiry.pk) else []


def with_canned_text(posted: QueryDict) -> QueryDict:
    """The reply with the chosen text below what was typed."""
    fields = posted.copy()
    fields["reply-text"] = "\n\n".join(filter(None, [posted.get("reply-text"), posted.get("reply-canned")]))
    return fields


@sensitive_variables()
def filled_in(text: str, name: str) -> str:
    return text.replace("{name}", name) if name else text.replace(" {name}", "").replace("{name}", "")


@sensitive_variables()
def as_dialed(phone: str) -> str:
    """Like "(773) 555-0148": an American number as people read it aloud; any other as it is."""
    number, _, extension = phone.partition(" ext. ")
    if number.startswith("+1") and len(number) == len("+17735550148"):
        number = f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return f"{number} ext. {extension}" if extension else number


@sensitive_variables()
def before_dialing(name: str, inquiry: Inquiry, preferences: Mapping[str, str]) -> list[tuple[str, str]]:
    """What to know before anybody picks up: a label and a line each."""
    language = "es" if preferences.get("language") == "es" else "en"
    words = preferences.get("voicemail_words")
    voicemail = f"“{words}”" if words else f"“{SAYS_NOTHING_OF_US[language]}” (they named no words)"
    others = {name: text for name, text in preferences.items() if name in BEFORE_DIALING - ON_ITS_OWN_LINE}
    lines = []
    if is_by_phone(preferences):
        may_say = preferences.get("voicemail_ok") == "yes"
        lines.append(("Ask for", name or "They gave no name: ask for nobody"))
        lines.append(("Voicemail", voicemail if may_say else "Leave none"))
        lines.append(("Tries", f"{inquiry.tries} of {MOST_TRIES}" if inquiry.tries else "None yet"))
    return lines + answers(others)


@sensitive_variables()
def way_of(preferences: Mapping[str, str]) -> str:
    return {"email": Attempt.Way.MAIL, "text": Attempt.Way.TEXT}.get(preferences.get("reach_by", ""), Attempt.Way.CALL)


@sensitive_variables()
def outcomes(
    inquiry: Inquiry, preferences: Mapping[str, str], now: datetime
) -> list[tuple[int, str, str, datetime | None, str]]:
    """Each outcome that can be said, when one of us acts next unless they say otherwise, and what the visitor reads."""
    calendar, zone, rows = DutyCalendar.read(), wording.zone_of(preferences.get("time_zone")), []
    way = way_of(preferences)
    for key, (value, label) in enumerate(Attempt.Outcome.choices, 1):
        if preferences.get("reach_by", "phone") != "phone" and value not in IN_WRITING:
            continue
        if value == Attempt.Outcome.VOICEMAIL and preferences.get("voicemail_ok") != "yes":
            continue
        next_at = None
        if desk.STEPS[value].status in Inquiry.WAITS:
            tries = inquiry.tries + 1 if value in Attempt.WITHOUT_SUCCESS else 0
            next_at = desk.preset_next_step(
                outcome=value, preferences=preferences, tries=tries, calendar=calendar, now=now
            )
        tried = Tried(at=now, outcome=value, way=Attempt.Way.TEXT if way == "call" else way)
        rows.append((key, value, label, next_at, tried_line(tried, zone)))
    return rows


@sensitive_variables()
def message_entry(message: OpenedMessage, thread: list[OpenedMessage]) -> Entry:
    """One message as the card shows it, without number and address. Wishes that still count stand beside it."""
    by = "They wrote"
    if "changed" in message.body:
        by = "They changed how to be reached"
    if message.takes_back_consent:
        by = "They took back consent"
    is_newest = not any(each.has_preferences for each in thread if each.number > message.number)
    apart = {*STORY, *(BEFORE_DIALING if message.has_preferences and is_newest else ())}
    lines = answers({name: text for name, text in message.body.items() if name not in apart})
    if message.has_preferences and not is_newest:
        by += " (wishes of then: the newest ones count)"
    return Entry(by, message.at, message.body.get("message", ""), lines)


@sensitive_variables()
def so_far(inquiry: Inquiry, thread: Thread, other_messages: list[OpenedMessage]) -> list[Entry]:
    """Replies and who wrote them, attempts, notes and changed wishes, the newest first.

    An attempt is kept cut to the hour; the note that was written with it has its minute and the words.
    """
    replied = Disclosure.objects.filter(record=inquiry.pk, action=Disclosure.Action.REPLIED)
    by = {entry.detail: entry.actor_name for entry in replied}
    entries = []
    for message in other_messages:
        if message.author == Message.Author.TEAM:
            who = by.get(f"message {message.number}", "the website, in our name")
            entries.append(Entry(f"Reply by {who}", message.at, message.body["message"]))
        else:
            entries.append(message_entry(message, thread.messages))
    notes = list(thread.notes)
    for attempt in inquiry.attempts.select_related("by"):
        label, who = attempt.get_outcome_display(), attempt.by.get_username()
        own = [each for each in notes if each.by == who and each.text.startswith(f"{label}.")]
        title = f"{attempt.get_way_display()} {attempt.number} by {who}"
        if own:
            notes.remove(own[0])
            entries.append(Entry(title, own[0].at, own[0].text))
        else:
            entries.append(Entry(title, attempt.at, f"{label}."))
    entries += [Entry(f"Note by {note.by}", note.at, note.text) for note in notes]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def keys_are_on(request: HttpRequest) -> bool:
    """Whether single keys do something on the pages of the desk."""
    return not request.session.get(KEYS_OFF, False)


def thread_url(inquiry: Inquiry) -> str:
    return reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
