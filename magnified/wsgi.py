import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magnified.settings")


class Request(WSGIRequest):
    """A Content-Type that Django cannot read counts as none; Django itself would stop before any error page."""

    def __init__(self, environ):
        try:
            super().__init__(environ)
        except ValueError:
            environ["CONTENT_TYPE"] = ""
            super().__init__(environ)


def finished_pages_around_django():
    django = get_wsgi_application()
    django.request_class = Request
    from content.pages import FinishedPages  # it reads the settings, which must be named first

    return FinishedPages(django)


application = finished_pages_around_django()
