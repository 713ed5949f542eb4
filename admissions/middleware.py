from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from admissions import visits


class EndVisitMiddleware:
    """Whatever takes the cookie of a visit away ends the visit, such as "Leave this page", which knows no visits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        taken = response.cookies.get(visits.COOKIE)
        if taken is not None and taken["max-age"] == 0:
            visits.forget(request)
        return response
