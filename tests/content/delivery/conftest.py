import datetime

import pytest
from django.db import connections

from content.delivery import cached_page, content_version
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


@pytest.fixture
def later(time_machine):
    """`later(minutes)` moves the clock to so long after the beginning, which is an hour after midnight."""
    begin = datetime.datetime.fromtimestamp(cached_page.next_midnight(), datetime.UTC) + datetime.timedelta(hours=1)

    def move(minutes):
        time_machine.move_to(begin + datetime.timedelta(minutes=minutes), tick=False)
        return begin + datetime.timedelta(minutes=minutes)

    move(0)
    return move
