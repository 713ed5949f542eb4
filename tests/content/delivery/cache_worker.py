"""One process of the public site, and what the tests of the page cache do with it."""

from contextlib import contextmanager

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from content.delivery import content_version, page_cache
from content.models import Article
from tests.content.factories import (
    publish,
)


class Worker:
    """One process of the public site, as a client on the wire sees it."""

    def __init__(self):
        self.site = page_cache.PageCache(self.django)
        self.django_application = WSGIHandler()
        self.renderings = 0
        self.breaks = False

    def django(self, environ, start_response):
        self.renderings += 1
        if self.breaks:
            start_response("500 Internal Server Error", [])
            return [b"broken"]
        return self.django_application(environ, start_response)

    def ask(self, path, method="GET", query="", **headers):
        environ = RequestFactory().get(path, **headers).environ
        environ |= {"REQUEST_METHOD": method, "QUERY_STRING": query, "HTTP_HOST": headers.get("HTTP_HOST", "localhost")}
        answer = {}

        def start_response(status, headers, exc_info=None):
            answer.update(status=int(status[:3]), headers=dict(headers))

        response = self.site(environ, start_response)
        answer["body"] = b"".join(response)
        if hasattr(response, "close"):
            response.close()
        return answer

    def ask_oddly(self, path, odd):
        """What comes back is the sender's alone."""
        self.asked = RequestFactory().get(path).environ | {"HTTP_HOST": "localhost", "QUERY_STRING": ""} | odd
        response = self.site(self.asked, lambda status, headers, exc_info=None: lambda data: None)
        for _ in response:
            pass
        page_cache.close(response)

    def look_again(self):
        """As if the time between two looks at the content version had passed."""
        self.site.watch.looked_at = -content_version.SECONDS_BETWEEN_LOOKS


def retitle(article, title):
    Article.objects.filter(pk=article.pk).update(title=title)
    publish(Article.objects.get(pk=article.pk))


@contextmanager
def no_queries():
    with CaptureQueriesContext(connection) as queries:
        yield
    assert [query["sql"] for query in queries] == []
