"""A form whose key ran out with the browser's session: nothing is done, and nothing typed is lost."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.urls import Resolver404, resolve
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
def csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The same form with its text and a fresh key. None for other addresses.

    Only for what our own pages sent: the caller makes sure of that. Code and form token come back when the browser
    vouches for where they come from (`Origin`). On the word of a `Referer` alone they do not: whoever chose them can
    read what is sent with them.
    """
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    if request.method != "POST" or match.func not in {ask.ask, *VISITOR_SESSION_VIEWS}:
        return None
    rotate_token(request)
    is_vouched_for = bool(request.headers.get("Origin"))
    if match.func == ask.ask:
        return ask.expired_page(request, match.kwargs["asking"], repeats_token=is_vouched_for)
    return visit.code_page(request, problem="expired", status=403, repeats_keys=is_vouched_for)
