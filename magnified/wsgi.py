import os

from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magnified.settings")


class WholeBody(LimitedStream):
    """A body whose end did not arrive cannot be read: half a message is never taken for a message."""

    def read(self, size=-1, /):
        left = self.limit - self._pos  # type: ignore[attr-defined] # reason=Django's own counter
        data = super().read(size)
        if len(data) < (left if size is None or size < 0 else min(size, left)):
            raise OSError("the body was cut off")  # Django makes an UnreadablePostError of it
        return data


class Request(WSGIRequest):
    """A Content-Type that Django cannot read counts as none; Django itself would stop before any error page."""

    def __init__(self, environ):
        try:
            super().__init__(environ)
        except ValueError:
            environ["CONTENT_TYPE"] = ""
            super().__init__(environ)
        self._stream = WholeBody(environ["wsgi.input"], self._stream.limit)  # type: ignore[assignment,attr-defined] # reason=takes the place of Django's stream


def page_cache_around_django():
    django = get_wsgi_application()
    django.request_class = Request
    from content.delivery.page_cache import PageCache  # it reads the settings, which must be named first

    return PageCache(django)


application = page_cache_around_django()
