"""The way out: "Leave this page", and the page that says what it cannot do."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from content.delivery.cached_page import cached_page

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


@cached_page
def leaving(request: HttpRequest) -> HttpResponse:
    return render(request, "content/leaving.html")
