"""The neutral page after sending, which shows the return code for ten minutes."""

import base64
import binascii
import time

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from admissions.crypto import crockford, return_code, sealing
from admissions.errors import CannotOpen
from admissions.scheduling import wording
from admissions.services import visitor
from admissions.services.visitor import VisitorThread
from admissions.visitor_session import set_cookie

SHOWN_FOR = 10 * 60  # seconds
COOKIE = settings.VISITOR_COOKIES["received"]
PURPOSE = b"received"


def remember_code(response: HttpResponse, form_token: bytes) -> None:
    """Let the next page show the return code for ten minutes; the cookie can be read by this server alone."""
    boxed = sealing.box(
        int(time.time()).to_bytes(8, "big") + form_token, secret=settings.SECRET_KEY.encode(), purpose=PURPOSE
    )
    set_cookie(response, COOKIE, base64.urlsafe_b64encode(boxed).decode(), max_age=SHOWN_FOR)


def forget_code(response: HttpResponse) -> None:
    """The page after sending shows it no more."""
    response.delete_cookie(COOKIE, samesite="Strict")


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
    context = {"code": code, "spoken": crockford.spoken(code), "promise_line": promise_line_for(code)}
    return render(request, "admissions/received.html", context)


@sensitive_variables()
def promise_line_for(code: str) -> str:
    """By when we call or answer. Empty when that cannot be looked up: what was sent has arrived all the same."""
    try:
        thread = visitor.thread_for_code(code=code) if code else None
    except (CannotOpen, DatabaseError):
        return ""
    if thread and thread.inquiry.do_not_contact:
        return _("You took back your consent. We do not call or write; an answer waits behind your code.")
    return promise_line(thread) if thread else ""


@sensitive_variables()
def promise_line(thread: VisitorThread) -> str:
    """What became of the promise, on the clocks that the visitor chose. Empty once we answered."""
    if thread.is_answered:
        return ""
    return wording.for_visitor(thread.inquiry, thread.preferences, now=timezone.now())
