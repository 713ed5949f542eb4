"""The two forms: asked for, sent, and given back with the text whenever something is in the way.

A thank-you is shown only for what is stored. Nothing typed reaches an address, a title, a log or a cookie.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from admissions import spam
from admissions.crypto.form_token import FormToken
from admissions.errors import CannotSeal, ChangedRepeat, NotStored, OutcomeUnknown
from admissions.forms.ask import ABOUT, AskForm, CallRequestForm, ContactForm
from admissions.models import Inquiry
from admissions.scheduling import booking, wording
from admissions.scheduling.hours import is_by_phone
from admissions.services import team
from admissions.views.received import remember_code
from content.models.centre import Notice


@dataclass(frozen=True)
class Asking:
    kind: str
    form: type[AskForm]
    name: str

    @property
    def template(self) -> str:
        return f"admissions/{self.name}.html"

    @property
    def url(self) -> str:
        return reverse(f"admissions:{self.name}")


CONTACT = Asking(Inquiry.Kind.CONTACT, ContactForm, "contact")
CALL = Asking(Inquiry.Kind.CALL, CallRequestForm, "request_a_call")


class SeeOther(HttpResponseRedirect):
    """303: the browser asks for the next page with GET, and going back does not send the form again.

    Whoever is in quiet mode stays in it.
    """

    status_code = 303

    def __init__(self, request: HttpRequest, name: str) -> None:
        super().__init__(f"{reverse(name)}?quiet" if "quiet" in request.GET else reverse(name))


@never_cache
@require_safe
def chat(request: HttpRequest) -> HttpResponseRedirect:
    """Chat is not built yet: the message form takes its place, and the address stays.

    What the form understands in an address goes along, and nothing else.
    """
    query = "&".join([*understood_query(request), *(["quiet"] if "quiet" in request.GET else [])])
    return HttpResponseRedirect(f"{CONTACT.url}?{query}".removesuffix("?"))


def understood_query(request: HttpRequest) -> list[str]:
    about = request.GET.get("for")
    known = {f"for={about}": about in dict(ABOUT), "autofill=1": wants_autofill(request)}
    return [part for part, is_asked in known.items() if is_asked]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def ask(request: HttpRequest, asking: Asking) -> HttpResponse:
    if request.method != "POST":
        return blank_page(request, asking)
    return redisplay(request, asking) if "change" in request.POST else send(request, asking)


@gzip_page  # safe here alone: what holds typed words is never compressed, since its length would tell of them (BREACH)
def blank_page(request: HttpRequest, asking: Asking) -> HttpResponse:
    try:
        token = fresh_token()
    except (DatabaseError, Notice.DoesNotExist):
        return unavailable_page(request, asking)
    if not team.can_take_messages():
        return unavailable_page(request, asking)
    about = {"about": request.GET.get("for", "")}  # only which of the answers is chosen to begin with
    return render_form(request, asking, asking.form(initial=about, token=token, autofill=wants_autofill(request)))


@sensitive_variables()
def redisplay(request: HttpRequest, asking: Asking) -> HttpResponse:
    """The same page with everything typed, in the words and times for what was answered so far. Nothing is sent."""
    token = FormToken.read(request.POST.get("form_token", "")) or spare_token()
    typed = request.POST.dict()
    form = asking.form(initial=typed, came_back=True, token=token, autofill=wants_autofill(request))
    return render_form(request, asking, form)


@sensitive_variables()
def send(request: HttpRequest, asking: Asking) -> HttpResponse:
    form = submitted_form(request, asking)
    if not form.is_valid():
        return render_form(request, asking, form)
    kind = Inquiry.Kind.SYNTHETIC_CHECK if form.is_synthetic_check else asking.kind
    judgement = spam.Judgement([], []) if form.is_synthetic_check else spam.judge(request, form)
    try:
        team.receive(kind=kind, form_token=form.token.secret, body=form.body(), **judgement._asdict())
    except ChangedRepeat as repeat:
        code = repeat.first.return_code  # the answer that showed it may have been lost on the way
        return render_form(
            request, asking, form_with_new_token(request, asking), banner="changed", code=code, status=409
        )
    except OutcomeUnknown:
        return render_form(request, asking, form, banner="unsure", status=503)
    except (CannotSeal, NotStored):
        return render_form(request, asking, form, banner="not_sent", status=503)
    response = SeeOther(request, "admissions:received")
    remember_code(response, form.token.secret)
    return response


@sensitive_variables()
def expired_page(request: HttpRequest, asking: Asking, *, repeats_token: bool) -> HttpResponse:
    """With its text; and, if it may be repeated, under the same token, so that what had arrived still counts once."""
    form = submitted_form(request, asking) if repeats_token else form_with_new_token(request, asking)
    return render_form(request, asking, form, banner="expired", status=403)


@sensitive_variables()
def submitted_form(request: HttpRequest, asking: Asking) -> AskForm:
    """The form as it was sent. With a token that is not ours it comes back under a new one, and says so."""
    token = FormToken.read(request.POST.get("form_token", ""))
    if token is None:
        return form_with_new_token(
            request, asking, problem=_("This page was not quite fresh. Please press the button again.")
        )
    return asking.form(request.POST, token=token, autofill=wants_autofill(request))


@sensitive_variables()
def form_with_new_token(request: HttpRequest, asking: Asking, *, problem: str = "") -> AskForm:
    """The same answers under a new token."""
    token = spare_token()
    data = request.POST.copy()
    data["form_token"] = str(token)
    form = asking.form(data, token=token, autofill=wants_autofill(request))
    if problem:
        form.full_clean()
        form.add_error(None, problem)
    return form


def fresh_token() -> FormToken:
    """Raises `Notice.DoesNotExist` or a `DatabaseError`: without a consent notice nobody can agree to it."""
    language = page_language()
    return FormToken.new(Notice.objects.current(Notice.Kind.CONSENT, language).version, language=language)


def spare_token() -> FormToken:
    """A token for a form that comes back while the database may be away."""
    try:
        version = fresh_token().notice_version
    except (DatabaseError, Notice.DoesNotExist):
        version = 0
    return FormToken.new(version, language=page_language(), issued_now=False)


def page_language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def wants_autofill(request: HttpRequest) -> bool:
    return request.GET.get("autofill") == "1"


@sensitive_variables()
def render_form(
    request: HttpRequest, asking: Asking, form: AskForm, *, banner: str = "", code: str = "", status: int = 200
) -> HttpResponse:
    """`code`: of what was sent before with this form."""
    context = {
        "form": form,
        "banner": banner,
        "code": code,
        "about": form.answer("about"),
        "action": f"{asking.url}?autofill=1" if form.autofill else asking.url,
        "into_quiet": f"?{'&'.join([*understood_query(request), 'quiet'])}",
        "calls": asking is CALL,
        # While something fails the database may be away: it is not asked once more.
        "promise": offered_time(form, names_parts=asking is CALL) if status != 503 else None,
        "notice": notice_of(form) if status != 503 else None,
    }
    return render(request, asking.template, context, status=status)


def offered_time(form: AskForm, *, names_parts: bool = True) -> wording.NamedTime | None:
    """What we can promise to whoever sends this form now; None when no time can be named.

    With `names_parts` the form then says of each part of the day when we would call.
    """
    zone_key, now = form.answer("time_zone"), timezone.now()
    by_phone = is_by_phone({"reach_by": form.answer("reach_by") or "phone"})
    try:
        windows = booking.current_offers(zone_key=zone_key, by_phone=by_phone)
    except DatabaseError:
        return None
    theirs = zone_key if form.is_given and by_phone else ""  # else the page does not ask for it
    if zone_key and names_parts and by_phone:
        zone = wording.zone_of(zone_key)
        form.name_times(wording.name_times(windows, zone, now=now), wording.where(zone, is_theirs=bool(theirs)))
    window = windows.get((form.answer("call_window") or "any") if by_phone else "any_hour")
    return window and wording.name_time(window, zone_key=theirs, now=now)


def notice_of(form: AskForm) -> Notice | None:
    """The text that ticking the box agrees to; None while the database is away."""
    try:
        notices = Notice.objects.filter(kind=Notice.Kind.CONSENT, language=form.token.language)
        return notices.filter(version=form.token.notice_version).first()
    except DatabaseError:
        return None


def unavailable_page(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Nothing can be sealed or stored now: the page asks for nothing and shows the phone number."""
    return render(request, asking.template, {"cannot_take": True}, status=503)
