"""What a visitor changes: one more line, other wishes, consent taken back, everything destroyed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from admissions import visitor_session
from admissions.crypto.form_token import FormToken
from admissions.errors import AdmissionsError, CannotSeal, NotStored, OutcomeUnknown, ThreadFull
from admissions.services import visitor
from admissions.services.visitor import VisitorThread
from admissions.views.ask import SeeOther
from admissions.views.come_back import forget_code
from admissions.views.thread_pages import closes_at, goes_on, line_form, thread_page, wishes_form, wishes_page, zone_of
from admissions.views.visit import on_visit
from admissions.visitor_session import IDLE, Visit

# What did not happen, by the name of the banner that says so; what was typed stands below it.
NOT_DONE: dict[type[AdmissionsError], tuple[str, int]] = {
    ThreadFull: ("full", 409),
    OutcomeUnknown: ("unsure", 503),
    NotStored: ("not_done", 503),
    CannotSeal: ("not_done", 503),
}


def not_done(error: AdmissionsError) -> tuple[str, int]:
    return next(said for kind, said in NOT_DONE.items() if isinstance(error, kind))


def done(request: HttpRequest, what: str) -> HttpResponse:
    """Back to the thread, which says once what was done."""
    visitor_session.say(request, what)
    return SeeOther(request, "admissions:return")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@on_visit
def add_line(request: HttpRequest, visit: Visit, thread: VisitorThread) -> HttpResponse:
    if request.method != "POST":
        return SeeOther(request, "admissions:return")
    form = line_form(request)
    if not form.is_valid():
        return thread_page(request, thread, form=form)
    text = form.cleaned_data["message"]
    try:
        visitor.add_line(secret=visit.secret, form_token=form.token.secret, text=text)
    except tuple(NOT_DONE) as error:
        banner, status = not_done(error)
        return thread_page(request, thread, form=form, banner=banner, status=status)
    return done(request, "line")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@on_visit
def change_wishes(request: HttpRequest, visit: Visit, thread: VisitorThread) -> HttpResponse:
    if request.method != "POST":
        return wishes_page(request, thread)
    form = wishes_form(request, thread)
    if not form.is_valid():
        return wishes_page(request, thread, form=form)
    try:
        visitor.change_wishes(
            secret=visit.secret, form_token=form.token.secret, wishes=form.body(), may_contact=form.may_contact
        )
    except tuple(NOT_DONE) as error:
        banner, status = not_done(error)
        return wishes_page(request, thread, form=form, banner=banner, status=status)
    return done(request, "wishes")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@on_visit
def take_back_consent(request: HttpRequest, visit: Visit, thread: VisitorThread) -> HttpResponse:
    banner, status, token = "", 200, FormToken.read(request.POST.get("form_token", "")) or FormToken.new(0)
    if request.method == "POST":
        try:
            if not thread.inquiry.do_not_contact:  # pressed twice, it is taken back once
                visitor.take_back_consent(secret=visit.secret, form_token=token.secret)
            return done(request, "consent")
        except tuple(NOT_DONE) as error:
            banner, status = not_done(error)
    context = {"banner": banner, "token": token, "inquiry": thread.inquiry} | limits_of(thread)
    return render(request, "admissions/consent.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@on_visit
def destroy(request: HttpRequest, visit: Visit, thread: VisitorThread) -> HttpResponse:
    """One page to confirm, one press. The certificate shows for the rest of the visit."""
    banner, status = "", 200
    if request.method == "POST":
        try:
            certificate = visitor.destroy(secret=visit.secret)
            if certificate:  # else a second press was faster, and has its certificate
                visitor_session.remember(request, certificate)
            response = SeeOther(request, "admissions:return")
            forget_code(response)
            return response
        except tuple(NOT_DONE) as error:
            banner, status = not_done(error)
    context = {"banner": banner, "inquiry": thread.inquiry, "goes_on": goes_on(thread.inquiry)} | limits_of(thread)
    return render(request, "admissions/destroy.html", context, status=status)


def limits_of(thread: VisitorThread) -> dict[str, object]:
    """When the visit ends unless something is pressed."""
    return {"closes_at": closes_at(zone_of(thread)), "idle": IDLE}
