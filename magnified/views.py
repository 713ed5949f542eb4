"""The error pages. They show the phone number and the ladder from the fallback snapshot: no database is asked."""

import sys

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from admissions.views import expired
from content import languages
from content.delivery.organisation import read_fallback_snapshot
from magnified import keeping
from magnified.middleware import is_staff_page
from magnified.origin import is_from_our_own_pages


def error_page(status: int) -> HttpResponse:
    """The page for `status`. It repeats no word that was sent: it may be compressed."""
    organisation = read_fallback_snapshot()
    html = render_to_string(
        f"{status}.html",
        {"centre": organisation.centre, "help_lines": organisation.help_lines, "root": languages.root()},
    )
    response = HttpResponse(html, status=status)
    # Also below /admin/: the page has the public style, which the staff's policy does not know.
    response._csp_config = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[attr-defined] # reason=how django-csp names it
    return response


@never_cache
@gzip_page
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(413 if isinstance(exception, RequestDataTooBig) else 400)


@never_cache
@gzip_page
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(403)


@never_cache
@gzip_page
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address in capital letters, as some keyboards and printers make it, leads to the page it means."""
    path = request.path_info.lower()
    if path != request.path_info and request.method in {"GET", "HEAD"}:
        with translation.override(languages.of_path(path)):
            if is_valid_path(path):
                return HttpResponsePermanentRedirect(path)
    return error_page(404)


@never_cache
@gzip_page
def server_error(request: HttpRequest) -> HttpResponse:
    """A page that cannot be read while the database is away is back later; of what was sent nobody can be sure."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return error_page(503 if is_away and request.method in {"GET", "HEAD"} else 500)


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "", **kwargs: object) -> HttpResponse:
    """A form of ours comes back with its text and a fresh key; anything else gets the plain page.

    Nothing that another website sent is shown under our name: it could hold a form token whose return code its owner
    knows, a number for us to call, or words nobody here typed (promise P76).
    """
    if not is_from_our_own_pages(request):
        return error_page(403)
    if is_staff_page(request):
        return keeping.carry_on(admin.site, request) or error_page(403)
    return expired.csrf_failure(request) or error_page(403)
