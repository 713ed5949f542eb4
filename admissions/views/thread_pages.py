"""What the visitor's own pages show: the thread with its status, and the form for contact preferences."""

import datetime
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
from admissions.models import Disclosure, Inquiry, Message
from admissions.models.disclosure import Accesses
from admissions.scheduling import wording
from admissions.services import retention, visitor
from admissions.services.threads import OpenedMessage
from admissions.services.visitor import VisitorThread
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
    disclosures = visitor.disclosures(inquiry=inquiry)
    context = {
        "flash": flash,
        "banner": banner,
        "form": form or LineForm(token=FormToken.new(0)),
        "inquiry": inquiry,
        "status_line": status_line(thread, was_accessed=bool(disclosures)),
        "promise_line": "" if inquiry.do_not_contact else promise_line(thread),
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


def status_line(thread: VisitorThread, *, was_accessed: bool) -> str:
    status = Inquiry.Status(thread.inquiry.status)
    if status == Inquiry.Status.OPEN and thread.is_answered:
        return str(ANSWERED_LINE)
    if was_accessed and status in (Inquiry.Status.NEW, Inquiry.Status.JUNK):
        return str(READ_LINE)
    return str(STATUS_LINES[status])


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
