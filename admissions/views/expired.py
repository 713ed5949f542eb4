"""A form whose key ran out with the browser's session: nothing is done, and nothing typed is lost."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from admissions.views import ask, changes, visit

VISITOR_SESSION_VIEWS = {
    visit.return_page,
    visit.stay,
    visit.finish,
    changes.add_line,
    changes.change_contact_preferences,
    changes.take_back_consent,
    changes.destroy,
}


@sensitive_variables()
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse | None:
    """The same form with its text and a fresh key, for what our own pages sent. None for other addresses.

    On the word of a `Referer` alone neither code nor token comes back: whoever chose them can read what is sent.
    """
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return None
    if view in VISITOR_SESSION_VIEWS and request.method == "POST":
        rotate_token(request)
        is_vouched_for = bool(request.headers.get("Origin"))
        return never_cache(visit.code_page)(request, problem="expired", status=403, repeats_keys=is_vouched_for)
    return ask.csrf_failure(request, reason)
