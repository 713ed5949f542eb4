"""The way out: "Leave this page"."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

ELSEWHERE = "https://www.weather.gov/"  # what anybody may have been looking at


@never_cache
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Away from here at once. The browser forgets what this site made it keep: cookies and copies of pages.

    A link or picture on another site clears nothing. Clearing "cookies" would take those of the whole domain, the
    staff site's too, so those of visitors are taken back by name; a staff session stays, and so does what others set.
    """
    response = HttpResponseRedirect(ELSEWHERE)
    if request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        for name in {settings.CSRF_COOKIE_NAME, *settings.VISITOR_COOKIES.values()} & set(request.COOKIES):
            response.delete_cookie(name, samesite="Strict")
    return response
