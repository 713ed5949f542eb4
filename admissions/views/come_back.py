"""The neutral page after sending, and the way back with a return code."""

import base64
import binascii
import time

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from admissions import promise_words, return_code, sealing, services
from admissions.errors import CannotOpen
from admissions.forms import LABELS_TO_VISITORS, ReturnForm, answers
from admissions.models import Inquiry, Message

SHOWN_FOR = 10 * 60  # seconds
COOKIE = f"{settings.COOKIE_PREFIX}received"
PURPOSE = b"received"

# What a visitor reads of the status; staff have their own words.
STATUS_LINES = {
    Inquiry.Status.NEW: gettext_lazy("It has arrived. Nobody has opened it yet."),
    Inquiry.Status.OPEN: gettext_lazy("One of us is working on it."),
    Inquiry.Status.WAITING: gettext_lazy("We answered, or tried to reach you. It is your turn now."),
    Inquiry.Status.HANDLED: gettext_lazy("We have finished with it."),
    # A machine must not learn that it was found out.
    Inquiry.Status.JUNK: gettext_lazy("It has arrived. Nobody has opened it yet."),
}


def remember_code(response: HttpResponse, form_token: bytes) -> None:
    """Let the next page show the return code for ten minutes; the cookie can be read by this server alone."""
    boxed = sealing.box(
        int(time.time()).to_bytes(8, "big") + form_token, secret=settings.SECRET_KEY.encode(), purpose=PURPOSE
    )
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(boxed).decode(),
        max_age=SHOWN_FOR,
        httponly=True,
        secure=settings.COOKIES_SECURE,
        samesite="Strict",
    )


@sensitive_variables()
def remembered_code(request: HttpRequest) -> str:
    """The return code, or nothing once the ten minutes are over, whatever the browser kept."""
    try:
        boxed = base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, ""))
        opened = sealing.unbox(boxed, secret=settings.SECRET_KEY.encode(), purpose=PURPOSE)
    except (CannotOpen, binascii.Error, ValueError):
        return ""
    sent_at, form_token = int.from_bytes(opened[:8], "big"), opened[8:]
    return return_code.for_form(form_token) if time.time() - sent_at < SHOWN_FOR else ""


@never_cache
@require_safe
def received(request: HttpRequest) -> HttpResponse:
    code = remembered_code(request)
    return render(request, "admissions/received.html", {"code": code, "promise_line": promise_line_for(code)})


@sensitive_variables()
def promise_line_for(code: str) -> str:
    """By when we call or answer. Empty when that cannot be looked up: what was sent has arrived all the same."""
    try:
        thread = services.thread_for_code(code=code) if code else None
    except (CannotOpen, DatabaseError):
        return ""
    return promise_line(thread) if thread else ""


@sensitive_variables()
def promise_line(thread: services.VisitorThread) -> str:
    """What became of the promise, on the clocks that the visitor chose."""
    zone_key = thread.messages[0].body.get("time_zone")
    return promise_words.for_visitor(thread.inquiry, zone_key=zone_key, now=timezone.now())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def come_back(request: HttpRequest) -> HttpResponse:
    """Status and thread for whoever types the code. Every code that opens nothing gets one and the same page."""
    if request.method != "POST":
        return render(request, "admissions/return.html", {"state": "ask", "form": ReturnForm()})
    try:
        thread = services.thread_for_code(code=request.POST.get("code", "")[:100])
    except CannotOpen:
        thread = None
    except DatabaseError:
        problem = _("We cannot look right now. Please try again in a few minutes, or call us")
        context = {"state": "ask", "form": ReturnForm(), "error": problem}
        return render(request, "admissions/return.html", context, status=503)
    if thread is None:
        context = {"state": "ask", "form": ReturnForm(), "error": _("This code opens nothing")}
        return render(request, "admissions/return.html", context)
    inquiry = thread.inquiry
    shown = {
        "status_line": STATUS_LINES[Inquiry.Status(inquiry.status)],
        "kind_line": inquiry.get_kind_display(),
        "promise_line": promise_line(thread),
        "messages": [
            {
                "author": "you" if message.author == Message.Author.VISITOR else "us",
                "lines": answers(message.body, labels=LABELS_TO_VISITORS),
            }
            for message in thread.messages
        ],
    }
    return render(request, "admissions/return.html", {"state": "open", "thread": shown})


@require_safe
def chat(request: HttpRequest) -> HttpResponseRedirect:
    """Chat is not built yet: the message form takes its place, and the address stays."""
    return HttpResponseRedirect(reverse("admissions:contact"))
