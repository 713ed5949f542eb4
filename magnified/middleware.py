import logging
from collections.abc import Callable
from typing import Any

from csp.constants import NONE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware

from content import languages
from content.admin.autocomplete import can_be_key
from magnified.styles import STYLE_OF_THE_PAGE, page_style

log = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]

FEATURES = (
    "accelerometer autoplay browsing-topics camera clipboard-read display-capture encrypted-media fullscreen "
    "geolocation gyroscope hid identity-credentials-get idle-detection local-fonts magnetometer microphone midi "
    "otp-credentials payment picture-in-picture screen-wake-lock serial storage-access usb xr-spatial-tracking"
)
NO_FEATURES = ",".join(f"{feature}=()" for feature in FEATURES.split())
PUBLIC_PERMISSIONS = f"{NO_FEATURES},publickey-credentials-get=(),publickey-credentials-create=()"
NO_CONNECTIONS = {"connect-src": None}  # the script of a visit alone asks for something, so default-src counts
# A picture opened by itself is a page, in which nothing runs.
FILE_POLICY = {"default-src": [NONE], "frame-ancestors": [NONE]}
OF_PAGES = ("Cross-Origin-Opener-Policy", "ETag", "Last-Modified", "Referrer-Policy")  # a file's address holds its hash
# What visitors' pages ask for. All else is the desk's: its editors, and the list of all files.
OF_VISITORS = tuple(f"{settings.STATIC_URL}{folder}/" for folder in ("css", "img", "js"))
LIST_OF_FILES = f"{settings.STATIC_URL}staticfiles.json"
# What whitenoise says at length. A file is read in the charset of the page that asks for it: all of ours are UTF-8.
SHORTENED_HEADERS: dict[str, Callable[[str], str]] = {
    "Cache-Control": lambda value: "max-age=31536000,immutable" if "immutable" in value else value,
    "Content-Type": lambda value: value.partition(";")[0],
}
UNREADABLE = (DataError, OverflowError, TypeError, ValidationError, ValueError)
CHOSEN = "_selected_action"  # as the admin's lists name what was ticked
STAFF_PERMISSIONS = f"{NO_FEATURES},publickey-credentials-get=(self),publickey-credentials-create=(self)"


class SecurityHeadersMiddleware(CSPMiddleware):
    """Headers on every response, errors and static files included. First in the list, so that nothing passes it by."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        has_its_own = getattr(response, "_csp_config", None) is not None  # set by django-csp's decorator
        if has_its_own or report_only:
            return parts
        if isinstance(response, WhiteNoiseFileResponse):
            parts.config = FILE_POLICY
        elif is_staff_page(request):
            parts.config = settings.STAFF_CONTENT_SECURITY_POLICY["DIRECTIVES"]
        elif kind := request.META.get(STYLE_OF_THE_PAGE):  # one hash instead of all: they cost bytes on every page
            parts.replace = {"style-src": [page_style(kind).csp_hash]} | ({} if kind == "visit" else NO_CONNECTIONS)
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        if isinstance(response, WhiteNoiseFileResponse):  # each byte of it counts in the first view of a page
            for name in OF_PAGES:
                del response.headers[name]
            for name, short in SHORTENED_HEADERS.items():
                if name in response.headers:  # a refusal has neither
                    response.headers[name] = short(response.headers[name])
        else:
            response.headers["Permissions-Policy"] = STAFF_PERMISSIONS if is_staff_page(request) else PUBLIC_PERMISSIONS
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serves visitors no file of the desk, and nobody the list of all files."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        is_for_staff = path.startswith(settings.STATIC_URL) and not path.startswith(OF_VISITORS)
        if path.startswith(LIST_OF_FILES) or (is_for_staff and not settings.HAS_ADMIN):
            return self.get_response(request)  # where no view has such an address
        return super().__call__(request)


class PlainTextMiddleware(MiddlewareMixin):
    """Leaves out of a request what Django lets through although nothing can write or store it again.

    Addresses and forms are UTF-8, as every page of ours is: of the codecs that a client may name otherwise, some make
    half characters and some only raise. PostgreSQL refuses to look for a null byte: a query loses it, and a cookie with
    one counts as none.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.encoding = "utf-8"
        while "%00" in request.META.get("QUERY_STRING", ""):  # taking some out may put others together
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        for name in [name for name, value in request.COOKIES.items() if "\x00" in value]:
            del request.COOKIES[name]


class DeskInputMiddleware(MiddlewareMixin):
    """Answers at the desk what Django's admin cannot read, on every list and page in the same way.

    The admin leaves much of an address to the database: a year 9999, a number of 30 digits, a word for a date, a broken
    pattern. What cannot be read is left out, as the admin itself does with a filter that it does not understand.
    """

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> None:
        """Of the chosen rows of a list those stay that can be keys of it."""
        model_admin = getattr(view, "model_admin", None)
        if model_admin is None or CHOSEN not in request.POST:
            return
        sent: Any = request.POST.copy()
        keys = [key for key in sent.pop(CHOSEN) if can_be_key(model_admin.opts.pk, key)]
        if keys:
            sent.setlist(CHOSEN, keys)
        request.POST = sent

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not (is_staff_page(request) and request.method in {"GET", "HEAD"} and request.GET):
            return None
        if not (isinstance(exception, UNREADABLE) or is_broken_pattern(exception)):
            return None
        log.warning("a query that cannot be read was left out: %s", type(exception).__name__)
        return HttpResponseRedirect(request.path)


def is_broken_pattern(exception: Exception) -> bool:
    """SQLite lets Python look for patterns, and does not say what went wrong there."""
    return isinstance(exception, OperationalError) and "user-defined function" in str(exception)


def language_of_the_path(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The address alone decides the language: no cookie, no header, no account. So a page can be kept by its path."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with translation.override(languages.of_path(request.path_info)):
            return get_response(request)

    return middleware


def is_staff_page(request: HttpRequest) -> bool:
    return settings.HAS_ADMIN and request.path_info.startswith("/admin/")


STAFF_SERVES = ("/admin/", "/shared/", "/media/", "/static/", "/healthz", "/readyz")


class StaffOnlyMiddleware(MiddlewareMixin):
    """The staff process serves no page and no form of visitors: it holds the key. Links lead to the public site.

    The names of these pages stay, for the links in what staff look at before visitors do.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if settings.SITE_ROLE != "staff" or request.path_info.startswith(STAFF_SERVES):
            return None
        if request.method not in {"GET", "HEAD"}:
            raise Http404
        return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path())
