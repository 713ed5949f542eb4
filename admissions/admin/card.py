"""One inquiry's page: its thread, and what staff do with it. It opens after the look is on record."""

import contextlib
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
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
    ThreadDamaged,
    TooLong,
)
from admissions.forms.ask import Words, answers
from admissions.models import Inquiry, Message
from admissions.questions import BEFORE_DIALING
from admissions.scheduling import wording
from admissions.services import team
from admissions.services.actor import actor_of
from admissions.services.threads import OpenedMessage, newest_preferences, waits_behind_code
from admissions.typed_text import is_blank

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
MOVES = {
    Inquiry.Status.OPEN: "Work on it",
    Inquiry.Status.WAITING: "Wait for the visitor",
    Inquiry.Status.HANDLED: "Finished",
    Inquiry.Status.JUNK: "Junk",
}
NOT_JUNK = "Not junk: work on it"


class TextForm(forms.Form):
    """A reply or a note."""

    text = Words(max_length=3000, required=True, widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if is_blank(text):
            raise forms.ValidationError("Nobody can see anything in this text. Write it again.")
        return text


class CardAdmin(ReadOnlyAdmin):
    """The card takes the place of the change form."""

    @sensitive_variables()
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The thread page takes the place of the change form."""
        if not self.has_view_permission(request) or object_id is None:
            raise PermissionDenied
        inquiry = self.get_object(request, object_id)
        if inquiry is None:
            raise Http404
        if request.method == "POST":
            return self.act_on(request, inquiry)
        return self.thread_page(request, inquiry, TextForm(prefix="reply"), TextForm(prefix="note"))

    @sensitive_variables()
    def act_on(self, request: HttpRequest, inquiry: Inquiry) -> HttpResponse:
        """Do what the button says. When that is not possible the page comes back with everything that was typed."""
        wanted, _, status = request.POST.get("do", "").partition(" ")
        reply = TextForm(request.POST if wanted == "reply" else None, prefix="reply")
        note = TextForm(request.POST if wanted == "note" else None, prefix="note")
        sent, text, seen = {"reply": reply, "note": note}.get(wanted), "", str(inquiry.version)
        if sent is not None:
            if not sent.is_valid():
                messages.error(request, "Write something first, at most 3,000 characters.")
                return self.thread_page(request, inquiry, reply, note)
            text = sent.cleaned_data["text"]
        doings: dict[str, tuple[str, Callable[..., object], dict[str, str]]] = {
            "claim": ("You have it for 30 minutes.", team.claim, {}),
            "release": ("It is free for colleagues.", team.release, {}),
            "move": ("The status has changed.", team.move, {"to": status}),
            "reply": ("Your reply is sent. The visitor reads it with the return code.", team.reply, {"text": text}),
            "note": ("Your note is saved. The visitor never sees it.", team.add_note, {"text": text}),
        }
        if wanted not in doings:
            messages.error(request, "Choose one of the buttons.")
            return HttpResponseRedirect(thread_url(inquiry))
        done, act, words = doings[wanted]
        try:
            if wanted in {"move", "reply", "note"} and request.POST.get("version", seen) != seen:
                raise ChangedMeanwhile
            act(inquiry=inquiry, actor=actor_of(request), **words)
        except NotAllowed as error:
            raise PermissionDenied from error
        except tuple(SENTENCES) as error:
            messages.error(request, next(text for kind, text in SENTENCES.items() if isinstance(error, kind)))
            with contextlib.suppress(Inquiry.DoesNotExist):
                inquiry.refresh_from_db()
            return self.thread_page(request, inquiry, reply, note)
        messages.success(request, done)
        return HttpResponseRedirect(thread_url(inquiry))

    @sensitive_variables()
    def thread_page(self, request: HttpRequest, inquiry: Inquiry, reply: TextForm, note: TextForm) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": str(inquiry),
            "opts": self.opts,
            "inquiry": inquiry,
            "held_by": held_by(inquiry),
            "promised": wording.for_staff(inquiry, now=timezone.now()),
            "is_mine": inquiry.holder_id == request.user.pk,
            "is_free": inquiry.holder_id is None,
            "is_others": inquiry.is_held_by_other(actor_of(request)),
            "may_release": team.may_release(inquiry=inquiry, actor=actor_of(request)),
            "moves": [
                (status, NOT_JUNK if inquiry.status == Inquiry.Status.JUNK else MOVES[Inquiry.Status(status)])
                for status in inquiry.legal_moves
            ],
            "reply": reply,
            "note": note,
        }
        try:
            thread = team.open_thread(inquiry=inquiry, actor=actor_of(request))
        except Destroyed:
            now = Inquiry.objects.filter(pk=inquiry.pk).first()  # None: the row is gone too
            unsent = [str(form["text"].value() or "") for form in (reply, note)]
            context |= {"inquiry": now or inquiry, "is_gone": now is None, "unsent": list(filter(str.strip, unsent))}
            return TemplateResponse(request, "admin/admissions/inquiry/destroyed.html", context)
        except DisclosureNotWritten:
            context["problem"] = "The look could not be recorded, so nothing was opened. Tell whoever runs the site."
            return TemplateResponse(request, "admin/admissions/inquiry/thread.html", context, status=503)
        except CannotOpen:
            context["problem"] = "This thread does not open with our key. Tell whoever runs the site."
            return TemplateResponse(request, "admin/admissions/inquiry/thread.html", context, status=503)
        preferences = newest_preferences(thread.messages)
        # The message that does not open may be the one that says never to call.
        may_call = not thread.message_problems and not waits_behind_code(inquiry, preferences)
        context |= {
            "before_dialling": answers({name: text for name, text in preferences.items() if name in BEFORE_DIALING}),
            "phone": preferences.get("phone", "") if may_call else "",
            "phone_href": "tel:" + preferences.get("phone", "").replace(" ext. ", ";ext="),  # RFC 3966
            "email": preferences.get("email", "") if may_call else "",
            "promised_there": wording.on_the_callers_clock(inquiry, preferences.get("time_zone"), now=timezone.now()),
            "thread": [self.message_entry(message, thread.messages, inquiry) for message in thread.messages],
            "notes": thread.notes,
            "message_problems": thread.message_problems,
            "note_problems": thread.note_problems,
        }
        return TemplateResponse(request, "admin/admissions/inquiry/thread.html", context)

    @staticmethod
    @sensitive_variables()
    def message_entry(message: OpenedMessage, messages: list[OpenedMessage], inquiry: Inquiry) -> dict[str, object]:
        """One message as the desk shows it. The number stands in "Before you dial" alone, if it may be used at all."""
        by = "We"
        if message.author == Message.Author.VISITOR:
            by = "The visitor changed how to be reached" if "changed" in message.body else "The visitor"
        if message.takes_back_consent:
            by = "The visitor took back consent"
        hidden = {"phone", "email"} if inquiry.do_not_contact else {"phone"}
        return {
            "by": by,
            "at": message.at,
            "lines": answers({name: text for name, text in message.body.items() if name not in hidden}),
            "is_superseded": message.has_preferences
            and any(other.has_preferences for other in messages if other.number > message.number),
        }


def thread_url(inquiry: Inquiry) -> str:
    return reverse("admin:admissions_inquiry_change", args=[inquiry.pk])


def held_by(inquiry: Inquiry) -> str:
    if inquiry.holder_id is None:
        return "nobody"
    return f"{inquiry.claimed_by} until {timezone.localtime(inquiry.claimed_until):%H:%M}"
