"""No typed word is lost on the staff site: every form of it passes here, by `StaffSite.admin_view`.

With script (`static/admin/staff/keep.js`) a form is kept while somebody types, and before it is sent; while that does
not work, it stays where it is and says so. Without script, what is refused is kept by the server, and what comes from
somebody who is signed out, or with a key that ran out, is answered by a page that carries the words on. Nothing of a
request is ever stored in a session row, and passwords are never kept.
"""

import functools
import logging
import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.storage.base import Message
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.csrf import get_token, rotate_token
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from admissions.errors import CannotSeal, Destroyed, TooLong
from admissions.services import kept_forms
from admissions.services.actor import actor_of
from admissions.services.kept_forms import FormOfTab, UnsentForm
from magnified.origin import is_from_our_own_pages

log = logging.getLogger(__name__)

FIELD, WHO = "staff_form", "staff_form_user"
SECRET = re.compile(r"password|passcode|otp|recovery", re.IGNORECASE)
NO_WORDS = re.compile(  # what a form holds beside what somebody typed into it
    r"_.*|csrfmiddlewaretoken|staff_form(_user)?|do|as|seen|part-\d+|action|index|select_across|post"
)
HIDDEN = re.compile(
    r"version|revision|thread|place|rule|fingerprint|began_from|link|initial-.*|.*-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS"
    r"|.*-\d+-(id|parent|article|region|ordering)"
)
View = Callable[..., HttpResponse]


def urls(site: admin.AdminSite) -> list[URLPattern]:
    one = require_http_methods(["GET", "POST"])(functools.partial(keep_form, site))
    gone = site.admin_view(require_POST(discard))
    return [
        path("keep/", never_cache(sensitive_post_parameters()(one)), name="keep"),
        path("keep/<uuid:pk>/throw-away/", gone, name="keep_throw_away"),
    ]


# Around every view


def guarded(view: View) -> View:
    """The view of a form that is kept when it is refused, forgotten when it is taken, and done once."""

    @functools.wraps(view)
    @sensitive_variables()
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FormOfTab.read(request.POST.get(FIELD, "")) if request.method == "POST" else None
        if form is None:
            return view(request, *args, **kwargs)
        user = actor_of(request)
        fields, sent = words_of(request.POST), digest_of(request)
        match kept_forms.begin_to_send(user=user, form=form, sent=sent):
            case "taken":
                messages.success(request, "It is done already: the button was pressed twice, and that counts once.")
                return HttpResponseRedirect(form.page)
            case "under way":
                messages.warning(request, "This is being sent at the moment. Look again before you send it once more.")
                return HttpResponseRedirect(form.page)
        is_taken = False
        try:
            with transaction.atomic() if adds(request) else nullcontext():
                response = view(request, *args, **kwargs)
                if takes(request, response):
                    kept_forms.mark_taken(user=user, form=form, sent=sent)
                    is_taken = True
        finally:
            if not is_taken:
                keep_refused(user, form, fields)
                kept_forms.mark_refused(user=user, form=form)
        return response

    return guard


def adds(request: HttpRequest) -> bool:
    """Whether the page adds something.

    It is stored together with the note that its form was taken: a process that dies in between leaves neither, so the
    next press adds no second one. What changes something says by its version that it was done.
    """
    match = request.resolver_match
    return bool(match and match.url_name and match.url_name.endswith("_add"))


def takes(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the answer to a form means that it was stored.

    A redirect does, but not with an error, nor one to the start page with a warning: somebody deleted what was changed
    here. A window that closes itself after it added something does, too.
    """
    queued: list[Message] = getattr(messages.get_messages(request), "_queued_messages", [])
    levels = {message.level for message in queued}
    is_gone = messages.WARNING in levels and response.get("Location") == reverse("admin:index")
    if messages.ERROR in levels or is_gone:
        return False
    return 300 <= response.status_code < 400 or "admin/popup_response.html" in (
        getattr(response, "template_name", None) or ()
    )


def keep_refused(user: User, form: FormOfTab, fields: QueryDict) -> None:
    if not has_words(fields):
        return
    try:
        kept_forms.keep_form(user=user, form=form, fields=fields)
    except Destroyed:
        return  # the answer shows the words once more
    except CannotSeal:
        log.error("a refused form is not kept", exc_info=True)


@sensitive_variables()
def words_of(posted: QueryDict) -> QueryDict:
    """The fields of a form as they can be put back, without buttons, keys and passwords."""
    fields = posted.copy()
    for name in [name for name in fields if NO_WORDS.fullmatch(name) or SECRET.search(name)]:
        del fields[name]
    return fields


def has_words(fields: QueryDict) -> bool:
    return any(value.strip() for name, values in fields.lists() if not HIDDEN.fullmatch(name) for value in values)


@sensitive_variables()
def digest_of(request: HttpRequest) -> bytes:
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    files = [(name, file.name, file.size) for name in request.FILES for file in request.FILES.getlist(name)]
    return kept_forms.digest(f"{request.path} {sent.urlencode()} {files}")


# What the script asks


@sensitive_variables()
def keep_form(site: admin.AdminSite, request: HttpRequest) -> JsonResponse:
    """GET: who is signed in, and a fresh key for forms. POST: keep a form.

    401 for whoever is signed out, 403 with a name when somebody else is signed in now.
    """
    if not site.has_permission(request):
        return JsonResponse({}, status=401)
    user = actor_of(request)
    who = {"user": str(user.pk), "name": user.get_username()}
    if request.method == "GET":
        return JsonResponse(who | {"key": get_token(request)})
    if request.POST.get(WHO) != who["user"]:
        return JsonResponse(who, status=403)
    form = FormOfTab.read(request.POST.get(FIELD, ""))
    fields = words_of(request.POST)
    if form is None:
        return JsonResponse({}, status=400)
    if not has_words(fields):
        return JsonResponse({"at": ""})
    try:
        at = kept_forms.keep_form(user=user, form=form, fields=fields)
    except Destroyed:
        return JsonResponse({"at": ""})  # it is sent all the same, and the answer says what happened
    except TooLong:
        return JsonResponse({}, status=413)
    except CannotSeal:
        log.error("a form is not kept", exc_info=True)
        return JsonResponse({}, status=503)
    return JsonResponse({"at": date_format(timezone.localtime(at), "H:i")})


def discard(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user = actor_of(request)
    form = FormOfTab.read(request.POST.get("of", ""))
    if not kept_forms.discard(user=user, pk=pk):
        raise Http404
    messages.success(request, "The text that was kept is thrown away.")
    return HttpResponseRedirect(form.page if form else reverse("admin:index"))


# What pages show


class Offer:
    """A text that was typed on this page and not sent, for the template."""

    def __init__(self, text: UnsentForm) -> None:
        self.pk, self.at, self.form, self.page = text.pk, text.at, str(text.form), text.form.page
        self.encoded = text.fields.urlencode()
        self.fields = {name: values for name, values in text.fields.lists() if not HIDDEN.fullmatch(name)}
        self.all = dict(text.fields.lists())
        self.lines = [
            (re.sub(r"[-_]+", " ", name), value) for name, values in self.fields.items() for value in values if value
        ]

    @property
    def page_name(self) -> str:
        """Like "source change"."""
        return " ".join((resolve(self.page).url_name or "").split("_")[1:])

    @property
    def beginning(self) -> str:
        """The first words of the longest text, to tell one version from another."""
        return Truncator(strip_tags(max((value for _, value in self.lines), key=len, default=""))).words(10)


def context(request: HttpRequest) -> dict[str, Any]:
    """For every page of the staff site: what was kept here, newest first, and which of it is to be put back.

    The start page has what was kept on any page: one of them may be gone by now, another nobody thinks of any more.
    """
    user = request.user
    if request.method != "GET" or not user.is_authenticated:
        return {}
    is_start = request.path == reverse("admin:index")
    offers: Any = SimpleLazyObject(
        lambda: [Offer(text) for text in kept_forms.unsent_forms(user=user, page=None if is_start else request.path)]
    )
    return {"kept_forms": offers, "put_back": request.GET.get("kept", ""), "is_start": is_start}


# What comes from somebody who is signed out, or with a key that ran out


@sensitive_variables()
def carry_on(site: admin.AdminSite, request: HttpRequest) -> HttpResponse | None:
    """A page that holds what was sent, with a fresh key, and sends it on one press. None for what is not ours.

    The words stand in this one answer and nowhere else; who is signed in has them kept as well.
    """
    if request.method != "POST" or not is_from_our_own_pages(request):
        return None
    if request.path == reverse("admin:keep"):
        return JsonResponse({}, status=403)
    if request.path == reverse("admin:login"):
        return HttpResponseRedirect(reverse("admin:login"))
    is_signed_in = site.has_permission(request)
    form, words = FormOfTab.read(request.POST.get(FIELD, "")), words_of(request.POST)
    if not is_signed_in and not has_words(words):
        return redirect_to_login(request.get_full_path())
    if form and is_signed_in:
        keep_refused(actor_of(request), form, words)
    rotate_token(request)
    names = [name for name in request.POST if name != "csrfmiddlewaretoken" and not SECRET.search(name)]
    page = site.each_context(request) | {
        "title": "Not sent yet",
        "is_signed_in": is_signed_in,
        "fields": [(name, value) for name in names for value in request.POST.getlist(name)],
        "lines": [
            (re.sub(r"[-_]+", " ", name), value)
            for name, values in words.lists()
            if not HIDDEN.fullmatch(name)
            for value in values
            if value
        ],
        "has_files": bool(request.FILES),
        "address": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/carry_on.html", page, status=403).render()
