"""Legal hold, destruction at somebody's request, export: one page an inquiry, which shows clear columns alone."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from admissions import rate_limits
from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import (
    CannotOpen,
    CannotSeal,
    ChangedMeanwhile,
    Destroyed,
    DisclosureNotWritten,
    NotAllowed,
    Refused,
)
from admissions.forms.ask import Cleaned, Words, answers
from admissions.models import Inquiry
from admissions.services import privacy, team
from admissions.services.actor import actor_of

# 42 CFR 2.32(a)(2): it goes along with each copy of such a record.
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
MOST_WRONG_PASSWORDS, WITHIN = 5, timedelta(minutes=10)


class ReasonForm(forms.Form):
    reason = Words(
        label="Why?",
        max_length=500,
        help_text="Sealed like every note.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        required=True,
    )


class PasswordForm(forms.Form):
    """Whoever presses the button is whoever is signed in: asked again, because nothing brings it back."""

    password = forms.CharField(
        label="Your own password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    @sensitive_variables()
    def clean_password(self) -> None:
        what, who = "wrong password again", str(self.user.pk)
        if rate_limits.count(what, who, within=WITHIN, more=0) >= MOST_WRONG_PASSWORDS:
            raise forms.ValidationError("There were too many tries. Wait ten minutes, then try again.")
        if not self.user.check_password(self.cleaned_data["password"]):
            rate_limits.count(what, who, within=WITHIN)
            raise forms.ValidationError("This is not your password.")


class DestroyForm(PasswordForm):
    request = forms.ChoiceField(label="How did they ask?", choices=list(privacy.REQUESTS.items()))
    field_order = ("request", "password")


class ExportForm(PasswordForm, ReasonForm):
    field_order = ("reason", "password")


class PrivacyAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(sensitive_post_parameters()(self.privacy_view))
        return [
            path("<uuid:object_id>/privacy/", self.admin_site.admin_view(view), name="admissions_inquiry_privacy"),
            *super().get_urls(),
        ]

    @sensitive_variables()
    def privacy_view(self, request: HttpRequest, object_id: uuid.UUID) -> HttpResponse:
        if not privacy.may_see(actor_of(request)):
            raise PermissionDenied
        inquiry = Inquiry.objects.from_people().filter(pk=object_id).first()
        if inquiry is None:
            raise Http404
        do = request.POST.get("do", "")
        steps = forms_for(actor_of(request), request.POST if request.method == "POST" else None, do)
        if request.method != "POST":
            return self.privacy_page(request, inquiry, steps)
        form = steps.get(do.partition(" ")[0])
        if form is None:
            messages.error(request, "Choose one of the buttons.")
            return HttpResponseRedirect(request.path)
        try:
            response = ACTS[do](request, inquiry, form.cleaned_data) if form.is_valid() else None
        except (NotAllowed, KeyError) as error:
            raise PermissionDenied from error
        except Destroyed:
            form.add_error(None, "It is destroyed already: nothing is left to do this with.")
            response = None
        except Refused as error:
            form.add_error(None, str(error))
            response = None
        except (CannotOpen, CannotSeal, ChangedMeanwhile, DisclosureNotWritten):
            form.add_error(None, "This could not be done or put on record, so nothing was done. Tell whoever runs it.")
            response = None
        return response or self.privacy_page(request, inquiry, steps)

    def privacy_page(self, request: HttpRequest, inquiry: Inquiry, steps: dict[str, forms.Form]) -> TemplateResponse:
        inquiry.refresh_from_db()
        page = self.admin_site.each_context(request) | {
            "title": f"{inquiry}: hold, export, destroy",
            "opts": self.opts,
            "inquiry": inquiry,
            "steps": steps,
            "may_open": team.may_open(request.user),
        }
        return TemplateResponse(request, "admin/admissions/inquiry/privacy.html", page)


def forms_for(actor: User, posted: QueryDict | None, do: str) -> dict[str, forms.Form]:
    """The forms of the page for `actor`; the one whose button was pressed holds what was posted."""

    def data(name: str) -> QueryDict | None:
        return posted if do.partition(" ")[0] == name else None

    steps: dict[str, forms.Form] = {"hold": ReasonForm(data("hold"), prefix="hold")}
    groups = set(actor.groups.values_list("name", flat=True))
    if privacy.OFFICER in groups:
        steps["export"] = ExportForm(data("export"), prefix="export", user=actor)
    if team.LEAD in groups:
        steps["allow"] = ReasonForm(data("allow"), prefix="allow")
        steps["destroy"] = DestroyForm(data("destroy"), prefix="destroy", user=actor)
    return steps


Act = Callable[[HttpRequest, Inquiry, Cleaned], HttpResponse]


def hold(is_set: bool) -> Act:
    def act(request: HttpRequest, inquiry: Inquiry, typed: Cleaned) -> HttpResponse:
        privacy.set_hold(inquiry=inquiry, actor=actor_of(request), hold=is_set, reason=typed["reason"])
        done = "Nothing of it is destroyed while the hold is set." if is_set else "The hold has ended."
        messages.success(request, done)
        return HttpResponseRedirect(request.path)

    return act


def allow(request: HttpRequest, inquiry: Inquiry, typed: Cleaned) -> HttpResponse:
    forgotten = privacy.allow_contact(inquiry=inquiry, actor=actor_of(request), reason=typed["reason"])
    if forgotten:
        messages.success(request, "Its number and address may be used again.")
    else:
        messages.info(request, "Its number and address were on no list.")
    return HttpResponseRedirect(request.path)


def destroy(request: HttpRequest, inquiry: Inquiry, typed: Cleaned) -> HttpResponse:
    is_held = privacy.destroy(inquiry=inquiry, actor=actor_of(request), request=typed["request"])
    messages.success(
        request,
        "It is locked: nobody opens it, and it is destroyed when the legal hold ends."
        if is_held
        else "It is destroyed, with its notes. The code that the visitor may still have leads nowhere.",
    )
    return HttpResponseRedirect(reverse("admin:admissions_inquiry_changelist"))


def export(kind: str) -> Act:
    @sensitive_variables()
    def act(request: HttpRequest, inquiry: Inquiry, typed: Cleaned) -> HttpResponse:
        copy = privacy.export(inquiry=inquiry, actor=actor_of(request), reason=typed["reason"])
        text, content_type = as_json(copy) if kind == "json" else as_text(copy)
        response = HttpResponse(text, content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="inquiry-{inquiry.public_id}.{kind}"'
        return response

    return act


ACTS: dict[str, Act] = {
    "hold set": hold(True),
    "hold end": hold(False),
    "allow": allow,
    "destroy": destroy,
    "export txt": export("txt"),
    "export json": export("json"),
}


@sensitive_variables()
def as_json(copy: privacy.Export) -> tuple[str, str]:
    row, thread = copy.inquiry, copy.thread
    content = {
        "notice": NOTICE,
        "inquiry": row.public_id,
        "exported_at": copy.at.isoformat(),
        "kind": row.kind,
        "status": row.status,
        "came_in": row.created.isoformat(),
        "legal_hold": row.hold,
        "do_not_contact": row.do_not_contact,
        "messages": [
            {"number": m.number, "by": m.author, "at": m.at.isoformat(), "answers": m.body} for m in thread.messages
        ],
        "notes": [{"number": n.number, "by": n.by, "at": n.at.isoformat(), "text": n.text} for n in thread.notes],
        "attempts": [
            {"number": a.number, "way": a.way, "outcome": a.outcome, "hour": a.at.isoformat()} for a in copy.attempts
        ],
        "looks": [{"at": look.at.isoformat(), "role": look.role, "action": look.action} for look in copy.looks],
        "problems": [*thread.message_problems, *thread.note_problems],
    }
    return json.dumps(content, indent=2, ensure_ascii=False), "application/json"


@sensitive_variables()
def as_text(copy: privacy.Export) -> tuple[str, str]:
    words = {
        "notice": NOTICE,
        "copy": copy,
        "came_in": timezone.localtime(copy.inquiry.created),
        "messages": [(message, answers(message.body)) for message in copy.thread.messages],
    }
    return render_to_string("admin/admissions/inquiry/export.txt", words), "text/plain; charset=utf-8"
