"""What a visitor changes: one more line, contact preferences, consent taken back, everything destroyed."""

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
from admissions.views.received import forget_code
from admissions.views.thread_pages import (
    closes_at,
    contact_preferences_form,
    contact_preferences_page,
    destruction_day,
    line_form,
    thread_page,
    zone_of,
)
from admissions.views.visit import with_visitor_session
from admissions.visitor_session import IDLE, VisitorSession

# What did not happen, by the name of the banner that says so; what was typed stands below it.
NOT_DONE: dict[type[AdmissionsError], tuple[str, int]] = {
    ThreadFull: ("full", 409),
    OutcomeUnknown: ("unsure", 503),
    NotStored: ("not_done", 503),
    CannotSeal: ("not_done", 503),
}


def banner_of(error: AdmissionsError) -> tuple[str, int]:
    return next(banner for kind, banner in NOT_DONE.items() if isinstance(error, kind))


def back_to_thread(request: HttpRequest, what: str) -> HttpResponse:
    """Back to the thread, which says once what was done."""
    visitor_session.set_flash(request, what)
    return SeeOther(request, "admissions:return")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_visitor_session
def add_line(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    if request.method != "POST":
        return SeeOther(request, "admissions:return")
    form = line_form(request)
    if not form.is_valid():
        return thread_page(request, thread, form=form)
    text = form.cleaned_data["message"]
    try:
        visitor.add_line(secret=session.secret, form_token=form.token.secret, text=text)
    except tuple(NOT_DONE) as error:
        banner, status = banner_of(error)
        return thread_page(request, thread, form=form, banner=banner, status=status)
    return back_to_thread(request, "line")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_visitor_session
def change_contact_preferences(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    if request.method != "POST":
        return contact_preferences_page(request, thread)
    form = contact_preferences_form(request, thread)
    if not form.is_valid():
        return contact_preferences_page(request, thread, form=form)
    try:
        visitor.change_contact_preferences(
            secret=session.secret, form_token=form.token.secret, preferences=form.body(), may_contact=form.may_contact
        )
    except tuple(NOT_DONE) as error:
        banner, status = banner_of(error)
        return contact_preferences_page(request, thread, form=form, banner=banner, status=status)
    return back_to_thread(request, "wishes")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_visitor_session
def take_back_consent(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    banner, status, token = "", 200, FormToken.read(request.POST.get("form_token", "")) or FormToken.new(0)
    if request.method == "POST":
        try:
            if not thread.inquiry.do_not_contact:  # pressed twice, it is taken back once
                visitor.take_back_consent(secret=session.secret, form_token=token.secret)
            return back_to_thread(request, "consent")
        except tuple(NOT_DONE) as error:
            banner, status = banner_of(error)
    context = {"banner": banner, "token": token, "inquiry": thread.inquiry} | limits_of(thread)
    return render(request, "admissions/take_back_consent.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_visitor_session
def destroy(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    """One page to confirm, one press. The certificate shows for the rest of the visit."""
    banner, status = "", 200
    if request.method == "POST":
        try:
            certificate = visitor.destroy(secret=session.secret)
            if certificate:  # else a second press was faster, and has its certificate
                visitor_session.store_certificate(request, certificate)
            response = SeeOther(request, "admissions:return")
            forget_code(response)
            return response
        except tuple(NOT_DONE) as error:
            banner, status = banner_of(error)
    context = {"banner": banner, "inquiry": thread.inquiry, "goes_on": destruction_day(thread.inquiry)} | limits_of(
        thread
    )
    return render(request, "admissions/destroy.html", context, status=status)


def limits_of(thread: VisitorThread) -> dict[str, object]:
    """When the visit ends unless something is pressed."""
    return {"closes_at": closes_at(zone_of(thread)), "idle": IDLE}
