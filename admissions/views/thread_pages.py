"""What the visitor's own pages show: the thread with its status, and the form for contact preferences."""

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import visitor_session
from admissions.crypto.form_token import FormToken
from admissions.forms.ask import answers
from admissions.forms.returning import ContactPreferencesForm, LineForm
from admissions.models import Attempt, Disclosure, Inquiry, Message
from admissions.models.disclosure import Accesses
from admissions.models.inquiry import MOST_TRIES
from admissions.scheduling import wording
from admissions.services import retention, threads, visitor
from admissions.services.threads import OpenedMessage
from admissions.services.visitor import Tried, VisitorThread
from admissions.views.ask import notice_of, offered_time, spare_token, wants_autofill
from admissions.views.received import promise_line

# What a visitor reads of the status; staff have their own words.
STATUS_LINES = {
    Inquiry.Status.NEW: gettext_lazy("It has arrived. Nobody has opened it yet."),
    Inquiry.Status.OPEN: gettext_lazy("One of us is working on it."),
    Inquiry.Status.WAITING: gettext_lazy("We answered, or tried to reach you. It is your turn now."),
    Inquiry.Status.HANDLED: gettext_lazy("We have finished with it."),
    # A machine must not learn that it was found out.
    Inquiry.Status.JUNK: gettext_lazy("It has arrived. Nobody has opened it yet."),
}
# How it ended, where there is more to say than that we have finished.
CLOSED_LINES = {
    Inquiry.ClosedAs.REACHED: gettext_lazy("We reached you, and have finished with it."),
    Inquiry.ClosedAs.ANSWERED: gettext_lazy("We answered, and have finished with it."),
    Inquiry.ClosedAs.REFERRED: gettext_lazy("We told you who else can help, and have finished with it."),
    Inquiry.ClosedAs.ASKED_NOT: gettext_lazy("We were asked not to call, so we don't. You can still write here."),
    Inquiry.ClosedAs.UNREACHABLE: gettext_lazy("We couldn't reach you, and stopped trying. You can still write here."),
}
BEGUN_LINE = gettext_lazy("We have begun with it. The next step is ours.")
WRONG_NUMBER_LINE = gettext_lazy("The number you gave us was not yours. You can give us another one, or write here.")
UNREACHED_LINE = gettext_lazy(
    "We called three times and did not reach you. We won't call again unless you write here, or give us another number "
    "or time."
)
Outcome = Attempt.Outcome
# What was tried, in the visitor's words: never who tried, never what anybody said.
TRIED_LINES = {
    Outcome.REACHED: gettext_lazy("We reached you on %(day)s."),
    Outcome.NO_ANSWER: gettext_lazy("We tried to reach you on %(day)s."),
    Outcome.VOICEMAIL: gettext_lazy("We called on %(day)s. We left the message you allowed."),
    Outcome.SOMEBODY_ELSE: gettext_lazy("We called on %(day)s. Someone else picked up; we said nothing about you."),
    Outcome.WRONG_NUMBER: gettext_lazy("We called on %(day)s, and it was the wrong number. We won't call it again."),
    Outcome.ASKED_NOT: gettext_lazy("On %(day)s we were asked never to call that number again, and we won't."),
    Outcome.REFERRED: gettext_lazy("On %(day)s we told you who else can help."),
}
WRITTEN_LINES = {
    Attempt.Way.CALL: gettext_lazy("We wrote to you on %(day)s."),
    Attempt.Way.TEXT: gettext_lazy("We texted you on %(day)s."),
    Attempt.Way.MAIL: gettext_lazy("We emailed you on %(day)s."),
    Attempt.Way.THREAD: gettext_lazy("We wrote to you here on %(day)s."),
}
PARTS_OF_THE_DAY = (  # the hour at which each ends
    (5, gettext_lazy("at night")),
    (12, gettext_lazy("in the morning")),
    (14, gettext_lazy("around midday")),
    (17, gettext_lazy("in the afternoon")),
    (24, gettext_lazy("in the evening")),
)
THEN = ("line", "wishes")  # what may come back after the code was asked for anew
READ_LINE = gettext_lazy("It has arrived, and one of us has read it.")
ANSWERED_LINE = gettext_lazy("We answered. Our answer stands below.")
ROLES = {
    "admissions": gettext_lazy("the admissions team"),
    "admissions_lead": gettext_lazy("the head of admissions"),
    "privacy_officer": gettext_lazy("the privacy officer"),
}


def thread_page(
    request: HttpRequest,
    thread: VisitorThread,
    *,
    flash: str = "",
    banner: str = "",
    form: LineForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Everything that the code opens. `flash`: what was just done; `banner`: what was not."""
    inquiry, zone = thread.inquiry, zone_of(thread)
    disclosures, attempts = visitor.disclosures(inquiry=inquiry), visitor.attempts(inquiry=inquiry)
    next_line = next_step_line(thread, attempts, zone)
    context = {
        "flash": flash,
        "banner": banner,
        "form": form or LineForm(token=FormToken.new(0)),
        "inquiry": inquiry,
        "status_line": status_line(thread, attempts, was_accessed=bool(disclosures)),
        "no_contact_line": no_contact_line(thread),
        "tried": [tried_line(attempt, zone) for attempt in attempts],
        "next_line": next_line,
        "promise_line": "" if next_line or inquiry.do_not_contact else promise_line(thread),
        "messages": [thread_entry(message, thread, zone) for message in thread.messages],
        "disclosures": [disclosure_line(disclosure, zone) for disclosure in disclosures],
        "goes_on": destruction_day(inquiry),
    }
    return render(request, "admissions/thread.html", context | visit_limits(thread), status=status)


def contact_preferences_page(
    request: HttpRequest,
    thread: VisitorThread,
    *,
    form: ContactPreferencesForm,
    banner: str = "",
    status: int = 200,
) -> HttpResponse:
    if status != 503:
        offered_time(form)
    notice = notice_of(form) if "consent" in form.fields else None
    context = {"form": form, "banner": banner, "notice": notice} | visit_limits(thread)
    return render(request, "admissions/change_contact_preferences.html", context, status=status)


def line_form(request: HttpRequest) -> LineForm:
    """As it was sent."""
    return LineForm(request.POST, token=FormToken.read(request.POST.get("form_token", "")) or FormToken.new(0))


def contact_preferences_form(request: HttpRequest, thread: VisitorThread) -> ContactPreferencesForm:
    """As it was sent; to begin with, filled in with what counts now."""
    words: dict[str, bool] = {"asks_consent": thread.inquiry.do_not_contact, "autofill": wants_autofill(request)}
    if request.method != "POST":
        return ContactPreferencesForm(initial=thread.preferences, token=spare_token(), **words)
    return ContactPreferencesForm(
        request.POST, token=FormToken.read(request.POST.get("form_token", "")) or spare_token(), **words
    )


def resume(request: HttpRequest, thread: VisitorThread, then: str) -> HttpResponse | None:
    """What was typed when the visit had ended already, given back and not sent. None: nothing was."""
    if then == "line":
        return thread_page(request, thread, form=line_form(request), banner="resumed")
    if then == "wishes":
        return contact_preferences_page(
            request, thread, form=contact_preferences_form(request, thread), banner="resumed"
        )
    return None


def zone_of(thread: VisitorThread) -> ZoneInfo:
    """Whose clocks the page shows: those that the visitor named, else the centre's."""
    return wording.zone_of(thread.preferences.get("time_zone"))


def moment(at: datetime.datetime, zone: ZoneInfo) -> str:
    """With the letters of the zone: whoever named none reads the centre's clocks."""
    there = at.astimezone(zone)
    return f"{date_format(there, _('l, F j, g:i a'))} {there.tzname()}"


def visit_limits(thread: VisitorThread) -> dict[str, object]:
    """When the visit ends unless something is pressed, with the letters of the zone; and after how many seconds."""
    ends = (timezone.now() + datetime.timedelta(seconds=visitor_session.IDLE)).astimezone(zone_of(thread))
    return {"closes_at": f"{date_format(ends, 'g:i a')} {ends.tzname()}", "idle": visitor_session.IDLE}


def status_line(thread: VisitorThread, attempts: Sequence[Tried], *, was_accessed: bool) -> str:
    inquiry, status = thread.inquiry, Inquiry.Status(thread.inquiry.status)
    if status == Inquiry.Status.HANDLED and inquiry.closed_as:
        return str(CLOSED_LINES[Inquiry.ClosedAs(inquiry.closed_as)])
    if status == Inquiry.Status.WAITING and inquiry.is_number_wrong:
        return str(WRONG_NUMBER_LINE)
    if status == Inquiry.Status.WAITING and inquiry.tries >= MOST_TRIES:
        return str(UNREACHED_LINE)
    if status == Inquiry.Status.OPEN and thread.is_answered:
        return str(ANSWERED_LINE)
    # What somebody took and gave back reads like junk, which somebody took too: its sender is not to be told.
    is_free = status == Inquiry.Status.OPEN and inquiry.holder_id is None
    if attempts and (is_free or status == Inquiry.Status.JUNK):
        return str(BEGUN_LINE)
    if was_accessed and (is_free or status in (Inquiry.Status.NEW, Inquiry.Status.JUNK)):
        return str(READ_LINE)
    return str(STATUS_LINES[status])


def tried_line(attempt: Tried, zone: ZoneInfo) -> str:
    """Like: We tried to reach you on Tuesday, December 1."""
    outcome, way = Outcome(attempt.outcome), Attempt.Way(attempt.way)
    words = WRITTEN_LINES[way] if outcome == Outcome.WRITTEN else TRIED_LINES[outcome]
    return str(words) % {"day": day_of(attempt.at.astimezone(zone))}


def next_step_line(thread: VisitorThread, attempts: Sequence[Tried], zone: ZoneInfo) -> str:
    """When we act next, once something was tried. Empty where a promise says it, or where it is the visitor's turn."""
    inquiry = thread.inquiry
    if not attempts or inquiry.status != Inquiry.Status.OPEN or inquiry.promised_by or inquiry.do_not_contact:
        return ""
    if inquiry.next_at is None or inquiry.next_at <= timezone.now():
        return ""
    then = inquiry.next_at.astimezone(zone)
    if attempts[-1].outcome == Outcome.REACHED:  # an appointment, to the minute
        return _("We'll talk again on %(when)s.") % {"when": moment(then, zone)}
    part = next(words for ends, words in PARTS_OF_THE_DAY if then.hour < ends)
    return _("We'll try again on %(day)s, %(part)s.") % {"day": day_of(then), "part": part}


def no_contact_line(thread: VisitorThread) -> str:
    """Why nobody calls or writes. Whoever picks up may ask us not to call, so it need not have been the visitor."""
    if not thread.inquiry.do_not_contact:
        return ""
    if threads.refuses_contact(thread.messages):
        return _("You took it back. We do not call or write; an answer waits here.")
    return _("We were asked not to call. We do not call or write; an answer waits here.")


def day_of(at: datetime.datetime) -> str:
    return date_format(at, _("l, F j"))


def destruction_day(inquiry: Inquiry) -> dict[str, object]:
    """When it would go by itself. Junk is counted like the rest, since its sender is not to be told."""
    today = timezone.localdate()
    is_handled = inquiry.status == Inquiry.Status.HANDLED
    day = (
        retention.destruction_day(inquiry, today=today) if is_handled else today + retention.period("handled_messages")
    )
    return {"day": day, "is_handled": is_handled}


def disclosure_line(disclosure: Accesses, zone: ZoneInfo) -> str:
    """Like: Opened 2 times by the admissions team, last on Tuesday, November 24, 8:04 a.m."""
    is_search = disclosure["action"] == Disclosure.Action.FOUND
    if disclosure["times"] == 1:
        words = (
            _("Found once in a search by %(who)s, on %(when)s")
            if is_search
            else _("Opened once by %(who)s, on %(when)s")
        )
    else:
        words = (
            _("Found %(times)s times in searches by %(who)s, last on %(when)s")
            if is_search
            else _("Opened %(times)s times by %(who)s, last on %(when)s")
        )
    who = ROLES.get(disclosure["role"], _("one of us"))
    return words % {"times": disclosure["times"], "who": who, "when": moment(disclosure["last"], zone)}


def thread_entry(message: OpenedMessage, thread: VisitorThread, zone: ZoneInfo) -> dict[str, object]:
    """One entry of the thread: who, when, what; and whether newer preferences have taken its place."""
    is_ours = message.author == Message.Author.TEAM
    if is_ours:
        heading = _("We answered")
    elif message.takes_back_consent:
        heading = _("You took back your consent")
    elif "changed" in message.body:
        heading = _("You changed how we reach you")
    else:
        heading = _("You wrote")
    newer = any(other.has_preferences for other in thread.messages if other.number > message.number)
    lines = [] if message.takes_back_consent else answers(message.body, to_visitor=True)
    return {
        "author": "us" if is_ours else "you",
        "heading": heading,
        "at": moment(message.at, zone),
        "lines": [] if set(message.body) == {"message"} else lines,
        "text": message.body["message"] if set(message.body) == {"message"} else "",
        "is_superseded": message.has_preferences and newer,
    }
