"""No typed word is lost on the staff site: every form of it passes here, by `StaffSite.admin_view`.

With script (`static/admin/staff/keep.js`) a form is kept while somebody types, and before it is sent; while that does
not work, it stays where it is and says so. Without script, what is refused is kept by the server, and what comes from
somebody who is signed out, or with a key that ran out, is answered by a page that carries the words on. Nothing of a
request is ever stored in a session row, and passwords are never kept.
"""

import functools
import html
import logging
import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Literal

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.storage.base import Message
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
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
    r"_.*|csrfmiddlewaretoken|staff_form(_user)?|do|as|action|index|select_across|post"
)
HIDDEN = re.compile(
    r"version|revision|thread|place|rule|fingerprint|began_from|seen|part-\d+|link|initial-.*"
    r"|.*-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS|.*-\d+-(id|parent|article|region|ordering)"
)
RICH = re.compile(r"<(p|h[2-4]|ul|ol|table|figure|blockquote)\b")
END_OF_LINE = re.compile(r"</(?:p|h[2-4]|li|tr|figure|blockquote)>\s*|<br\s*/?>")
AWAY = (OperationalError, InterfaceError)  # of the database
View = Callable[..., HttpResponse]
Why = Literal["signed out", "closed", "stale", "forbidden", "gone", "away", "under way", "not kept"]
STATUS: dict[Why, int] = {"gone": 404, "away": 500}  # 403 for all else


def urls(site: admin.AdminSite) -> list[URLPattern]:
    one = require_http_methods(["GET", "POST"])(functools.partial(keep_form, site))
    gone = site.admin_view(require_POST(discard_form))
    return [
        path("keep/", never_cache(sensitive_post_parameters()(one)), name="keep_form"),
        path("keep/<uuid:pk>/throw-away/", gone, name="discard_form"),
    ]


# Around every view


def guarded(view: View) -> View:
    """The view of a form that is kept when it is refused, forgotten when it is taken, and done once."""

    @functools.wraps(view)
    @sensitive_variables()
    def guard(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
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
                if page := carry_on(admin.site, request, why="under way"):
                    return page
                messages.warning(request, "This is being sent at the moment. Look again before you send it once more.")
                return HttpResponseRedirect(form.page)
        is_taken = is_kept = False
        try:
            with transaction.atomic() if adds(request) else nullcontext():
                response = view(request, *args, **kwargs)
                if takes(request, response):
                    kept_forms.mark_taken(user=user, form=form, sent=sent)
                    is_taken = True
        finally:
            if not is_taken:
                is_kept = keep_refused(user, form, fields)
                with suppress(*AWAY):  # a press a minute later is the first again
                    kept_forms.mark_refused(user=user, form=form)
        if 300 <= response.status_code < 400 and not is_taken and not is_kept:
            return carry_on(admin.site, request, why="not kept") or response
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
    here. A window that closes itself after it added something does, too, and so does a file.
    """
    queued: list[Message] = getattr(messages.get_messages(request), "_queued_messages", [])
    levels = {message.level for message in queued}
    is_gone = messages.WARNING in levels and response.get("Location") == reverse("admin:index")
    if messages.ERROR in levels or is_gone:
        return False
    if response.get("Content-Disposition", "").startswith("attachment"):
        return True
    return 300 <= response.status_code < 400 or "admin/popup_response.html" in (
        getattr(response, "template_name", None) or ()
    )


def keep_refused(user: User, form: FormOfTab, fields: QueryDict) -> bool:
    """Whether it is kept. What is not has to stand in the answer."""
    if not has_words(fields):
        return False
    try:
        kept_forms.keep_form(user=user, form=form, fields=fields)
    except Destroyed:
        return False
    except (CannotSeal, *AWAY):
        log.error("a refused form is not kept", exc_info=True)
        return False
    return True


@sensitive_variables()
def words_of(posted: QueryDict) -> QueryDict:
    """The fields of a form as they can be put back, without buttons, keys and passwords."""
    fields = posted.copy()
    for name in [name for name in fields if NO_WORDS.fullmatch(name) or SECRET.search(name)]:
        del fields[name]
    return fields


def lines_of(fields: QueryDict) -> list[tuple[str, str]]:
    """What somebody typed, to be read: the name of each field and its text."""
    return [
        (re.sub(r"[-_]+", " ", name), readable(value))
        for name, values in fields.lists()
        if not HIDDEN.fullmatch(name)
        for value in values
        if value
    ]


def readable(value: str) -> str:
    """What an editor wrote as HTML, without its tags. Any other text stays as it is."""
    if not RICH.match(value):
        return value
    return html.unescape(strip_tags(END_OF_LINE.sub("\n", value))).strip()


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

    401 for whoever is signed out or has no account any more, 403 with a name when somebody else is signed in now.
    """
    if not site.has_permission(request):
        return JsonResponse({"why": "closed" if is_closed(request) else "out"}, status=401)
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


def discard_form(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
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
        self.fields = {name: values for name, values in text.fields.lists() if not HIDDEN.fullmatch(name)}
        self.all = dict(text.fields.lists())
        self.lines = lines_of(text.fields)

    @property
    def page_name(self) -> str:
        """Like "a new source", "the source “Alcohol and you”", or that and "review"."""
        match = resolve(self.page)
        app, _, rest = (match.url_name or "").partition("_")
        name, _, action = rest.partition("_")
        try:
            model = apps.get_model(app, name)
        except LookupError:
            return "a page of the staff site"
        kind = model._meta.verbose_name
        if action == "add":
            return f"a new {kind}"
        pk: str | int = next(iter(match.kwargs.values()), "")
        try:
            row = model._base_manager.filter(pk=pk).first()
        except (ValueError, ValidationError):
            row = None
        page = f"the {kind} “{row}”" if row else f"a {kind} that isn't there any more"
        return page if action == "change" else f"{page}, {action.replace('_', ' ')}"

    @property
    def beginning(self) -> str:
        """The first words of the longest text, to tell one version from another."""
        return Truncator(max((value for _, value in self.lines), key=len, default="")).words(10)


def context(request: HttpRequest) -> dict[str, object]:
    """For every page of the staff site: what was kept here, newest first, and which of it is to be put back.

    The start page has what was kept on any page: one of them may be gone by now, another nobody thinks of any more.
    """
    user = request.user
    if request.method != "GET" or not user.is_authenticated:
        return {}
    is_start = request.path == reverse("admin:index")
    offers = SimpleLazyObject(
        lambda: [Offer(text) for text in kept_forms.unsent_forms(user=user, page=None if is_start else request.path)]
    )
    return {"kept_forms": offers, "put_back": request.GET.get("kept", ""), "is_start": is_start}


def chosen_fields(request: HttpRequest) -> QueryDict | None:
    """The fields of the kept text that `?kept=` names, as the form sent them. None when it is not kept here."""
    texts = kept_forms.unsent_forms(user=actor_of(request), page=request.path)
    return next((text.fields for text in texts if str(text.form) == request.GET["kept"]), None)


# What comes from somebody who is signed out, with a key that ran out, or for what is not there any more


def answered_with_words(site: admin.AdminSite, view: View) -> View:
    """The view, but where it can only say no, the answer holds what was sent."""

    @functools.wraps(view)
    @sensitive_variables()
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            way_on = None if site.has_permission(request) else carry_on(site, request)
            return way_on or view(request, *args, **kwargs)
        except (Http404, PermissionDenied, *AWAY) as error:
            why: Why = "away"
            if isinstance(error, Http404):
                why = "gone"
            elif isinstance(error, PermissionDenied):
                why = "forbidden"
            else:
                log.error("a form is not answered", exc_info=True)
            if page := carry_on(site, request, why=why):
                return page
            raise

    return answer


def is_closed(request: HttpRequest) -> bool:
    """Whether the session is that of an account which was deactivated, or is not one of the staff any more."""
    pk = request.session.get(SESSION_KEY, "0")
    return User.objects.filter(Q(is_active=False) | Q(is_staff=False), pk=pk).exists()


def who_cannot_send(site: admin.AdminSite, request: HttpRequest) -> Why:
    if site.has_permission(request):
        return "stale"
    return "closed" if is_closed(request) else "signed out"


@sensitive_variables()
def carry_on(site: admin.AdminSite, request: HttpRequest, *, why: Why | None = None) -> HttpResponse | None:
    """A page that holds what was sent, with a fresh key, and sends it on one press. None for what is not ours.

    The words stand in this one answer and nowhere else; whose key ran out has them kept as well. It asks the database
    for nothing once `why` is known.
    """
    if request.method != "POST" or not is_from_our_own_pages(request):
        return None
    if request.path == reverse("admin:keep_form"):
        return JsonResponse({}, status=403) if why is None else None
    if request.path == reverse("admin:login"):
        return HttpResponseRedirect(reverse("admin:login")) if why is None else None
    form, words = FormOfTab.read(request.POST.get(FIELD, "")), words_of(request.POST)
    try:
        why = why or who_cannot_send(site, request)
    except AWAY:
        why = "away"
    if why != "stale" and not has_words(words):
        return redirect_to_login(request.get_full_path()) if why in {"signed out", "closed"} else None
    if form and why == "stale":
        keep_refused(actor_of(request), form, words)
    if why in {"signed out", "stale"}:
        rotate_token(request)
    names = [name for name in request.POST if name != "csrfmiddlewaretoken" and not SECRET.search(name)]
    page = {
        "site_header": site.site_header,
        "site_title": site.site_title,
        "user": AnonymousUser(),  # the page asks for nobody, and for no message: both are in the database
        "messages": (),
        "title": "Not saved" if why in {"closed", "forbidden", "gone"} else "Not sent yet",
        "why": why,
        "can_be_sent": why not in {"closed", "forbidden", "gone"},
        "fields": [(name, value) for name in names for value in request.POST.getlist(name)],
        "lines": lines_of(words),
        "has_files": bool(request.FILES),
        "address": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/carry_on.html", page, status=STATUS.get(why, 403)).render()
