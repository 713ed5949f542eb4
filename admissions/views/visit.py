"""Coming back with a code: the page that asks for it, and the visit that begins and ends."""

import functools
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST

from admissions import rate_limits, visitor_session
from admissions.errors import CannotOpen, Gone, SessionStoreAway
from admissions.forms.returning import ReturnForm
from admissions.questions import CONTACT_PREFERENCES
from admissions.services import visitor
from admissions.services.visitor import VisitorThread
from admissions.views.ask import SeeOther
from admissions.views.received import forget_code
from admissions.views.thread_pages import THEN, resume, thread_page
from admissions.visitor_session import VisitorSession

TRIES = settings.VISITOR_COOKIES["entry"]
TYPED = ("message", *CONTACT_PREFERENCES, "consent", "form_token")  # what stays on the page that asks for the code
AWAY = (CannotOpen, DatabaseError, SessionStoreAway)
View = Callable[[HttpRequest], HttpResponse]


def private(view: View) -> View:
    """No copy of it anywhere: not in a browser, not on the way, not in the report of a failure.

    What is gone or away meanwhile is said on a page of its own.
    """

    @never_cache
    @sensitive_post_parameters()
    @sensitive_variables()
    @functools.wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Gone:
            return nothing_left(request)
        except AWAY:
            return code_page(request, problem="away", status=503)

    return wrapped


def with_visitor_session(view: Callable[[HttpRequest, VisitorSession, VisitorThread], HttpResponse]) -> View:
    """For whoever is on a visit. Everybody else is asked for the code, and what was typed comes back once it opened."""

    @private
    @require_http_methods(["GET", "HEAD", "POST"])
    def wrapped(request: HttpRequest) -> HttpResponse:
        session = visitor_session.current(request)
        if session is None and request.method == "POST":
            return code_page(request, problem="closed")
        if session is None or session.certificate:
            return SeeOther(request, "admissions:return")
        thread = visitor.thread_of(secret=session.secret)
        if "closed" in request.POST:  # the page had closed by itself, and the visit went on in another tab
            return resume(request, thread, request.POST.get("then", "")) or SeeOther(request, "admissions:return")
        return view(request, session, thread)

    return wrapped


@private
@require_http_methods(["GET", "HEAD", "POST"])
def return_page(request: HttpRequest) -> HttpResponse:
    """The thread, for whoever is on a visit. Everybody else is asked for the code, which is tried here too."""
    if request.method == "POST":
        return try_code(request)
    session = visitor_session.current(request)
    if session is None:
        return code_page(request)
    if session.certificate:
        return render(request, "admissions/destroyed.html", {"certificate": session.certificate})
    return thread_page(request, visitor.thread_of(secret=session.secret), flash=session.flash)


def try_code(request: HttpRequest) -> HttpResponse:
    """Every code that opens nothing gets one and the same page, and so does a try that is not looked at."""
    secret = None
    if rate_limits.may_try_code(request, page=request.COOKIES.get(TRIES, "")):
        secret = visitor.enter(code=request.POST.get("code", "")[:100])
    if secret is None:
        return code_page(request, problem="wrong")
    again = resume(request, visitor.thread_of(secret=secret), request.POST.get("then", ""))
    response = again or SeeOther(request, "admissions:return")
    visitor_session.begin(request, response, secret=secret)
    return response


def code_page(request: HttpRequest, *, problem: str = "", status: int = 200, repeats_keys: bool = True) -> HttpResponse:
    """The page that asks for the code. What was typed elsewhere waits on it, under the name of where it belongs.

    `repeats_keys`: with the code and the form token that were sent.
    """
    then = request.POST.get("then", "") if request.POST.get("then") in THEN else ""
    # A code that opens nothing is not given back either: the page is the same for each.
    code = request.POST.get("code", "")[:100] if repeats_keys and problem != "wrong" else ""
    typed = [name for name in TYPED if name in request.POST and (repeats_keys or name != "form_token")]
    context = {
        "form": ReturnForm(initial={"code": code}),
        "problem": problem,
        "then": then,
        "typed": {name: request.POST[name] for name in typed} if then else {},
    }
    # With typed words it is never compressed, since its length would tell of them (BREACH).
    render_page = render if request.method == "POST" else gzip_page(render)
    response = render_page(request, "admissions/return.html", context, status=status)
    if problem != "wrong":  # wrong codes use up the tries of the page they came from
        visitor_session.set_cookie(response, TRIES, rate_limits.tries_for_a_page())
    return response


def nothing_left(request: HttpRequest) -> HttpResponse:
    """It was there when this visit began, and is not any more."""
    response = render(request, "admissions/destroyed.html")
    forget_code(response)
    visitor_session.end(request, response)
    return response


@private
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Fifteen minutes more, asked for by the warning on the page."""
    try:
        return HttpResponse(status=204 if visitor_session.current(request) else 403)
    except SessionStoreAway:
        return HttpResponse(status=503)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest) -> HttpResponse:
    """Ends the visit on both sides, and has the browser forget what it kept of it."""
    if request.method != "POST":
        return SeeOther(request, "admissions:return")
    response = render(request, "admissions/finished.html")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    forget_code(response)
    visitor_session.end(request, response)
    return response
