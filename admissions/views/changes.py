"""What a visitor changes: one more line, contact preferences, consent taken back, everything destroyed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from admissions import visitor_session
from admissions.crypto.form_token import FormToken
from admissions.errors import CannotSeal, NotStored, OutcomeUnknown, ThreadFull
from admissions.services import visitor
from admissions.services.visitor import VisitorThread
from admissions.views.ask import SeeOther
from admissions.views.received import forget_code
from admissions.views.thread_pages import (
    contact_preferences_form,
    contact_preferences_page,
    destruction_day,
    line_form,
    thread_page,
    visit_limits,
)
from admissions.views.visit import with_visitor_session
from admissions.visitor_session import VisitorSession


def attempt(change: Callable[..., None], **words: Any) -> dict[str, Any]:
    """Do it. Returns what the page has to say when it was not done: its banner and its status."""
    try:
        change(**words)
    except ThreadFull:
        return {"banner": "full", "status": 409}
    except OutcomeUnknown:
        return {"banner": "unsure", "status": 503}
    except (CannotSeal, NotStored):
        return {"banner": "not_done", "status": 503}
    return {}


def back_to_thread(request: HttpRequest, what: str) -> HttpResponse:
    """Back to the thread, which says once what was done."""
    visitor_session.set_flash(request, what)
    return SeeOther(request, "admissions:return")


@with_visitor_session
def add_line(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    if request.method != "POST":
        return SeeOther(request, "admissions:return")
    form = line_form(request)
    if not form.is_valid():
        return thread_page(request, thread, form=form)
    token, text = form.token.secret, form.cleaned_data["message"]
    if not_done := attempt(visitor.add_line, secret=session.secret, form_token=token, text=text):
        return thread_page(request, thread, form=form, **not_done)
    return back_to_thread(request, "line")


@with_visitor_session
def change_contact_preferences(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    form = contact_preferences_form(request, thread)
    if not form.is_valid():  # nor is one that is only asked for
        return contact_preferences_page(request, thread, form=form)
    if not_done := attempt(
        visitor.change_contact_preferences,
        secret=session.secret,
        form_token=form.token.secret,
        preferences=form.body(),
        may_contact=form.may_contact,
    ):
        return contact_preferences_page(request, thread, form=form, **not_done)
    return back_to_thread(request, "wishes")


@with_visitor_session
def take_back_consent(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    token, not_done = FormToken.read(request.POST.get("form_token", "")) or FormToken.new(0), {}
    if request.method == "POST":
        if not thread.inquiry.do_not_contact:  # pressed twice, it is taken back once
            not_done = attempt(visitor.take_back_consent, secret=session.secret, form_token=token.secret)
        if not not_done:
            return back_to_thread(request, "consent")
    return confirm_page(request, thread, "take_back_consent", token=token, **not_done)


@with_visitor_session
def destroy(request: HttpRequest, session: VisitorSession, thread: VisitorThread) -> HttpResponse:
    """One page to confirm, one press. The certificate shows for the rest of the visit."""
    not_done = {}
    if request.method == "POST":
        not_done = attempt(destroy_with_certificate, request=request, secret=session.secret)
        if not not_done:
            response = SeeOther(request, "admissions:return")
            forget_code(response)
            return response
    return confirm_page(request, thread, "destroy", goes_on=destruction_day(thread.inquiry), **not_done)


def destroy_with_certificate(*, request: HttpRequest, secret: bytes) -> None:
    certificate = visitor.destroy(secret=secret)
    if certificate:  # else a second press was faster, and has its certificate
        visitor_session.store_certificate(request, certificate)


def confirm_page(
    request: HttpRequest, thread: VisitorThread, name: str, *, banner: str = "", status: int = 200, **words: object
) -> HttpResponse:
    context = {"banner": banner, "inquiry": thread.inquiry, **words, **visit_limits(thread)}
    return render(request, f"admissions/{name}.html", context, status=status)
