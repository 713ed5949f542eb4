"""What the visitor's own pages show: the thread with its status, and the form for other wishes. No decisions here."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import visitor_session
from admissions.crypto.form_token import FormToken
from admissions.forms.ask import LABELS_TO_VISITORS, answers
from admissions.forms.returning import LineForm, WishesForm
from admissions.models import Disclosure, Inquiry, Message
from admissions.scheduling import wording
from admissions.services import retention, visitor
from admissions.services.threads import OpenedMessage
from admissions.services.visitor import VisitorThread
from admissions.views.ask import notice_of, promised_to, spare_token, wants_autofill
from admissions.views.come_back import promise_line

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
    said: str = "",
    banner: str = "",
    form: LineForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Everything that the code opens. `said`: what was just done; `banner`: what was not."""
    inquiry, zone = thread.inquiry, zone_of(thread)
    looks = visitor.looks(inquiry=inquiry)
    context = {
        "said": said,
        "banner": banner,
        "form": form or LineForm(token=FormToken.new(0)),
        "inquiry": inquiry,
        "status_line": status_line(thread, has_looks=bool(looks)),
        "promise_line": "" if inquiry.do_not_contact else promise_line(thread),
        "messages": [shown(message, thread, zone) for message in thread.messages],
        "looks": [look_line(look, zone) for look in looks],
        "goes_on": goes_on(inquiry),
        "closes_at": closes_at(zone),
        "idle": visitor_session.IDLE,
    }
    return render(request, "admissions/thread.html", context, status=status)


def wishes_page(
    request: HttpRequest,
    thread: VisitorThread,
    *,
    banner: str = "",
    form: WishesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    form = form or wishes_form(request, thread)
    if status != 503:
        promised_to(form)
    context = {
        "form": form,
        "banner": banner,
        "notice": notice_of(form) if "consent" in form.fields else None,
        "closes_at": closes_at(zone_of(thread)),
        "idle": visitor_session.IDLE,
    }
    return render(request, "admissions/wishes.html", context, status=status)


def line_form(request: HttpRequest) -> LineForm:
    """As it was sent."""
    return LineForm(request.POST, token=FormToken.read(request.POST.get("form_token", "")) or FormToken.new(0))


def wishes_form(request: HttpRequest, thread: VisitorThread) -> WishesForm:
    """As it was sent; to begin with, filled in with what counts now."""
    words: dict[str, Any] = {"asks_consent": thread.inquiry.do_not_contact, "autofill": wants_autofill(request)}
    if request.method != "POST":
        return WishesForm(initial=thread.wishes, token=spare_token(), **words)
    return WishesForm(request.POST, token=FormToken.read(request.POST.get("form_token", "")) or spare_token(), **words)


def resume(request: HttpRequest, thread: VisitorThread, then: str) -> HttpResponse | None:
    """What was typed when the visit had ended already, given back and not sent. None: nothing was."""
    if then == "line":
        return thread_page(request, thread, form=line_form(request), banner="resumed")
    if then == "wishes":
        return wishes_page(request, thread, form=wishes_form(request, thread), banner="resumed")
    return None


def zone_of(thread: VisitorThread) -> ZoneInfo:
    """Whose clocks the page shows: those that the visitor named, else the centre's."""
    return wording.zone_of(thread.wishes.get("time_zone"))


def moment(at: datetime.datetime, zone: ZoneInfo) -> str:
    """With the letters of the zone: whoever named none reads the centre's clocks."""
    there = at.astimezone(zone)
    return f"{date_format(there, _('l, F j, g:i a'))} {there.tzname()}"


def closes_at(zone: ZoneInfo) -> str:
    """When the visit ends unless something is pressed, with the letters of the zone."""
    ends = (timezone.now() + datetime.timedelta(seconds=visitor_session.IDLE)).astimezone(zone)
    return f"{date_format(ends, 'g:i a')} {ends.tzname()}"


def status_line(thread: VisitorThread, *, has_looks: bool) -> str:
    status = Inquiry.Status(thread.inquiry.status)
    if status == Inquiry.Status.OPEN and thread.is_answered:
        return str(ANSWERED_LINE)
    if has_looks and status in (Inquiry.Status.NEW, Inquiry.Status.JUNK):
        return str(READ_LINE)
    return str(STATUS_LINES[status])


def goes_on(inquiry: Inquiry) -> dict[str, Any]:
    """When it would go by itself. Junk is counted like the rest, since its sender is not to be told."""
    today = timezone.localdate()
    is_handled = inquiry.status == Inquiry.Status.HANDLED
    day = retention.goes_on(inquiry, today=today) if is_handled else today + retention.KEPT[Inquiry.Status.HANDLED]
    return {"day": day, "is_handled": is_handled}


def look_line(look: dict[str, Any], zone: ZoneInfo) -> str:
    """Like: Opened 2 times by the admissions team, last on Tuesday, November 24, 8:04 a.m."""
    found = look["action"] == Disclosure.Action.FOUND
    if look["times"] == 1:
        words = (
            _("Found once in a search by %(who)s, on %(when)s") if found else _("Opened once by %(who)s, on %(when)s")
        )
    else:
        words = (
            _("Found %(times)s times in searches by %(who)s, last on %(when)s")
            if found
            else _("Opened %(times)s times by %(who)s, last on %(when)s")
        )
    who = ROLES.get(look["role"], _("one of us"))
    return words % {"times": look["times"], "who": who, "when": moment(look["last"], zone)}


def shown(message: OpenedMessage, thread: VisitorThread, zone: ZoneInfo) -> dict[str, Any]:
    """One entry of the thread: who, when, what; and whether newer wishes have taken its place."""
    is_ours = message.author == Message.Author.TEAM
    if is_ours:
        heading = _("We answered")
    elif message.takes_back_consent:
        heading = _("You took back your consent")
    elif "changed" in message.body:
        heading = _("You changed how we reach you")
    else:
        heading = _("You wrote")
    newer = any(other.has_wishes for other in thread.messages if other.number > message.number)
    lines = [] if message.takes_back_consent else answers(message.body, labels=LABELS_TO_VISITORS)
    return {
        "author": "us" if is_ours else "you",
        "heading": heading,
        "at": moment(message.at, zone),
        "lines": [] if set(message.body) == {"message"} else lines,
        "text": message.body["message"] if set(message.body) == {"message"} else "",
        "is_superseded": message.has_wishes and newer,
    }
