import pytest
from django.db import connections

from content.delivery import content_version
from tests.content.delivery.cache_worker import Worker
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    publish,
)


@pytest.fixture
def own_cache(settings, tmp_path, monkeypatch):
    """A folder of its own for the cached pages."""
    settings.VAR_DIR = tmp_path
    content_version.write_version()  # what another test read once is nothing to this one
    # Django closes a connection at the end of a request; the test's own must live on.
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def article():
    make_centre()
    make_help_line()
    article = make_article(slug="a", title="First title")
    publish(article)
    return article


@pytest.fixture
def worker(article):
    return Worker()
