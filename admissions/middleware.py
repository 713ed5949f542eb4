from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from admissions import rate_limits, visitor_session


class PlaceMiddleware:
    """`request.place`: a keyed hash of where a request comes from, worked out when first asked for (`rate_limits`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.place = SimpleLazyObject(lambda: rate_limits.place_of(request))  # type: ignore[attr-defined] # reason=ours
        return self.get_response(request)


class EndVisitorSessionMiddleware:
    """Whatever takes the cookie of a visit away ends the visit, such as "Leave this page", which knows no visits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        taken = response.cookies.get(visitor_session.COOKIE)
        if taken is not None and taken["max-age"] == 0:
            visitor_session.forget(request)
        return response
